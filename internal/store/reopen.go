package store

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

var _ engine.Reviver = (*Store)(nil)

// Reopen implements [engine.Reviver].
func (s *Store) Reopen(ctx context.Context, tx harrier.Tx, run harrier.Run) error {
	const text = `UPDATE runs SET status = 'queued', reason = '', ended_at = NULL, crashes = 0, ready_at = $3, updated_at = $3
WHERE id = $1 AND tenant_id = $2 AND status IN ('failed', 'cancelled')`
	n, err := tx.Exec(ctx, text, run.ID[:], run.Tenant[:], s.now())
	switch {
	case codeOf(err) == codeUnique:
		return harrier.Errorf(harrier.Conflict, "playbook %s is running for the same key already; wait for that run or cancel it", run.Playbook)
	case err != nil:
		return err
	case n == 0:
		return harrier.Errorf(harrier.Conflict, "run %s did not fail and was not cancelled", run.ID)
	}
	return nil
}
