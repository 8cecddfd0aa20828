package engine_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/step"
)

// contained lists the ledger of containments, the newest first.
func (h *house) contained() []harrier.Containment {
	h.t.Helper()
	list, _, err := h.store.Containments(h.t.Context(), harrier.DefaultTenant, harrier.ContainmentFilter{}, harrier.Page{Limit: 100})
	if err != nil {
		h.t.Fatal(err)
	}
	return list
}

// does runs one action to its end.
func (h *house) does(n *node, action, x string) harrier.Run {
	h.t.Helper()
	run := n.start(compile(h.t, "\nsteps:\n  - id: a\n    uses: "+action+"\n    with: {x: "+x+"}\n", nil))
	return h.becomes(run.ID, harrier.RunSucceeded)
}

func TestContain_keepsWhatUndoingItNeeds(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.answers(func(context.Context, engine.CallRequest) step.Outcome {
		return step.Outcome{Output: map[string]any{"x": "before"}}
	})
	n := h.run("one", nil)
	run := n.start(compile(t, approving, nil))
	plan := h.asked(run.ID)
	h.decide(n, plan, harrier.ApprovalApproved, nil)
	run = h.becomes(run.ID, harrier.RunSucceeded)
	in := h.intents(run.ID)[step.CallID("do", harrier.DeriveID[harrier.ConnectionID]("box"))]
	list := h.contained()
	if len(list) != 1 {
		t.Fatalf("contained is %+v", list)
	}
	got := list[0]
	if got.ID.IsZero() || got.UndoKey == "" {
		t.Errorf("without id or key: %+v", got)
	}
	got.ID, got.UndoKey = harrier.ContainmentID{}, ""
	want := harrier.Containment{
		Tenant: run.Tenant, Run: run.ID, Path: "do", Action: "box.set", Connection: in.Connection, ConnectionName: "box", Target: in.Target,
		Args: in.Args, Before: json.RawMessage(`{"x":"before"}`), Undo: "box.unset",
		UndoArgs: json.RawMessage(`{"was":"before","x":"` + in.Target + `"}`), Approval: plan.ID, By: "call", At: in.EndedAt, State: harrier.ContainmentActive,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the ledger says (-want +got):\n%s", diff)
	}
}

func TestContain_isTakenBackByWhoeverUndoesIt(t *testing.T) {
	t.Parallel()
	h := build(t)
	n := h.run("one", nil)
	h.does(n, "box.set", "a")
	kept := h.does(n, "box.set", "b")
	back := h.does(n, "box.unset", "a")
	list := h.contained()
	if len(list) != 2 || list[0].Run != kept.ID || list[0].State != harrier.ContainmentActive {
		t.Fatalf("contained is %+v; what takes something back contains nothing", list)
	}
	if a := list[1]; a.State != harrier.ContainmentUndone || a.EndedBy != back.ID || a.EndedAt.IsZero() || string(a.After) != `{"x":"a"}` {
		t.Errorf("what was taken back is %+v", a)
	}
	h.does(n, "box.set", "b") // again
	if list := h.contained(); len(list) != 3 || list[0].State != harrier.ContainmentActive || list[1].State != harrier.ContainmentSuperseded {
		t.Errorf("contained twice is %+v", list)
	}
}

func TestContain_ofWhatAPersonSawSaysWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.answers(func(context.Context, engine.CallRequest) step.Outcome {
		return step.Outcome{Failure: &step.Failure{Class: "unknown", Text: "reset"}, Unknown: true}
	})
	n := h.run("one", nil)
	run := n.start(compile(t, "\nsteps:\n  - id: a\n    uses: box.lock\n    with: {x: x}\n", nil))
	if a := h.asked(run.ID); len(h.contained()) != 0 {
		t.Errorf("what nobody knows is contained: %+v", h.contained())
	} else {
		h.decide(n, a, harrier.ApprovalAnswered, map[string]any{"choice": "happened"})
	}
	h.becomes(run.ID, harrier.RunSucceeded)
	list := h.contained()
	if len(list) != 1 || list[0].By != "person" || list[0].Undo != "" || list[0].UndoProblem == "" || list[0].State != harrier.ContainmentActive {
		t.Errorf("contained is %+v", list)
	}
}

func TestContain_shadowRunsContainNothing(t *testing.T) {
	t.Parallel()
	h := build(t)
	n := h.run("one", nil)
	p := compile(t, "\nsteps:\n  - id: a\n    uses: box.set\n    with: {x: x}\n", nil)
	h.know(p)
	run, err := n.Start(t.Context(), engine.Start{By: harrier.Operator(), Plan: p, Mode: harrier.Shadow})
	if err != nil {
		t.Fatal(err)
	}
	h.becomes(run.ID, harrier.RunSucceeded)
	if list := h.contained(); len(list) != 0 {
		t.Errorf("contained is %+v", list)
	}
}

func TestContain_isInTheLedgerOnceWhereverTheNodeDies(t *testing.T) { // G5
	t.Parallel()
	for _, point := range []string{"intent.after", "call.before", "call.after", "result.before", "result.after", "run.end", "run.ended"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			h := build(t)
			f := &freeze{point: point, frozen: make(chan struct{}), thaw: make(chan struct{})}
			thaw := sync.OnceFunc(func() { close(f.thaw) })
			one := h.run("one", f.hit)
			t.Cleanup(thaw)
			run := one.start(compile(t, "\nsteps:\n  - id: a\n    uses: box.set\n    with: {x: x}\n  - id: b\n    uses: box.set\n    with: {x: y}\n  - id: c\n    uses: box.unset\n    with: {x: x}\n", nil))
			h.untilFrozen(one, f, run.ID)
			h.run("two", nil)
			h.becomes(run.ID, harrier.RunSucceeded)
			thaw()
			one.stop()
			list := h.contained()
			if len(list) != 2 || list[0].Path != "b" || list[0].State != harrier.ContainmentActive || list[1].State != harrier.ContainmentUndone {
				t.Errorf("contained is %+v\n%s", list, h.log(run.ID))
			}
		})
	}
}
