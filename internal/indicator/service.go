package indicator

import (
	"context"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/harrier-soar/harrier"
)

// Own is what the organisation calls its own.
type Own struct {
	// Domains are names, with all that is below them.
	Domains  []string
	Networks []netip.Prefix
}

// Config is what the service is made of. Store, Now and Log are required.
type Config struct {
	Store Store
	// Own may be asked at any time; nil is nothing.
	Own func() Own
	// Fetch pulls feeds; nil pulls none.
	Fetch Fetcher
	// Back looks back, and Hits hears what was found; nil does neither.
	Back Lookback
	Hits Hits
	// Reviewed reports whether allow lists of a tenant change under four eyes
	// only; nil is never.
	Reviewed func(ctx context.Context, tenant harrier.TenantID) (bool, error)
	Log      *slog.Logger
	Now      func() time.Time
}

// Service knows indicators and lists. It is safe for concurrent use.
type Service struct {
	cfg   Config
	table *table
	names *names

	mu      sync.RWMutex // guards what follows
	origins map[uint32]origin
	// governs are the files that govern lists, by the lists' names.
	governs map[string]*governed
	// patterns are entries of allow lists that no table can find.
	patterns map[harrier.TenantID][]pattern
	busy     map[int64]bool // feeds that are being read

	gate   chan struct{} // held by who loads
	loaded atomic.Bool
	// editions counts the files that ever governed a list in this process.
	editions atomic.Uint32
	// wake makes Run look for what is due.
	wake chan struct{}
}

// New returns the service. Nothing is read before [Service.Run], or the first question.
func New(cfg Config) *Service {
	return &Service{
		cfg: cfg, table: newTable(), names: newNames(), origins: map[uint32]origin{}, governs: map[string]*governed{}, patterns: map[harrier.TenantID][]pattern{},
		busy: map[int64]bool{}, gate: make(chan struct{}, 1), wake: make(chan struct{}, 1),
	}
}

// listOrigin is the origin of a list's entries that stand in no file; feeds have
// the numbers below.
func listOrigin(number int64) uint32 { return uint32(number) | 1<<31 }

// Load reads all that is stored into memory, once. Later calls return at once.
func (s *Service) Load(ctx context.Context) error {
	if s.loaded.Load() {
		return nil
	}
	select {
	case s.gate <- struct{}{}:
	case <-ctx.Done():
		return harrier.Errorf(harrier.Unavailable, "the indicators are still being loaded: %w", context.Cause(ctx))
	}
	defer func() { <-s.gate }()
	if s.loaded.Load() {
		return nil
	}
	// Whoever asks first loads for everybody, and is not to leave half-way.
	if err := s.load(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	s.loaded.Store(true)
	return nil
}

func (s *Service) load(ctx context.Context) error {
	start := s.cfg.Now()
	feeds, err := s.cfg.Store.Feeds(ctx, harrier.TenantID{})
	if err != nil {
		return err
	}
	for _, f := range feeds {
		s.know(uint32(f.Number), origin{tenant: f.Tenant, feed: f})
	}
	err = s.cfg.Store.EachIndicator(ctx, func(i Indicator) error {
		if !s.longOver(i) {
			s.add(i)
		}
		return nil
	})
	if err != nil {
		return err
	}
	lists, err := s.cfg.Store.Lists(ctx, harrier.TenantID{})
	if err != nil {
		return err
	}
	for _, l := range lists {
		if err := s.loadList(ctx, l); err != nil {
			return err
		}
	}
	s.cfg.Log.InfoContext(ctx, "indicators loaded", "count", s.table.count.Load(), "duration", s.cfg.Now().Sub(start))
	return nil
}

// longOver reports whether an indicator ended so long ago that no alert that is
// looked at can be from before.
func (s *Service) longOver(i Indicator) bool {
	from, ok := s.whose(uint32(i.Feed))
	if !ok {
		return true // its feed was removed
	}
	_, e := s.entryOf(i)
	_, until := from.span(e)
	return !until.IsZero() && until.Before(s.cfg.Now().Add(-backWindow))
}

// loadPage is how many rows are read at once.
const loadPage = 5_000

func (s *Service) loadList(ctx context.Context, l List) error {
	s.knowList(l)
	after := ListEntry{}
	for {
		rows, err := s.cfg.Store.ListEntries(ctx, l, after, loadPage)
		if err != nil {
			return err
		}
		for _, row := range rows {
			s.addEntry(l, listOrigin(l.Number), row)
		}
		if len(rows) < loadPage {
			return nil
		}
		after = rows[len(rows)-1]
	}
}

// know keeps whose entries of an origin are.
func (s *Service) know(number uint32, o origin) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.origins[number] = o
}

// whose returns whose an entry is; ok is false where it was removed meanwhile.
func (s *Service) whose(number uint32) (o origin, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	o, ok = s.origins[number]
	return o, ok
}

// add puts an indicator into memory.
func (s *Service) add(i Indicator) {
	hash, e := s.entryOf(i)
	if s.table.put(hash, e) && e.kind == kindCIDR {
		s.countNetwork(i.Value, 1)
	}
}

// remove takes an indicator out of memory.
func (s *Service) remove(k Key) {
	kind := kindOf(k.Type)
	if s.table.drop(s.table.hash(k.Tenant, kind, keyText(kind, k.Value)), uint32(k.Feed), kind) && kind == kindCIDR {
		s.countNetwork(k.Value, -1)
	}
}

func (s *Service) countNetwork(value string, by int64) {
	if p, err := netip.ParsePrefix(value); err == nil {
		s.table.length(p, by)
	}
}

// own is what the organisation calls its own now.
func (s *Service) own() Own {
	if s.cfg.Own == nil {
		return Own{}
	}
	return s.cfg.Own()
}

// Internal reports whether an observable is the organisation's own: an address
// in its networks or of those that lead nowhere outside, or a name below its domains.
func (s *Service) Internal(o harrier.Observable) bool {
	list, address := questions(o)
	if address.IsValid() {
		if address.IsPrivate() || address.IsLoopback() || address.IsLinkLocalUnicast() {
			return true
		}
		for _, p := range s.own().Networks {
			if p.Contains(address) {
				return true
			}
		}
		return false
	}
	for _, q := range list {
		for _, own := range s.own().Domains {
			if q.kind == kindDomain && (q.value == own || strings.HasSuffix(q.value, "."+own)) {
				return true
			}
		}
	}
	return false
}
