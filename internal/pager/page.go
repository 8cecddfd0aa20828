package pager

import (
	"context"
	"log/slog"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/links"
	"github.com/harrier-soar/harrier/internal/rota"
	"github.com/harrier-soar/harrier/internal/rounds"
)

// Status is where a notification stands.
type Status string

// The statuses of a notification.
const (
	// Pending is on its way: it is told, repeated, or waits for somebody.
	Pending Status = "pending"
	// Collected waits for its digest.
	Collected Status = "collected"
	// Told reached somebody, and nobody has to acknowledge it.
	Told Status = "told"
	// Acknowledged was taken on by somebody.
	Acknowledged Status = "acknowledged"
	// Unheard went through all levels and rounds, and nobody acknowledged it.
	Unheard Status = "unheard"
)

// Notification is something that people are told.
type Notification struct {
	Tenant harrier.TenantID
	ID     harrier.NotificationID
	// Key keeps it from being told twice.
	Key string
	// Topic joins what is told of the same thing: while one is pending, others
	// are counted as Repeats of it.
	Topic          string
	Kind, Severity string
	Title, Text    string
	Alert          harrier.AlertID
	Case           harrier.CaseID
	// Route is the one that it goes by, as it was when it began.
	Route  Route
	Status Status
	// Level and Round are how far it went.
	Level, Round int
	Repeats      int
	// Due is when something is to be done; zero is never.
	Due time.Time
	// AckedBy is who acknowledged it at AckedAt, with Note.
	AckedBy              string
	AckedAt              time.Time
	Note                 string
	CreatedAt, UpdatedAt time.Time
	Rev                  int64
}

// State is where a delivery stands.
type State string

// The states of a delivery.
const (
	// Waiting is held back until the quiet hours of the person are over.
	Waiting State = "waiting"
	// Sending has a run that has not ended.
	Sending State = "sending"
	// Sent was taken by the channel.
	Sent State = "sent"
	// Failed was refused, or there is nobody or no way.
	Failed State = "failed"
	// Unknown may have been sent.
	Unknown State = "unknown"
)

// Delivery is an attempt to tell somebody by a channel.
type Delivery struct {
	Tenant       harrier.TenantID
	Notification harrier.NotificationID
	Seq          int
	Level, Round int
	// Recipient is person:NAME, channel:NAME, or a rota that nobody is on.
	Recipient, Channel string
	// Attempt counts the channels that were tried.
	Attempt int
	Run     harrier.RunID
	State   State
	Why     string
	// Due is when a delivery that waits is sent.
	Due                time.Time
	CreatedAt, EndedAt time.Time
}

// Filter narrows a list of notifications.
type Filter struct {
	Viewer harrier.Viewer
	Status Status
	Kind   string
	Case   harrier.CaseID
	Alert  harrier.AlertID
}

// Rows keeps notifications.
type Rows interface {
	// AddNotification adds a notification; one with the same key is Conflict.
	AddNotification(ctx context.Context, tx harrier.Tx, n Notification) error
	// NotificationFor returns what was told for a key, or what is pending for a
	// topic, where it is not empty; ok is false where there is neither.
	NotificationFor(ctx context.Context, tx harrier.Tx, n Notification) (was Notification, ok bool, err error)
	// UpdateNotification stores a notification; another rev is Conflict.
	UpdateNotification(ctx context.Context, tx harrier.Tx, n Notification) error
	// AddLink adds the link of a message.
	AddLink(ctx context.Context, tx harrier.Tx, h links.Hash, l links.Link) error
	// PutDelivery adds a delivery, or stores what became of it.
	PutDelivery(ctx context.Context, tx harrier.Tx, d Delivery) error
}

// Reading finds notifications.
type Reading interface {
	// Notification returns a notification; one of another tenant is NotFound.
	Notification(ctx context.Context, tenant harrier.TenantID, id harrier.NotificationID) (Notification, error)
	// Notifications lists notifications, the newest first.
	Notifications(ctx context.Context, tenant harrier.TenantID, f Filter, p harrier.Page) ([]Notification, string, error)
	// Deliveries returns the deliveries of a notification, the first first.
	Deliveries(ctx context.Context, tenant harrier.TenantID, id harrier.NotificationID) ([]Delivery, error)
	// DueNotifications returns those that are due, the longest due first.
	DueNotifications(ctx context.Context, now time.Time, limit int) ([]Notification, error)
	// NextNotification returns when the next is due; ok is false where none is.
	NextNotification(ctx context.Context) (at time.Time, ok bool, err error)
	// Load returns the run of a delivery.
	Load(ctx context.Context, tenant harrier.TenantID, run harrier.RunID) (harrier.Run, error)
}

// Journal makes changes durable.
type Journal interface {
	// Write runs change in a transaction; it may be run again after a rollback.
	Write(ctx context.Context, change func(harrier.Tx) error) error
	// Audit adds a row to the audit trail.
	Audit(ctx context.Context, tx harrier.Tx, e harrier.AuditEntry) error
}

// Store is all that the service asks of the store.
type Store interface {
	Rows
	Wakes
	Reading
	Journal
}

// OnCall knows who is on call.
type OnCall interface {
	// On says who is on call of a rota at a time.
	On(ctx context.Context, tenant harrier.TenantID, rota string, at time.Time) (rota.Turn, error)
}

// Starter starts runs.
type Starter interface {
	// PrepareDispatch compiles what sends a delivery, and returns how its run is
	// added in the transaction of its cause. What does not compile is Invalid.
	PrepareDispatch(ctx context.Context, d Dispatch) (add func(context.Context, harrier.Tx) error, err error)
}

// Config is what the service is made of. Pagers, Hidden and Acked may be nil; the rest is required.
type Config struct {
	Store  Store
	OnCall OnCall
	Starts Starter
	// Pagers ask pagers what became of pages; nil asks none.
	Pagers Pagers
	// Settings is what a tenant says about who is told.
	Settings func(harrier.TenantID) Settings
	// Hidden reports whether what a notice is about is restricted: people are then
	// told that there is something, and not what. Nil is never.
	Hidden func(ctx context.Context, tx harrier.Tx, in Notice) (bool, error)
	// Acked is told, in the same transaction, that somebody acknowledged.
	Acked func(context.Context, harrier.Tx, Notification) error
	// Links writes the links of messages into the inputs of their runs.
	Links *links.References
	Log   *slog.Logger
	Now   func() time.Time
}

// Service tells people. It is safe for concurrent use; one Run and one Watch at a time.
type Service struct {
	cfg   Config
	nudge chan struct{}
	// hurry makes Watch look.
	hurry chan struct{}
}

// New returns a service that tells nobody until [Service.Run].
func New(cfg Config) *Service { return &Service{cfg, make(chan struct{}, 1), make(chan struct{}, 1)} }

// now is the time as it is stored.
func (s *Service) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Microsecond) }

const (
	// sweep is how often what is due is looked for where nobody tells.
	sweep = 30 * time.Second
	batch = 100
)

// Run tells people until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	rounds.Until(ctx, s.nudge, func(ctx context.Context) time.Duration {
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Log.Error("tell people", "err", err)
		}
		return s.wait(ctx)
	})
	return nil
}

// wait is how long nothing is due.
func (s *Service) wait(ctx context.Context) time.Duration {
	at, ok, err := s.cfg.Store.NextNotification(ctx)
	if err != nil || !ok {
		return sweep
	}
	return min(sweep, max(at.Sub(s.now()), 100*time.Millisecond))
}

// Look makes Run look at what is due now.
func (s *Service) Look() { rounds.Nudge(s.nudge) }

// Sweep does what is due.
func (s *Service) Sweep(ctx context.Context) error {
	due, err := s.cfg.Store.DueNotifications(ctx, s.now(), batch)
	if err != nil {
		return err
	}
	var digests []Notification
	for _, n := range due {
		if n.Status == Collected {
			digests = append(digests, n)
			continue
		}
		if err := s.tolerate(ctx, n, s.step(ctx, n)); err != nil {
			return err
		}
	}
	for _, group := range grouped(digests) {
		if err := s.tolerate(ctx, group[0], s.digest(ctx, group)); err != nil {
			return err
		}
	}
	return nil
}

// tolerate keeps one notification from holding the others up.
func (s *Service) tolerate(ctx context.Context, n Notification, err error) error {
	switch {
	case err == nil, harrier.KindOf(err) == harrier.Conflict: // somebody acknowledged meanwhile
		return nil
	case ctx.Err() != nil:
		return err
	}
	s.cfg.Log.Error("tell somebody", "notification_id", n.ID, "err", err)
	return nil
}
