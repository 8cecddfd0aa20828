package bench

import (
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

// BenchmarkStep measures what the engine adds to a step beside its commit: one
// run alone, less the same rows written by the store alone, in turns.
func BenchmarkStep(b *testing.B) {
	f := open(b, readSteps(b), ends)
	commits := f.sample(b)
	const reads = 10
	var run, rows spent
	for b.Loop() {
		run.add(b, func() { f.drive(b, 1) })
		rows.add(b, func() { f.write(b, commits) })
	}
	n := float64(b.N)
	b.ReportMetric((run.wall-rows.wall).Seconds()*1e6/n/reads, "µs/step")
	b.ReportMetric(rows.wall.Seconds()*1e6/n/float64(len(commits)), "µs/commit")
	b.ReportMetric(run.wall.Seconds()*1e3/n, "ms/run")
	b.ReportMetric(0, "ns/op")
}

// write writes the rows of a run without an engine.
func (f *fixture) write(tb testing.TB, commits [][]harrier.Event) {
	tb.Helper()
	ctx, s, now := tb.Context(), f.store, time.Now().UTC().Truncate(time.Microsecond)
	by := harrier.Operator()
	run := harrier.Run{
		Tenant: by.Tenant, ID: harrier.NewID[harrier.RunID](now), Playbook: f.plan.ID, Hash: f.plan.Hash, Mode: harrier.Live,
		Status: harrier.RunRunning, Owner: "bench", Fence: 1, StartedBy: by.ID, Semantics: 1, CreatedAt: now, UpdatedAt: now,
	}
	for i, events := range commits {
		err := s.Write(ctx, func(tx harrier.Tx) error {
			first, last := i == 0, i == len(commits)-1
			if first {
				if err := s.Create(ctx, tx, run, events); err != nil {
					return err
				}
			} else if err := s.Append(ctx, tx, run, events); err != nil {
				return err
			}
			if first || last {
				if err := s.Audit(ctx, tx, harrier.AuditEntry{
					Tenant: run.Tenant, ID: harrier.NewID[harrier.AuditID](now), At: now, Actor: by.ID, ActorName: by.Name,
					Action: "run.start", Target: run.Playbook, Run: run.ID,
				}); err != nil {
					return err
				}
			}
			if !last {
				return nil
			}
			if err := s.Withdraw(ctx, tx, engine.Withdrawal{Tenant: run.Tenant, Run: run.ID, Status: harrier.ApprovalVoid, At: now}); err != nil {
				return err
			}
			ended := run
			ended.Status, ended.EndedAt = harrier.RunSucceeded, now
			return s.Release(ctx, tx, ended)
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
}
