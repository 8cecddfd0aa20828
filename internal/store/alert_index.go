package store

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
)

// IndexAlert writes who and what an alert is about, under the time of its
// event. What is there already stays.
func (s *Store) IndexAlert(ctx context.Context, tx harrier.Tx, a harrier.Alert, f harrier.Finding) error {
	const entity = `INSERT INTO alert_entities (tenant_id, type, key, at, alert_id, role) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`
	const observable = `INSERT INTO alert_observables (tenant_id, type, value, at, alert_id, role) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`
	when := a.Happened()
	for _, e := range f.Entities {
		if _, err := tx.Exec(ctx, entity, a.Tenant[:], string(e.Type), e.Key, when, a.ID[:], e.Role); err != nil {
			return err
		}
	}
	for _, o := range f.Observables {
		if _, err := tx.Exec(ctx, observable, a.Tenant[:], o.Type, o.Value, when, a.ID[:], o.Role); err != nil {
			return err
		}
	}
	return nil
}

// AlertKey returns the alert that a source's id belongs to, inside a change.
func (s *Store) AlertKey(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, source harrier.SourceID, external string) (id harrier.AlertID, ok bool, err error) {
	const find = `SELECT alert_id FROM alert_keys WHERE tenant_id = $1 AND source_id = $2 AND external_id = $3`
	ok, err = oneIn(ctx, tx, sqlf(find, tenant[:], source[:], external), &id)
	return id, ok, err
}

// ClaimKey gives a source's id to an alert that it was folded into; claimed is
// false where it belongs to one already.
func (s *Store) ClaimKey(ctx context.Context, tx harrier.Tx, a harrier.Alert, external string) (claimed bool, err error) {
	const claim = `INSERT INTO alert_keys (tenant_id, source_id, external_id, alert_id) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, source_id, external_id) DO NOTHING`
	n, err := tx.Exec(ctx, claim, a.Tenant[:], a.Source[:], external, a.ID[:])
	return n == 1, err
}

// LikeIn returns the newest alert of a fingerprint, inside a change.
func (s *Store) LikeIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, fingerprint string) (a harrier.Alert, ok bool, err error) {
	const find = `SELECT ` + alertRow + ` FROM alerts WHERE tenant_id = $1 AND fingerprint = $2 AND fingerprint <> '' ORDER BY created_at DESC LIMIT 1`
	return firstIn(ctx, tx, sqlf(find, tenant[:], fingerprint), scanAlert)
}

// Known returns the alert of a source's id, or else the newest of a
// fingerprint; ok is false where there is neither. It reads what is committed.
func (s *Store) Known(ctx context.Context, tenant harrier.TenantID, source harrier.SourceID, external, fingerprint string) (a harrier.Alert, ok bool, err error) {
	const byKey = `SELECT ` + alertRow + ` FROM alerts WHERE tenant_id = $1 AND id =
(SELECT alert_id FROM alert_keys WHERE tenant_id = $1 AND source_id = $2 AND external_id = $3)`
	const alike = `SELECT ` + alertRow + ` FROM alerts WHERE tenant_id = $1 AND fingerprint = $2 AND fingerprint <> '' ORDER BY created_at DESC LIMIT 1`
	a, ok, err = first(ctx, s.readers, sqlf(byKey, tenant[:], source[:], external), scanAlert)
	if err != nil || ok || fingerprint == "" {
		return a, ok, err
	}
	return first(ctx, s.readers, sqlf(alike, tenant[:], fingerprint), scanAlert)
}

// Folded counts alerts that were folded into one, the last of them at a time.
// burst is how many came since burstAt.
func (s *Store) Folded(ctx context.Context, tx harrier.Tx, a harrier.Alert, seen time.Time) error {
	const text = `UPDATE alerts SET repeats = $3, seen_at = $4, burst = $5, burst_at = $6 WHERE tenant_id = $1 AND id = $2`
	_, err := tx.Exec(ctx, text, a.Tenant[:], a.ID[:], a.Repeats, seen, a.Burst, a.BurstAt)
	return err
}

// AddAlertChange writes what happened to an alert.
func (s *Store) AddAlertChange(ctx context.Context, tx harrier.Tx, c harrier.AlertChange) error {
	const add = `INSERT INTO alert_history (tenant_id, alert_id, seq, at, kind, text, data)
SELECT $1, $2, COALESCE(MAX(seq), 0) + 1, $3, $4, $5, $6 FROM alert_history WHERE tenant_id = $1 AND alert_id = $2`
	_, err := tx.Exec(ctx, add, c.Tenant[:], c.Alert[:], c.At, c.Kind, c.Text, c.Data)
	return err
}

// AlertHistory returns what happened to an alert, the oldest first, at most 1,000 things.
func (s *Store) AlertHistory(ctx context.Context, tenant harrier.TenantID, id harrier.AlertID) ([]harrier.AlertChange, error) {
	const text = `SELECT tenant_id, alert_id, seq, at, kind, text, data FROM alert_history WHERE tenant_id = $1 AND alert_id = $2 ORDER BY seq LIMIT 1000`
	return list(ctx, s.readers, sqlf(text, tenant[:], id[:]), func(r harrier.Rows) (c harrier.AlertChange, err error) {
		err = r.Scan(&c.Tenant, &c.Alert, &c.Seq, &c.At, &c.Kind, &c.Text, &c.Data)
		return c, err
	})
}
