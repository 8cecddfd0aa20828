package bench

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Claim is a figure that Harrier promises on an idle machine with two cores.
type Claim struct {
	// Name says what it is about.
	Name string
	// Benchmark and Unit say where it is measured.
	Benchmark, Unit string
	// Bound is the worst figure that keeps the promise: the least one where
	// More is better, else the greatest.
	Bound float64
	More  bool
}

// Claims lists what is promised.
func Claims() []Claim {
	return []Claim{
		{"10 reads a run: of the raw rate of the same events", "Reads", "%-of-raw", 60, true},
		{"10 reads a run: runs a second", "Reads", "runs/s", 3000, true},
		{"5 reads and 5 containments a run: runs a second", "Effects", "runs/s", 1200, true},
		{"overhead of a step beside its commit: µs", "Step", "µs/step", 1000, false},
		{"100,000 waiting runs: MB resident", "Waiting", "MB", 300, false},
		{"100,000 waiting runs: % of a core when idle", "Waiting", "%-cpu", 2, false},
		{"start of serve until it is ready: ms", "Serve", "ms", 1000, false},
		{"idle serve: MB resident", "Serve", "MB", 100, false},
		{"durable intake of 1 KiB over HTTP, 64 clients: alerts a second", "Intake", "alerts/s", 2000, true},
		{"durable intake: p99 in ms", "Intake", "p99-ms", 100, false},
		{"durable intake: % of a handler that only commits the bytes", "Intake", "%-of-bare", 50, true},
		{"events to judged alerts, each of its own: a second", "Events/apart", "alerts/s", 1000, true},
		{"events to judged alerts, a storm of one kind: a second", "Events/storm", "alerts/s", 1000, true},
		{"a critical alert to its notification during a burst of 50,000: ms", "Burst", "critical-ms", 1000, false},
		{"alert to case and notification, 64 in flight: a second", "Peer", "alerts/s", 500, true},
		{"alert to case and notification, 5 a second: p99 in ms", "Peer", "p99-ms", 20, false},
		{"alert to case: MB resident", "Peer", "MB", 150, false},
		{"email parse on two helper processes: mails a second", "Mails", "mails/s", 100, true},
		{"email parse: most MB resident in a helper", "Mails", "peak-MB", 200, false},
		{"1,000,000 alerts and 100,000 cases stored: slowest of 12 lists, p95 in ms", "Lists", "list-p95-ms", 100, false},
		{"the same: slowest of 8 full-text searches, p95 in ms", "Lists", "text-p95-ms", 100, false},
		{"the same: a case's page, p95 in ms", "Lists", "case-p95-ms", 100, false},
		{"phishing response, vendors answer at once: ms without the decision", "Story", "ms", 1000, false},
		{"phishing response, vendors take 200 ms: % of the critical path", "FarStory", "%-of-path", 125, false},
	}
}

// Judge reads what `go test -bench` printed and writes each claim beside the
// figure, with PASS, MISS, or SKIP where it was not measured.
func Judge(results io.Reader, table io.Writer) error {
	measured := map[string]float64{}
	lines := bufio.NewScanner(results)
	for lines.Scan() {
		note(measured, strings.Fields(lines.Text()))
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read the results: %w", err)
	}
	w := tabwriter.NewWriter(table, 0, 0, 2, ' ', 0)
	for _, c := range Claims() {
		figure, ok := measured[c.Benchmark+" "+c.Unit]
		fmt.Fprintln(w, c.verdict(figure, ok))
	}
	return w.Flush()
}

// note keeps the figures of a line such as
// "BenchmarkReads-2  8000  61.2 %-of-raw  3712 runs/s".
func note(measured map[string]float64, fields []string) {
	if len(fields) < 4 {
		return
	}
	name, ok := strings.CutPrefix(fields[0], "Benchmark")
	if !ok {
		return
	}
	name, _, _ = strings.Cut(name, "-")
	for i := 2; i+1 < len(fields); i += 2 {
		if v, err := strconv.ParseFloat(fields[i], 64); err == nil {
			measured[name+" "+fields[i+1]] = v
		}
	}
}

// verdict is the claim's line in the table.
func (c Claim) verdict(figure float64, ok bool) string {
	word, sign := "MISS", "<="
	if c.More {
		sign = ">="
	}
	switch {
	case !ok:
		return fmt.Sprintf("SKIP\t%s\tnot measured\t(%s %g)", c.Name, sign, c.Bound)
	case c.More && figure >= c.Bound, !c.More && figure <= c.Bound:
		word = "PASS"
	}
	return fmt.Sprintf("%s\t%s\t%.4g\t(%s %g)", word, c.Name, figure, sign, c.Bound)
}
