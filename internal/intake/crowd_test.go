package intake_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
)

// While many deliveries are being committed, only the critical is looked at;
// after two seconds the rest is too, however large the crowd is.
func TestPipeline_givesWayToACrowdForTwoSeconds(t *testing.T) { // OVL-04
	t.Parallel()
	r := flow(t)
	r.stop()
	var clock atomic.Int64
	clock.Store(time.Now().UnixNano())
	r.now = func() time.Time { return time.Unix(0, clock.Load()) }
	r.open()
	for range 8 {
		defer r.Arriving()()
	}
	seen := func(id string) bool {
		_, ok, err := r.store.Known(t.Context(), harrier.DefaultTenant, r.source.ID, id, "")
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	critical := func(i int) {
		id := fmt.Sprint("critical-", i)
		r.send(finding(id, fmt.Sprint("dc-", i), "critical"))
		for !seen(id) {
			select {
			case <-t.Context().Done():
				t.Fatalf("%s is not looked at", id)
			case <-time.After(time.Millisecond):
			}
		}
	}
	waits := ""
	for i := 0; waits == "" && i < 100; i++ { // until it has seen that nothing waited
		id := fmt.Sprint("medium-", i)
		r.deliver(harrier.RawEvent{Body: fmt.Appendf(nil, `{"external_id":%q,"title":"Odd process","severity":"medium"}`, id), Lane: 2})
		if critical(i); !seen(id) {
			waits = id
		}
	}
	for i := range 5 {
		critical(1000 + i)
	}
	if waits == "" || seen(waits) {
		t.Fatal("what is not urgent does not give way")
	}
	clock.Add(int64(2 * time.Second))
	if r.still(); !seen(waits) {
		t.Errorf("%s is lost", waits)
	}
}
