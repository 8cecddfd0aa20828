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

func newOf[K harrier.IDKind](harrier.ID[K]) harrier.ID[K] { return harrier.NewID[K](time.Now()) }

func benchRun() harrier.Run {
	now := micros(time.Now())
	return harrier.Run{
		Tenant: harrier.DefaultTenant, ID: newOf(harrier.RunID{}), Playbook: "triage-phishing", Hash: strings.Repeat("a", 64),
		Mode: harrier.Live, Status: harrier.RunQueued, Priority: 2, Alert: newOf(harrier.AlertID{}),
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

// oneRun drives a run through the store as the engine does.
func oneRun(ctx context.Context, s *Store) error {
	run := benchRun()
	if err := s.Write(ctx, func(tx harrier.Tx) error {
		if err := s.Create(ctx, tx, run, []harrier.Event{benchEvent(1)}); err != nil {
			return err
		}
		claimed, err := s.Claim(ctx, tx, run.ID, "node-1")
		run = claimed
		return err
	}); err != nil {
		return err
	}
	for i := range benchAppends {
		events := []harrier.Event{benchEvent(int64(i + 2))}
		if err := s.Write(ctx, func(tx harrier.Tx) error {
			if err := s.Append(ctx, tx, run, events); err != nil || i < benchAppends-1 {
				return err
			}
			done := run
			done.Status, done.EndedAt = harrier.RunSucceeded, micros(time.Now())
			return s.Release(ctx, tx, done)
		}); err != nil {
			return err
		}
	}
	return nil
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
				if err := oneRun(context.Background(), s); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	workers.Wait()
	report(b, time.Since(start))
}

// BenchmarkBareLoop is the limit of the same inserts: one loop over the
// driver, a commit for every 256 of them, no queue, no fence, no run rows.
func BenchmarkBareLoop(b *testing.B) {
	s := openBench(b)
	c := s.writer.conn
	const text = `INSERT INTO events (run_id, seq, tenant_id, at, type, v, data) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	b.ReportAllocs()
	b.ResetTimer()
	start := time.Now()
	exec := func(text string, args ...any) {
		if _, err := c.exec(context.Background(), text, args); err != nil {
			b.Fatal(err)
		}
	}
	ids := make([]harrier.RunID, benchWorkers)
	for left := b.N; left > 0; left -= benchWorkers {
		for i := range ids {
			ids[i] = newOf(harrier.RunID{})
		}
		for seq := range int64(benchAppends + 1) {
			exec("BEGIN IMMEDIATE")
			for i := range ids {
				e := benchEvent(seq + 1)
				exec(text, ids[i][:], e.Seq, harrier.DefaultTenant[:], e.At.UnixMicro(), e.Type, int64(e.Version), string(e.Data))
			}
			exec("COMMIT")
		}
		select {
		case s.writer.commits <- struct{}{}:
		default:
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

