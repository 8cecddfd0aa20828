package indicator_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/indicator"
	"github.com/harrier-soar/harrier/internal/picture"
)

// heard collects hits.
type heard struct {
	mu   sync.Mutex // guards what follows
	list []string
	news chan struct{}
	fail error
}

func (h *heard) Hit(_ context.Context, _ harrier.TenantID, alert harrier.AlertID, o harrier.Observable, says []picture.Opinion) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fail != nil {
		return h.fail
	}
	h.list = append(h.list, fmt.Sprint(alert == harrier.DeriveID[harrier.AlertID](o.Value), " ", o.Value, " ", says[0].Source))
	h.news <- struct{}{}
	return nil
}

func (h *heard) got() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := slices.Sorted(slices.Values(h.list))
	h.list = nil
	return out
}

// alert stores that an alert had an observable, under an id made of it.
func (b *bench) alert(kind, value string, at time.Time) {
	b.tb.Helper()
	err := b.store.Write(context.Background(), func(tx harrier.Tx) error {
		a := harrier.Alert{Tenant: harrier.DefaultTenant, ID: harrier.DeriveID[harrier.AlertID](value), EventAt: at, CreatedAt: at}
		return b.store.IndexAlert(context.Background(), tx, a, harrier.Finding{Observables: []harrier.Observable{{Type: kind, Value: value}}})
	})
	if err != nil {
		b.tb.Fatal(err)
	}
}

func TestRun_looksBackForNewIntelligence(t *testing.T) {
	t.Parallel()
	h := &heard{news: make(chan struct{}, 100)}
	b := newBench(t, func(c *indicator.Config) { c.Hits = h })
	b.alert("domain", "x.evil.example.com", epoch().AddDate(0, 0, -3))
	b.alert("url", "https://bad.example.net/a", epoch().AddDate(0, 0, -3))
	b.alert("ip", "198.51.100.7", epoch().AddDate(0, 0, -3))
	b.alert("ip", "203.0.113.99", epoch().AddDate(0, 0, -3))
	b.alert("ip", "198.51.100.8", epoch().AddDate(0, 0, -100)) // too long ago
	b.imports(indicator.Feed{Name: "old"}, "203.0.113.99\n")
	run := func(want int) []string {
		t.Helper()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- b.Run(ctx) }()
		for range want {
			<-h.news
		}
		for { // until nothing is left to look back for
			left, err := b.store.Lookbacks(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(left) == 0 {
				break
			}
		}
		stop()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		return h.got()
	}
	if diff := cmp.Diff([]string{"true 203.0.113.99 old"}, run(1)); diff != "" {
		t.Errorf("first (-want +got):\n%s", diff)
	}
	b.at = b.at.Add(time.Hour)
	b.imports(indicator.Feed{Name: "f"}, "evil.example.com\n198.51.100.0/24\nhttp://bad.example.net/a\n203.0.113.1\n")
	b.restart() // that there is something to look back for survives
	want := []string{"true 198.51.100.7 f", "true https://bad.example.net/a f", "true x.evil.example.com f"}
	if diff := cmp.Diff(want, run(3)); diff != "" {
		t.Errorf("what is new (-want +got):\n%s", diff)
	}
	if got := run(0); len(got) > 0 {
		t.Errorf("it looks back for what it has looked for: %s", strings.Join(got, ", "))
	}
}
