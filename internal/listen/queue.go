package listen

import (
	"net/netip"
	"sync"

	"github.com/harrier-soar/harrier"
)

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
	heavy  *waiting // had most of it when it was looked at last
	closed bool
}

// waiting are the datagrams of one sender.
type waiting struct {
	peer   netip.Addr
	events []harrier.RawEvent
}

func newQueue(most int) *queue {
	q := &queue{most: most, peers: make(map[netip.Addr]*waiting)}
	q.filled.L = &q.mu
	return q
}

// put adds a datagram; ok is false where one was dropped for it, or it itself.
func (q *queue) put(peer netip.Addr, e harrier.RawEvent) (ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	w := q.peers[peer]
	have := 0
	if w != nil {
		have = len(w.events)
	}
	ok = true
	if q.size >= q.most {
		if q.heavy == nil || len(q.heavy.events) <= have+1 {
			return false
		}
		q.heavy.events = q.heavy.events[:len(q.heavy.events)-1]
		q.size--
		ok = false
	}
	if w == nil {
		w = &waiting{peer: peer}
		q.peers[peer] = w
		q.turns = append(q.turns, w)
	}
	w.events = append(w.events, e)
	q.size++
	if q.heavy == nil || len(w.events) > len(q.heavy.events) {
		q.heavy = w
	}
	q.filled.Signal()
	return ok
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
