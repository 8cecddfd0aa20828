package webhook

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/pager"
	"github.com/harrier-soar/harrier/internal/rounds"
)

// Subscriptions keeps who is told.
type Subscriptions interface {
	// AddWebhook adds a subscription; a name that is taken is Conflict.
	AddWebhook(ctx context.Context, tx harrier.Tx, w Webhook) error
	// UpdateWebhook stores what may change of one; another rev is Conflict.
	UpdateWebhook(ctx context.Context, tx harrier.Tx, w Webhook) error
	// RemoveWebhook removes one with its messages.
	RemoveWebhook(ctx context.Context, tx harrier.Tx, w Webhook) error
	// Webhook returns one; one of another tenant is NotFound.
	Webhook(ctx context.Context, tenant harrier.TenantID, id harrier.WebhookID) (Webhook, error)
	// Webhooks lists those of a tenant by name.
	Webhooks(ctx context.Context, tenant harrier.TenantID) ([]Webhook, error)
	// WebhooksDue returns those of all tenants that have messages to send.
	WebhooksDue(ctx context.Context, now time.Time) ([]Webhook, error)
}

// Messages keeps what they are told.
type Messages interface {
	// AddMessage adds a message.
	AddMessage(ctx context.Context, tx harrier.Tx, m Message) error
	// UpdateMessage stores what became of a message.
	UpdateMessage(ctx context.Context, tx harrier.Tx, m Message) error
	// Message returns one of a subscription.
	Message(ctx context.Context, w Webhook, id harrier.MessageID) (Message, error)
	// Messages lists those of a subscription, the newest first.
	Messages(ctx context.Context, w Webhook, state string, p harrier.Page) ([]Message, string, error)
	// MessagesDue returns those that can be sent now: of several about one thing
	// the first.
	MessagesDue(ctx context.Context, w Webhook, now time.Time, limit int) ([]Message, error)
	// ForgetMessages removes those that were made before a time and have ended, or
	// whose subscription is off.
	ForgetMessages(ctx context.Context, tx harrier.Tx, before time.Time, limit int) (int64, error)
}

// Sight says who sees what.
type Sight interface {
	// SeeSubject is NotFound where a thing is not there or is hidden from the viewer.
	SeeSubject(ctx context.Context, m Message, v harrier.Viewer) error
	// Markings are the labels of TLP of the cases that a thing belongs to; none
	// where none has one.
	Markings(ctx context.Context, m Message) ([]string, error)
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
	Subscriptions
	Messages
	Sight
	Journal
}

// Vault keeps the secrets of subscriptions.
type Vault interface {
	Put(ctx context.Context, tenant harrier.TenantID, owner, field string, value harrier.Secret) error
	Reveal(ctx context.Context, tenant harrier.TenantID, owner, field string) (harrier.Secret, error)
	Delete(ctx context.Context, tenant harrier.TenantID, owner, field string) error
}

// Posting is one attempt to send a message.
type Posting struct {
	ID      string
	At      time.Time
	Body    []byte
	Secrets []harrier.Secret
}

// Posted is what a receiver answered.
type Posted struct {
	Status int
	// After is how long it wants to be left alone; zero where it does not say.
	After time.Duration
}

// Wire sends.
type Wire interface {
	// Post sends a message. An error is that there is no answer, or that the
	// address may not be reached.
	Post(ctx context.Context, w Webhook, p Posting) (Posted, error)
	// Check says why an address cannot be used.
	Check(w Webhook) error
}

// People knows principals as they are now.
type People interface {
	// Principal returns a principal; Denied or NotFound where they may not log in.
	Principal(ctx context.Context, tenant harrier.TenantID, id harrier.PrincipalID) (harrier.Principal, error)
}

// Teller tells people.
type Teller interface {
	// Tell accepts a notice in the transaction of its cause.
	Tell(ctx context.Context, tx harrier.Tx, in pager.Notice) (n pager.Notification, ok bool, err error)
}

// Config is what the service is made of. All is required.
type Config struct {
	Store  Store
	Vault  Vault
	Wire   Wire
	People People
	Tells  Teller
	Log    *slog.Logger
	Now    func() time.Time
	// Rand is a number from 0 to 1, for the spread of attempts.
	Rand func() float64
}

// Service tells programs. It is safe for concurrent use; one Run at a time.
type Service struct {
	cfg   Config
	nudge chan struct{}
	work  sync.WaitGroup
	mu    sync.Mutex // guards busy
	busy  map[harrier.WebhookID]bool
}

// New returns a service that tells nobody until [Service.Run].
func New(cfg Config) *Service {
	return &Service{cfg: cfg, nudge: make(chan struct{}, 1), busy: map[harrier.WebhookID]bool{}}
}

// now is the time as it is stored.
func (s *Service) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Microsecond) }

// Look makes Run look at what is to be sent. It does not block.
func (s *Service) Look() { rounds.Nudge(s.nudge) }
