package store

import (
	"context"
	"encoding/json"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/ship"
)

var _ ship.Store = (*Store)(nil)

const targetColumns = `tenant_id, name, id, kind, address, ca, allow_private, cursor, caught, sent_at, failures, error, since, alarm_at, created_at`

func scanTarget(r harrier.Rows) (t ship.Target, err error) {
	var private string
	err = r.Scan(&t.Tenant, &t.Name, &t.ID, &t.Kind, &t.Address, &t.CA, &private, &t.Cursor, &t.Caught, &t.SentAt, &t.Failures, &t.Error, &t.Since, &t.AlarmAt, &t.CreatedAt)
	if err == nil {
		err = json.Unmarshal([]byte(private), &t.AllowPrivate)
	}
	return t, err
}

// AuditTargets implements [ship.Store].
func (s *Store) AuditTargets(ctx context.Context, tenant harrier.TenantID) ([]ship.Target, error) {
	const text = `SELECT ` + targetColumns + ` FROM audit_targets WHERE tenant_id = $1 OR $2 ORDER BY tenant_id, name`
	return list(ctx, s.readers, sqlf(text, tenant[:], tenant.IsZero()), scanTarget)
}

// AddAuditTarget stores a new target; a name that is taken is Conflict.
func (s *Store) AddAuditTarget(ctx context.Context, tx harrier.Tx, t ship.Target) error {
	const text = `INSERT INTO audit_targets (` + targetColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`
	private, err := json.Marshal(t.AllowPrivate)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode a target: %w", err)
	}
	_, err = tx.Exec(ctx, text, t.Tenant[:], t.Name, t.ID[:], t.Kind, t.Address, t.CA, string(private), t.Cursor, t.Caught, t.SentAt, t.Failures, t.Error, t.Since, t.AlarmAt, t.CreatedAt)
	if duplicate(err) {
		return harrier.Errorf(harrier.Conflict, "there is a target %s already", t.Name)
	}
	return err
}

// PutAuditTarget implements [ship.Store].
func (s *Store) PutAuditTarget(ctx context.Context, tx harrier.Tx, t ship.Target) error {
	const text = `UPDATE audit_targets SET cursor = $3, caught = $4, sent_at = $5, failures = $6, error = $7, since = $8, alarm_at = $9
WHERE tenant_id = $1 AND id = $2`
	_, err := tx.Exec(ctx, text, t.Tenant[:], t.ID[:], t.Cursor, t.Caught, t.SentAt, t.Failures, t.Error, t.Since, t.AlarmAt)
	return err
}

// RemoveAuditTarget removes a target; one that is not there is NotFound.
func (s *Store) RemoveAuditTarget(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.ConnectionID) error {
	n, err := tx.Exec(ctx, `DELETE FROM audit_targets WHERE tenant_id = $1 AND id = $2`, tenant[:], id[:])
	if err == nil && n == 0 {
		err = harrier.Errorf(harrier.NotFound, "there is no such target")
	}
	return err
}
