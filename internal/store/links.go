package store

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/links"
)

var _ links.Store = (*Store)(nil)

// AddLink implements [links.Store].
func (s *Store) AddLink(ctx context.Context, tx harrier.Tx, h links.Hash, l links.Link) error {
	const text = `INSERT INTO links (hash, tenant_id, purpose, subject, seen, principal, person, over, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	_, err := tx.Exec(ctx, text, h[:], l.Tenant[:], l.Purpose, l.Subject, l.Seen, l.Principal[:], l.Person, l.Over, l.CreatedAt, l.ExpiresAt)
	return err
}

// Link implements [links.Store].
func (s *Store) Link(ctx context.Context, h links.Hash) (links.Link, error) {
	const text = `SELECT tenant_id, purpose, subject, seen, principal, person, over, created_at, expires_at, used_at FROM links WHERE hash = $1`
	l, ok, err := first(ctx, s.readers, sqlf(text, h[:]), func(r harrier.Rows) (l links.Link, err error) {
		err = r.Scan(&l.Tenant, &l.Purpose, &l.Subject, &l.Seen, &l.Principal, &l.Person, &l.Over, &l.CreatedAt, &l.ExpiresAt, &l.UsedAt)
		return l, err
	})
	if err == nil && !ok {
		err = harrier.Errorf(harrier.NotFound, "this link does not exist")
	}
	return l, err
}

// UseLink implements [links.Store].
func (s *Store) UseLink(ctx context.Context, tx harrier.Tx, h links.Hash, now time.Time) error {
	n, err := tx.Exec(ctx, `UPDATE links SET used_at = $2 WHERE hash = $1 AND used_at IS NULL AND expires_at > $2`, h[:], now)
	if err == nil && n == 0 {
		err = harrier.Errorf(harrier.Conflict, "this link was used, or has ended")
	}
	return err
}

// EndLinks ends all links of a person that were not used.
func (s *Store) EndLinks(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, person harrier.PrincipalID) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM links WHERE tenant_id = $1 AND principal = $2 AND used_at IS NULL`, tenant[:], person[:])
}

// ForgetLinks removes links that ended before a time, up to limit of them.
func (s *Store) ForgetLinks(ctx context.Context, tx harrier.Tx, before time.Time, limit int) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM links WHERE hash IN (SELECT hash FROM links WHERE expires_at < $1 LIMIT $2)`, before, limit)
}
