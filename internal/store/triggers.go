package store

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/trigger"
)

var _ trigger.Store = (*Store)(nil)

// TriggerMark implements [trigger.Marks].
func (s *Store) TriggerMark(ctx context.Context, tenant harrier.TenantID, name string) (at time.Time, ok bool, err error) {
	const text = `SELECT at FROM trigger_marks WHERE tenant_id = $1 AND name = $2`
	return first(ctx, s.readers, sqlf(text, tenant[:], name), func(r harrier.Rows) (t time.Time, err error) { return t, r.Scan(&t) })
}

// SetTriggerMark implements [trigger.Marks].
func (s *Store) SetTriggerMark(ctx context.Context, tx harrier.Tx, m trigger.Mark) error {
	const add = `INSERT INTO trigger_marks (tenant_id, name, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`
	const move = `UPDATE trigger_marks SET at = $3 WHERE tenant_id = $1 AND name = $2 AND at = $4`
	var n int64
	var err error
	if m.From.IsZero() {
		n, err = tx.Exec(ctx, add, m.Tenant[:], m.Name, m.To)
	} else {
		n, err = tx.Exec(ctx, move, m.Tenant[:], m.Name, m.To, m.From)
	}
	if err == nil && n == 0 {
		err = harrier.Errorf(harrier.Conflict, "%s was seen to by another", m.Name)
	}
	return err
}

// ClaimCause implements [trigger.Marks].
func (s *Store) ClaimCause(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, run harrier.RunID) (bool, error) {
	const text = `INSERT INTO trigger_causes (tenant_id, run_id, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`
	n, err := tx.Exec(ctx, text, tenant[:], run[:], s.now().UTC())
	return n == 1, err
}

// CasesSince implements [trigger.Cases].
func (s *Store) CasesSince(ctx context.Context, tenant harrier.TenantID, since time.Time, limit int) ([]harrier.Case, error) {
	const text = `SELECT ` + caseColumns + ` FROM cases WHERE tenant_id = $1 AND updated_at >= $2 ORDER BY updated_at, id LIMIT $3`
	return list(ctx, s.readers, sqlf(text, tenant[:], since, limit), scanCase)
}
