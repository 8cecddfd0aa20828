package api

import (
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/pager"
)

// Notification is something that people are told.
type Notification struct {
	ID        harrier.NotificationID `json:"id"`
	Kind      string                 `json:"kind"`
	Severity  string                 `json:"severity"`
	Title     string                 `json:"title"`
	Status    pager.Status           `json:"status" enum:"pending,collected,told,acknowledged,unheard"`
	Route     string                 `json:"route"`
	Level     int                    `json:"level" doc:"How far up it went; 0 is the first level."`
	Round     int                    `json:"round" doc:"How often all levels were gone through."`
	Repeats   int                    `json:"repeats,omitempty" doc:"What came for the same topic meanwhile and was not told again."`
	Alert     harrier.AlertID        `json:"alert,omitzero"`
	Case      harrier.CaseID         `json:"case,omitzero"`
	DueAt     time.Time              `json:"due_at,omitzero" doc:"When something happens next."`
	AckedBy   string                 `json:"acked_by,omitempty"`
	AckedAt   time.Time              `json:"acked_at,omitzero"`
	Note      string                 `json:"note,omitempty"`
	CreatedAt time.Time              `json:"created_at"`
	UpdatedAt time.Time              `json:"updated_at"`
	Rev       int64                  `json:"rev"`
}

// NotificationDetail is a notification with whom it reached.
type NotificationDetail struct {
	Notification
	Text       string     `json:"text,omitempty"`
	Deliveries []Delivery `json:"deliveries"`
}

// Delivery is an attempt to tell somebody by a channel.
type Delivery struct {
	Level     int           `json:"level"`
	Round     int           `json:"round"`
	Recipient string        `json:"recipient"`
	Channel   string        `json:"channel,omitempty"`
	State     pager.State   `json:"state" enum:"waiting,sending,sent,failed,unknown"`
	Why       string        `json:"why,omitempty"`
	Run       harrier.RunID `json:"run,omitzero" doc:"The run that sent it."`
	CreatedAt time.Time     `json:"created_at"`
	EndedAt   time.Time     `json:"ended_at,omitzero"`
}

// AckNotification takes a notification on.
type AckNotification struct {
	Note string `json:"note,omitempty" maxLength:"2000"`
}

// NotificationRoute says what becomes of notifications.
type NotificationRoute struct {
	Name     string              `json:"name"`
	Severity []string            `json:"severity,omitempty"`
	Kind     []string            `json:"kind,omitempty"`
	Owner    []string            `json:"owner,omitempty"`
	Levels   []NotificationLevel `json:"levels"`
	Rounds   int                 `json:"rounds"`
	Urgent   bool                `json:"urgent"`
	Digest   string              `json:"digest,omitempty"`
}

// NotificationLevel is whom a route goes to at once.
type NotificationLevel struct {
	Tell []string `json:"tell"`
	Via  []string `json:"via,omitempty"`
	Wait string   `json:"wait,omitempty" doc:"How long somebody has to acknowledge before it goes on."`
}

// PreviewNotification is what somebody would be told of.
type PreviewNotification struct {
	Severity string   `json:"severity,omitempty" enum:"critical,high,medium,low,info"`
	Kind     string   `json:"kind,omitempty" maxLength:"100" doc:"Such as alert or case."`
	Owners   []string `json:"owners,omitempty" maxItems:"50" doc:"Who answers for what it is about."`
}

// NotificationPreview says how something would go now.
type NotificationPreview struct {
	Route NotificationRoute `json:"route"`
	First []string          `json:"first" doc:"Whom it would reach first."`
}

// NotificationOf is a notification as the API shows it.
func NotificationOf(n pager.Notification) Notification {
	return Notification{
		ID: n.ID, Kind: n.Kind, Severity: n.Severity, Title: n.Title, Status: n.Status, Route: n.Route.Name, Level: n.Level, Round: n.Round, Repeats: n.Repeats,
		Alert: n.Alert, Case: n.Case, DueAt: n.Due, AckedBy: n.AckedBy, AckedAt: n.AckedAt, Note: n.Note, CreatedAt: n.CreatedAt, UpdatedAt: n.UpdatedAt, Rev: n.Rev,
	}
}

// NotificationDetailOf is a notification with its deliveries as the API shows it.
func NotificationDetailOf(n pager.Notification, list []pager.Delivery) NotificationDetail {
	d := NotificationDetail{Notification: NotificationOf(n), Text: n.Text}
	for _, one := range list {
		d.Deliveries = append(d.Deliveries, Delivery{
			Level: one.Level, Round: one.Round, Recipient: one.Recipient, Channel: one.Channel, State: one.State, Why: one.Why, Run: one.Run,
			CreatedAt: one.CreatedAt, EndedAt: one.EndedAt,
		})
	}
	return d
}

// NotificationRouteOf is a route as the API shows it.
func NotificationRouteOf(r pager.Route) NotificationRoute {
	out := NotificationRoute{Name: r.Name, Severity: r.Severity, Kind: r.Kind, Owner: r.Owner, Rounds: r.Rounds, Urgent: r.Urgent, Levels: []NotificationLevel{}}
	if r.Digest > 0 {
		out.Digest = r.Digest.String()
	}
	for _, l := range r.Levels {
		level := NotificationLevel{Tell: l.Tell, Via: l.Via}
		if l.Wait > 0 {
			level.Wait = l.Wait.String()
		}
		out.Levels = append(out.Levels, level)
	}
	return out
}
