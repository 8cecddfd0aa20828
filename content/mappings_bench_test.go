package content_test

import (
	"os"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/mapping"
)

// BenchmarkMap is held to 5,000 findings a second on one core: 200 µs each.
func BenchmarkMap(b *testing.B) {
	set := mappings(b)
	for _, c := range []struct{ name, mapping, file string }{
		{"named", "wazuh", "wazuh/alert.sample.json"},
		{"auto", mapping.Auto, "wazuh/alert.sample.json"},
		{"loose", mapping.Auto, "microsoft-graph/mail.sample.json"},
		{"of two lines", "generic", "generic/flat.sample.ndjson"},
	} {
		b.Run(c.name, func(b *testing.B) {
			body, err := os.ReadFile("mappings/" + c.file)
			if err != nil {
				b.Fatal(err)
			}
			source := harrier.Source{Mapping: c.mapping}
			ev := harrier.RawEvent{Body: body, Received: time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)}
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				if _, err := set.Map(b.Context(), source, ev); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
