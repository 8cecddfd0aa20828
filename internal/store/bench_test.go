package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
)

// The journal's workload: a run is created with one event and gets ten more,
// each in a change of its own; the last one gives the run up.
const (
	benchWorkers = 256
	benchAppends = 10
)

func benchRun() harrier.Run {
	now := micros(time.Now())
	return harrier.Run{
		Tenant: harrier.DefaultTenant, ID: harrier.NewID[harrier.RunID](time.Now()), Playbook: "triage-phishing", Hash: strings.Repeat("a", 64),
		Mode: harrier.Live, Status: harrier.RunQueued, Priority: 2, Alert: harrier.NewID[harrier.AlertID](time.Now()),
		StartedBy: harrier.SystemPrincipal, Semantics: 1, ReadyAt: now, CreatedAt: now, UpdatedAt: now,
	}
}

func benchEvent(seq int64) harrier.Event {
	data := fmt.Sprintf(`{"path":"steps.lookup_%d","attempt":1,"output":{"verdict":"malicious","score":87,"text":"%s"}}`, seq, strings.Repeat("x", 160))
	return harrier.Event{Seq: seq, At: micros(time.Now()), Type: "action.succeeded", Version: 1, Data: json.RawMessage(data)}
}

func openBench(tb testing.TB) *Store {
	tb.Helper()
	s, err := Open(tb.Context(), Config{Dir: tb.TempDir()})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// begin is a run's first change: it is made and taken.
func begin(ctx context.Context, s *Store, tx harrier.Tx, run *harrier.Run) error {
	fresh := benchRun()
	if err := s.Create(ctx, tx, fresh, []harrier.Event{benchEvent(1)}); err != nil {
		return err
	}
	var err error
	*run, err = s.Claim(ctx, tx, fresh.ID, "node-1")
	return err
}

// step is each further change; the last one gives the run up.
func step(ctx context.Context, s *Store, tx harrier.Tx, run harrier.Run, events []harrier.Event) error {
	if err := s.Append(ctx, tx, run, events); err != nil || events[0].Seq <= benchAppends {
		return err
	}
	run.Status, run.EndedAt = harrier.RunSucceeded, micros(time.Now())
	return s.Release(ctx, tx, run)
}

// oneRun drives a run through the store as the engine does.
func oneRun(ctx context.Context, s *Store) error {
	var run harrier.Run
	err := s.Write(ctx, func(tx harrier.Tx) error { return begin(ctx, s, tx, &run) })
	for i := 0; i < benchAppends && err == nil; i++ {
		events := []harrier.Event{benchEvent(int64(i + 2))}
		err = s.Write(ctx, func(tx harrier.Tx) error { return step(ctx, s, tx, run, events) })
	}
	return err
}

// BenchmarkRuns measures durable runs of ten steps, 256 at a time.
func BenchmarkRuns(b *testing.B) {
	s := openBench(b)
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ReportAllocs()
	b.ResetTimer()
	start := time.Now()
	var workers sync.WaitGroup
	for range benchWorkers {
		workers.Go(func() {
			for left.Add(-1) >= 0 {
				if err := oneRun(b.Context(), s); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	workers.Wait()
	report(b, time.Since(start))
}

// BenchmarkBareLoop is the limit that the writer can reach: the same statements
// in one loop, a commit for every 256 changes, with no queue and nobody to wake.
func BenchmarkBareLoop(b *testing.B) {
	s := openBench(b)
	ctx := b.Context()
	runs := make([]harrier.Run, benchWorkers)
	each := func(change func(tx harrier.Tx, run *harrier.Run) error) {
		if err := s.writer.begin(); err != nil {
			b.Fatal(err)
		}
		for i := range runs {
			if err := change(&transaction{writer: s.writer}, &runs[i]); err != nil {
				b.Fatal(err)
			}
		}
		if err := s.writer.flush(); err != nil {
			b.Fatal(err)
		}
		if err := s.writer.commit(); err != nil {
			b.Fatal(err)
		}
		select {
		case s.writer.commits <- struct{}{}:
		default:
		}
	}
	b.ReportAllocs()
	b.ResetTimer()
	start := time.Now()
	for left := b.N; left > 0; left -= benchWorkers {
		each(func(tx harrier.Tx, run *harrier.Run) error { return begin(ctx, s, tx, run) })
		for i := range benchAppends {
			each(func(tx harrier.Tx, run *harrier.Run) error {
				return step(ctx, s, tx, *run, []harrier.Event{benchEvent(int64(i + 2))})
			})
		}
	}
	report(b, time.Since(start))
}

func report(b *testing.B, took time.Duration) {
	b.Helper()
	b.ReportMetric(float64(b.N)/took.Seconds(), "runs/s")
	b.ReportMetric(float64(took.Nanoseconds())/float64(b.N*(benchAppends+1)), "ns/append")
	b.ReportMetric(0, "ns/op")
}
