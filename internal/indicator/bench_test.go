package indicator_test

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/indicator"
)

// resident is the memory of this process, in MiB: all of it, and what is no file.
func resident(tb testing.TB) (all, anonymous float64) {
	tb.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		kib, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
		switch name {
		case "VmRSS":
			all = kib / 1024
		case "RssAnon":
			anonymous = kib / 1024
		}
	}
	return all, anonymous
}

// alertOf is an alert with 20 observables, two of which are known.
func alertOf() []harrier.Observable {
	var all []harrier.Observable
	for i := range 6 {
		all = append(all,
			harrier.Observable{Type: "ip", Value: fmt.Sprintf("203.0.113.%d", i)},
			harrier.Observable{Type: "url", Value: fmt.Sprintf("https://a.b.c.example.org/some/long/path/%d?q=1", i)},
			harrier.Observable{Type: "hash", Value: strings.Repeat(fmt.Sprintf("%02x", i), 32)})
	}
	return append(all, harrier.Observable{Type: "domain", Value: "host-1.evil-1.example.com"}, harrier.Observable{Type: "url", Value: "https://evil-2.example.net/path/2/file.exe?id=2"})
}

// Matching an alert with 20 observables against a million indicators, with the
// memory of the process and how long it takes to load them.
func BenchmarkMatch_aMillionIndicators(b *testing.B) {
	n := 1_000_000
	if testing.Short() {
		n = 50_000
	}
	w := newBench(b, nil)
	if _, err := w.Import(b.Context(), harrier.Operator(), indicator.Imported{Feed: indicator.Feed{Name: "big"}}, many(n)); err != nil {
		b.Fatal(err)
	}
	w.reopen()
	debug.FreeOSMemory()
	start := time.Now()
	if err := w.Load(b.Context()); err != nil {
		b.Fatal(err)
	}
	took := time.Since(start)
	loaded, _ := resident(b)
	var m runtime.MemStats
	debug.FreeOSMemory()
	runtime.ReadMemStats(&m)
	all, anonymous := resident(b)
	alert := alertOf()
	b.ReportAllocs()
	for b.Loop() {
		got, err := w.Match(b.Context(), harrier.DefaultTenant, alert, w.at)
		if err != nil || len(got[18]) == 0 || len(got[19]) == 0 {
			b.Fatalf("the known are not known: %v %v", got, err)
		}
	}
	b.ReportMetric(took.Seconds(), "load-s")
	b.ReportMetric(loaded, "MiB-just-loaded")
	b.ReportMetric(all, "MiB-resident")
	b.ReportMetric(anonymous, "MiB-anonymous")
	b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MiB-heap")
}

// Storing what a feed lists.
func BenchmarkImport(b *testing.B) {
	const n = 20_000
	for b.Loop() {
		w := newBench(b, nil)
		if _, err := w.Import(b.Context(), harrier.Operator(), indicator.Imported{Feed: indicator.Feed{Name: "big"}}, many(n)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
