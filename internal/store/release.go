package store

import (
	"cmp"
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

// claimable says why a run cannot be claimed, if it cannot.
func claimable(run harrier.Run, owner string, now time.Time) error {
	switch {
	case run.Status.Ended():
		return harrier.Errorf(harrier.Conflict, "run %s has ended", run.ID)
	case run.Status == harrier.RunQuarantined:
		return harrier.Errorf(harrier.Conflict, "run %s is quarantined; release it first", run.ID)
	case run.Status == harrier.RunRunning && run.Owner != owner && (run.ReadyAt.IsZero() || run.ReadyAt.After(now)):
		return harrier.Errorf(harrier.Conflict, "run %s is owned by %s", run.ID, run.Owner)
	}
	return nil
}

// claim changes the run as a claim does. A claim after which the journal has
// not grown by the next one counts as a crash.
func claim(run *harrier.Run, owner string, grew bool) {
	if grew {
		run.Crashes = 0
	}
	run.Fence++
	run.ReadyAt = time.Time{}
	run.WaitingFor = ""
	if run.Crashes >= maxCrashes {
		run.Status, run.Owner = harrier.RunQuarantined, ""
		run.Reason = "the worker died three times in a row without progress; look at the last step, then release the run"
		return
	}
	run.Crashes++
	run.Status, run.Owner = harrier.RunRunning, owner
}

// Release implements [engine.Journal]. It stores what a run may change while
// it is owned: where it stands, its case, its outputs and its reason.
func (s *Store) Release(ctx context.Context, tx harrier.Tx, run harrier.Run) error {
	const text = `UPDATE runs SET status = $3, waiting_for = $4, priority = $5, case_id = $6, ready_at = $7, unresolved = $8,
outputs = $9, reason = $10, updated_at = $11, ended_at = $12, owner = '', crashes = 0
WHERE id = $1 AND fence = $2 AND status = 'running' AND ($13 OR wake_seq = $14)`
	ended := run.Status.Ended() || run.Status == harrier.RunQuarantined
	if err := releasable(&run, ended); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, text, run.ID[:], run.Fence, string(run.Status), run.WaitingFor, run.Priority, run.Case, run.ReadyAt,
		run.Unresolved, run.Outputs, run.Reason, cmp.Or(run.UpdatedAt, s.now()), run.EndedAt, ended, run.WakeSeq)
	if err != nil || n == 1 {
		return err
	}
	if err := s.holdsFence(ctx, tx, run.ID, run.Fence); err != nil {
		return err
	}
	return engine.ErrWoken
}

// releasable checks the state a run is given up in. One that has ended, or
// waits for a person, is never ready.
func releasable(run *harrier.Run, ended bool) error {
	switch {
	case ended:
		run.ReadyAt = time.Time{}
	case run.Status != harrier.RunWaiting && run.Status != harrier.RunQueued:
		return harrier.Errorf(harrier.Invalid, "run %s cannot be given up as %q", run.ID, run.Status)
	}
	return nil
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
