package memory

import (
	"context"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/killswitch"
)

var _ engine.Switch = (*Memory)(nil)

// Stopped implements [engine.Switch]. It knows of no deliveries.
func (m *Memory) Stopped(_ context.Context, tx harrier.Tx, b engine.Beginning) (string, error) {
	t, err := begun(tx)
	if err != nil {
		return "", err
	}
	for _, tenant := range []harrier.TenantID{{}, b.Tenant} {
		s, on := t.state.switches[tenant]
		if on && s.Scope.Stops(b.Effect) && !(s.AllowUndo && b.Effect == harrier.Contain && t.undoes(b)) {
			return s.Reason, nil
		}
	}
	return "", nil
}

// undoes reports whether an effect takes a containment back that is there.
func (t *transaction) undoes(b engine.Beginning) bool {
	for _, c := range t.state.contained {
		if c.Tenant == b.Tenant && c.Connection == b.Connection && c.Undo == b.Undo && c.UndoKey == b.UndoKey && b.UndoKey != "" && c.State == harrier.ContainmentActive {
			return true
		}
	}
	return false
}

// PutSwitch puts a switch on, or changes it.
func (m *Memory) PutSwitch(_ context.Context, tx harrier.Tx, s killswitch.Switch) error {
	t, err := begun(tx)
	if err == nil {
		put(t, t.state.switches, s.Tenant, s)
	}
	return err
}

// DropSwitch takes a switch off.
func (m *Memory) DropSwitch(_ context.Context, tx harrier.Tx, tenant harrier.TenantID) error {
	t, err := begun(tx)
	if err == nil {
		drop(t, t.state.switches, tenant)
	}
	return err
}

// ResumeStopped makes runs ready that wait for a switch though none stops their
// tenant.
func (m *Memory) ResumeStopped(_ context.Context, tx harrier.Tx, now time.Time, limit int) (n int64, err error) {
	t, err := begun(tx)
	if err != nil {
		return 0, err
	}
	_, everybody := t.state.switches[harrier.TenantID{}]
	for id, r := range t.state.runs {
		_, own := t.state.switches[r.Tenant]
		if own || everybody || n == int64(limit) || r.Status != harrier.RunWaiting || !strings.HasPrefix(r.WaitingFor, engine.StopWait) {
			continue
		}
		r.WaitingFor, r.ReadyAt = "its turn", now
		put(t, t.state.runs, id, r)
		n++
	}
	return n, nil
}
