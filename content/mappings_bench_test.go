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
	body, err := os.ReadFile("mappings/wazuh/alert.sample.json")
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range []string{"wazuh", mapping.Auto, "generic"} {
		b.Run(name, func(b *testing.B) {
			source := harrier.Source{Mapping: name}
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
