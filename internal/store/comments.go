package store

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/approval"
)

// AddComment implements [approval.Comments].
func (s *Store) AddComment(ctx context.Context, tx harrier.Tx, a harrier.Approval, c approval.Comment) error {
	const text = `INSERT INTO approval_comments (tenant_id, approval_id, seq, principal, name, via, text, at)
SELECT $1, $2, coalesce(max(seq), 0) + 1, $3, $4, $5, $6, $7 FROM approval_comments WHERE tenant_id = $1 AND approval_id = $2`
	_, err := tx.Exec(ctx, text, a.Tenant[:], a.ID[:], c.Principal[:], c.Name, c.Via, c.Text, c.At)
	return err
}

// Comments implements [approval.Comments].
func (s *Store) Comments(ctx context.Context, tenant harrier.TenantID, id harrier.ApprovalID) ([]approval.Comment, error) {
	const text = `SELECT principal, name, via, text, at FROM approval_comments WHERE tenant_id = $1 AND approval_id = $2 ORDER BY seq`
	return list(ctx, s.readers, sqlf(text, tenant[:], id[:]), func(r harrier.Rows) (c approval.Comment, err error) {
		return c, r.Scan(&c.Principal, &c.Name, &c.Via, &c.Text, &c.At)
	})
}
