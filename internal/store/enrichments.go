package store

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/enrich"
)

var _ enrich.Store = (*Store)(nil)

const enrichmentColumns = `tenant_id, alert_id, lane, request, open, attempts, done, created_at, due_at`

func scanEnrichment(r harrier.Rows) (p enrich.Pending, err error) {
	return p, r.Scan(&p.Tenant, &p.Alert, &p.Lane, &p.Request, &p.Open, &p.Attempts, &p.Done, &p.Created, &p.Due)
}

// AddEnrichment implements [enrich.Store].
func (s *Store) AddEnrichment(ctx context.Context, tx harrier.Tx, p enrich.Pending) error {
	const text = `INSERT INTO enrichments (` + enrichmentColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (tenant_id, alert_id) DO UPDATE SET request = $4, lane = min(lane, $3), open = $5, attempts = 0, done = 0, created_at = $8, due_at = $9
WHERE request <> $4`
	_, err := tx.Exec(ctx, text, p.Tenant[:], p.Alert[:], p.Lane, p.Request, p.Open, p.Attempts, p.Done, p.Created, p.Due)
	return err
}

// Enrichment implements [enrich.Store].
func (s *Store) Enrichment(ctx context.Context, tenant harrier.TenantID, alert harrier.AlertID) (enrich.Pending, bool, error) {
	const text = `SELECT ` + enrichmentColumns + ` FROM enrichments WHERE tenant_id = $1 AND alert_id = $2`
	return first(ctx, s.readers, sqlf(text, tenant[:], alert[:]), scanEnrichment)
}

// DueEnrichments implements [enrich.Store].
func (s *Store) DueEnrichments(ctx context.Context, now time.Time, limit int) ([]enrich.Pending, error) {
	const one = `SELECT ` + enrichmentColumns + ` FROM enrichments WHERE lane = $1 AND due_at <= $2 ORDER BY due_at LIMIT $3`
	var all []enrich.Pending
	for lane := 0; lane < 4 && len(all) < limit; lane++ { // a sort of all that are due would read all of them
		found, err := list(ctx, s.readers, sqlf(one, lane, now, limit-len(all)), scanEnrichment)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// NextEnrichment implements [enrich.Store].
func (s *Store) NextEnrichment(ctx context.Context) (at time.Time, ok bool, err error) {
	const text = `SELECT due_at FROM enrichments ORDER BY due_at LIMIT 1`
	return first(ctx, s.readers, sqlf(text), func(r harrier.Rows) (t time.Time, err error) { return t, r.Scan(&t) })
}

// MoveEnrichment implements [enrich.Store].
func (s *Store) MoveEnrichment(ctx context.Context, tx harrier.Tx, p enrich.Pending) error {
	const text = `UPDATE enrichments SET open = $3, attempts = $4, done = $5, due_at = $6
WHERE tenant_id = $1 AND alert_id = $2 AND created_at = $7`
	_, err := tx.Exec(ctx, text, p.Tenant[:], p.Alert[:], p.Open, p.Attempts, p.Done, p.Due, p.Created)
	return err
}

// EndEnrichment implements [enrich.Store].
func (s *Store) EndEnrichment(ctx context.Context, tx harrier.Tx, p enrich.Pending) error {
	const text = `DELETE FROM enrichments WHERE tenant_id = $1 AND alert_id = $2 AND created_at = $3`
	_, err := tx.Exec(ctx, text, p.Tenant[:], p.Alert[:], p.Created)
	return err
}
