package step_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier/internal/step"
)

// BenchmarkReplay folds the journal of a run of 500 reads, decoding included.
func BenchmarkReplay(b *testing.B) {
	var steps strings.Builder
	steps.WriteString("\nsteps:\n")
	for i := range 500 {
		fmt.Fprintf(&steps, "  - id: s%d\n    uses: box.read\n    with: {x: some text}\n", i)
	}
	r := start(b, steps.String())
	for i := range 500 {
		r.succeed(fmt.Sprintf("s%d", i), map[string]any{"x": "an answer", "list": []any{"a", "b", "c"}})
	}
	for b.Loop() {
		m := step.New(r.plan)
		for _, ev := range r.journal {
			body, err := step.Decode(ev)
			if err != nil {
				b.Fatal(err)
			}
			if err := m.Apply(ev.At, body); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(r.journal)), "ns/event")
}
