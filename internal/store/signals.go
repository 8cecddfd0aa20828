package store

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

var _ engine.Signals = (*Store)(nil)

// Raise implements [engine.Signals]. The signal's number is the WakeSeq it
// raised. A run that does not exist is NotFound.
func (s *Store) Raise(ctx context.Context, tx harrier.Tx, sig harrier.Signal) error {
	const wake = `UPDATE runs SET wake_seq = wake_seq + 1, ready_at = CASE
WHEN status IN ('waiting', 'queued') AND (ready_at IS NULL OR ready_at > $3) THEN $3 ELSE ready_at END
WHERE id = $1 AND tenant_id = $2 AND status NOT IN ('succeeded', 'failed', 'cancelled') RETURNING wake_seq`
	const add = `INSERT INTO signals (run_id, seq, tenant_id, at, type, data) VALUES ($1, $2, $3, $4, $5, $6)`
	var seq int64
	ok, err := oneIn(ctx, tx, sqlf(wake, sig.Run[:], sig.Tenant[:], sig.At), &seq)
	if err != nil {
		return err
	}
	if !ok {
		return s.exists(ctx, tx, sig.Tenant, sig.Run)
	}
	_, err = tx.Exec(ctx, add, sig.Run[:], seq, sig.Tenant[:], sig.At, sig.Type, string(sig.Data))
	return err
}

// exists is NotFound where the tenant has no such run.
func (s *Store) exists(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, run harrier.RunID) error {
	var n int
	ok, err := oneIn(ctx, tx, sqlf(`SELECT 1 FROM runs WHERE id = $1 AND tenant_id = $2`, run[:], tenant[:]), &n)
	if err == nil && !ok {
		err = errNoRun(run)
	}
	return err
}

// Pending implements [engine.Signals]. The signals and the WakeSeq are of one moment.
func (s *Store) Pending(ctx context.Context, run harrier.RunID) ([]harrier.Signal, int64, error) {
	const text = `SELECT r.wake_seq, r.tenant_id, s.seq, s.at, s.type, s.data
FROM runs AS r LEFT JOIN signals AS s ON s.run_id = r.id WHERE r.id = $1 ORDER BY s.seq`
	var pending []harrier.Signal
	var wake int64
	found := false
	err := s.readers.each(ctx, sqlf(text, run[:]), func(r *rows) error {
		sig := harrier.Signal{Run: run}
		found = true
		err := r.Scan(&wake, &sig.Tenant, &sig.Seq, &sig.At, &sig.Type, &sig.Data)
		if sig.Seq > 0 {
			pending = append(pending, sig)
		}
		return err
	})
	if err == nil && !found {
		err = errNoRun(run)
	}
	return pending, wake, err
}

// Consume implements [engine.Signals].
func (s *Store) Consume(ctx context.Context, tx harrier.Tx, run harrier.Run, seq int64) error {
	const text = `DELETE FROM signals WHERE run_id = $1 AND seq <= $2`
	if err := s.holdsFence(ctx, tx, run.ID, run.Fence); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, text, run.ID[:], seq)
	return err
}
