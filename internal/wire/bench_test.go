package wire_test

import (
	"testing"

	"github.com/harrier-soar/harrier/internal/wire"
)

// BenchmarkParse reads one message after another of every format: at least
// 20,000 a second are wanted on one core, so at most 50 µs each.
func BenchmarkParse(b *testing.B) {
	seeds := seeds()
	var bytes int
	for _, s := range seeds {
		bytes += len(s)
	}
	b.SetBytes(int64(bytes / len(seeds)))
	b.ReportAllocs()
	opt := wire.Options{Received: received()}
	i := 0
	for b.Loop() {
		if _, err := wire.Parse([]byte(seeds[i%len(seeds)]), opt); err != nil {
			b.Fatal(err)
		}
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}
