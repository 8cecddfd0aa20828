package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

var _ engine.Ledger = (*Memory)(nil)

type intentKey struct {
	run        harrier.RunID
	path       string
	connection harrier.ConnectionID
	epoch      int
}

type guardKey struct {
	tenant harrier.TenantID
	guard  string
	window int64
}

type auditKey struct {
	tenant harrier.TenantID
	id     harrier.AuditID
}

func keyOf(in harrier.Intent) intentKey {
	return intentKey{in.Run, in.Path, in.Connection, in.Epoch}
}

// Intend implements [engine.Ledger].
func (m *Memory) Intend(_ context.Context, tx harrier.Tx, in harrier.Intent) error {
	t, err := begun(tx)
	if err != nil {
		return err
	}
	if r, err := t.held(in.Run, in.Fence); err != nil || r.Tenant != in.Tenant {
		return cmp.Or(err, errNoIntent(in))
	}
	old, had := t.state.intents[keyOf(in)]
	if had && (in.Attempt <= old.Attempt || old.State == harrier.IntentSucceeded) {
		return errIntent(old)
	}
	in.State, in.Args = cmp.Or(in.State, harrier.IntentOpen), bytes.Clone(in.Args)
	put(t, t.state.intents, keyOf(in), in)
	return nil
}

// Settle implements [engine.Ledger].
func (m *Memory) Settle(_ context.Context, tx harrier.Tx, in harrier.Intent) error {
	t, err := begun(tx)
	if err != nil {
		return err
	}
	if _, err := t.held(in.Run, in.Fence); err != nil {
		return err
	}
	old, ok := t.state.intents[keyOf(in)]
	if !ok || old.Tenant != in.Tenant {
		return errNoIntent(in)
	}
	open := old.State == harrier.IntentOpen || old.State == harrier.IntentUnknown
	if !open || in.Attempt != 0 && in.Attempt != old.Attempt {
		return errIntent(old)
	}
	old.State, old.By, old.EndedAt, old.LeaseUntil = in.State, in.By, in.EndedAt, cmp.Or(in.LeaseUntil, old.LeaseUntil)
	put(t, t.state.intents, keyOf(in), old)
	return nil
}

func errNoIntent(in harrier.Intent) error {
	return harrier.Errorf(harrier.NotFound, "run %s has no intent at %s", in.Run, in.Path)
}

func errIntent(in harrier.Intent) error {
	return harrier.Errorf(harrier.Conflict, "the intent of run %s at %s is %s in attempt %d", in.Run, in.Path, in.State, in.Attempt)
}

// Take implements [engine.Ledger].
func (m *Memory) Take(_ context.Context, tx harrier.Tx, g engine.GuardSlot) error {
	t, err := begun(tx)
	if err != nil {
		return err
	}
	key := guardKey{g.Tenant, g.Guard, g.Window.UnixMicro()}
	used := t.state.guards[key]
	if used >= g.Cap {
		return harrier.Errorf(harrier.Limited, "the guard %s allows %d in this window; wait for the next one or ask for approval", g.Guard, g.Cap)
	}
	put(t, t.state.guards, key, used+1)
	return nil
}

// Audit implements [engine.Ledger].
func (m *Memory) Audit(_ context.Context, tx harrier.Tx, e harrier.AuditEntry) error {
	t, err := begun(tx)
	if err != nil {
		return err
	}
	key := auditKey{e.Tenant, e.ID}
	if _, ok := t.state.audit[key]; ok {
		return harrier.Errorf(harrier.Conflict, "the audit trail has %s already", e.ID)
	}
	e.Data = bytes.Clone(e.Data)
	put(t, t.state.audit, key, e)
	return nil
}

// Intents implements [engine.Ledger].
func (m *Memory) Intents(_ context.Context, id harrier.RunID) ([]harrier.Intent, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var intents []harrier.Intent
	for _, in := range m.state.intents {
		if in.Run == id {
			in.Args = bytes.Clone(in.Args)
			intents = append(intents, in)
		}
	}
	slices.SortFunc(intents, func(a, b harrier.Intent) int {
		return cmp.Or(a.IntendedAt.Compare(b.IntendedAt), cmp.Compare(a.Path, b.Path),
			bytes.Compare(a.Connection[:], b.Connection[:]), cmp.Compare(a.Epoch, b.Epoch))
	})
	return intents, nil
}

// AuditTrail returns a tenant's audit rows, the newest first.
func (m *Memory) AuditTrail(_ context.Context, tenant harrier.TenantID, f harrier.AuditFilter, p harrier.Page) ([]harrier.AuditEntry, string, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var rows []harrier.AuditEntry
	for key, e := range m.state.audit {
		if key.tenant == tenant && (f.Actor.IsZero() || e.Actor == f.Actor) && (f.Action == "" || e.Action == f.Action) &&
			(f.Target == "" || e.Target == f.Target) && (f.Run.IsZero() || e.Run == f.Run) {
			rows = append(rows, e)
		}
	}
	return newest(rows, p, func(e harrier.AuditEntry) place { return place{e.At.UnixMicro(), e.ID} })
}
