package bench

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/content"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/intake"
	"github.com/harrier-soar/harrier/internal/judge"
	"github.com/harrier-soar/harrier/internal/mapping"
	"github.com/harrier-soar/harrier/internal/picture"
	"github.com/harrier-soar/harrier/internal/store"
)

// judged decides by the rules that ship, of what a finding itself tells.
type judged struct{ rules *judge.Rules }

// Assess implements intake.Triage.
func (j judged) Assess(ctx context.Context, q intake.Question) (as intake.Assessment, err error) {
	for _, e := range q.Finding.Entities {
		as.Picture.Entities = append(as.Picture.Entities, picture.Entity{Entity: e})
	}
	for _, o := range q.Finding.Observables {
		as.Picture.Observables = append(as.Picture.Observables, picture.Observable{Observable: o, Verdict: "unknown"})
	}
	as.Decision, err = j.rules.Judge(ctx, judge.Subject{Finding: q.Finding, Source: q.Source, Picture: as.Picture, Now: q.Now})
	return as, err
}

// Follow implements intake.Triage.
func (judged) Follow(context.Context, harrier.Tx, harrier.Alert, harrier.Finding, intake.Assessment) error {
	return nil
}

// quiet has no playbooks.
type quiet struct{}

// Matching implements intake.Playbooks.
func (quiet) Matching(context.Context, harrier.Principal, map[string]any) ([]engine.Start, error) {
	return nil, nil
}

// StartIn implements intake.Runs.
func (quiet) StartIn(context.Context, harrier.Tx, engine.Start) (harrier.Run, error) {
	return harrier.Run{}, harrier.Errorf(harrier.Internal, "nothing is to be started")
}

// BenchmarkEvents measures how fast committed events become judged alerts:
// mapping, identity, folding, rules, index and history, durable.
func BenchmarkEvents(b *testing.B) {
	b.Run("apart", func(b *testing.B) { events(b, func(i int) string { return fmt.Sprintf("ws-%d", i) }) })
	b.Run("storm", func(b *testing.B) { events(b, func(int) string { return "ws-1" }) })
}

func events(b *testing.B, host func(i int) string) {
	sample, err := fs.ReadFile(content.FS, "mappings/wazuh/alert.sample.json")
	if err != nil {
		b.Fatal(err)
	}
	set, problems := mapping.Load(content.FS)
	if err := problems.Err(); err != nil {
		b.Fatal(err)
	}
	rules, problems := judge.Load(content.FS)
	if err := problems.Err(); err != nil {
		b.Fatal(err)
	}
	s, err := store.Open(b.Context(), store.Config{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	src := harrier.Source{
		Tenant: harrier.DefaultTenant, ID: intake.SourceID(harrier.DefaultTenant, "siem"), Name: "siem", Kind: "webhook", Mapping: "wazuh", Live: true, Enabled: true,
		CreatedAt: time.Now(), UpdatedAt: time.Now(),
	}
	if err := s.Write(b.Context(), func(tx harrier.Tx) error { return s.AddSource(b.Context(), tx, src) }); err != nil {
		b.Fatal(err)
	}
	p := intake.NewPipeline(intake.PipelineConfig{
		Store: s, Mapper: set, Triage: judged{rules}, Playbooks: quiet{}, Runs: quiet{}, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	var batch []harrier.RawEvent
	for i := range b.N {
		body := strings.NewReplacer("1768470067.1549653", fmt.Sprintf("1768470067.%d", i), "web-01", host(i)).Replace(string(sample))
		batch = append(batch, harrier.RawEvent{Content: "application/json", Body: []byte(body)})
		if len(batch) == 500 || i == b.N-1 {
			if err := p.Accept(b.Context(), src, batch); err != nil {
				b.Fatal(err)
			}
			batch = nil
		}
	}
	ctx, stop := context.WithCancel(b.Context())
	var wg sync.WaitGroup
	b.ResetTimer()
	began := time.Now()
	wg.Go(func() { _ = p.Run(ctx) })
	var counts harrier.SourceCounts
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for counts.Accepted == 0 || counts.Processed+counts.Suppressed+counts.Quarantined < counts.Accepted {
		<-ticker.C
		all, err := s.SourceCounts(b.Context(), harrier.DefaultTenant)
		if err != nil || len(all) != 1 {
			b.Fatal(all, err)
		}
		counts = all[0]
	}
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "alerts/s")
	b.StopTimer()
	stop()
	wg.Wait()
	if counts.Quarantined > 0 {
		b.Fatalf("%+v", counts)
	}
}
