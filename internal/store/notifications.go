package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/pager"
)

var _ pager.Store = (*Store)(nil)

const notificationColumns = `tenant_id, id, dedup, topic, kind, alert_id, case_id, severity, title, body, plan, status, level, round, repeats, due_at,
acked_by, acked_at, note, created_at, updated_at, rev`

func scanNotification(r harrier.Rows) (n pager.Notification, err error) {
	var plan json.RawMessage
	err = r.Scan(&n.Tenant, &n.ID, &n.Key, &n.Topic, &n.Kind, &n.Alert, &n.Case, &n.Severity, &n.Title, &n.Text, &plan, &n.Status, &n.Level, &n.Round, &n.Repeats, &n.Due,
		&n.AckedBy, &n.AckedAt, &n.Note, &n.CreatedAt, &n.UpdatedAt, &n.Rev)
	if err != nil {
		return n, err
	}
	if err := json.Unmarshal(plan, &n.Route); err != nil {
		return n, harrier.Errorf(harrier.Internal, "read the route of %s: %w", n.ID, err)
	}
	return n, nil
}

// AddNotification implements [pager.Rows].
func (s *Store) AddNotification(ctx context.Context, tx harrier.Tx, n pager.Notification) error {
	const text = `INSERT INTO notifications (` + notificationColumns + `, route)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, 1, $22)`
	plan, err := json.Marshal(n.Route)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode the route of %s: %w", n.ID, err)
	}
	_, err = tx.Exec(ctx, text, n.Tenant[:], n.ID[:], n.Key, n.Topic, n.Kind, n.Alert, n.Case, n.Severity, n.Title, n.Text, string(plan), string(n.Status), n.Level, n.Round,
		n.Repeats, n.Due, n.AckedBy, n.AckedAt, n.Note, n.CreatedAt, n.UpdatedAt, n.Route.Name)
	if duplicate(err) {
		return harrier.Errorf(harrier.Conflict, "%s was told already", n.Key)
	}
	return err
}

// NotificationFor implements [pager.Rows].
func (s *Store) NotificationFor(ctx context.Context, tx harrier.Tx, n pager.Notification) (pager.Notification, bool, error) {
	const byKey = `SELECT ` + notificationColumns + ` FROM notifications WHERE tenant_id = $1 AND dedup = $2`
	const byTopic = `SELECT ` + notificationColumns + ` FROM notifications WHERE tenant_id = $1 AND topic = $2 AND status = 'pending' AND topic <> '' LIMIT 1`
	was, ok, err := firstIn(ctx, tx, sqlf(byKey, n.Tenant[:], n.Key), scanNotification)
	if err != nil || ok || n.Topic == "" {
		return was, ok, err
	}
	return firstIn(ctx, tx, sqlf(byTopic, n.Tenant[:], n.Topic), scanNotification)
}

// UpdateNotification implements [pager.Rows]. What is told, and the route, stay
// as they were.
func (s *Store) UpdateNotification(ctx context.Context, tx harrier.Tx, n pager.Notification) error {
	const text = `UPDATE notifications SET status = $4, level = $5, round = $6, repeats = $7, due_at = $8, acked_by = $9, acked_at = $10, note = $11,
updated_at = $12, rev = rev + 1 WHERE tenant_id = $1 AND id = $2 AND rev = $3`
	changes, err := tx.Exec(ctx, text, n.Tenant[:], n.ID[:], n.Rev, string(n.Status), n.Level, n.Round, n.Repeats, n.Due, n.AckedBy, n.AckedAt, n.Note, n.UpdatedAt)
	if err != nil || changes == 1 {
		return err
	}
	return changed(ctx, tx, sqlf(`SELECT 1 FROM notifications WHERE tenant_id = $1 AND id = $2`, n.Tenant[:], n.ID[:]), errNoNotification(n.ID))
}

const deliveryColumns = `tenant_id, notification_id, seq, level, round, recipient, channel, attempt, run_id, state, why, due_at, created_at, ended_at`

func scanDelivery(r harrier.Rows) (d pager.Delivery, err error) {
	err = r.Scan(&d.Tenant, &d.Notification, &d.Seq, &d.Level, &d.Round, &d.Recipient, &d.Channel, &d.Attempt, &d.Run, &d.State, &d.Why, &d.Due, &d.CreatedAt, &d.EndedAt)
	return d, err
}

// PutDelivery implements [pager.Rows].
func (s *Store) PutDelivery(ctx context.Context, tx harrier.Tx, d pager.Delivery) error {
	const text = `INSERT INTO notification_deliveries (` + deliveryColumns + `)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (tenant_id, notification_id, seq) DO UPDATE SET run_id = $9, state = $10, why = $11, due_at = $12, ended_at = $14`
	_, err := tx.Exec(ctx, text, d.Tenant[:], d.Notification[:], d.Seq, d.Level, d.Round, d.Recipient, d.Channel, d.Attempt, d.Run, string(d.State), d.Why,
		d.Due, d.CreatedAt, d.EndedAt)
	return err
}

// Notification implements [pager.Reading].
func (s *Store) Notification(ctx context.Context, tenant harrier.TenantID, id harrier.NotificationID) (pager.Notification, error) {
	const text = `SELECT ` + notificationColumns + ` FROM notifications WHERE tenant_id = $1 AND id = $2`
	n, ok, err := first(ctx, s.readers, sqlf(text, tenant[:], id[:]), scanNotification)
	if err == nil && !ok {
		err = errNoNotification(id)
	}
	return n, err
}

// Notifications implements [pager.Reading].
func (s *Store) Notifications(ctx context.Context, tenant harrier.TenantID, f pager.Filter, p harrier.Page) ([]pager.Notification, string, error) {
	l := newListing(notificationColumns, "notifications", tenant).
		where("status = $", f.Status != "", string(f.Status)).
		where("kind = $", f.Kind != "", f.Kind).
		where("case_id = $", !f.Case.IsZero(), f.Case).
		where("alert_id = $", !f.Alert.IsZero(), f.Alert).
		seen(s, f.Viewer)
	if err := l.newest("created_at", p); err != nil {
		return nil, "", err
	}
	return page(ctx, s.readers, l, scanNotification, func(n pager.Notification) place { return at(n.CreatedAt, n.ID) })
}

// Deliveries implements [pager.Reading].
func (s *Store) Deliveries(ctx context.Context, tenant harrier.TenantID, id harrier.NotificationID) ([]pager.Delivery, error) {
	const text = `SELECT ` + deliveryColumns + ` FROM notification_deliveries WHERE tenant_id = $1 AND notification_id = $2 ORDER BY seq`
	return list(ctx, s.readers, sqlf(text, tenant[:], id[:]), scanDelivery)
}

// DueNotifications implements [pager.Reading].
func (s *Store) DueNotifications(ctx context.Context, now time.Time, limit int) ([]pager.Notification, error) {
	const text = `SELECT ` + notificationColumns + ` FROM notifications WHERE due_at IS NOT NULL AND due_at <= $1 ORDER BY due_at, id LIMIT $2`
	return list(ctx, s.readers, sqlf(text, now, limit), scanNotification)
}

// NextNotification implements [pager.Reading].
func (s *Store) NextNotification(ctx context.Context) (at time.Time, ok bool, err error) {
	scan := func(r harrier.Rows) (t time.Time, err error) { return t, r.Scan(&t) }
	return first(ctx, s.readers, sqlf(`SELECT due_at FROM notifications WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1`), scan)
}

func errNoNotification(id harrier.NotificationID) error {
	return harrier.Errorf(harrier.NotFound, "notification %s does not exist", id)
}

// SeeNotification is NotFound where a notification does not exist or is hidden
// from the viewer.
func (s *Store) SeeNotification(ctx context.Context, tenant harrier.TenantID, v harrier.Viewer, id harrier.NotificationID) error {
	return s.see(ctx, tenant, v, thing{"notifications", id, errNoNotification(id)})
}

// Restricted reports whether a case, or one that an alert is in, is restricted.
func (s *Store) Restricted(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.CaseID, alert harrier.AlertID) (bool, error) {
	const text = `SELECT 1 FROM cases WHERE tenant_id = $1 AND restricted = 1 AND (id = $2
OR id IN (SELECT case_id FROM case_alerts WHERE case_alerts.tenant_id = $1 AND alert_id = $3)) LIMIT 1`
	var n int
	return oneIn(ctx, tx, sqlf(text, tenant[:], id, alert), &n)
}
