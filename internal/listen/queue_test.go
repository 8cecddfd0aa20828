package listen

import (
	"net/netip"
	"testing"

	"github.com/harrier-soar/harrier"
)

func TestQueue_makesTheLoudestLose(t *testing.T) {
	t.Parallel()
	q := newQueue(100)
	loud, quiet := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	for range 1000 {
		q.put(loud, harrier.RawEvent{Reason: "loud"})
	}
	for range 20 {
		q.put(quiet, harrier.RawEvent{Reason: "quiet"})
	}
	counts := make(map[string]int)
	for _, e := range q.take(1000) {
		counts[e.Reason]++
	}
	if counts["quiet"] != 20 || counts["loud"] != 80 {
		t.Errorf("kept %v, want all 20 of the quiet sender", counts)
	}
}

func TestQueue_givesTurns(t *testing.T) {
	t.Parallel()
	q := newQueue(10_000)
	for range 5000 {
		q.put(netip.MustParseAddr("192.0.2.1"), harrier.RawEvent{Reason: "loud"})
	}
	q.put(netip.MustParseAddr("192.0.2.2"), harrier.RawEvent{Reason: "quiet"})
	for i, e := range q.take(batch) {
		if e.Reason == "quiet" {
			return
		}
		if i > batch/4 {
			break
		}
	}
	t.Error("the quiet sender waits behind the loud one")
}
