package pager

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/links"
	"github.com/harrier-soar/harrier/internal/notify"
	"github.com/harrier-soar/harrier/internal/rounds"
)

// Notice is something that somebody wants told.
type Notice struct {
	Tenant harrier.TenantID
	// Key keeps it from being told twice, and Topic joins it with others; see [Notification].
	Key, Topic string
	Facts
	Title, Text string
	Alert       harrier.AlertID
	Case        harrier.CaseID
	// To are persons or rotas that are told whatever routes say; none leaves it
	// to the routes.
	To []string
}

const (
	maxTitle = 200
	maxText  = 4000
)

// Tell accepts a notice in the transaction of its cause; ok is false where
// nobody is to be told. What was told before is not told again.
func (s *Service) Tell(ctx context.Context, tx harrier.Tx, in Notice) (n Notification, ok bool, err error) {
	now := s.now()
	route, ok := s.route(in, now)
	if !ok {
		return n, false, nil
	}
	if s.cfg.Hidden != nil {
		hidden, err := s.cfg.Hidden(ctx, tx, in)
		if err != nil {
			return n, false, err
		}
		if hidden {
			in.Title, in.Text = "Something that is restricted needs you", "Log in to see what it is."
		}
	}
	n = Notification{
		Tenant: in.Tenant, ID: harrier.NewID[harrier.NotificationID](now), Key: in.Key, Topic: in.Topic, Kind: in.Kind, Severity: cmp.Or(in.Severity, "medium"),
		Title: cut(notify.Harmless(in.Title), maxTitle), Text: cut(harmlessLines(in.Text), maxText), Alert: in.Alert, Case: in.Case, Route: route,
		Status: Pending, Due: now, CreatedAt: now, UpdatedAt: now, Rev: 1,
	}
	if route.Digest > 0 {
		n.Status, n.Due = Collected, now.Truncate(route.Digest).Add(route.Digest)
	}
	was, there, err := s.cfg.Store.NotificationFor(ctx, tx, n)
	switch {
	case err != nil:
		return n, false, err
	case there && was.Key != n.Key:
		was.Repeats, was.UpdatedAt = was.Repeats+1, now
		err := s.cfg.Store.UpdateNotification(ctx, tx, was)
		was.Rev++
		return was, true, err
	case there:
		return was, true, nil
	}
	if err := s.cfg.Store.AddNotification(ctx, tx, n); err != nil {
		return n, false, err
	}
	tx.OnCommit(s.Look)
	return n, true, nil
}

// route is how a notice goes.
func (s *Service) route(in Notice, now time.Time) (Route, bool) {
	settings := s.cfg.Settings(in.Tenant)
	if len(in.To) == 0 {
		return settings.Route(in.Facts, now)
	}
	var persons []string // by any channel that reaches persons
	for _, kind := range []string{Chat, Mail, Page} {
		for _, c := range settings.channels(kind) {
			if c.To == "" {
				persons = append(persons, c.Name)
			}
		}
	}
	return Route{Name: "direct", Levels: []Level{{Tell: in.To, Via: persons}}, Rounds: 1}, true
}

// Preview says how something would go now, and whom it would reach first.
func (s *Service) Preview(ctx context.Context, tenant harrier.TenantID, f Facts) (r Route, first []string, err error) {
	r, ok := s.cfg.Settings(tenant).Route(f, s.now())
	if !ok {
		return r, nil, harrier.Errorf(harrier.NotFound, "no route in %s matches this; nobody would be told", FileName)
	}
	for _, to := range s.recipients(ctx, Notification{Tenant: tenant, Route: r}) {
		first = append(first, cmp.Or(to.name, to.why))
	}
	return r, first, nil
}

// List lists notifications, the newest first.
func (s *Service) List(ctx context.Context, by harrier.Principal, f Filter, p harrier.Page) ([]Notification, string, error) {
	f.Viewer = by.ID
	return s.cfg.Store.Notifications(ctx, by.Tenant, f, p)
}

// Get returns a notification with its deliveries.
func (s *Service) Get(ctx context.Context, by harrier.Principal, id harrier.NotificationID) (Notification, []Delivery, error) {
	n, err := s.cfg.Store.Notification(ctx, by.Tenant, id)
	if err != nil {
		return n, nil, err
	}
	list, err := s.cfg.Store.Deliveries(ctx, by.Tenant, id)
	return n, list, err
}

// Ack takes a notification on: nobody is told of it any more. The first who
// acknowledges counts.
func (s *Service) Ack(ctx context.Context, by harrier.Principal, id harrier.NotificationID, note string) (Notification, error) {
	return s.acknowledge(ctx, by, id, acknowledgement{note: note})
}

// acknowledgement is what somebody says who takes a notification on, and what
// else is done in the same change.
type acknowledgement struct {
	note string
	use  links.Use
	// via is the channel whose pager it was taken by; empty where it was taken here.
	via string
}

func (s *Service) acknowledge(ctx context.Context, by harrier.Principal, id harrier.NotificationID, a acknowledgement) (Notification, error) {
	n, err := s.cfg.Store.Notification(ctx, by.Tenant, id)
	if err != nil || n.Status == Acknowledged {
		return n, err
	}
	now := s.now()
	n.Status, n.Due, n.AckedBy, n.AckedAt, n.Note, n.UpdatedAt = Acknowledged, time.Time{}, by.Name, now, cut(a.note, maxText), now
	about := map[string]any{"route": n.Route.Name, "level": n.Level, "round": n.Round, "via": a.via}
	err = s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.cfg.Store.UpdateNotification(ctx, tx, n); err != nil {
			return err
		}
		if err := s.cfg.Store.HurryWakes(ctx, tx, n, now); err != nil {
			return err
		}
		tx.OnCommit(func() { rounds.Nudge(s.hurry) })
		if a.use != nil {
			if err := a.use(ctx, tx); err != nil {
				return err
			}
		}
		if s.cfg.Acked != nil {
			if err := s.cfg.Acked(ctx, tx, n); err != nil {
				return err
			}
		}
		return harrier.Deed{Action: "notification.acknowledge", Target: n.ID.String(), About: about, At: now}.Record(ctx, tx, s.cfg.Store, by)
	})
	if harrier.KindOf(err) == harrier.Conflict && err != nil { // it climbed, or somebody was faster
		return s.repeated(ctx, by, id, err)
	}
	n.Rev++
	return n, err
}

// repeated is who has what changed meanwhile; somebody may say it again where
// nobody has it.
func (s *Service) repeated(ctx context.Context, by harrier.Principal, id harrier.NotificationID, cause error) (Notification, error) {
	n, err := s.cfg.Store.Notification(ctx, by.Tenant, id)
	if err != nil || n.Status == Acknowledged {
		return n, err
	}
	return n, harrier.Errorf(harrier.Unavailable, "notification %s is being sent at this moment; acknowledge it again: %w", id, cause)
}

// harmlessLines is a text of which no line can be clicked.
func harmlessLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = notify.Harmless(l)
	}
	return strings.Join(lines, "\n")
}

// cut shortens a text to so many bytes.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most-len("…")], "") + "…"
}
