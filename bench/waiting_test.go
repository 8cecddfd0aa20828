package bench

import (
	"flag"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

var waitingRuns = flag.Int("waiting", 100_000, "how many runs wait in BenchmarkWaiting")

// waitSteps waits for a timer or for a person.
const waitSteps = `  - id: nap
    if: alert.kind == "timer"
    wait: 24h
  - id: question
    if: alert.kind != "timer"
    ask:
      title: What is it
      form: {verdict: {type: string, help: Say.}}
      expires: 48h
`

// BenchmarkWaiting measures what many runs cost that wait for timers and
// people: the memory of the process that made them, and its idle time.
func BenchmarkWaiting(b *testing.B) {
	f := open(b, compile(b, waitSteps), parks)
	begin := time.Now()
	f.parallel(b, *waitingRuns, func(i int) {
		kind := []string{"timer", "person"}[i%2]
		_, err := f.engine.Start(b.Context(), engine.Start{By: harrier.Operator(), Plan: f.plan, AlertDoc: map[string]any{"kind": kind}})
		if err != nil {
			b.Error(err)
		}
		<-f.rested
	})
	b.ReportMetric(time.Since(begin).Seconds(), "s-to-start")
	debug.FreeOSMemory()
	b.ReportMetric(residentMB(b, "self"), "MB")
	const idle = 10 * time.Second
	before := processorTime(b)
	wait(b, idle)
	b.ReportMetric(100*(processorTime(b)-before).Seconds()/idle.Seconds(), "%-cpu")
	b.ReportMetric(0, "ns/op")
	if left := f.engine.Active(); left > 0 {
		b.Errorf("%d runs do not wait", left)
	}
}

// wait lets time pass.
func wait(tb testing.TB, d time.Duration) {
	tb.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-tb.Context().Done():
	}
}

// residentMB is the resident memory of a process.
func residentMB(tb testing.TB, pid string) float64 {
	tb.Helper()
	return statusMB(tb, pid, "VmRSS:")
}

// statusMB is a figure that the kernel tells of the memory of a process.
func statusMB(tb testing.TB, pid, name string) float64 {
	tb.Helper()
	text, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		tb.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			kb, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 64)
			if err != nil {
				tb.Fatal(err)
			}
			return kb / 1024
		}
	}
	tb.Fatalf("process %s tells no %s", pid, name)
	return 0
}
