package bench_test

import (
	"strings"
	"testing"

	"github.com/harrier-soar/harrier/bench"
)

func TestJudge_setsFiguresBesideClaims(t *testing.T) {
	t.Parallel()
	const results = `goos: linux
BenchmarkReads-2   	   12000	        59.9 %-of-raw	      9300 raw-runs/s	      3000 runs/s
    runs_test.go:42: 12 events in 11 commits a run, on ext4
BenchmarkWaiting 	       1	       2.5 %-cpu	       120 MB
`
	var table strings.Builder
	if err := bench.Judge(strings.NewReader(results), &table); err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSpace(table.String()), "\n")
	want := []string{"MISS", "PASS", "SKIP", "SKIP", "PASS", "MISS"}
	if len(got) != len(bench.Claims()) {
		t.Fatalf("%d lines, want %d:\n%s", len(got), len(bench.Claims()), table.String())
	}
	for _, line := range got[len(want):] {
		if !strings.HasPrefix(line, "SKIP") {
			t.Errorf("what was not measured is %q", line)
		}
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("line %d: got %q, want %s", i+1, got[i], want[i])
		}
	}
	if !strings.Contains(got[0], "59.9") || !strings.Contains(got[0], ">= 60") {
		t.Errorf("the figure and the bound are not in %q", got[0])
	}
}
