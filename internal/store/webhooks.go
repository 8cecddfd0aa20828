package store

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/webhook"
)

var _ webhook.Store = (*Store)(nil)

const webhookColumns = `tenant_id, id, name, url, topics, tlp, parallel, ca, allow_private, owner_id, owner_name, enabled, disabled_why, previous_until,
failures, failing_since, next_at, created_at, updated_at, rev`

func scanWebhook(r harrier.Rows) (w webhook.Webhook, err error) {
	var topics string
	var private json.RawMessage
	err = r.Scan(&w.Tenant, &w.ID, &w.Name, &w.URL, &topics, &w.TLP, &w.Parallel, &w.CA, &private, &w.Owner.ID, &w.Owner.Name, &w.Enabled, &w.DisabledWhy,
		&w.PreviousUntil, &w.Failures, &w.FailingSince, &w.NextAt, &w.CreatedAt, &w.UpdatedAt, &w.Rev)
	if err != nil {
		return w, err
	}
	w.Topics = words(topics)
	w.AllowPrivate, err = listOf[string](private)
	return w, err
}

// webhookValues are the columns that change, in their order after the revision.
func webhookValues(w webhook.Webhook) []any {
	private := "[]"
	if text := listText(w.AllowPrivate); text != nil {
		private = string(text)
	}
	return []any{
		w.Tenant[:], w.ID[:], w.Rev, w.Name, w.URL, strings.Join(w.Topics, " "), w.TLP, w.Parallel, w.CA, private, w.Owner.ID, w.Owner.Name, w.Enabled,
		w.DisabledWhy, w.PreviousUntil, w.Failures, w.FailingSince, w.NextAt, w.UpdatedAt,
	}
}

// AddWebhook implements [webhook.Subscriptions].
func (s *Store) AddWebhook(ctx context.Context, tx harrier.Tx, w webhook.Webhook) error {
	const text = `INSERT INTO webhooks (tenant_id, id, rev, name, url, topics, tlp, parallel, ca, allow_private, owner_id, owner_name, enabled, disabled_why,
previous_until, failures, failing_since, next_at, updated_at, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`
	_, err := tx.Exec(ctx, text, append(webhookValues(w), w.CreatedAt)...)
	if duplicate(err) {
		return harrier.Errorf(harrier.Conflict, "there is a web hook %s already", w.Name)
	}
	if err != nil {
		return err
	}
	return s.hooks.refresh(ctx, tx)
}

// UpdateWebhook implements [webhook.Subscriptions].
func (s *Store) UpdateWebhook(ctx context.Context, tx harrier.Tx, w webhook.Webhook) error {
	const text = `UPDATE webhooks SET name = $4, url = $5, topics = $6, tlp = $7, parallel = $8, ca = $9, allow_private = $10, owner_id = $11, owner_name = $12,
enabled = $13, disabled_why = $14, previous_until = $15, failures = $16, failing_since = $17, next_at = $18, updated_at = $19, rev = rev + 1
WHERE tenant_id = $1 AND id = $2 AND rev = $3`
	n, err := tx.Exec(ctx, text, webhookValues(w)...)
	switch {
	case duplicate(err):
		return harrier.Errorf(harrier.Conflict, "there is a web hook %s already", w.Name)
	case err != nil:
		return err
	case n == 0:
		return changed(ctx, tx, sqlf(`SELECT 1 FROM webhooks WHERE tenant_id = $1 AND id = $2`, w.Tenant[:], w.ID[:]), errNoWebhook(w.ID))
	}
	return s.hooks.refresh(ctx, tx)
}

// RemoveWebhook implements [webhook.Subscriptions].
func (s *Store) RemoveWebhook(ctx context.Context, tx harrier.Tx, w webhook.Webhook) error {
	if _, err := tx.Exec(ctx, `DELETE FROM webhook_messages WHERE tenant_id = $1 AND webhook_id = $2`, w.Tenant[:], w.ID[:]); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `DELETE FROM webhooks WHERE tenant_id = $1 AND id = $2`, w.Tenant[:], w.ID[:])
	if err == nil && n == 0 {
		err = errNoWebhook(w.ID)
	}
	if err != nil {
		return err
	}
	return s.hooks.refresh(ctx, tx)
}

// Webhook implements [webhook.Subscriptions].
func (s *Store) Webhook(ctx context.Context, tenant harrier.TenantID, id harrier.WebhookID) (webhook.Webhook, error) {
	w, ok, err := first(ctx, s.readers, sqlf(`SELECT `+webhookColumns+` FROM webhooks WHERE tenant_id = $1 AND id = $2`, tenant[:], id[:]), scanWebhook)
	if err == nil && !ok {
		err = errNoWebhook(id)
	}
	return w, err
}

// Webhooks implements [webhook.Subscriptions].
func (s *Store) Webhooks(ctx context.Context, tenant harrier.TenantID) ([]webhook.Webhook, error) {
	return list(ctx, s.readers, sqlf(`SELECT `+webhookColumns+` FROM webhooks WHERE tenant_id = $1 ORDER BY name`, tenant[:]), scanWebhook)
}

// WebhooksDue implements [webhook.Subscriptions].
func (s *Store) WebhooksDue(ctx context.Context, now time.Time) ([]webhook.Webhook, error) {
	const text = `SELECT ` + webhookColumns + ` FROM webhooks WHERE enabled = 1 AND (next_at IS NULL OR next_at <= $1)
AND EXISTS (SELECT 1 FROM webhook_messages m WHERE m.webhook_id = webhooks.id AND m.state = 'pending' AND m.due_at <= $1) ORDER BY id`
	return list(ctx, s.readers, sqlf(text, now), scanWebhook)
}

func errNoWebhook(id harrier.WebhookID) error {
	return harrier.Errorf(harrier.NotFound, "web hook %s does not exist", id)
}

const messageColumns = `seq, tenant_id, webhook_id, id, topic, noun, subject, data, state, attempts, due_at, answer, created_at, ended_at`

func scanMessage(r harrier.Rows) (m webhook.Message, err error) {
	var subject []byte
	err = r.Scan(&m.Seq, &m.Tenant, &m.Webhook, &m.ID, &m.Topic, &m.Noun, &subject, &m.Data, &m.State, &m.Attempts, &m.Due, &m.Answer, &m.CreatedAt, &m.EndedAt)
	copy(m.Subject[:], subject)
	return m, err
}

// AddMessage implements [webhook.Messages].
func (s *Store) AddMessage(ctx context.Context, tx harrier.Tx, m webhook.Message) error {
	const text = `INSERT INTO webhook_messages (tenant_id, webhook_id, id, topic, noun, subject, data, state, attempts, due_at, answer, created_at, ended_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	_, err := tx.Exec(ctx, text, m.Tenant[:], m.Webhook[:], m.ID[:], m.Topic, m.Noun, m.Subject[:], string(m.Data), m.State, m.Attempts, m.Due, m.Answer, m.CreatedAt, m.EndedAt)
	return err
}

// UpdateMessage implements [webhook.Messages]. One whose subscription was removed
// stays removed.
func (s *Store) UpdateMessage(ctx context.Context, tx harrier.Tx, m webhook.Message) error {
	const text = `UPDATE webhook_messages SET state = $4, attempts = $5, due_at = $6, answer = $7, ended_at = $8 WHERE tenant_id = $1 AND webhook_id = $2 AND id = $3`
	_, err := tx.Exec(ctx, text, m.Tenant[:], m.Webhook[:], m.ID[:], m.State, m.Attempts, m.Due, m.Answer, m.EndedAt)
	return err
}

// Message implements [webhook.Messages].
func (s *Store) Message(ctx context.Context, w webhook.Webhook, id harrier.MessageID) (webhook.Message, error) {
	const text = `SELECT ` + messageColumns + ` FROM webhook_messages WHERE tenant_id = $1 AND webhook_id = $2 AND id = $3`
	m, ok, err := first(ctx, s.readers, sqlf(text, w.Tenant[:], w.ID[:], id[:]), scanMessage)
	if err == nil && !ok {
		err = harrier.Errorf(harrier.NotFound, "web hook %s was not told %s", w.Name, id)
	}
	return m, err
}

// Messages implements [webhook.Messages].
func (s *Store) Messages(ctx context.Context, w webhook.Webhook, state string, p harrier.Page) ([]webhook.Message, string, error) {
	l := newListing(messageColumns, "webhook_messages", w.Tenant).
		where("webhook_id = $", true, w.ID).
		where("state = $", state != "", state)
	if err := l.newest("created_at", p); err != nil {
		return nil, "", err
	}
	return page(ctx, s.readers, l, scanMessage, func(m webhook.Message) place { return at(m.CreatedAt, m.ID) })
}

// MessagesDue implements [webhook.Messages].
func (s *Store) MessagesDue(ctx context.Context, w webhook.Webhook, now time.Time, limit int) ([]webhook.Message, error) {
	const text = `SELECT ` + messageColumns + ` FROM webhook_messages m WHERE m.webhook_id = $1 AND m.state = 'pending' AND m.due_at <= $2
AND NOT EXISTS (SELECT 1 FROM webhook_messages e WHERE e.webhook_id = $1 AND e.state = 'pending' AND e.seq < m.seq AND e.subject = m.subject)
ORDER BY m.seq LIMIT $3`
	return list(ctx, s.readers, sqlf(text, w.ID[:], now, limit), scanMessage)
}

// ForgetMessages implements [webhook.Messages].
func (s *Store) ForgetMessages(ctx context.Context, tx harrier.Tx, before time.Time, limit int) (int64, error) {
	const text = `DELETE FROM webhook_messages WHERE seq IN (SELECT seq FROM webhook_messages m WHERE m.created_at < $1 AND (m.state <> 'pending'
OR NOT EXISTS (SELECT 1 FROM webhooks w WHERE w.id = m.webhook_id AND w.enabled = 1)) LIMIT $2)`
	return tx.Exec(ctx, text, before, limit)
}

// SeeSubject implements [webhook.Sight].
func (s *Store) SeeSubject(ctx context.Context, m webhook.Message, v harrier.Viewer) error {
	return s.see(ctx, m.Tenant, v, thing{m.Noun, m.Subject, harrier.Errorf(harrier.NotFound, "what message %s is about is not there", m.ID)})
}

// Markings implements [webhook.Sight].
func (s *Store) Markings(ctx context.Context, m webhook.Message) ([]string, error) {
	const ofRun = `SELECT r.case_id AS id FROM runs r WHERE r.id = {run} UNION SELECT cr.case_id FROM case_runs cr WHERE cr.tenant_id = $1 AND cr.run_id = {run}
UNION SELECT ca.case_id FROM case_alerts ca WHERE ca.tenant_id = $1 AND ca.alert_id = (SELECT alert_id FROM runs WHERE id = {run})`
	cases := "SELECT $2 AS id"
	switch m.Noun {
	case "alerts":
		cases = "SELECT case_id AS id FROM case_alerts WHERE tenant_id = $1 AND alert_id = $2"
	case "runs":
		cases = strings.ReplaceAll(ofRun, "{run}", "$2")
	case "approvals", "containments":
		cases = strings.ReplaceAll(ofRun, "{run}", "(SELECT run_id FROM "+m.Noun+" WHERE tenant_id = $1 AND id = $2)")
	}
	text := `SELECT DISTINCT tlp FROM cases WHERE tenant_id = $1 AND tlp <> '' AND id IN (` + cases + `)`
	return list(ctx, s.readers, sqlf(text, m.Tenant[:], m.Subject[:]), scanText)
}
