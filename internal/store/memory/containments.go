package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
)

type containmentKey struct {
	tenant harrier.TenantID
	id     harrier.ContainmentID
}

// AddContainment implements [engine.Ledger].
func (m *Memory) AddContainment(ctx context.Context, tx harrier.Tx, c harrier.Containment) error {
	t, err := begun(tx)
	if err != nil {
		return err
	}
	if _, err := m.EndContainments(ctx, tx, harrier.ContainmentEnd{
		Tenant: c.Tenant, Connection: c.Connection, Undo: c.Undo, UndoKey: c.UndoKey,
		State: harrier.ContainmentSuperseded, At: c.At, By: c.Run,
	}); err != nil {
		return err
	}
	key := containmentKey{c.Tenant, c.ID}
	if _, had := t.state.contained[key]; !had {
		put(t, t.state.contained, key, copied(c))
	}
	return nil
}

// EndContainments implements [engine.Ledger].
func (m *Memory) EndContainments(_ context.Context, tx harrier.Tx, e harrier.ContainmentEnd) (int64, error) {
	t, err := begun(tx)
	if err != nil || e.UndoKey == "" {
		return 0, err
	}
	var ended int64
	for key, c := range t.state.contained {
		if c.Tenant != e.Tenant || c.Connection != e.Connection || c.Undo != e.Undo || c.UndoKey != e.UndoKey || c.State != harrier.ContainmentActive {
			continue
		}
		c.State, c.EndedAt, c.EndedBy, c.After = e.State, e.At, e.By, bytes.Clone(e.After)
		if e.State == harrier.ContainmentUndone && c.LeaseRun == e.By && !e.By.IsZero() {
			c.State = harrier.ContainmentExpired
		}
		put(t, t.state.contained, key, c)
		ended++
	}
	return ended, nil
}

// Containments returns a tenant's containments, the newest first. It knows of
// no alerts in cases.
func (m *Memory) Containments(_ context.Context, tenant harrier.TenantID, f harrier.ContainmentFilter, p harrier.Page) ([]harrier.Containment, string, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var rows []harrier.Containment
	for key, c := range m.state.contained {
		if key.tenant == tenant && (f.State == "" || c.State == f.State) && (f.Alert.IsZero() || c.Alert == f.Alert) &&
			(f.Case.IsZero() || c.Case == f.Case) && (f.Action == "" || c.Action == f.Action || c.Verb == f.Action) &&
			(f.Run.IsZero() || m.within(c.Run, f.Run)) {
			rows = append(rows, copied(c))
		}
	}
	return newest(rows, p, func(c harrier.Containment) place { return place{c.At.UnixMicro(), c.ID} })
}

// within reports whether a run is another, or was called by it or below it.
func (m *Memory) within(id, family harrier.RunID) bool {
	for ; !id.IsZero(); id = m.state.runs[id].Parent {
		if id == family {
			return true
		}
	}
	return false
}

// copied is a containment whose JSON is its own.
func copied(c harrier.Containment) harrier.Containment {
	c.Args, c.Before, c.UndoArgs, c.After = bytes.Clone(c.Args), bytes.Clone(c.Before), bytes.Clone(c.UndoArgs), bytes.Clone(c.After)
	return c
}

// open reports whether a lease runs to whose end nobody sees.
func open(c harrier.Containment) bool {
	return c.State == harrier.ContainmentActive && !c.LeaseUntil.IsZero() && c.LeaseRun.IsZero()
}

// DueLeases returns active containments whose time is over and to whose end
// nobody sees, the longest over first.
func (m *Memory) DueLeases(_ context.Context, now time.Time, limit int) ([]harrier.Containment, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var rows []harrier.Containment
	for _, c := range m.state.contained {
		if open(c) && !c.LeaseUntil.After(now) {
			rows = append(rows, copied(c))
		}
	}
	slices.SortFunc(rows, func(a, b harrier.Containment) int {
		return cmp.Or(a.LeaseUntil.Compare(b.LeaseUntil), bytes.Compare(a.ID[:], b.ID[:]))
	})
	return rows[:min(limit, len(rows))], nil
}

// NextLease returns when the next lease ends; ok is false where none does.
func (m *Memory) NextLease(context.Context) (at time.Time, ok bool, err error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, c := range m.state.contained {
		if open(c) && (!ok || c.LeaseUntil.Before(at)) {
			at, ok = c.LeaseUntil, true
		}
	}
	return at, ok, nil
}

// EndLease notes which run sees to the end of a lease. Where another one does,
// or the containment is not active any more, it is Conflict.
func (m *Memory) EndLease(_ context.Context, tx harrier.Tx, c harrier.Containment) error {
	t, err := begun(tx)
	if err != nil {
		return err
	}
	key := containmentKey{c.Tenant, c.ID}
	row, ok := t.state.contained[key]
	if !ok || row.State != harrier.ContainmentActive || !row.LeaseRun.IsZero() {
		return harrier.Errorf(harrier.Conflict, "the lease of containment %s is seen to already", c.ID)
	}
	row.LeaseRun = c.LeaseRun
	put(t, t.state.contained, key, row)
	return nil
}
