package store

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/indicator"
)

const feedColumns = `number, tenant_id, name, format, url, connection, interval, reliability, provider, confidence, tlp, pap, whole, column_name,
type, all_of_it, enabled, cursor, count, pulled_at, next_at, problem, created_at, updated_at, rev`

func scanFeed(r harrier.Rows) (f indicator.Feed, err error) {
	var interval int64
	err = r.Scan(&f.Number, &f.Tenant, &f.Name, &f.Format, &f.URL, &f.Connection, &interval, &f.Reliability, &f.Provider, &f.Confidence, &f.TLP,
		&f.PAP, &f.Whole, &f.Column, &f.Type, &f.All, &f.Enabled, &f.Cursor, &f.Count, &f.PulledAt, &f.NextAt, &f.Problem, &f.CreatedAt,
		&f.UpdatedAt, &f.Rev)
	f.Interval = time.Duration(interval) * time.Second
	return f, err
}

// Feeds implements [indicator.Feeds].
func (s *Store) Feeds(ctx context.Context, tenant harrier.TenantID) ([]indicator.Feed, error) {
	const every = `SELECT ` + feedColumns + ` FROM feeds ORDER BY number`
	const own = `SELECT ` + feedColumns + ` FROM feeds WHERE tenant_id = $1 ORDER BY name`
	if tenant.IsZero() {
		return list(ctx, s.readers, sqlf(every), scanFeed)
	}
	return list(ctx, s.readers, sqlf(own, tenant[:]), scanFeed)
}

// PutFeed implements [indicator.Feeds].
func (s *Store) PutFeed(ctx context.Context, tx harrier.Tx, f indicator.Feed) (indicator.Feed, error) {
	const put = `INSERT INTO feeds (tenant_id, name, format, url, connection, interval, reliability, provider, confidence, tlp, pap, whole,
column_name, type, all_of_it, enabled, cursor, count, pulled_at, next_at, problem, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
ON CONFLICT (tenant_id, name) DO UPDATE SET format = $3, url = $4, connection = $5, interval = $6, reliability = $7, provider = $8,
confidence = $9, tlp = $10, pap = $11, whole = $12, column_name = $13, type = $14, all_of_it = $15, enabled = $16, cursor = $17, count = $18,
pulled_at = $19, next_at = $20, problem = $21, updated_at = $23, rev = rev + 1
RETURNING number, rev`
	_, err := oneIn(ctx, tx, sqlf(put, f.Tenant[:], f.Name, string(f.Format), f.URL, f.Connection, int64(f.Interval/time.Second), f.Reliability,
		f.Provider, f.Confidence, f.TLP, f.PAP, f.Whole, f.Column, f.Type, f.All, f.Enabled, f.Cursor, f.Count, f.PulledAt, f.NextAt, f.Problem,
		f.CreatedAt, f.UpdatedAt), &f.Number, &f.Rev)
	return f, err
}

// NoteFeed implements [indicator.Feeds].
func (s *Store) NoteFeed(ctx context.Context, tx harrier.Tx, f indicator.Feed) error {
	const note = `UPDATE feeds SET cursor = $3, count = $4, pulled_at = $5, next_at = $6, problem = $7, updated_at = $8 WHERE tenant_id = $1 AND name = $2`
	_, err := tx.Exec(ctx, note, f.Tenant[:], f.Name, f.Cursor, f.Count, f.PulledAt, f.NextAt, f.Problem, f.UpdatedAt)
	return err
}

// DropIndicators implements [indicator.Feeds].
func (s *Store) DropIndicators(ctx context.Context, tx harrier.Tx, f indicator.Feed, limit int) (int, error) {
	const drop = `DELETE FROM indicators WHERE (tenant_id, type, value, feed) IN (SELECT tenant_id, type, value, feed FROM indicators
INDEXED BY indicators_feed WHERE feed = $1 AND tenant_id = $2 LIMIT $3)`
	n, err := tx.Exec(ctx, drop, f.Number, f.Tenant[:], limit)
	return int(n), err
}

// DropFeed implements [indicator.Feeds].
func (s *Store) DropFeed(ctx context.Context, tx harrier.Tx, f indicator.Feed) error {
	_, err := tx.Exec(ctx, `DELETE FROM feeds WHERE number = $1 AND tenant_id = $2`, f.Number, f.Tenant[:])
	return err
}
