package app

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
)

// BenchmarkDoor_takes1KiBDurably is the door alone: proof, bounds, commit with
// fsync. Nothing processes what it takes.
func BenchmarkDoor_takes1KiBDurably(b *testing.B) {
	for _, way := range []string{"bearer", "standard_webhooks"} {
		b.Run(way, func(b *testing.B) {
			a, err := Open(b.Context(), Options{Dir: b.TempDir()})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = a.Close() })
			made, err := reporters{a}.AddSource(b.Context(), harrier.Operator(), api.AddSource{
				Name: "siem", Product: "generic", Settings: map[string]any{"auth": map[string]any{"kind": way}},
			})
			if err != nil {
				b.Fatal(err)
			}
			handler := a.Server(api.Version{Version: "bench"}).DoorHandler()
			body := `{"id":"x","title":"` + strings.Repeat("a", 1000) + `"}`
			var n atomic.Int64
			b.SetParallelism(32) // 64 senders on two processors
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					req := httptest.NewRequest(http.MethodPost, "/v1/in/siem", strings.NewReader(body))
					headers := []string{"Authorization", "Bearer " + made.Secret}
					if way != "bearer" {
						headers = signed(made.Secret, fmt.Sprint("msg", n.Add(1)), body)
					}
					for i := 0; i < len(headers); i += 2 {
						req.Header.Set(headers[i], headers[i+1])
					}
					rec := httptest.NewRecorder()
					if handler.ServeHTTP(rec, req); rec.Code != http.StatusAccepted {
						b.Errorf("got %d %s", rec.Code, rec.Body)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
