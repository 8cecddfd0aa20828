package inventory

import (
	"context"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/organisation"
)

// Records keeps what sources say.
type Records interface {
	// InventoryRecords returns up to limit records of a tenant after a place, by
	// kind, source and key.
	InventoryRecords(ctx context.Context, tenant harrier.TenantID, after Record, limit int) ([]Record, error)
	// PutInventoryRecord stores a record in the place of the one before, which is kept as past.
	PutInventoryRecord(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, r Record) error
	// InventoryRecordAt returns what the source of a record said in its place at a
	// time, where it says something else since.
	InventoryRecordAt(ctx context.Context, tenant harrier.TenantID, r Record, at time.Time) (past Record, ok bool, err error)
	// InventorySources returns the sources of a tenant.
	InventorySources(ctx context.Context, tenant harrier.TenantID) ([]Source, error)
	// PutInventorySource stores a source in the place of the one before.
	PutInventorySource(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, s Source) error
}

// Leases keeps who had which address.
type Leases interface {
	// AddLeases stores leases; one of the same address, start and source takes
	// the place of the one before. Their number may be large.
	AddLeases(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, leases []Lease) error
	// LeasesBefore returns the leases of an address, the latest first.
	LeasesBefore(ctx context.Context, tenant harrier.TenantID, a netip.Addr, w LeaseWindow) ([]Lease, error)
}

// LeaseWindow bounds what is asked of an address's leases: those that began
// until a time, or all where it is zero; at most Limit.
type LeaseWindow struct {
	Until time.Time
	Limit int
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
	Records
	Leases
	Journal
}

// DefaultReview is how long a criticality holds that was given no review date.
const DefaultReview = 365 * 24 * time.Hour

// Config is what the service is made of. Store is required.
type Config struct {
	Store   Store
	Profile organisation.Profile
	Log     *slog.Logger
	Now     func() time.Time
	// Review is how long a criticality holds that was given no review date; zero
	// is [DefaultReview].
	Review time.Duration
	// LeaseAge is how long a lease holds whose end nobody tells; zero is
	// [DefaultLeaseAge].
	LeaseAge time.Duration
}

// Service knows machines and people. It is safe for concurrent use.
type Service struct {
	store   Store
	profile atomic.Pointer[organisation.Profile]
	log     *slog.Logger
	now     func() time.Time
	review  time.Duration
	age     time.Duration
	started time.Time
	leases  leaseCache

	mu      sync.Mutex // guards tenants
	tenants map[harrier.TenantID]*tenantIndex
}

// tenantIndex is the index of one tenant. Whoever holds change may make
// another one; whoever reads takes what is there.
type tenantIndex struct {
	change  sync.Mutex
	mu      sync.RWMutex // guards current
	current *index
}

// SetProfile says what the organisation says of itself from now on.
func (s *Service) SetProfile(p organisation.Profile) {
	s.profile.Store(&p)
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tenants) // whoever reads an index goes on with it; the next one makes its own
}

// New returns the service.
func New(c Config) *Service {
	s := &Service{
		store: c.Store, log: c.Log, now: c.Now, review: c.Review, age: c.LeaseAge,
		tenants: map[harrier.TenantID]*tenantIndex{},
	}
	s.profile.Store(&c.Profile)
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.review <= 0 {
		s.review = DefaultReview
	}
	if s.age <= 0 {
		s.age = DefaultLeaseAge
	}
	s.started = s.now().UTC()
	return s
}

// of returns the place of a tenant's index.
func (s *Service) of(tenant harrier.TenantID) *tenantIndex {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tenants[tenant]
	if !ok {
		t = &tenantIndex{}
		s.tenants[tenant] = t
	}
	return t
}

func (t *tenantIndex) get() *index {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.current
}

func (t *tenantIndex) set(ix *index) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.current = ix
}

// index returns a tenant's index, which is read from the store when it is first
// asked for.
func (s *Service) index(ctx context.Context, tenant harrier.TenantID) (*index, error) {
	t := s.of(tenant)
	if ix := t.get(); ix != nil {
		return ix, nil
	}
	t.change.Lock()
	defer t.change.Unlock()
	return s.loaded(ctx, tenant, t)
}

// loaded returns the index, reading it where it is not there. The caller holds
// t.change.
func (s *Service) loaded(ctx context.Context, tenant harrier.TenantID, t *tenantIndex) (*index, error) {
	if ix := t.get(); ix != nil {
		return ix, nil
	}
	const at = 2000
	began := time.Now()
	sources, err := s.store.InventorySources(ctx, tenant)
	if err != nil {
		return nil, err
	}
	var records []*Record
	words := map[string]string{}
	for after := (Record{}); ; {
		page, err := s.store.InventoryRecords(ctx, tenant, after, at)
		if err != nil {
			return nil, err
		}
		for i := range page {
			page[i].share(words)
			records = append(records, &page[i])
		}
		if len(page) < at || len(records) >= maxRecords {
			break
		}
		after = page[len(page)-1]
	}
	ix := s.build(records, sources)
	t.set(ix)
	s.log.InfoContext(ctx, "inventory loaded", "tenant", tenant.String(), "records", len(records), "hosts", len(ix.hosts.things), "users", len(ix.users.things), "duration", time.Since(began))
	return ix, nil
}

// share lets records have the same words in the same memory.
func (r *Record) share(words map[string]string) {
	for _, field := range []*string{&r.Source, &r.OS, &r.Department, &r.Environment, &r.Criticality, &r.Owner, &r.Manager} {
		if known, ok := words[*field]; ok {
			*field = known
		} else if len(words) < 100_000 {
			words[*field] = *field
		}
	}
}

// build makes an index of records that sources told, and of what
// organisation.yaml says.
func (s *Service) build(records []*Record, sources []Source) *index {
	ru := rules{ranks: map[recordKey]int{}, imported: map[recordKey]time.Time{}, review: s.review}
	for _, kind := range []harrier.EntityType{harrier.HostEntity, harrier.UserEntity} {
		ru.ranks[recordKey{kind: kind, source: ByHand}], ru.ranks[recordKey{kind: kind, source: Organisation}] = rankByHand, rankOrganisation
	}
	for _, src := range sources {
		key := recordKey{kind: src.Kind, source: src.Name}
		ru.ranks[key], ru.imported[key] = src.Rank, src.ImportedAt
	}
	all := append(make([]*Record, 0, len(records)+len(s.profile.Load().People)), records...)
	ix := newIndex(ru, append(all, s.people()...), s.profile.Load().OwnDomains)
	ix.sources = sources
	return ix
}

// people are the persons of organisation.yaml, who are VIPs.
func (s *Service) people() []*Record {
	out := make([]*Record, 0, len(s.profile.Load().People))
	seen := map[string]bool{}
	for _, p := range s.profile.Load().People {
		r := Record{
			Kind: harrier.UserEntity, Source: Organisation, Key: strings.ToLower(p.Address), Name: p.Name, Mail: []string{p.Address},
			Manager: p.Manager, VIP: true, Seen: s.started,
		}
		if p.Role != "" {
			r.Tags = []string{p.Role}
		}
		if r, err := r.canonical(); err == nil && !seen[r.Key] {
			seen[r.Key] = true
			out = append(out, &r)
		}
	}
	return out
}

// audit writes who changed what into the trail.
func (s *Service) audit(ctx context.Context, tx harrier.Tx, by harrier.Principal, d deed) error {
	return harrier.Deed{Action: d.action, Target: d.target, About: d.data, At: s.now().UTC()}.Record(ctx, tx, s.store, by)
}

// deed is something that a person did.
type deed struct {
	action, target string
	data           map[string]any
}
