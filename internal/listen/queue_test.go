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
		q.put(loud, harrier.RawEvent{Reason: "loud", Body: []byte("x")})
	}
	for range 20 {
		q.put(quiet, harrier.RawEvent{Reason: "quiet", Body: []byte("x")})
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
		q.put(netip.MustParseAddr("192.0.2.1"), harrier.RawEvent{Reason: "loud", Body: []byte("x")})
	}
	q.put(netip.MustParseAddr("192.0.2.2"), harrier.RawEvent{Reason: "quiet", Body: []byte("x")})
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

func TestQueue_isBoundedInBytesToo(t *testing.T) {
	t.Parallel()
	q := newQueue(100)
	dropped := 0
	for range 100 {
		dropped += q.put(netip.MustParseAddr("192.0.2.1"), harrier.RawEvent{Body: make([]byte, 60_000)})
	}
	kept := len(q.take(100))
	if kept+dropped != 100 || kept*60_000 > 100*room || kept == 0 {
		t.Errorf("%d kept, %d dropped", kept, dropped)
	}
	if q.bytes != 0 || q.size != 0 {
		t.Errorf("an empty queue has %d bytes and %d messages", q.bytes, q.size)
	}
}
