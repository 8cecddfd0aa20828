package store

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/retention"
)

var (
	_ retention.Store    = (*Store)(nil)
	_ retention.HoldRows = (*Store)(nil)
)

// TenantIDs implements [retention.Store].
func (s *Store) TenantIDs(ctx context.Context) ([]harrier.TenantID, error) {
	return list(ctx, s.readers, sqlf(`SELECT id FROM tenants ORDER BY id`), func(r harrier.Rows) (id harrier.TenantID, err error) {
		err = r.Scan(&id)
		return id, err
	})
}

// Retention implements [retention.Store].
func (s *Store) Retention(ctx context.Context, tenant harrier.TenantID) (map[retention.Class]int, error) {
	said := map[retention.Class]int{}
	err := s.readers.each(ctx, sqlf(`SELECT class, days FROM retention WHERE tenant_id = $1`, tenant[:]), func(r *rows) error {
		var class retention.Class
		var days int
		err := r.Scan(&class, &days)
		said[class] = days
		return err
	})
	return said, err
}

// PutRetention implements [retention.Store].
func (s *Store) PutRetention(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, c retention.Class, days int) error {
	const text = `INSERT INTO retention (tenant_id, class, days, updated_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, class) DO UPDATE SET days = excluded.days, updated_at = excluded.updated_at`
	_, err := tx.Exec(ctx, text, tenant[:], string(c), days, s.now())
	return err
}

const holdColumns = `tenant_id, id, kind, target, subject, reason, placed_by, placed_name, placed_at, lift_by, lift_name, lift_reason, lift_at, lifted_by, lifted_name, lifted_at`

func scanHold(r harrier.Rows) (h retention.Hold, err error) {
	var id, target []byte
	err = r.Scan(&h.Tenant, &id, &h.Kind, &target, &h.Subject, &h.Reason, &h.PlacedBy, &h.PlacedName, &h.PlacedAt, &h.LiftBy, &h.LiftName, &h.LiftReason,
		&h.LiftAt, &h.LiftedBy, &h.LiftedName, &h.LiftedAt)
	copy(h.ID[:], id)
	copy(h.Target[:], target)
	return h, err
}

// Holds implements [retention.HoldRows].
func (s *Store) Holds(ctx context.Context, tenant harrier.TenantID) ([]retention.Hold, error) {
	const text = `SELECT ` + holdColumns + ` FROM legal_holds WHERE tenant_id = $1 ORDER BY placed_at DESC, id DESC`
	return list(ctx, s.readers, sqlf(text, tenant[:]), scanHold)
}

// HoldIn implements [retention.HoldRows].
func (s *Store) HoldIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id [16]byte) (retention.Hold, error) {
	const text = `SELECT ` + holdColumns + ` FROM legal_holds WHERE tenant_id = $1 AND id = $2`
	found, err := listIn(ctx, tx, sqlf(text, tenant[:], id[:]), scanHold)
	if err != nil || len(found) == 0 {
		if err == nil {
			err = harrier.Errorf(harrier.NotFound, "hold %s does not exist", retention.HoldID(id))
		}
		return retention.Hold{}, err
	}
	return found[0], nil
}

// AddHold implements [retention.HoldRows].
func (s *Store) AddHold(ctx context.Context, tx harrier.Tx, h retention.Hold) error {
	const text = `INSERT INTO legal_holds (tenant_id, id, kind, target, subject, reason, placed_by, placed_name, placed_at, lift_name, lift_reason, lifted_name)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', '', '')`
	_, err := tx.Exec(ctx, text, h.Tenant[:], h.ID[:], h.Kind, h.Target[:], h.Subject, h.Reason, h.PlacedBy[:], h.PlacedName, h.PlacedAt)
	return err
}

// UpdateHold implements [retention.HoldRows].
func (s *Store) UpdateHold(ctx context.Context, tx harrier.Tx, h retention.Hold) error {
	const text = `UPDATE legal_holds SET lift_by = $3, lift_name = $4, lift_reason = $5, lift_at = $6, lifted_by = $7, lifted_name = $8, lifted_at = $9
WHERE tenant_id = $1 AND id = $2 AND lifted_at IS NULL`
	_, err := tx.Exec(ctx, text, h.Tenant[:], h.ID[:], h.LiftBy, h.LiftName, h.LiftReason, h.LiftAt, h.LiftedBy, h.LiftedName, h.LiftedAt)
	return err
}

// DoomedEvidence lists contents that no row has needed since before a time.
func (s *Store) DoomedEvidence(ctx context.Context, before time.Time, limit int) ([]retention.Doomed, error) {
	const text = `SELECT tenant_id, sha256 FROM evidence_doomed WHERE at < $1 ORDER BY at LIMIT $2`
	return list(ctx, s.readers, sqlf(text, before, limit), func(r harrier.Rows) (d retention.Doomed, err error) {
		err = r.Scan(&d.Tenant, &d.SHA256)
		return d, err
	})
}

// SpareEvidence reports whether a row needs a content again, and forgets its doom then.
func (s *Store) SpareEvidence(ctx context.Context, tx harrier.Tx, d retention.Doomed) (bool, error) {
	const text = `DELETE FROM evidence_doomed WHERE tenant_id = $1 AND sha256 = $2
AND EXISTS (SELECT 1 FROM evidence WHERE tenant_id = $1 AND sha256 = $2)`
	n, err := tx.Exec(ctx, text, d.Tenant[:], d.SHA256)
	return n > 0, err
}

// EvidenceGone forgets a content that was removed from the disk.
func (s *Store) EvidenceGone(ctx context.Context, tx harrier.Tx, d retention.Doomed) error {
	_, err := tx.Exec(ctx, `DELETE FROM evidence_doomed WHERE tenant_id = $1 AND sha256 = $2`, d.Tenant[:], d.SHA256)
	return err
}
