package store

import (
	"cmp"
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/store/ownership"
)

// Release implements [engine.Journal]. It stores what a run may change while
// it is owned: where it stands, its case, its outputs and its reason.
func (s *Store) Release(ctx context.Context, tx harrier.Tx, run harrier.Run) error {
	const text = `UPDATE runs SET status = $3, waiting_for = $4, priority = $5, case_id = $6, ready_at = $7, unresolved = $8,
outputs = $9, reason = $10, updated_at = $11, ended_at = $12, owner = '', crashes = 0
WHERE id = $1 AND fence = $2 AND status = 'running' AND ($13 OR wake_seq = $14)`
	if err := ownership.GiveUp(&run); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, text, run.ID[:], run.Fence, string(run.Status), run.WaitingFor, run.Priority, run.Case, run.ReadyAt,
		run.Unresolved, run.Outputs, run.Reason, cmp.Or(run.UpdatedAt, s.now()), run.EndedAt, ownership.Final(run.Status), run.WakeSeq)
	if err == nil && n == 1 {
		noted(tx, run)
		if run.Status.Ended() {
			return s.emitRun(ctx, tx, run)
		}
		return nil
	}
	if err != nil {
		return err
	}
	if err := s.holdsFence(ctx, tx, run.ID, run.Fence); err != nil {
		return err
	}
	return engine.ErrWoken
}

// Unquarantine lets a quarantined run be claimed again at a time.
func (s *Store) Unquarantine(ctx context.Context, tx harrier.Tx, run harrier.Run, at time.Time) error {
	const text = `UPDATE runs SET status = 'waiting', reason = '', crashes = 0, ready_at = $3, updated_at = $3
WHERE id = $1 AND tenant_id = $2 AND status = 'quarantined'`
	n, err := tx.Exec(ctx, text, run.ID[:], run.Tenant[:], at)
	if err != nil || n == 1 {
		return err
	}
	var status harrier.RunStatus
	ok, err := oneIn(ctx, tx, sqlf(`SELECT status FROM runs WHERE id = $1 AND tenant_id = $2`, run.ID[:], run.Tenant[:]), &status)
	if err != nil {
		return err
	}
	if !ok {
		return errNoRun(run.ID)
	}
	return harrier.Errorf(harrier.Conflict, "run %s is not quarantined but %s", run.ID, status)
}

func errNoRun(id harrier.RunID) error {
	return harrier.Errorf(harrier.NotFound, "run %s does not exist", id)
}

// micros is a time as the database keeps it.
func micros(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
