package intel

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/schema"
)

// Source is a connection that answers a verb of intel.
type Source struct {
	Connection harrier.ConnectionID
	// Name is that of the connection, for people.
	Name string
	// Action is what is called, such as virustotal.lookup_ip.
	Action string
	// Revision changes where the connection or the manifest does: answers that
	// another one gave are not used.
	Revision string
	// TTL is how long an answer holds; zero means that none is kept.
	TTL time.Duration
	// Provider is who is behind it: sources of one provider are not independent.
	Provider string
	// Reliability is its grade by the Admiralty code, one of [schema.Reliabilities].
	Reliability string
}

// Lookups reaches the sources, by the ordinary way of calls: limits, modes and
// recordings hold. It is safe for concurrent use.
type Lookups interface {
	// Sources returns the connections of a tenant that offer a verb, in a stable order.
	Sources(ctx context.Context, tenant harrier.TenantID, verb string) ([]Source, error)
	// Ask asks one source. The answer fits the verb's output; errors are
	// *connector.Error.
	Ask(ctx context.Context, req builtin.Request, source Source, input map[string]any) (map[string]any, error)
}

// Config is what the service is made of. Lookups and Now are required.
type Config struct {
	Lookups Lookups
	Now     func() time.Time
	// Answers keeps answers beyond the end of the process; nil keeps none.
	Answers Answers
	// Log may be nil.
	Log *slog.Logger
	// Parallel bounds the sources that one look-up asks at once; zero means 8.
	Parallel int
	// CacheSize bounds the answers that are kept; zero means 50,000.
	CacheSize int
}

// Service looks observables up. It is safe for concurrent use.
type Service struct {
	cfg      Config
	cache    *cache
	flights  *flights
	recalled sync.Once
}

// New returns the service.
func New(cfg Config) *Service {
	if cfg.Parallel <= 0 {
		cfg.Parallel = 8
	}
	if cfg.CacheSize <= 0 {
		cfg.CacheSize = 50_000
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{cfg: cfg, cache: newCache(cfg.CacheSize), flights: newFlights()}
}

// Actions returns the built-in actions about intelligence.
func (s *Service) Actions() []builtin.Action {
	return []builtin.Action{{Spec: lookupSpec(), Call: s.Lookup}}
}

// lookupSpec describes intel.lookup.
func lookupSpec() schema.ActionSpec {
	text, number := schema.TypeOf(schema.String), schema.TypeOf(schema.Integer)
	return schema.ActionSpec{
		Name: "intel.lookup", Title: "Look up an observable at every source", Connector: "intel",
		Effect: harrier.Read, Repeat: harrier.Natural, Builtin: true, Timeout: 2 * time.Minute,
		Input: []schema.Field{
			{Name: "type", Type: kinds(), Required: true, Help: "What sort of observable it is; hash and file are the same."},
			{Name: "value", Type: text, Required: true, Help: "The observable."},
		},
		Shares: []string{"value"},
		Output: schema.ObjectOf(
			must("type", kinds(), "What sort of observable it is."),
			must("value", text, "The observable in its one spelling."),
			must("verdict", schema.TypeOf(schema.Verdict), "The worst of the answers; unknown where there is none."),
			perhaps("score", schema.TypeOf(schema.Number), "The highest score of those that tell one, from 0 to 100."),
			must("sources", schema.ListOf(sourceType()), "What each source said, or why it said nothing."),
			must("answered", number, "How many sources answered. With 0 nothing is known, not even that it is harmless."),
			must("failed", number, "How many sources could not be asked."),
		),
		Example: map[string]any{
			"type": "domain", "value": "evil.example", "verdict": "malicious", "score": 87.5, "answered": int64(1), "failed": int64(1),
			"sources": []any{
				map[string]any{"connection": "virustotal", "status": "ok", "provider": "virustotal", "reliability": "B", "verdict": "malicious", "score": 87.5, "link": "https://www.virustotal.com/gui/domain/evil.example"},
				map[string]any{"connection": "other", "status": "failed", "provider": "other", "reliability": "C", "error": "the vendor did not answer in time"},
			},
		},
	}
}

// sourceType is what one source said.
func sourceType() schema.Type {
	text := schema.TypeOf(schema.String)
	return schema.ObjectOf(
		must("connection", text, "Name of the connection."),
		must("status", schema.Type{Kind: schema.String, Values: []string{statusOK, statusFailed}}, "Whether it answered."),
		perhaps("provider", text, "Who is behind it; sources of one provider are not independent."),
		perhaps("reliability", schema.Type{Kind: schema.String, Values: schema.Reliabilities()}, "How reliable it is by the Admiralty code, from A to E; F where it cannot be judged."),
		perhaps("verdict", schema.TypeOf(schema.Verdict), "What it thinks, where it answered."),
		perhaps("score", schema.TypeOf(schema.Number), "How bad it is from 0 to 100, where it tells."),
		perhaps("link", schema.TypeOf(schema.URL), "Its page about the observable."),
		perhaps("error", text, "Why it did not answer."),
	)
}

func kinds() schema.Type {
	return schema.Type{Kind: schema.String, Values: []string{"ip", "domain", "url", "hash", "file", "email"}}
}

func must(name string, t schema.Type, help string) schema.Field {
	return schema.Field{Name: name, Type: t, Required: true, Help: help}
}

func perhaps(name string, t schema.Type, help string) schema.Field {
	return schema.Field{Name: name, Type: schema.OptionalOf(t), Help: help}
}
