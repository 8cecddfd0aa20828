package engine_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/step"
)

func TestStart_refusesWhatCannotRunAndTheSameTwice(t *testing.T) { // G2
	t.Parallel()
	h := build(t)
	n := h.run("one", nil)
	p := compile(t, simple, nil)
	h.know(p)
	st := engine.Start{ID: harrier.NewID[harrier.RunID](h.now()), By: harrier.Operator(), Plan: p}
	run, err := n.Start(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Start(t.Context(), st); harrier.KindOf(err) != harrier.Conflict || err == nil {
		t.Errorf("the same again: %v", err)
	}
	h.becomes(run.ID, harrier.RunSucceeded)
	if got := h.made(run.ID); len(got) != 2 {
		t.Errorf("calls were %v", got)
	}
	st.ID, st.Inputs = harrier.RunID{}, map[string]any{"who": int64(3), "whom": "x"}
	if _, err := n.Start(t.Context(), st); harrier.KindOf(err) != harrier.Invalid || err == nil {
		t.Errorf("wrong inputs: %v", err)
	}
	refusing := *p
	refusing.Refusals = []string{"scripts cannot be run here"}
	st.Inputs, st.Plan = nil, &refusing
	if _, err := n.Start(t.Context(), st); harrier.KindOf(err) != harrier.Invalid || !strings.Contains(err.Error(), "scripts") {
		t.Errorf("a plan that cannot run: %v", err)
	}
}

func TestStartIn_createsTheRunWithItsCauseOrNotAtAll(t *testing.T) {
	t.Parallel()
	h := build(t)
	n := h.run("one", nil)
	p := compile(t, simple, nil)
	begin := func(after error) (harrier.Run, error) {
		return n.startIn(p, func(harrier.Tx, harrier.Run) error { return after })
	}
	undone, err := begin(errors.New("the cause failed"))
	if err == nil {
		t.Fatal("the cause did not fail")
	}
	if _, err := h.store.Load(t.Context(), harrier.DefaultTenant, undone.ID); harrier.KindOf(err) != harrier.NotFound {
		t.Errorf("the run of a cause that failed: %v", err)
	}
	done, err := begin(nil)
	if err != nil {
		t.Fatal(err)
	}
	h.becomes(done.ID, harrier.RunSucceeded)
}

// What a run is told before it begins, it hears before it does anything.
func TestStartIn_hearsWhatCameWithItsCause(t *testing.T) {
	t.Parallel()
	h := build(t)
	n := h.run("one", nil)
	order, err := json.Marshal(step.CancelOrder{By: "kim", Reason: "a mistake"})
	if err != nil {
		t.Fatal(err)
	}
	run, err := n.startIn(compile(t, simple, nil), func(tx harrier.Tx, run harrier.Run) error {
		return h.store.Raise(t.Context(), tx, harrier.Signal{Tenant: run.Tenant, Run: run.ID, Type: step.SignalCancel, Data: order, At: h.now()})
	})
	if err != nil {
		t.Fatal(err)
	}
	h.becomes(run.ID, harrier.RunCancelled)
	if made := h.made(run.ID); len(made) > 0 {
		t.Errorf("it called %q all the same", made)
	}
	h.replays(n, run.ID)
}
