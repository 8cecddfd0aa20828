package store

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

// fences is what the writer knows of who owns which run, so that an append
// need not ask the database. It is right because every change of the table runs
// passes the one writer of the one process that holds the directory; whatever
// rolls a transaction back forgets it.
type fences map[harrier.RunID]fence

// fence is the fence of a running run.
type fence struct {
	number int64
	tenant harrier.TenantID
}

// note keeps how a run is owned now.
func (f fences) note(run harrier.Run) {
	if run.Status == harrier.RunRunning {
		f[run.ID] = fence{run.Fence, run.Tenant}
		return
	}
	delete(f, run.ID)
}

// owner names a run and the fence that its owner holds.
type owner struct {
	run   harrier.RunID
	fence int64
}

// owned returns the tenant of a run that is running under its fence, or
// [engine.ErrFence].
func (s *Store) owned(ctx context.Context, t *transaction, o owner) (harrier.TenantID, error) {
	known, ok := t.writer.fences[o.run]
	if !ok {
		var err error
		if known, err = s.readFence(ctx, t, o.run); err != nil {
			return known.tenant, err
		}
	}
	if known.number != o.fence {
		return known.tenant, engine.ErrFence
	}
	return known.tenant, nil
}

// holds reports whether the writer knows that an intent comes from the owner of
// its run, so that the statement need not look.
func (s *Store) holds(tx harrier.Tx, in harrier.Intent) bool {
	t, ok := tx.(*transaction)
	if !ok || !t.writer.deferring {
		return false
	}
	known, ok := t.writer.fences[in.Run]
	return ok && known.number == in.Fence && known.tenant == in.Tenant
}

// readFence asks the database, and keeps the answer.
func (s *Store) readFence(ctx context.Context, t *transaction, run harrier.RunID) (f fence, _ error) {
	const text = `SELECT fence, tenant_id FROM runs WHERE id = $1 AND status = 'running'`
	found, err := oneIn(ctx, t, sqlf(text, run[:]), &f.number, &f.tenant)
	if err != nil {
		return f, err
	}
	if !found {
		return f, engine.ErrFence
	}
	t.writer.fences[run] = f
	return f, nil
}

// noted keeps how a run is owned after a statement of a transaction.
func noted(tx harrier.Tx, run harrier.Run) {
	if t, ok := tx.(*transaction); ok {
		t.writer.fences.note(run)
	}
}
