package bench

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/cli"
	"github.com/harrier-soar/harrier/internal/daemon"
	"github.com/harrier-soar/harrier/internal/demo"
	"github.com/harrier-soar/harrier/internal/lab"
)

// slow is how long every request takes where vendors are far away.
const slow = 200 * time.Millisecond

// BenchmarkStory measures a whole phishing response, from the report to the last
// message, with vendors that answer at once; what waits for a person is left out.
func BenchmarkStory(b *testing.B) {
	var took time.Duration
	for b.Loop() {
		took += working(play(b, 0))
	}
	b.ReportMetric(took.Seconds()*1e3/float64(b.N), "ms")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkFarStory measures the same where every request takes 200 ms, beside
// the critical path: the longest chain of requests that need each other.
func BenchmarkFarStory(b *testing.B) {
	var took, path time.Duration
	for b.Loop() {
		steps := play(b, slow)
		took += working(steps)
		path += time.Duration(newPath(b).of(handled(steps))) * slow
	}
	b.ReportMetric(took.Seconds()*1e3/float64(b.N), "ms")
	b.ReportMetric(path.Seconds()*1e3/float64(b.N), "path-ms")
	b.ReportMetric(100*took.Seconds()/path.Seconds(), "%-of-path")
	b.ReportMetric(0, "ns/op")
}

// play tells the story of the demonstration and returns the steps of its run.
func play(b *testing.B, delay time.Duration) []api.Step {
	b.Helper()
	helper, err := filepath.Abs(binary)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := os.Stat(helper); err != nil {
		b.Skipf("there is no %s; run make build first", binary)
	}
	l, err := lab.Start(lab.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // nothing of it is kept
	for _, vendor := range l.Vendors() {
		// It comes before the fault that the story makes, which then meets nothing.
		if err := l.Fault(vendor, lab.Rule{Kind: lab.Slow, Delay: delay, Count: -1}); err != nil {
			b.Fatal(err)
		}
	}
	see := &audience{}
	d := demo.Demo{Daemon: daemon.Daemon{Helper: helper}}
	report, err := d.Play(b.Context(), cli.DemoOptions{Dir: dataDir(b), Lab: l.URL("control"), Once: true}, see)
	if err != nil || !report.Contained {
		b.Fatalf("the mail is not contained: %v", err)
	}
	return see.steps
}

// audience approves whatever is asked, and keeps the steps that it saw last.
type audience struct{ steps []api.Step }

func (*audience) Ready(cli.DemoReady)     {}
func (*audience) Submitted(api.Receipt)   {}
func (*audience) Ended(cli.DemoReport)    {}
func (a *audience) Run(run api.RunDetail) { a.steps = run.Steps }

func (*audience) Approve(api.Approval) cli.DemoDecision { return cli.DemoDecision{Approve: true} }

// milestone is the step at which all is done and people know; after it the run hunts again.
const milestone = "handled"

// handled leaves out what comes after the milestone.
func handled(steps []api.Step) []api.Step {
	steps, _ = before(steps, milestone)
	return steps
}

// before returns the steps before the one of an id, wherever that stands.
func before(steps []api.Step, id string) (_ []api.Step, found bool) {
	for i := range steps {
		if steps[i].ID == id {
			return steps[:i], true
		}
		if below, ok := before(steps[i].Steps, id); ok {
			out := slices.Clone(steps[:i+1])
			out[i].Steps, out[i].Ended = below, time.Time{}
			return out, true
		}
	}
	return steps, false
}

// working is how long it took, without the decision that all waited for.
func working(steps []api.Step) time.Duration {
	var first, last time.Time
	var human time.Duration
	var walk func(steps []api.Step, beside bool)
	walk = func(steps []api.Step, beside bool) {
		for i := range steps {
			s := &steps[i]
			if first.IsZero() {
				first = s.Began
			}
			if s.Ended.After(last) {
				last = s.Ended
			}
			if s.Kind == "approve" && !beside {
				human += s.Ended.Sub(s.Began)
			}
			walk(s.Steps, beside || s.Kind == "parallel")
		}
	}
	walk(handled(steps), false)
	return last.Sub(first) - human
}
