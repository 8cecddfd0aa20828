package api

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/pager"
	"github.com/harrier-soar/harrier/internal/rota"
)

var (
	_ OnCall        = (*world)(nil)
	_ Notifications = (*world)(nil)
)

// dutyBodies are the samples of the routes about duty.
func dutyBodies() map[string]string {
	return map[string]string{
		"POST /v1/oncall/changes":             `{"kind":"absence","person":"kim","until":"2026-12-01T06:00:00Z","reason":"ill"}`,
		"POST /v1/oncall/changes/{id}/remove": ``,

		"POST /v1/notifications/{id}/acknowledge": `{}`,
		"POST /v1/notification-routes/preview":    `{"severity":"high"}`,
		"POST /v1/handovers":                      `{"notes":"all is well"}`,
		"POST /v1/handovers/{id}/accept":          ``,
	}
}

func (w *world) theOnCall() OnCallChange {
	return OnCallChange{ID: fixed[harrier.OnCallID]("oncall"), Kind: rota.KindAbsence, Person: "kim", From: epoch(), Until: epoch(), CreatedAt: epoch(), Rev: 1}
}

func (w *world) OnCall(_ context.Context, by harrier.Principal, _ time.Time) ([]OnCallRota, error) {
	l, err := page(w, by, OnCallRota{Rota: "soc", Zone: "UTC", Now: OnCallTurn{Person: "kim", From: epoch()}})
	return l.Items, err
}

func (w *world) OnCallTurns(_ context.Context, by harrier.Principal, _ string, _ Span) ([]OnCallTurn, error) {
	l, err := page(w, by, OnCallTurn{Person: "kim", From: epoch()})
	return l.Items, err
}

func (w *world) OnCallChanges(_ context.Context, by harrier.Principal, _ rota.Filter, _ harrier.Page) (List[OnCallChange], error) {
	return page(w, by, w.theOnCall())
}

func (w *world) AddOnCallChange(context.Context, harrier.Principal, AddOnCallChange) (OnCallChange, error) {
	w.change("AddOnCallChange")
	return w.theOnCall(), w.broken
}

func (w *world) RemoveOnCallChange(_ context.Context, by harrier.Principal, id harrier.OnCallID) (OnCallChange, error) {
	w.change("RemoveOnCallChange")
	return w.theOnCall(), w.find(by, "change", id.String(), id == w.theOnCall().ID)
}

func (w *world) theNotification() Notification {
	return Notification{ID: fixed[harrier.NotificationID]("notification"), Kind: "alert", Severity: "high", Title: "t", Status: pager.Pending, CreatedAt: epoch(), UpdatedAt: epoch(), Rev: 1}
}

func (w *world) Notifications(_ context.Context, by harrier.Principal, _ pager.Filter, _ harrier.Page) (List[Notification], error) {
	return page(w, by, w.theNotification())
}

func (w *world) Notification(_ context.Context, by harrier.Principal, id harrier.NotificationID) (NotificationDetail, error) {
	return NotificationDetail{Notification: w.theNotification()}, w.find(by, "notification", id.String(), id == w.theNotification().ID)
}

func (w *world) AckNotification(ctx context.Context, by harrier.Principal, id harrier.NotificationID, _ string) (Notification, error) {
	w.change("AckNotification")
	d, err := w.Notification(ctx, by, id)
	return d.Notification, err
}

func (w *world) NotificationRoutes(_ context.Context, by harrier.Principal) ([]NotificationRoute, error) {
	l, err := page(w, by, NotificationRoute{Name: "urgent", Levels: []NotificationLevel{}})
	return l.Items, err
}

func (w *world) PreviewNotification(_ context.Context, by harrier.Principal, _ pager.Facts) (NotificationPreview, error) {
	return NotificationPreview{}, w.find(by, "route", "", true)
}
