package store

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/pager"
)

// AddWake implements [pager.Wakes].
func (s *Store) AddWake(ctx context.Context, tx harrier.Tx, w pager.Wake) error {
	const text = `INSERT INTO notification_pages (tenant_id, notification_id, seq, due_at, resolve_run, created_at) VALUES ($1, $2, $3, $4, $5, $6)`
	_, err := tx.Exec(ctx, text, w.Tenant[:], w.Notification[:], w.Seq, w.Due, w.Resolve, w.CreatedAt)
	return err
}

// UpdateWake implements [pager.Wakes].
func (s *Store) UpdateWake(ctx context.Context, tx harrier.Tx, w pager.Wake, was time.Time) (bool, error) {
	const text = `UPDATE notification_pages SET due_at = $5, resolve_run = $6 WHERE tenant_id = $1 AND notification_id = $2 AND seq = $3 AND due_at IS $4`
	n, err := tx.Exec(ctx, text, w.Tenant[:], w.Notification[:], w.Seq, was, w.Due, w.Resolve)
	return n == 1, err
}

// HurryWakes implements [pager.Wakes].
func (s *Store) HurryWakes(ctx context.Context, tx harrier.Tx, n pager.Notification, now time.Time) error {
	const text = `UPDATE notification_pages SET due_at = $3 WHERE tenant_id = $1 AND notification_id = $2 AND due_at IS NOT NULL`
	_, err := tx.Exec(ctx, text, n.Tenant[:], n.ID[:], now)
	return err
}

// DueWakes implements [pager.Wakes].
func (s *Store) DueWakes(ctx context.Context, now time.Time, limit int) ([]pager.Wake, error) {
	const text = `SELECT tenant_id, notification_id, seq, due_at, resolve_run, created_at FROM notification_pages
WHERE due_at IS NOT NULL AND due_at <= $1 ORDER BY due_at LIMIT $2`
	return list(ctx, s.readers, sqlf(text, now, limit), func(r harrier.Rows) (w pager.Wake, err error) {
		return w, r.Scan(&w.Tenant, &w.Notification, &w.Seq, &w.Due, &w.Resolve, &w.CreatedAt)
	})
}

// NextWake implements [pager.Wakes].
func (s *Store) NextWake(ctx context.Context) (at time.Time, ok bool, err error) {
	scan := func(r harrier.Rows) (t time.Time, err error) { return t, r.Scan(&t) }
	return first(ctx, s.readers, sqlf(`SELECT due_at FROM notification_pages WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1`), scan)
}
