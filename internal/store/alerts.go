package store

import (
	"context"
	"encoding/json"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/webhook"
)

// alertColumns are those that an alert comes with.
const alertColumns = `tenant_id, id, source_id, external_id, title, category, severity, status, disposition, reason, data,
created_at, updated_at, rev, description, event_at, version_at, digest, fingerprint, rule_id, rule_name, priority, score, route, observed,
repeats, seen_at, closed_at, burst, burst_at, finding, picture, decision`

// alertRow are the columns of an alert with what people put on it.
const alertRow = alertColumns + `, owner, owner_name, tags`

func scanAlert(r harrier.Rows) (a harrier.Alert, err error) {
	var tags json.RawMessage
	err = r.Scan(&a.Tenant, &a.ID, &a.Source, &a.ExternalID, &a.Title, &a.Category, &a.Severity, &a.Status, &a.Disposition,
		&a.Reason, &a.Data, &a.CreatedAt, &a.UpdatedAt, &a.Rev, &a.Description, &a.EventAt, &a.Version, &a.Digest, &a.Fingerprint,
		&a.Rule.ID, &a.Rule.Name, &a.Priority, &a.Score, &a.Route, &a.Observed, &a.Repeats, &a.SeenAt, &a.ClosedAt, &a.Burst, &a.BurstAt,
		&a.Finding, &a.Picture, &a.Decision, &a.Owner.ID, &a.Owner.Name, &tags)
	if err == nil {
		a.Tags, err = listOf[string](tags)
	}
	return a, err
}

// Submit adds an alert, unless its source has given the same external id
// before, however long ago: then nothing changes, and the id of that alert
// comes back with existed (G2).
func (s *Store) Submit(ctx context.Context, tx harrier.Tx, a harrier.Alert) (id harrier.AlertID, existed bool, err error) {
	const claim = `INSERT INTO alert_keys (tenant_id, source_id, external_id, alert_id) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, source_id, external_id) DO NOTHING`
	const find = `SELECT alert_id FROM alert_keys WHERE tenant_id = $1 AND source_id = $2 AND external_id = $3`
	const add = `INSERT INTO alerts (` + alertColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1,
$14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)`
	if a.ExternalID == "" {
		return id, false, harrier.Errorf(harrier.Invalid, "an alert needs an external id by which its source knows it again")
	}
	n, err := tx.Exec(ctx, claim, a.Tenant[:], a.Source[:], a.ExternalID, a.ID[:])
	if err != nil {
		return id, false, err
	}
	if n == 0 {
		existed, err = oneIn(ctx, tx, sqlf(find, a.Tenant[:], a.Source[:], a.ExternalID), &id)
		return id, existed, err
	}
	_, err = tx.Exec(ctx, add, a.Tenant[:], a.ID[:], a.Source[:], a.ExternalID, a.Title, a.Category, a.Severity, a.Status,
		a.Disposition, a.Reason, string(a.Data), a.CreatedAt, a.UpdatedAt, a.Description, a.EventAt, a.Version, a.Digest, a.Fingerprint,
		a.Rule.ID, a.Rule.Name, a.Priority, a.Score, a.Route, a.Observed, a.Repeats, a.SeenAt, a.ClosedAt, a.Burst, a.BurstAt,
		a.Finding, a.Picture, a.Decision)
	if duplicate(err) {
		return id, false, harrier.Errorf(harrier.Conflict, "alert %s exists already", a.ID)
	}
	if err != nil {
		return a.ID, false, err
	}
	return a.ID, false, s.emitAlert(ctx, tx, webhook.AlertCreated, a)
}

// Alert returns one alert.
func (s *Store) Alert(ctx context.Context, tenant harrier.TenantID, id harrier.AlertID) (harrier.Alert, error) {
	a, ok, err := first(ctx, s.readers, alertQuery(tenant, id), scanAlert)
	if err == nil && !ok {
		err = errNoAlert(id)
	}
	return a, err
}

func alertQuery(tenant harrier.TenantID, id harrier.AlertID) statementText {
	return sqlf(`SELECT `+alertRow+` FROM alerts WHERE tenant_id = $1 AND id = $2`, tenant[:], id[:])
}

// Alerts returns a tenant's alerts, the newest first.
func (s *Store) Alerts(ctx context.Context, tenant harrier.TenantID, f harrier.AlertFilter, p harrier.Page) ([]harrier.Alert, string, error) {
	l := newListing(alertRow, "alerts", tenant).
		where("status = $", f.Status != "", f.Status).
		where("severity = $", f.Severity != "", f.Severity).
		where("category = $", f.Category != "", f.Category).
		where("source_id = $", !f.Source.IsZero(), f.Source).
		where("route = $", f.Route != "", f.Route).
		where("rule_id = $", f.Rule != "", f.Rule).
		where("fingerprint = $", f.Fingerprint != "", f.Fingerprint).
		where("id IN (SELECT alert_id FROM case_alerts WHERE case_alerts.tenant_id = alerts.tenant_id AND case_id = $)", !f.Case.IsZero(), f.Case).
		seen(s, f.Viewer)
	if err := l.newest("created_at", p); err != nil {
		return nil, "", err
	}
	return page(ctx, s.readers, l, scanAlert, func(a harrier.Alert) place { return at(a.CreatedAt, a.ID) })
}

// UpdateAlert stores what may change of an alert; its rev must be the stored
// one, otherwise it is Conflict. The source, its id and the creation stay.
func (s *Store) UpdateAlert(ctx context.Context, tx harrier.Tx, a harrier.Alert) error {
	const text = `UPDATE alerts SET title = $4, category = $5, severity = $6, status = $7, disposition = $8, reason = $9,
data = $10, updated_at = $11, description = $12, event_at = $13, version_at = $14, digest = $15, fingerprint = $16, rule_id = $17,
rule_name = $18, priority = $19, score = $20, route = $21, repeats = $22, seen_at = $23, closed_at = $24, burst = $25, burst_at = $26,
finding = $27, picture = $28, decision = $29, observed = $30, rev = rev + 1 WHERE tenant_id = $1 AND id = $2 AND rev = $3`
	n, err := tx.Exec(ctx, text, a.Tenant[:], a.ID[:], a.Rev, a.Title, a.Category, a.Severity, a.Status, a.Disposition, a.Reason,
		string(a.Data), a.UpdatedAt, a.Description, a.EventAt, a.Version, a.Digest, a.Fingerprint, a.Rule.ID, a.Rule.Name, a.Priority,
		a.Score, a.Route, a.Repeats, a.SeenAt, a.ClosedAt, a.Burst, a.BurstAt, a.Finding, a.Picture, a.Decision, a.Observed)
	if err != nil {
		return err
	}
	if n == 1 {
		return s.emitAlert(ctx, tx, webhook.AlertUpdated, a)
	}
	return changed(ctx, tx, sqlf(`SELECT 1 FROM alerts WHERE tenant_id = $1 AND id = $2`, a.Tenant[:], a.ID[:]), errNoAlert(a.ID))
}

// MarkAlert stores whose an alert is, and the words that people put on it.
// Nothing else changes those.
func (s *Store) MarkAlert(ctx context.Context, tx harrier.Tx, a harrier.Alert) error {
	const text = `UPDATE alerts SET owner = $3, owner_name = $4, tags = $5 WHERE tenant_id = $1 AND id = $2`
	if _, err := tx.Exec(ctx, text, a.Tenant[:], a.ID[:], a.Owner.ID, a.Owner.Name, listText(a.Tags)); err != nil {
		return err
	}
	return tag(ctx, tx, tagging{tenant: a.Tenant, noun: "alerts", thing: a.ID, tags: a.Tags})
}

func errNoAlert(id harrier.AlertID) error {
	return harrier.Errorf(harrier.NotFound, "alert %s does not exist", id)
}

// changed tells apart why an update met no row: there is none, or its rev is another.
func changed(ctx context.Context, tx harrier.Tx, exists statementText, none error) error {
	var n int
	ok, err := oneIn(ctx, tx, exists, &n)
	if err != nil {
		return err
	}
	if !ok {
		return none
	}
	return harrier.Errorf(harrier.Conflict, "it was changed meanwhile; load it again and repeat the change")
}
