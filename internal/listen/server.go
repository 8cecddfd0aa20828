package listen

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
)

// Intake keeps what came.
type Intake interface {
	// Accept takes events of a source and returns when they are durable. It is
	// Denied or NotFound where the source is not to be listened to any more;
	// after any other error but Invalid it is asked again with the same events.
	// It is called by several goroutines, and may change the events' fields but
	// not their bodies.
	Accept(ctx context.Context, src harrier.Source, events []harrier.RawEvent) error
}

// Sources is where sources are kept.
type Sources interface {
	// SyslogSources returns the enabled sources of kind syslog of all tenants.
	SyslogSources(ctx context.Context) ([]harrier.Source, error)
}

// Config is what the server is made of. Sources, Intake and Log are required.
type Config struct {
	Sources Sources
	Intake  Intake
	Log     *slog.Logger
	// Now is the clock; nil is the machine's.
	Now func() time.Time
	// Dir is where relative names of certificates' files are.
	Dir string
	// Lost, when not nil, hears of messages of a source that were not stored,
	// at most once in each Refresh.
	Lost func(ctx context.Context, src harrier.Source, n int64, why string)
	// Refresh is how often sources are read again; 0 is 10 seconds.
	Refresh time.Duration
	// Grace is how long a stop may take to read and store what has arrived; 0 is 10 seconds.
	Grace time.Duration
	// Connections is how many each listener has at most, 0 is 1024; PerPeer how
	// many of them one address has, 0 is 64.
	Connections, PerPeer int
	// Queue is how many messages of UDP wait for each source; 0 is 8192.
	Queue int
	// Message is how long one message of a stream may take to arrive; 0 is 30 seconds.
	Message time.Duration
}

const (
	// storing is how many batches are stored at once: more would only wait in
	// the store, where nobody orders them fairly.
	storing = 4
	// batch is how many messages are stored in one transaction, at most batchBytes.
	batch      = 256
	batchBytes = 1 << 20
)

// Server listens for all sources of kind syslog.
type Server struct {
	cfg    Config
	slots  chan struct{}
	reload chan struct{}

	mu        sync.Mutex // guards what follows
	endpoints map[endpointKey]*endpoint
	counts    map[harrier.SourceID]*counters
	sources   map[harrier.SourceID]harrier.Source
}

type endpointKey struct{ transport, listen string }

// New returns a server. Nothing listens before [Server.Run].
func New(cfg Config) *Server {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.Refresh = cmp.Or(cfg.Refresh, 10*time.Second)
	cfg.Grace = cmp.Or(cfg.Grace, 10*time.Second)
	cfg.Connections = cmp.Or(cfg.Connections, 1024)
	cfg.PerPeer = cmp.Or(cfg.PerPeer, 64)
	cfg.Queue = cmp.Or(cfg.Queue, 8192)
	cfg.Message = cmp.Or(cfg.Message, 30*time.Second)
	return &Server{
		cfg: cfg, slots: make(chan struct{}, storing), reload: make(chan struct{}, 1),
		endpoints: make(map[endpointKey]*endpoint), counts: make(map[harrier.SourceID]*counters), sources: make(map[harrier.SourceID]harrier.Source),
	}
}

// Reload has sources read again soon: one was changed.
func (s *Server) Reload() {
	select {
	case s.reload <- struct{}{}:
	default:
	}
}

// Run listens until ctx ends; then it stores what has arrived, and returns.
// What goes wrong with one listener is no reason to end.
func (s *Server) Run(ctx context.Context) error {
	// Storing goes on for a while after ctx ended.
	work, end := context.WithCancelCause(context.WithoutCancel(ctx))
	defer end(nil)
	tick := time.NewTicker(s.cfg.Refresh)
	defer tick.Stop()
	for {
		s.refresh(ctx, work)
		select {
		case <-tick.C:
		case <-s.reload:
		case <-ctx.Done():
			late := time.AfterFunc(s.cfg.Grace, func() { end(context.DeadlineExceeded) })
			defer late.Stop()
			s.closeAll()
			s.tell(work)
			return nil
		}
	}
}

// Stats tells what came of the messages of all sources that were listened to.
func (s *Server) Stats() []Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Stats
	for id, c := range s.counts {
		all = append(all, c.stats(id))
	}
	slices.SortFunc(all, func(a, b Stats) int { return cmp.Compare(a.Source.String(), b.Source.String()) })
	return all
}

// Listeners tells where messages are taken, and where they are not and why.
func (s *Server) Listeners() []Listener {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Listener
	for _, e := range s.endpoints {
		all = append(all, e.about())
	}
	slices.SortFunc(all, func(a, b Listener) int {
		return cmp.Or(cmp.Compare(a.Listen, b.Listen), cmp.Compare(a.Transport, b.Transport))
	})
	return all
}

// refresh makes what listens agree with the sources.
func (s *Server) refresh(ctx, work context.Context) {
	sources, err := s.cfg.Sources.SyslogSources(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.cfg.Log.LogAttrs(ctx, slog.LevelError, "sources of syslog cannot be read; what listens goes on", slog.Any("err", err))
		}
		return
	}
	tables, problems := s.tables(sources)
	s.mu.Lock()
	var gone []*endpoint
	for key, e := range s.endpoints {
		if t, ok := tables[key]; !ok || !e.fits(t) {
			gone = append(gone, e)
			delete(s.endpoints, key)
		}
	}
	s.mu.Unlock()
	for _, e := range gone {
		e.retire(nil)
		e.close()
	}
	for key, t := range tables {
		s.mu.Lock()
		e := s.endpoints[key]
		if e == nil {
			e = newEndpoint(s, key)
			s.endpoints[key] = e
		}
		s.mu.Unlock()
		e.set(ctx, work, t, problems[key])
	}
	s.tell(work)
}

// tables orders sources by where they listen. A source that is wrong is left
// out, and told.
func (s *Server) tables(sources []harrier.Source) (map[endpointKey]table, map[endpointKey]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	tables, problems := make(map[endpointKey]table), make(map[endpointKey]string)
	slices.SortFunc(sources, func(a, b harrier.Source) int { return cmp.Compare(a.ID.String(), b.ID.String()) })
	for _, src := range sources {
		settings, err := ParseSettings(src.Settings)
		key := endpointKey{settings.Transport, settings.Listen}
		if err == nil && src.TimeZone != "" {
			if _, bad := time.LoadLocation(src.TimeZone); bad != nil {
				err = harrier.Errorf(harrier.Invalid, "time zone %q is not known; use a name such as Europe/Berlin", src.TimeZone)
			}
		}
		if s.counts[src.ID] == nil {
			s.counts[src.ID] = &counters{}
		}
		s.sources[src.ID] = src
		r := newRoute(src, settings, s.counts[src.ID])
		if err == nil {
			if text := tables[key].clash(r); text != "" {
				err = harrier.Errorf(harrier.Conflict, "%s", text)
			}
		}
		if err != nil {
			problems[key] = strings.TrimPrefix(problems[key]+"; source "+src.Name+": "+err.Error(), "; ")
			if _, ok := tables[key]; !ok {
				tables[key] = nil // it is shown, even where nobody listens
			}
			continue
		}
		tables[key] = append(tables[key], r)
	}
	return tables, problems
}

// tell says what was lost since it was said last.
func (s *Server) tell(ctx context.Context) {
	type loss struct {
		src harrier.Source
		n   int64
	}
	var losses []loss
	s.mu.Lock()
	for id, c := range s.counts {
		if now := c.dropped.Load() + c.lost.Load(); now > c.told {
			losses = append(losses, loss{s.sources[id], now - c.told})
			c.told = now
		}
	}
	s.mu.Unlock()
	for _, l := range losses {
		const why = "messages came faster than they could be stored, or the source was disabled"
		s.cfg.Log.LogAttrs(ctx, slog.LevelError, "messages of syslog were lost", slog.Any("source_id", l.src.ID), slog.String("source", l.src.Name), slog.Int64("messages", l.n))
		if s.cfg.Lost != nil {
			s.cfg.Lost(ctx, l.src, l.n, why)
		}
	}
}

// closeAll stops all listeners at once, and waits until what arrived is stored.
func (s *Server) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	var closing sync.WaitGroup
	for key, e := range s.endpoints {
		closing.Go(e.close)
		delete(s.endpoints, key)
	}
	closing.Wait()
}
