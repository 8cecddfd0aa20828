package engine_test

import (
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/killswitch"
)

// stop puts the switch of the first tenant on or, for an empty scope, off.
func (h *house) stop(scope killswitch.Scope) {
	h.t.Helper()
	err := h.store.Write(h.t.Context(), func(tx harrier.Tx) error {
		if scope == "" {
			if err := h.store.DropSwitch(h.t.Context(), tx, harrier.DefaultTenant); err != nil {
				return err
			}
			_, err := h.store.ResumeStopped(h.t.Context(), tx, h.now(), 100)
			return err
		}
		return h.store.PutSwitch(h.t.Context(), tx, killswitch.Switch{Tenant: harrier.DefaultTenant, Scope: scope, Reason: "odd things happen", OnAt: h.now()})
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// APR-12: while effects are stopped a run waits before its next one, says why,
// and reads on; it goes on by itself afterwards, or is cancelled.
func TestSwitch_holdsUpEffectsAndNothingElse(t *testing.T) {
	t.Parallel()
	h := build(t)
	n := h.run("one", nil)
	h.stop(killswitch.Contain)
	run := n.start(compile(t, `
steps:
  - id: both
    parallel:
      act:
        - id: set
          uses: box.set
          with: {x: x}
      look:
        - id: get
          uses: box.read
          with: {x: x}
        - id: tell
          uses: box.never
          with: {x: x}
`, nil))
	waits := h.becomes(run.ID, harrier.RunWaiting)
	if !strings.HasPrefix(waits.WaitingFor, "the switch (odd things happen)") {
		t.Fatalf("it waits for %q", waits.WaitingFor)
	}
	if got := strings.Join(h.made(run.ID), " "); strings.Contains(got, "set") || !strings.Contains(got, "tell") {
		t.Errorf("calls were %v", got)
	}
	h.stop("")
	n.Wake(run.ID)
	h.becomes(run.ID, harrier.RunSucceeded)
	if got := strings.Join(h.made(run.ID), " "); strings.Count(got, "set") != 1 {
		t.Errorf("calls were %v", got)
	}
}

// APR-12: where it is allowed, what is contained can be taken back meanwhile, and
// nothing else.
func TestSwitch_letsContainmentsBeTakenBackWhereThatIsAllowed(t *testing.T) {
	t.Parallel()
	h := build(t)
	n := h.run("one", nil)
	h.does(n, "box.set", "a")
	err := h.store.Write(t.Context(), func(tx harrier.Tx) error {
		return h.store.PutSwitch(t.Context(), tx, killswitch.Switch{Scope: killswitch.All, AllowUndo: true, Reason: "odd", OnAt: h.now()})
	})
	if err != nil {
		t.Fatal(err)
	}
	other := n.start(compile(t, "\nsteps:\n  - id: a\n    uses: box.unset\n    with: {x: b}\n", nil))
	h.does(n, "box.unset", "a")
	waits := h.becomes(other.ID, harrier.RunWaiting)
	if !strings.HasPrefix(waits.WaitingFor, "the switch") || len(h.made(other.ID)) != 0 {
		t.Errorf("what was never contained is released: %q, %v", waits.WaitingFor, h.made(other.ID))
	}
	if err := n.Cancel(t.Context(), harrier.Operator(), other.ID, "not now"); err != nil {
		t.Fatal(err)
	}
	h.becomes(other.ID, harrier.RunCancelled)
}
