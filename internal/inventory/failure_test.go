package inventory_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/inventory"
	"github.com/harrier-soar/harrier/internal/store"
)

// failing is a store that stops writing after some changes, as one does whose disk is full.
type failing struct {
	*store.Store
	left int
}

// Write implements [inventory.Journal].
func (f *failing) Write(ctx context.Context, change func(harrier.Tx) error) error {
	if f.left--; f.left < 0 {
		return harrier.Errorf(harrier.Unavailable, "the disk is full")
	}
	return f.Store.Write(ctx, change)
}

// hosts is a table of hosts of one criticality.
func hosts(n int, criticality string) string {
	var b strings.Builder
	b.WriteString("id,hostname,criticality\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,h%d,%s\n", i, i, criticality)
	}
	return b.String()
}

// An import that fails half way marks nothing as gone, shows what is durable, and
// comes to its end when it is made again.
func TestImport_thatFailsHalfWayIsMadeAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(host, "cmdb", hosts(1800, "high"))
	full := &failing{Store: d.store, left: 2}
	d.Service = inventory.New(inventory.Config{Store: full, Now: func() time.Time { return d.now }})
	_, err := d.importing(inventory.Import{Kind: host, Source: "cmdb"}, hosts(1700, "critical"))
	if harrier.KindOf(err) != harrier.Unavailable {
		t.Fatalf("got %v, want that the disk is full", err)
	}
	levels := func() map[string]int {
		out := map[string]int{}
		for i := range 1800 {
			e := d.fill(host, fmt.Sprintf("h%d", i), d.now)
			out[fmt.Sprintf("%s gone %v", e.Criticality, e.Stale)]++
		}
		return out
	}
	if diff := cmp.Diff(map[string]int{"critical gone false": 1000, "high gone false": 800}, levels()); diff != "" {
		t.Errorf("after the failure: %s", diff)
	}
	full.left = 100
	r, err := d.importing(inventory.Import{Kind: host, Source: "cmdb"}, hosts(1700, "critical"))
	if err != nil || r.Changed != 700 || r.Unchanged != 1000 || r.Gone != 100 {
		t.Errorf("again: %+v, %v", r, err)
	}
	if diff := cmp.Diff(map[string]int{"critical gone false": 1700, "high gone true": 100}, levels()); diff != "" {
		t.Errorf("after the second: %s", diff)
	}
}

// Triage never sees half of an import, and never waits for a name that is known.
func TestFill_readsWhileOthersImport(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(host, "cmdb", hosts(600, "high"))
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 3 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				first, last := d.fill(host, "h0", d.now), d.fill(host, "h599", d.now)
				if first.Criticality != "high" && first.Criticality != "critical" || !last.Known {
					t.Errorf("h0 is %q, h599 known %v", first.Criticality, last.Known)
					return
				}
			}
		})
	}
	for i := range 6 {
		d.take(host, "cmdb", hosts(600, []string{"critical", "high"}[i%2]))
	}
	close(stop)
	wg.Wait()
}
