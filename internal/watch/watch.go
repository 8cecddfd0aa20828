package watch

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/harrier-soar/harrier"
)

// Store keeps what is known about feeds.
type Store interface {
	// Write runs change in a transaction and returns when it is durable.
	Write(ctx context.Context, change func(harrier.Tx) error) error
	// EnabledSources returns the enabled sources of all tenants.
	EnabledSources(ctx context.Context) ([]harrier.Source, error)
	// SourceCounts returns how much each source of a tenant has delivered.
	SourceCounts(ctx context.Context, tenant harrier.TenantID) ([]harrier.SourceCounts, error)
	// Watched returns what is known of a source; zero where nothing is.
	Watched(ctx context.Context, tenant harrier.TenantID, source harrier.SourceID) (Feed, error)
	// PutWatched keeps it.
	PutWatched(ctx context.Context, tx harrier.Tx, f Feed) error
	// PutEpisode adds an episode, or ends it.
	PutEpisode(ctx context.Context, tx harrier.Tx, e Episode) error
}

// Alarms takes what is to be told.
type Alarms interface {
	// Tell adds an event of the watcher itself in a transaction. Events of one
	// episode have the same id; the later one ends it.
	Tell(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, body []byte) error
	// Expiries returns the credentials of a source that are known to end.
	Expiries(ctx context.Context, s harrier.Source) []Expiry
}

// Feed is what is known of a source, with the episodes that are open.
type Feed struct {
	Tenant harrier.TenantID
	Source harrier.SourceID
	State  State
	Poll   Poll
	Open   map[Kind]Episode
	At     time.Time
}

// Episode is a time in which something was wrong.
type Episode struct {
	Tenant   harrier.TenantID
	Source   harrier.SourceID
	Kind     Kind
	OpenedAt time.Time
	// ClosedAt is zero while it is open.
	ClosedAt time.Time
	Detail   string
}

// Config is what a watcher is made of. All is required.
type Config struct {
	Store  Store
	Alarms Alarms
	Log    *slog.Logger
	Now    func() time.Time
}

// Watcher watches feeds.
type Watcher struct{ cfg Config }

// New returns a watcher.
func New(cfg Config) *Watcher { return &Watcher{cfg} }

const (
	// every is how often is looked.
	every = time.Minute
	// twice is how often in a row something must be wrong, and settled how long
	// it must be right.
	twice   = 2
	settled = 30 * time.Minute // longer than the shortest silence, so that a sign of life ends none
)

// Run looks once a minute until ctx ends.
func (w *Watcher) Run(ctx context.Context) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := w.Look(ctx); err != nil && ctx.Err() == nil {
				w.cfg.Log.LogAttrs(ctx, slog.LevelError, "feeds could not be looked at", slog.Any("err", err))
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Look looks at every source once.
func (w *Watcher) Look(ctx context.Context) error {
	sources, err := w.cfg.Store.EnabledSources(ctx)
	if err != nil {
		return err
	}
	counts := map[harrier.TenantID]map[harrier.SourceID]harrier.SourceCounts{}
	for _, src := range sources {
		if src.Kind == "local" || src.Kind == "file" { // people, and Harrier itself
			continue
		}
		if counts[src.Tenant] == nil {
			rows, err := w.cfg.Store.SourceCounts(ctx, src.Tenant)
			if err != nil {
				return err
			}
			counts[src.Tenant] = map[harrier.SourceID]harrier.SourceCounts{}
			for _, row := range rows {
				counts[src.Tenant][row.Source] = row
			}
		}
		if err := w.look(ctx, src, counts[src.Tenant][src.ID]); err != nil {
			return err
		}
	}
	return nil
}

// look looks at one source, and writes what it learned and what follows.
func (w *Watcher) look(ctx context.Context, src harrier.Source, c harrier.SourceCounts) error {
	f, err := w.cfg.Store.Watched(ctx, src.Tenant, src.ID)
	if err != nil {
		return err
	}
	now := w.cfg.Now().UTC().Truncate(time.Microsecond)
	f.Tenant, f.Source, f.At = src.Tenant, src.ID, now
	_, silent := f.Open[Silent]
	_, empty := f.Open[Empty]
	f.State.observe(Observation{At: now, Accepted: c.Accepted, Quarantined: c.Quarantined, LastAt: c.LastAt}, silent || empty)
	found := subject{now, &f.State, f.Poll, w.cfg.Alarms.Expiries(ctx, src), declared(src)}.wrong()
	changes := f.State.judge(now, found, f.Open)
	return w.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		for _, e := range changes {
			e.Tenant, e.Source = src.Tenant, src.ID
			if err := w.cfg.Store.PutEpisode(ctx, tx, e); err != nil {
				return err
			}
			body, err := json.Marshal(e.event(src.Name))
			if err != nil {
				return harrier.Errorf(harrier.Internal, "encode an alarm: %w", err)
			}
			if err := w.cfg.Alarms.Tell(ctx, tx, src.Tenant, body); err != nil {
				return err
			}
		}
		return w.cfg.Store.PutWatched(ctx, tx, f)
	})
}

// judge opens and closes episodes: what is wrong must have been so twice in a
// row, what is right for a while.
func (s *State) judge(now time.Time, found map[Kind]string, open map[Kind]Episode) (changes []Episode) {
	if s.Odd == nil {
		s.Odd = map[Kind]int{}
	}
	if s.Calm == nil {
		s.Calm = map[Kind]time.Time{}
	}
	for _, k := range kinds() {
		text, wrong := found[k]
		e, isOpen := open[k]
		switch {
		case wrong && isOpen:
			delete(s.Calm, k)
		case wrong:
			if s.Odd[k]++; s.Odd[k] >= twice {
				delete(s.Odd, k)
				changes = append(changes, Episode{Kind: k, OpenedAt: now, Detail: text})
			}
		case isOpen:
			since, ok := s.Calm[k]
			if !ok {
				s.Calm[k], since = now, now
			}
			if now.Sub(since) >= settled {
				delete(s.Calm, k)
				e.ClosedAt = now
				changes = append(changes, e)
			}
		default:
			delete(s.Odd, k)
		}
	}
	return changes
}

// declared reads what a source says about itself.
func declared(src harrier.Source) Declared {
	var in struct {
		Watch struct {
			Every string `json:"every"`
			Off   bool   `json:"off"`
		} `json:"watch"`
	}
	_ = json.Unmarshal(src.Settings, &in) // what cannot be read declares nothing
	d, _ := time.ParseDuration(in.Watch.Every)
	return Declared{Every: max(d, 0), Off: in.Watch.Off}
}

// event is an episode as an event of the watcher. The same episode has the same id.
func (e Episode) event(source string) map[string]any {
	status, at := "new", e.OpenedAt
	if !e.ClosedAt.IsZero() {
		status, at = "closed", e.ClosedAt
	}
	return map[string]any{
		"id":         string(e.Kind) + "/" + e.Source.String() + "/" + e.OpenedAt.Format(time.RFC3339Nano),
		"title":      e.Kind.title(source),
		"details":    cmp.Or(e.Detail, "something is wrong") + ". " + e.Kind.fix(source),
		"category":   "feed_health",
		"severity":   e.Kind.severity(),
		"status":     status,
		"created_at": e.OpenedAt, "updated_at": at,
		"rule_id": "feed-" + string(e.Kind), "rule_name": "Feed is " + string(e.Kind),
	}
}
