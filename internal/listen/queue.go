package listen

import (
	"net/netip"
	"sync"

	"github.com/harrier-soar/harrier"
)

// room is how many bytes a queue holds for each message that it may hold: a few
// long ones fill it, too.
const room = 2 << 10

// queue holds datagrams of one source that wait to be stored, each sender's in
// their order, and gives the senders turns. Where it is full, the sender that
// has most of it loses.
type queue struct {
	most int

	mu     sync.Mutex // guards what follows
	filled sync.Cond
	peers  map[netip.Addr]*waiting
	turns  []*waiting
	size   int
	bytes  int
	heavy  *waiting // had most bytes when it was looked at last
	closed bool
}

// waiting are the datagrams of one sender.
type waiting struct {
	peer   netip.Addr
	events []harrier.RawEvent
	bytes  int
}

func newQueue(most int) *queue {
	q := &queue{most: most, peers: make(map[netip.Addr]*waiting)}
	q.filled.L = &q.mu
	return q
}

// put adds a datagram, and returns how many were dropped for it, itself counted.
func (q *queue) put(peer netip.Addr, e harrier.RawEvent) (dropped int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return 1
	}
	w := q.peers[peer]
	if w == nil {
		w = &waiting{peer: peer}
	}
	for q.size >= q.most || q.bytes+len(e.Body) > q.most*room {
		if q.heavy == nil || q.heavy == w || len(q.heavy.events) < 2 || q.heavy.bytes <= w.bytes+len(e.Body) {
			return dropped + 1
		}
		last := len(q.heavy.events) - 1
		q.heavy.bytes -= len(q.heavy.events[last].Body)
		q.bytes -= len(q.heavy.events[last].Body)
		q.heavy.events = q.heavy.events[:last]
		q.size--
		dropped++
	}
	if len(w.events) == 0 {
		q.peers[peer] = w
		q.turns = append(q.turns, w)
	}
	w.events = append(w.events, e)
	w.bytes += len(e.Body)
	q.size++
	q.bytes += len(e.Body)
	if q.heavy == nil || w.bytes > q.heavy.bytes {
		q.heavy = w
	}
	q.filled.Signal()
	return dropped
}

// take waits for datagrams and returns up to n, a few of each sender in turn;
// none where the queue is closed and empty.
func (q *queue) take(n int) (events []harrier.RawEvent) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.size == 0 && !q.closed {
		q.filled.Wait()
	}
	for len(events) < n && q.size > 0 {
		w := q.turns[0]
		q.turns = q.turns[1:]
		share := min(len(w.events), max(1, n/8), n-len(events))
		for _, e := range w.events[:share] {
			w.bytes -= len(e.Body)
			q.bytes -= len(e.Body)
		}
		events = append(events, w.events[:share]...)
		w.events = w.events[share:]
		q.size -= share
		if len(w.events) > 0 {
			q.turns = append(q.turns, w)
			continue
		}
		delete(q.peers, w.peer)
		if q.heavy == w {
			q.heavy = nil
		}
	}
	return events
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.filled.Broadcast()
}
