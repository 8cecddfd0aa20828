package bench

import (
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/playbook"
)

// BenchmarkReads measures runs of ten reads next to the raw limit.
func BenchmarkReads(b *testing.B) { compare(b, readSteps(b)) }

// BenchmarkEffects measures runs of five reads and five containments, each of
// which has an intent, an audit row and a place in its guard.
func BenchmarkEffects(b *testing.B) { compare(b, effectSteps(b)) }

// rounds is in how many turns the engine and the raw loop are measured, so that
// what else the machine does meets both.
const rounds = 4

// compare measures the engine and the raw loop in turns.
func compare(b *testing.B, plan *playbook.Plan) {
	f, r := open(b, plan, ends), openRaw(b)
	commits := f.sample(b)
	n := max(1, b.N/rounds)
	f.drive(b, min(n, 2*inFlight))
	r.drive(b, min(n, 2*inFlight), commits)
	before := f.transactions.Load()
	var engine, raw spent
	b.ReportAllocs()
	b.ResetTimer()
	for range rounds {
		engine.add(b, func() { f.drive(b, n) })
		b.StopTimer()
		raw.add(b, func() { r.drive(b, n, commits) })
		b.StartTimer()
	}
	runs := float64(n * rounds)
	b.ReportMetric(runs/engine.wall.Seconds(), "runs/s")
	b.ReportMetric(runs/raw.wall.Seconds(), "raw-runs/s")
	b.ReportMetric(100*raw.wall.Seconds()/engine.wall.Seconds(), "%-of-raw")
	b.ReportMetric(engine.processor.Seconds()*1e6/runs, "cpu-µs/run")
	b.ReportMetric(raw.processor.Seconds()*1e6/runs, "raw-cpu-µs/run")
	b.ReportMetric(runs*float64(len(commits))/float64(f.transactions.Load()-before), "changes/fsync")
	b.ReportMetric(0, "ns/op")
	b.Logf("%d events in %d commits a run, on %s", count(commits), len(commits), filesystem(b))
}

// spent is how long something took, and how much of the processors.
type spent struct{ wall, processor time.Duration }

func (s *spent) add(tb testing.TB, f func()) {
	tb.Helper()
	wall, processor := time.Now(), processorTime(tb)
	f()
	s.wall += time.Since(wall)
	s.processor += processorTime(tb) - processor
}

// sample drives one run and returns its events as they were committed.
func (f *fixture) sample(tb testing.TB) [][]harrier.Event {
	tb.Helper()
	f.sampling.Store(true)
	f.perform(tb)
	f.sampling.Store(false)
	return f.commits
}

func count(commits [][]harrier.Event) (n int) {
	for _, c := range commits {
		n += len(c)
	}
	return n
}
