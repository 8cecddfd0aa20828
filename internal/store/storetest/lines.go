package storetest

import (
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

func lineClaims() []claim[Stores] {
	return []claim[Stores]{
		{"A key of limits.one_per has the holder that is active, of its tenant and playbook (I12)", keyHolder},
		{"A line is by priority, then age, and each run stands in it once", lineOrders},
		{"Promote gives a free key to the first in line and makes it ready", promotes},
		{"A refused change leaves the line as it was", lineUndone},
	}
}

// inLine creates a run that waits for a key.
func inLine(t *testing.T, s Stores, k engine.OneKey, change func(*harrier.Run)) harrier.Run {
	t.Helper()
	run := aRun(k.Tenant)
	run.Playbook, run.ReadyAt = k.Playbook, time.Time{}
	change(&run)
	run = create(t, s, run)
	must(t, s, func(tx harrier.Tx) error { return s.LineUp(t.Context(), tx, run.ID, k) })
	return run
}

// holding creates a run that holds a key.
func holding(t *testing.T, s Stores, k engine.OneKey) harrier.Run {
	t.Helper()
	run := aRun(k.Tenant)
	run.Playbook, run.OneKey = k.Playbook, k.Key
	return create(t, s, run)
}

func aKey() engine.OneKey { return engine.OneKey{Tenant: newTenant(), Playbook: "p", Key: "k"} }

func keyHolder(t *testing.T, s Stores) {
	k := aKey()
	run := holding(t, s, k)
	must(t, s, func(tx harrier.Tx) error {
		for name, c := range map[string]struct {
			key  engine.OneKey
			want bool
		}{
			"the key":           {k, true},
			"another key":       {engine.OneKey{Tenant: k.Tenant, Playbook: k.Playbook, Key: "other"}, false},
			"no key":            {engine.OneKey{Tenant: k.Tenant, Playbook: k.Playbook}, false},
			"another playbook":  {engine.OneKey{Tenant: k.Tenant, Playbook: "q", Key: k.Key}, false},
			"of another tenant": {engine.OneKey{Tenant: newTenant(), Playbook: k.Playbook, Key: k.Key}, false},
		} {
			got, ok, err := s.Holder(t.Context(), tx, c.key)
			if err != nil || ok != c.want || ok && got.ID != run.ID {
				t.Errorf("%s: %s, %t, %v", name, got.ID, ok, err)
			}
		}
		return nil
	})
	held := claimed(t, s, run.ID, "node-1")
	held.Status, held.EndedAt = harrier.RunSucceeded, epoch()
	must(t, s, func(tx harrier.Tx) error {
		if err := s.Release(t.Context(), tx, held); err != nil {
			return err
		}
		_, ok, err := s.Holder(t.Context(), tx, k) // within the change that ends it
		if ok {
			t.Error("a run that ended holds its key")
		}
		return err
	})
}

func lineOrders(t *testing.T, s Stores) {
	k := aKey()
	holding(t, s, k)
	late := inLine(t, s, k, func(r *harrier.Run) { r.CreatedAt = r.CreatedAt.Add(time.Minute) })
	early := inLine(t, s, k, func(*harrier.Run) {})
	urgent := inLine(t, s, k, func(r *harrier.Run) { r.Priority, r.CreatedAt = 0, r.CreatedAt.Add(time.Hour) })
	other := k
	other.Key = "other"
	inLine(t, s, other, func(*harrier.Run) {})
	refused(t, s, harrier.Conflict, func(tx harrier.Tx) error { return s.LineUp(t.Context(), tx, late.ID, k) })
	want := []harrier.RunID{urgent.ID, early.ID, late.ID}
	for _, quits := range []bool{true, false} {
		must(t, s, func(tx harrier.Tx) error {
			got, err := s.Line(t.Context(), tx, k)
			equal(t, got, want)
			return err
		})
		var ok bool
		must(t, s, func(tx harrier.Tx) (err error) {
			ok, err = s.Quit(t.Context(), tx, early.ID)
			return err
		})
		equal(t, ok, quits)
		want = []harrier.RunID{urgent.ID, late.ID}
	}
}

func promotes(t *testing.T, s Stores) {
	k := aKey()
	holder := holding(t, s, k)
	first := inLine(t, s, k, func(*harrier.Run) {})
	second := inLine(t, s, k, func(r *harrier.Run) { r.CreatedAt = r.CreatedAt.Add(time.Minute) })
	promote := func() (next harrier.RunID, ok bool) {
		must(t, s, func(tx harrier.Tx) (err error) {
			next, ok, err = s.Promote(t.Context(), tx, k)
			return err
		})
		return next, ok
	}
	if next, ok := promote(); ok {
		t.Fatalf("%s got a key that %s holds", next, holder.ID)
	}
	for _, want := range []harrier.Run{first, second} {
		held := claimed(t, s, holder.ID, "node-1")
		held.Status, held.EndedAt = harrier.RunFailed, epoch()
		must(t, s, func(tx harrier.Tx) error { return s.Release(t.Context(), tx, held) })
		if next, ok := promote(); !ok || next != want.ID {
			t.Fatalf("promoted %s (%t), want %s", next, ok, want.ID)
		}
		got := load(t, s, want)
		if got.OneKey != k.Key || got.ReadyAt.IsZero() || got.Status != harrier.RunQueued {
			t.Errorf("the promoted run is %+v", got)
		}
		holder = got
	}
	held := claimed(t, s, holder.ID, "node-1")
	held.Status, held.EndedAt = harrier.RunFailed, epoch()
	must(t, s, func(tx harrier.Tx) error { return s.Release(t.Context(), tx, held) })
	if next, ok := promote(); ok {
		t.Errorf("%s came out of an empty line", next)
	}
}

func lineUndone(t *testing.T, s Stores) {
	k := aKey()
	run := inLine(t, s, k, func(*harrier.Run) {})
	failed := harrier.Errorf(harrier.Invalid, "taken back")
	refused(t, s, harrier.Invalid, func(tx harrier.Tx) error {
		if next, ok, err := s.Promote(t.Context(), tx, k); err != nil || !ok || next != run.ID {
			t.Errorf("promoted %s (%t): %v", next, ok, err)
		}
		return failed
	})
	equal(t, load(t, s, run), run)
	must(t, s, func(tx harrier.Tx) error {
		got, err := s.Line(t.Context(), tx, k)
		equal(t, got, []harrier.RunID{run.ID})
		return err
	})
}
