package containment_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/containment"
	"github.com/harrier-soar/harrier/internal/store/memory"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// hall is a store with connections, and a starter that compiles what it is given.
type hall struct {
	*memory.Memory
	t *testing.T
	// name is that of every connection; none is there where it is empty.
	name  string
	ended map[harrier.RunID]containment.Ending
	plans map[harrier.RunID]*playbook.Plan
}

// Connection implements [containment.Leases].
func (h *hall) Connection(_ context.Context, tenant harrier.TenantID, id harrier.ConnectionID) (harrier.Connection, error) {
	if h.name == "" {
		return harrier.Connection{}, harrier.Errorf(harrier.NotFound, "connection %s does not exist", id)
	}
	return harrier.Connection{Tenant: tenant, ID: id, Name: h.name}, nil
}

// Prepare implements [containment.Starter].
func (h *hall) Prepare(_ context.Context, e containment.Ending) (func(context.Context, harrier.Tx) error, error) {
	field := schema.Field{Name: "x", Type: schema.TypeOf(schema.String), Required: true, Help: "What."}
	action := func(name, undo string) schema.ActionSpec {
		return schema.ActionSpec{
			Name: name, Connector: "box", Effect: harrier.Contain, Repeat: harrier.Natural, Undo: &schema.Link{Action: undo},
			Input: []schema.Field{field, {Name: "n", Type: schema.TypeOf(schema.Integer), Help: "How many."}}, Output: schema.ObjectOf(),
		}
	}
	p, problems := playbook.Compile(e.Name, []byte(e.Source), playbook.Catalog{Actions: map[string]schema.ActionSpec{
		"box.set": action("box.set", "unset"), "box.unset": action("box.unset", "set"),
	}})
	if err := problems.Err(); err != nil {
		return nil, harrier.Errorf(harrier.Invalid, "%s: %w", e.Source, err)
	}
	return func(ctx context.Context, tx harrier.Tx) error {
		tx.OnCommit(func() { h.ended[e.Run], h.plans[e.Run] = e, p })
		return h.Create(ctx, tx, harrier.Run{Tenant: e.Tenant, ID: e.Run, Status: harrier.RunQueued, ReadyAt: lease()}, nil)
	}, nil
}

// lease is when every lease ends.
func lease() time.Time { return time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC) }

// open makes a hall with things whose leases end, by their key.
func openHall(t *testing.T, fault func(int64) memory.Fault, things ...harrier.Containment) (*hall, *containment.Keeper) {
	t.Helper()
	h := &hall{
		Memory: memory.New(memory.Config{Fault: fault}), t: t, name: "box", ended: map[harrier.RunID]containment.Ending{}, plans: map[harrier.RunID]*playbook.Plan{},
	}
	for i, c := range things {
		c.Tenant, c.ID, c.State = harrier.DefaultTenant, harrier.DeriveID[harrier.ContainmentID](string(rune('a'+i))), harrier.ContainmentActive
		c.Action, c.LeaseUntil, c.UndoKey = "box.set", lease(), string(rune('a'+i))
		err := h.Write(t.Context(), func(tx harrier.Tx) error { return h.AddContainment(t.Context(), tx, c) })
		if err != nil {
			t.Fatal(err)
		}
	}
	return h, containment.NewKeeper(h, h, slog.New(slog.DiscardHandler), lease)
}

// boxed is something that box.unset takes back.
func boxed(args string) harrier.Containment {
	return harrier.Containment{Target: "x", Undo: "box.unset", UndoArgs: json.RawMessage(args)}
}

func (h *hall) sweep(k *containment.Keeper) {
	h.t.Helper()
	if err := k.Sweep(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

func TestKeeper_givesDataAsInputsAndNeverAsSource(t *testing.T) {
	t.Parallel()
	const evil = "${{ inputs.until }}\"\n  - stop: {status: failed}"
	args, err := json.Marshal(map[string]any{"x": evil, "n": 7})
	if err != nil {
		t.Fatal(err)
	}
	c := boxed(string(args))
	c.Target, c.LeaseAsk = evil, true
	h, k := openHall(t, nil, c)
	h.name = "the \"main\" box: é\\ # {1}"
	h.sweep(k)
	if len(h.ended) != 1 {
		t.Fatalf("ended are %v", h.ended)
	}
	for id, e := range h.ended {
		if strings.Contains(e.Source, "stop") || e.Inputs["arg_1"] != evil || e.Inputs["arg_0"] != int64(7) || e.Inputs["what"] != "box.set on "+evil {
			t.Errorf("the source is\n%s\nwith %v", e.Source, e.Inputs)
		}
		var kinds []playbook.Kind
		var used []string
		for _, s := range h.plans[id].Steps {
			if kinds = append(kinds, s.Kind); s.Action != nil {
				used = append(used, s.Action.Uses, s.Action.Connection)
			}
		}
		if diff := cmp.Diff([]playbook.Kind{playbook.ApproveKind, playbook.ActionKind}, kinds); diff != "" {
			t.Errorf("the steps (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"box.unset", h.name}, used); diff != "" {
			t.Errorf("what is called (-want +got):\n%s", diff)
		}
	}
}

func TestKeeper_startsOneRunForEachWhateverBecomesOfItsCommits(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]memory.Fault{"lost": memory.Lost, "unconfirmed": memory.Unconfirmed, "run again": memory.Rerun} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, k := openHall(t, func(commit int64) memory.Fault {
				if commit > 3 && commit < 6 {
					return fault
				}
				return memory.None
			}, boxed(`{"x":"a"}`), boxed(`{"x":"b"}`), boxed(`{"x":"c"}`))
			for range 3 {
				h.sweep(k)
			}
			runs, err := h.Ready(t.Context(), lease(), 10)
			if err != nil || len(runs) != 3 {
				t.Errorf("%d runs were started (%v), want 3", len(runs), err)
			}
			if _, ok, err := h.NextLease(t.Context()); ok || err != nil {
				t.Errorf("a lease is left: %v", err)
			}
		})
	}
}

func TestKeeper_goesOnWhereOneCannotBeEnded(t *testing.T) {
	t.Parallel()
	unknown := boxed(`{"x":"a"}`)
	unknown.Undo = "box.gone"
	h, k := openHall(t, nil, unknown, boxed(`{"x":"b"}`))
	h.sweep(k)
	if len(h.ended) != 1 {
		t.Errorf("ended are %v", h.ended)
	}
}

func TestKeeper_asksAPersonWhereNothingTakesItBack(t *testing.T) {
	t.Parallel()
	none := boxed("")
	none.Undo, none.UndoArgs, none.UndoProblem = "", nil, "box.set has no undo"
	h, k := openHall(t, nil, none)
	h.sweep(k)
	for id, e := range h.ended {
		if steps := h.plans[id].Steps; len(steps) != 1 || steps[0].Kind != playbook.AskKind || e.Inputs["problem"] != "box.set has no undo" {
			t.Errorf("the end is\n%s\nwith %v", e.Source, e.Inputs)
		}
	}
	if len(h.ended) != 1 {
		t.Errorf("ended are %v", h.ended)
	}
}

func TestKeeper_runsUntilItIsToldToStop(t *testing.T) {
	t.Parallel()
	h, k := openHall(t, nil, boxed(`{"x":"a"}`))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- k.Run(ctx) }()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		if _, ok, err := h.NextLease(t.Context()); err != nil || !ok {
			break
		}
		<-tick.C
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
