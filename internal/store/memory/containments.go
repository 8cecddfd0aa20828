package memory

import (
	"bytes"
	"context"

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
