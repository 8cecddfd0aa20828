package provider

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/ticket"
)

// Config is what the service is made of. All but Log is required.
type Config struct {
	Store  Store
	Vault  Vault
	People People
	Web    Web
	// Changed is told of every change of settings, in its transaction.
	Changed func(ctx context.Context, tx harrier.Tx, s Settings) error
	Log     *slog.Logger
	Now     func() time.Time
}

// Service lets people come in by providers. It is safe for concurrent use.
type Service struct {
	store   Store
	vault   Vault
	people  People
	web     Web
	told    func(ctx context.Context, tx harrier.Tx, s Settings) error
	log     *slog.Logger
	clock   func() time.Time
	tickets ticket.Office

	mu      sync.Mutex // guards remotes
	remotes map[harrier.ConnectionID]*remote
}

// New returns the service.
func New(cfg Config) *Service {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{
		tickets: ticket.Office{Vault: cfg.Vault, Store: cfg.Store, Purpose: "provider/flow"},
		store:   cfg.Store, vault: cfg.Vault, people: cfg.People, web: cfg.Web, told: cfg.Changed, log: cfg.Log, clock: cfg.Now, remotes: map[harrier.ConnectionID]*remote{},
	}
}

// now is the time as it is stored.
func (s *Service) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// remote returns what is known of a provider's own words, anew where its
// settings were changed.
func (s *Service) remote(p Settings) *remote {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.remotes[p.ID]
	if r == nil || r.settings.Rev != p.Rev {
		r = &remote{settings: p, web: s.web.Client(p), now: s.now, turn: make(chan struct{}, 1)}
		s.remotes[p.ID] = r
	}
	return r
}

// forget drops what is known of a provider.
func (s *Service) forget(id harrier.ConnectionID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.remotes, id)
}

// record is what the audit trail is told.
type record struct {
	action string
	target harrier.ConnectionID
	data   map[string]any
}

// audit writes who did what.
func (s *Service) audit(ctx context.Context, tx harrier.Tx, by harrier.Principal, r record) error {
	return harrier.Deed{Action: r.action, Target: r.target.String(), About: r.data, At: s.now()}.Record(ctx, tx, s.store, by)
}
