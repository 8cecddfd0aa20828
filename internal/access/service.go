package access

import (
	"context"
	"log/slog"
	"time"

	"github.com/harrier-soar/harrier"
)

// FreshFor is how long a proof counts as made a moment ago.
const FreshFor = 5 * time.Minute

// Fresh reports whether a principal has proved a moment ago who it is, as
// dangerous things need. A key never has; the local operator always has.
func Fresh(p harrier.Principal, now time.Time) bool {
	return p.ID == harrier.LocalOperator || !p.Fresh.IsZero() && now.Sub(p.Fresh) < FreshFor
}

// StepUp is the error of who has not proved a moment ago who they are.
type StepUp struct {
	// Why says what is dangerous, and what to do.
	Why string
}

// Error implements [error].
func (s StepUp) Error() string { return s.Why }

// Unwrap gives the error its kind.
func (s StepUp) Unwrap() error {
	return &harrier.Error{Kind: harrier.Unauthenticated, Text: s.Why}
}

// Limits say how long what lasts. Zero means the default.
type Limits struct {
	// Idle is after how long without a request a session ends; two hours.
	Idle time.Duration
	// Session is how long a session lasts at most; twelve hours.
	Session time.Duration
	// Invitation is how long a one-time token can be used; an hour.
	Invitation time.Duration
	// Factor is how long who needs a second factor may do without, since the first
	// log-in at which it was missing; 14 days.
	Factor time.Duration
}

func (l Limits) withDefaults() Limits {
	either := func(v *time.Duration, d time.Duration) {
		if *v <= 0 {
			*v = d
		}
	}
	either(&l.Idle, 2*time.Hour)
	either(&l.Session, 12*time.Hour)
	either(&l.Invitation, time.Hour)
	either(&l.Factor, 14*24*time.Hour)
	return l
}

// Config is what the service is made of. All but Log and Limits are required.
type Config struct {
	Store  Store
	Vault  Vault
	Log    *slog.Logger
	Now    func() time.Time
	Limits Limits
	// Demand lists the roles whose people need a second factor beside a password.
	Demand []string
	// Cost overrules what a password costs, in tests.
	Cost Cost
}

// Service knows who may do what. It is safe for concurrent use.
type Service struct {
	store    Store
	vault    Vault
	log      *slog.Logger
	clock    func() time.Time
	limits   Limits
	demand   []string
	hasher   *hasher
	attempts *attempts
	live     *live
}

// New returns the service.
func New(cfg Config) *Service {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{
		store: cfg.Store, vault: cfg.Vault, log: cfg.Log, clock: cfg.Now, limits: cfg.Limits.withDefaults(), demand: cfg.Demand,
		hasher: newHasher(cfg.Cost), attempts: newAttempts(), live: &live{open: map[*follower]struct{}{}},
	}
}

// now is the time as it is stored.
func (s *Service) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// record is what the audit trail is told.
type record struct {
	action, target string
	data           map[string]any
}

// audit writes who did what. The trail has ids, and no name of a person beside
// that of the actor.
func (s *Service) audit(ctx context.Context, tx harrier.Tx, by harrier.Principal, r record) error {
	return harrier.Deed{Action: r.action, Target: r.target, About: r.data, At: s.now()}.Record(ctx, tx, s.store, by)
}

// Forget removes up to limit sessions and invitations that have ended.
func (s *Service) Forget(ctx context.Context, tx harrier.Tx, limit int) (int64, error) {
	return s.store.ForgetSessions(ctx, tx, s.now(), limit)
}
