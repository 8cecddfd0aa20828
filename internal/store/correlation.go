package store

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/correlate"
)

var _ correlate.Store = (*Store)(nil)

// CasesNear implements [correlate.Store].
func (s *Store) CasesNear(ctx context.Context, tx harrier.Tx, n correlate.Near, limit int) ([]correlate.Candidate, error) {
	const text = `SELECT k.case_id, c.number, c.status = 'open', k.first_at, k.last_at FROM case_keys AS k
JOIN cases AS c ON c.tenant_id = k.tenant_id AND c.id = k.case_id
WHERE k.tenant_id = $1 AND k.type = $2 AND k.value = $3 AND k.last_at >= $4 AND k.first_at <= $5 ORDER BY k.last_at DESC LIMIT $6`
	scan := func(r harrier.Rows) (c correlate.Candidate, err error) {
		err = r.Scan(&c.Case, &c.Number, &c.Open, &c.First, &c.Last)
		return c, err
	}
	return listIn(ctx, tx, sqlf(text, n.Tenant[:], n.Key.Type, n.Key.Value, n.From, n.To, limit), scan)
}

// CaseSize implements [correlate.Store].
func (s *Store) CaseSize(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.CaseID) (size correlate.Size, err error) {
	const count = `SELECT count(*) FROM case_alerts WHERE tenant_id = $1 AND case_id = $2`
	const times = `SELECT first_at, last_at FROM case_spans WHERE tenant_id = $1 AND case_id = $2`
	if _, err := oneIn(ctx, tx, sqlf(count, tenant[:], id[:]), &size.Alerts); err != nil {
		return size, err
	}
	_, err = oneIn(ctx, tx, sqlf(times, tenant[:], id[:]), &size.First, &size.Last)
	return size, err
}

// Frequency implements [correlate.Store]. It reads limit rows at most.
func (s *Store) Frequency(ctx context.Context, tx harrier.Tx, n correlate.Near, limit int) (count int, err error) {
	const entity = `SELECT count(*) FROM (SELECT 1 FROM alert_entities WHERE tenant_id = $1 AND type = $2 AND key = $3 AND at BETWEEN $4 AND $5 LIMIT $6)`
	const observable = `SELECT count(*) FROM (SELECT 1 FROM alert_observables WHERE tenant_id = $1 AND type = $2 AND value = $3 AND at BETWEEN $4 AND $5 LIMIT $6)`
	text := observable
	switch harrier.EntityType(n.Key.Type) {
	case harrier.HostEntity, harrier.UserEntity, harrier.AddressEntity, harrier.MailboxEntity, harrier.ResourceEntity:
		text = entity
	}
	_, err = oneIn(ctx, tx, sqlf(text, n.Tenant[:], n.Key.Type, n.Key.Value, n.From, n.To, limit), &count)
	return count, err
}

// LearnCase implements [correlate.Store].
func (s *Store) LearnCase(ctx context.Context, tx harrier.Tx, l correlate.Learned) error {
	const key = `INSERT INTO case_keys (tenant_id, type, value, case_id, first_at, last_at) VALUES ($1, $2, $3, $4, $5, $5)
ON CONFLICT (tenant_id, type, value, case_id) DO UPDATE SET first_at = min(case_keys.first_at, $5), last_at = max(case_keys.last_at, $5)`
	const span = `INSERT INTO case_spans (tenant_id, case_id, first_at, last_at) VALUES ($1, $2, $3, $3)
ON CONFLICT (tenant_id, case_id) DO UPDATE SET first_at = min(case_spans.first_at, $3), last_at = max(case_spans.last_at, $3)`
	for _, k := range l.Keys {
		if _, err := tx.Exec(ctx, key, l.Tenant[:], k.Type, k.Value, l.Case[:], l.At); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, span, l.Tenant[:], l.Case[:], l.At)
	return err
}

// ForgetKeys implements [correlate.Store].
func (s *Store) ForgetKeys(ctx context.Context, tx harrier.Tx, before time.Time, limit int) (int64, error) {
	const text = `DELETE FROM case_keys WHERE (tenant_id, type, value, case_id) IN
(SELECT tenant_id, type, value, case_id FROM case_keys WHERE last_at < $1 LIMIT $2)`
	return tx.Exec(ctx, text, before, limit)
}

// CaseOf implements [correlate.Store].
func (s *Store) CaseOf(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, alert harrier.AlertID) (harrier.Case, bool, error) {
	const text = `SELECT ` + caseColumns + ` FROM cases WHERE tenant_id = $1 AND id IN
(SELECT case_id FROM case_alerts WHERE tenant_id = $1 AND alert_id = $2) ORDER BY status = 'open' DESC, number DESC LIMIT 1`
	return firstIn(ctx, tx, sqlf(text, tenant[:], alert[:]), scanCase)
}
