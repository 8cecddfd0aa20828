package store

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/store/ownership"
)

var _ engine.Journal = (*Store)(nil)

const runColumns = `id, tenant_id, playbook, hash, mode, status, waiting_for, priority, alert_id, case_id,
parent_id, parent_path, one_key, started_by, semantics, fence, owner, wake_seq, ready_at, crashes,
unresolved, outputs, reason, created_at, updated_at, ended_at`

func scanRun(r harrier.Rows) (run harrier.Run, err error) {
	err = r.Scan(runPlaces(&run)...)
	return run, err
}

// runPlaces lists where runColumns go.
func runPlaces(r *harrier.Run) []any {
	return []any{
		&r.ID, &r.Tenant, &r.Playbook, &r.Hash, &r.Mode, &r.Status, &r.WaitingFor, &r.Priority, &r.Alert, &r.Case,
		&r.Parent, &r.ParentPath, &r.OneKey, &r.StartedBy, &r.Semantics, &r.Fence, &r.Owner, &r.WakeSeq, &r.ReadyAt, &r.Crashes,
		&r.Unresolved, &r.Outputs, &r.Reason, &r.CreatedAt, &r.UpdatedAt, &r.EndedAt,
	}
}

// Create implements [engine.Journal].
func (s *Store) Create(ctx context.Context, tx harrier.Tx, run harrier.Run, events []harrier.Event) error {
	const text = `INSERT INTO runs (id, tenant_id, playbook, hash, mode, status, waiting_for, priority, alert_id, case_id,
parent_id, parent_path, one_key, started_by, semantics, ready_at, unresolved, outputs, reason, created_at, updated_at, ended_at,
fence, owner, crashes, crash_seq)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)`
	if run.ID.IsZero() || run.Tenant.IsZero() {
		return harrier.Errorf(harrier.Invalid, "a run needs an id and a tenant")
	}
	if err := ownership.Create(&run); err != nil {
		return err
	}
	crashSeq := 0
	if run.Status == harrier.RunRunning {
		crashSeq = len(events)
	}
	_, err := tx.Exec(ctx, text, run.ID[:], run.Tenant[:], run.Playbook, run.Hash, string(run.Mode), string(run.Status),
		run.WaitingFor, run.Priority, run.Alert, run.Case, run.Parent, run.ParentPath, run.OneKey, run.StartedBy,
		run.Semantics, run.ReadyAt, run.Unresolved, run.Outputs, run.Reason, run.CreatedAt, run.UpdatedAt, run.EndedAt,
		run.Fence, run.Owner, run.Crashes, crashSeq)
	switch {
	case codeOf(err) == codeUnique:
		return harrier.Errorf(harrier.Conflict, "playbook %s is running already for the same key; wait for it or cancel it", run.Playbook)
	case duplicate(err):
		return harrier.Errorf(harrier.Conflict, "run %s exists already", run.ID)
	case err != nil:
		return err
	}
	noted(tx, run)
	return createEvents(ctx, tx, run, events)
}

// Claim implements [engine.Journal]. It counts, in the same transaction, claims
// in a row after which the journal did not grow: a run that would begin a
// fourth is quarantined instead and comes back with that status and no error.
func (s *Store) Claim(ctx context.Context, tx harrier.Tx, id harrier.RunID, owner string) (harrier.Run, error) {
	const read = `SELECT ` + runColumns + `, crash_seq,
(SELECT coalesce(max(seq), 0) FROM events WHERE run_id = runs.id) FROM runs WHERE id = $1`
	const take = `UPDATE runs SET fence = $2, owner = $3, status = $4, waiting_for = $5, reason = $6, ready_at = NULL,
crashes = $7, crash_seq = $8, updated_at = $9 WHERE id = $1`
	var run harrier.Run
	var crashSeq, lastSeq int64
	ok, err := oneIn(ctx, tx, sqlf(read, id[:]), append(runPlaces(&run), &crashSeq, &lastSeq)...)
	if err != nil {
		return run, err
	}
	if !ok {
		return run, errNoRun(id)
	}
	now := s.now()
	if err := ownership.Check(run, owner, now); err != nil {
		return harrier.Run{}, err
	}
	ownership.Claim(&run, owner, lastSeq > crashSeq)
	run.UpdatedAt = micros(now)
	_, err = tx.Exec(ctx, take, id[:], run.Fence, run.Owner, string(run.Status), run.WaitingFor, run.Reason,
		run.Crashes, lastSeq, run.UpdatedAt)
	if err == nil {
		noted(tx, run)
	}
	return run, err
}
