package store

import (
	"context"
	"encoding/json"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/shift"
)

var _ shift.Store = (*Store)(nil)

const handoverColumns = `tenant_id, id, from_name, to_name, notes, content, created_by, created_at, accepted_by, accepted_name, accepted_at, rev`

func scanHandover(r harrier.Rows) (h shift.Handover, err error) {
	var content json.RawMessage
	err = r.Scan(&h.Tenant, &h.ID, &h.From, &h.To, &h.Notes, &content, &h.CreatedBy, &h.CreatedAt, &h.AcceptedBy, &h.AcceptedName, &h.AcceptedAt, &h.Rev)
	if err != nil {
		return h, err
	}
	if err := json.Unmarshal(content, &h.Content); err != nil {
		return h, harrier.Errorf(harrier.Internal, "read the content of %s: %w", h.ID, err)
	}
	return h, nil
}

// AddHandover implements [shift.Store].
func (s *Store) AddHandover(ctx context.Context, tx harrier.Tx, h shift.Handover) error {
	const text = `INSERT INTO handovers (` + handoverColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)`
	content, err := json.Marshal(h.Content)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode the content of %s: %w", h.ID, err)
	}
	_, err = tx.Exec(ctx, text, h.Tenant[:], h.ID[:], h.From, h.To, h.Notes, string(content), h.CreatedBy[:], h.CreatedAt, h.AcceptedBy, h.AcceptedName, h.AcceptedAt)
	return err
}

// AcceptHandover implements [shift.Store]. Nothing else of a hand-over changes.
func (s *Store) AcceptHandover(ctx context.Context, tx harrier.Tx, h shift.Handover) error {
	const text = `UPDATE handovers SET accepted_by = $3, accepted_name = $4, accepted_at = $5, rev = rev + 1
WHERE tenant_id = $1 AND id = $2 AND accepted_at IS NULL`
	n, err := tx.Exec(ctx, text, h.Tenant[:], h.ID[:], h.AcceptedBy, h.AcceptedName, h.AcceptedAt)
	if err == nil && n == 0 {
		err = harrier.Errorf(harrier.Conflict, "somebody else accepted hand-over %s", h.ID)
	}
	return err
}

// Handover implements [shift.Store].
func (s *Store) Handover(ctx context.Context, tenant harrier.TenantID, id harrier.HandoverID) (shift.Handover, error) {
	h, ok, err := first(ctx, s.readers, sqlf(`SELECT `+handoverColumns+` FROM handovers WHERE tenant_id = $1 AND id = $2`, tenant[:], id[:]), scanHandover)
	if err == nil && !ok {
		err = harrier.Errorf(harrier.NotFound, "hand-over %s does not exist", id)
	}
	return h, err
}

// Handovers implements [shift.Store].
func (s *Store) Handovers(ctx context.Context, tenant harrier.TenantID, p harrier.Page) ([]shift.Handover, string, error) {
	l := newListing(handoverColumns, "handovers", tenant)
	if err := l.newest("created_at", p); err != nil {
		return nil, "", err
	}
	return page(ctx, s.readers, l, scanHandover, func(h shift.Handover) place { return at(h.CreatedAt, h.ID) })
}
