package engine_test

import (
	"slices"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/step"
)

// capped is a house whose engines may have so many effects in an hour.
func capped(t *testing.T, effect harrier.Effect, most int) *house {
	t.Helper()
	h := build(t)
	h.guards = []engine.Guard{{Effect: effect, Window: 1000 * time.Hour, Cap: most}}
	return h
}

const many = `
steps:
  - id: each
    for_each: '["a", "b", "c", "d"]'
    as: o
    max_parallel: 4
    uses: box.never
    with: {x: "${{ o }}"}
    on_error: continue
outputs:
  ok: ${{ steps.each.output.ok }}
`

func TestGuard_stopsWhatIsTooMuchAndAPersonLetsItPass(t *testing.T) { // APR-10
	t.Parallel()
	h := capped(t, harrier.Notify, 2)
	n := h.run("one", nil)
	run := n.start(compile(t, many, nil))
	for _, decision := range []harrier.ApprovalStatus{harrier.ApprovalApproved, harrier.ApprovalDenied} {
		a := h.asked(run.ID)
		if a.Kind != harrier.GuardApproval {
			t.Fatalf("asked %s %q; what was not refused is no reason to ask\n%s", a.Kind, a.Title, h.log(run.ID))
		}
		h.decide(n, a, decision, nil)
	}
	if end := h.becomes(run.ID, harrier.RunSucceeded); string(end.Outputs) != `{"ok":3}` || end.Unresolved != 0 {
		t.Errorf("ended %+v", end)
	}
	made := h.made(run.ID)
	if slices.Sort(made); len(made) != 3 || len(slices.Compact(made)) != 3 {
		t.Errorf("calls were %v", made)
	}
	if n := h.count(run.ID, "action.unknown"); n != 0 {
		t.Errorf("%d outcomes were taken for unknown\n%s", n, h.log(run.ID))
	}
}

func TestGuard_thatStopsOneOfTwoConnectionsStopsNotTheRun(t *testing.T) {
	t.Parallel()
	for left := range 2 {
		h := capped(t, harrier.Notify, left)
		h.boxes = []string{"one", "two"}
		n := h.run("one", nil)
		run := n.start(compile(t, "\nsteps:\n  - id: tell\n    uses: ticket.note\n    via: all\n    with: {x: x}\n", nil))
		for range 2 - left {
			h.decide(n, h.asked(run.ID), harrier.ApprovalApproved, nil)
		}
		h.becomes(run.ID, harrier.RunSucceeded)
		if got := h.made(run.ID); len(got) != 2 || h.count(run.ID, "action.unknown") != 0 {
			t.Errorf("calls were %v\n%s", got, h.log(run.ID))
		}
	}
}

func TestGuard_isSharedByRunsAndCountsEachEffectOnce(t *testing.T) { // APR-11
	t.Parallel()
	h := capped(t, harrier.Contain, 3)
	n := h.run("one", nil)
	p := compile(t, "\nsteps:\n  - id: a\n    uses: box.set\n    with: {x: x}\n", nil)
	for range 3 {
		h.becomes(n.start(p).ID, harrier.RunSucceeded)
	}
	fourth := n.start(p)
	h.asked(fourth.ID)
	if got := h.made(fourth.ID); len(got) != 0 {
		t.Errorf("calls were %v", got)
	}
	if len(h.intents(fourth.ID)) != 0 {
		t.Error("an intent of what the guard stopped was committed") // G10
	}
}

func TestGuard_withNothingLeftHoldsAnApprovedStepWithItsLeaf(t *testing.T) { // G9
	t.Parallel()
	h := capped(t, harrier.Contain, 0)
	n := h.run("one", nil)
	run := n.start(compile(t, approving, nil))
	plan := h.asked(run.ID)
	h.decide(n, plan, harrier.ApprovalApproved, nil)
	guard := h.asked(run.ID)
	if guard.Kind != harrier.GuardApproval {
		t.Fatalf("asked %+v", guard)
	}
	h.decide(n, guard, harrier.ApprovalApproved, nil)
	h.becomes(run.ID, harrier.RunSucceeded)
	if in := h.intents(run.ID)[step.CallID("do", harrier.DeriveID[harrier.ConnectionID]("box"))]; in.Approval != plan.ID || in.Leaf == "" {
		t.Errorf("the intent is %+v; it must present the approval %s", in, plan.ID)
	}
}
