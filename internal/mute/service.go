package mute

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/harrier-soar/harrier"
)

// Rows keeps the rows of mutes.
type Rows interface {
	// AddMute adds a mute.
	AddMute(ctx context.Context, tx harrier.Tx, m Mute) error
	// UpdateMute stores the end of a mute; another rev than the stored one is Conflict.
	UpdateMute(ctx context.Context, tx harrier.Tx, m Mute) error
	// CountMutes adds hits to mutes; one that does not exist is passed over.
	CountMutes(ctx context.Context, tx harrier.Tx, hits []Hits) error
	// Mute returns a mute; one of another tenant is NotFound.
	Mute(ctx context.Context, tenant harrier.TenantID, id harrier.MuteID) (Mute, error)
	// Mutes lists mutes, the newest first.
	Mutes(ctx context.Context, tenant harrier.TenantID, f Filter, p harrier.Page) ([]Mute, string, error)
	// MutesAfter returns the mutes of all tenants that end after a time.
	MutesAfter(ctx context.Context, end time.Time) ([]Mute, error)
}

// Journal makes changes durable.
type Journal interface {
	// Write runs change in a transaction and returns when it is durable.
	// change may be run again after a rollback.
	Write(ctx context.Context, change func(harrier.Tx) error) error
	// Audit adds a row to the audit trail.
	Audit(ctx context.Context, tx harrier.Tx, e harrier.AuditEntry) error
}

// Store is all that the service asks of the store.
type Store interface {
	Rows
	Past
	Journal
}

// Filter selects mutes. Empty fields select all.
type Filter struct {
	Verb Verb
	// State is pending, active, ended or expired, at Now.
	State string
	Now   time.Time
	Owner string
}

// Config is what the service is made of. All but Log are required.
type Config struct {
	Store Store
	Log   *slog.Logger
	Now   func() time.Time
}

// Service keeps mutes and says which apply. It is safe for concurrent use. It
// mutes nothing before [Service.Load].
type Service struct {
	store Store
	log   *slog.Logger
	clock func() time.Time
	snap  atomic.Pointer[snapshot]

	loading sync.Mutex // held while a snapshot is made, so that an older one does not replace a newer

	mu   sync.Mutex // guards hits
	hits map[hitKey]*Hits
}

// NewService returns the service.
func NewService(cfg Config) *Service {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{store: cfg.Store, log: cfg.Log, clock: cfg.Now, hits: map[hitKey]*Hits{}}
}

// now is the time as it is stored.
func (s *Service) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// lateness is how long after its end a mute is still known, for maintenance
// and events that come late.
const lateness = 7 * 24 * time.Hour

// Load reads what may hold into memory.
func (s *Service) Load(ctx context.Context) error {
	s.loading.Lock()
	defer s.loading.Unlock()
	mutes, err := s.store.MutesAfter(ctx, s.now().Add(-lateness))
	if err != nil {
		return err
	}
	snap := newSnapshot(mutes)
	s.snap.Store(&snap)
	return nil
}

// Mutes returns what applies to an alert of a tenant, the strongest first. It
// reads memory only and changes nothing; see [Service.Hit].
func (s *Service) Mutes(_ context.Context, tenant harrier.TenantID, subject Subject) []Applied {
	snap := s.snap.Load()
	if snap == nil {
		return nil
	}
	return (*snap)[tenant].match(&subject)
}

// Add makes a mute.
func (s *Service) Add(ctx context.Context, by harrier.Principal, n New) (Mute, error) {
	now := s.now()
	m, err := n.check(now)
	if err != nil {
		return Mute{}, err
	}
	m.Tenant, m.ID, m.CreatedAt = by.Tenant, harrier.NewID[harrier.MuteID](now), now
	m.CreatedBy, m.CreatedByName, m.Rev = by.ID, by.Name, 1
	return m, s.keep(ctx, by, "mute.add", m, s.store.AddMute)
}

// End ends a mute now. One that has ended stays as it is.
func (s *Service) End(ctx context.Context, by harrier.Principal, id harrier.MuteID) (Mute, error) {
	m, err := s.store.Mute(ctx, by.Tenant, id)
	now := s.now()
	if err != nil || m.State(now) == StateEnded || m.State(now) == StateExpired {
		return m, err
	}
	m.EndedAt, m.EndedBy = now, by.Name
	err = s.keep(ctx, by, "mute.end", m, s.store.UpdateMute)
	m.Rev++
	return m, err
}

// Renew puts the end of a mute off, as far as its verb may last from now.
func (s *Service) Renew(ctx context.Context, by harrier.Principal, id harrier.MuteID, until time.Time) (Mute, error) {
	m, err := s.store.Mute(ctx, by.Tenant, id)
	if err != nil {
		return m, err
	}
	now := s.now()
	if st := m.State(now); st == StateEnded || st == StateExpired {
		return m, harrier.Errorf(harrier.Conflict, "mute %s has ended; make a new one and say why it is still needed", id)
	}
	m.End = until.UTC()
	if p := m.endProblem(now); p != "" {
		return m, harrier.Errorf(harrier.Invalid, "%s", p)
	}
	m.Renewed++
	err = s.keep(ctx, by, "mute.renew", m, s.store.UpdateMute)
	m.Rev++
	return m, err
}

// Get returns a mute.
func (s *Service) Get(ctx context.Context, by harrier.Principal, id harrier.MuteID) (Mute, error) {
	return s.store.Mute(ctx, by.Tenant, id)
}

// List returns mutes, the newest first.
func (s *Service) List(ctx context.Context, by harrier.Principal, f Filter, p harrier.Page) ([]Mute, string, error) {
	f.Now = s.now()
	return s.store.Mutes(ctx, by.Tenant, f, p)
}

// keep stores a mute with its audit row, and has it hold at once.
func (s *Service) keep(ctx context.Context, by harrier.Principal, action string, m Mute, store func(context.Context, harrier.Tx, Mute) error) error {
	about := map[string]any{"verb": m.Verb, "match": m.Match, "start": m.Start, "end": m.End, "owner": m.Owner, "reason": m.Reason}
	err := s.store.Write(ctx, func(tx harrier.Tx) error {
		if err := store(ctx, tx, m); err != nil {
			return err
		}
		return harrier.Deed{Action: action, Target: m.ID.String(), About: about, At: s.now()}.Record(ctx, tx, s.store, by)
	})
	if err != nil {
		return err
	}
	// What is durable holds, also where whoever asked has left.
	return s.Load(context.WithoutCancel(ctx))
}
