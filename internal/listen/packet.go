package listen

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

const (
	// datagram is how large one can be.
	datagram = 64 << 10
	// kernelBuffer is how much the machine is asked to keep while nobody reads.
	kernelBuffer = 4 << 20
)

// packets reads the datagrams of a socket into the queues of its sources.
type packets struct {
	e    *endpoint
	conn *net.UDPConn

	mu     sync.Mutex // guards queues
	queues map[*route]*queue
}

func newPackets(e *endpoint, conn *net.UDPConn) *packets {
	_ = conn.SetReadBuffer(kernelBuffer) // the machine may allow less
	return &packets{e: e, conn: conn, queues: make(map[*route]*queue)}
}

// keep begins the queues of new sources and ends those of sources that are gone.
func (ps *packets) keep(work context.Context, t table) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	stays := make(map[*route]bool, len(t))
	for _, r := range t {
		stays[r] = true
		if ps.queues[r] == nil {
			q := newQueue(ps.e.server.cfg.Queue)
			ps.queues[r] = q
			ps.e.owned.Go(func() { ps.store(work, r, q) })
		}
	}
	for r, q := range ps.queues {
		if !stays[r] {
			q.close()
			delete(ps.queues, r)
		}
	}
}

// read takes datagrams until ctx ends and the socket is empty.
func (ps *packets) read(ctx context.Context) {
	defer ps.finish()
	release := context.AfterFunc(ctx, func() { _ = ps.conn.SetReadDeadline(time.Now().Add(drain)) })
	defer release()
	buffer := make([]byte, datagram)
	for {
		n, from, err := ps.conn.ReadFromUDPAddrPort(buffer)
		switch {
		case errors.Is(err, net.ErrClosed), errors.Is(err, os.ErrDeadlineExceeded):
			return
		case err != nil: // what ICMP tells of an earlier datagram, which nobody sent
			continue
		}
		ps.take(ctx, buffer[:n], from)
	}
}

// take puts a datagram into the queue of its source.
func (ps *packets) take(ctx context.Context, body []byte, from netip.AddrPort) {
	peer := from.Addr().Unmap()
	r := ps.e.routes.Load().find(peer, nil)
	if r == nil {
		ps.e.refuse(ctx, peer.String(), "no source declares its address")
		return
	}
	if len(body) == 0 {
		return
	}
	ps.mu.Lock()
	q := ps.queues[r]
	ps.mu.Unlock()
	at := ps.e.server.cfg.Now()
	r.count.arrived(at, 1)
	m := r.meta
	m.Peer, m.Port = peer.String(), from.Port()
	if most := r.settings.maxMessage(); len(body) > most {
		m.Cut = int64(len(body) - most)
		body = body[:most]
		r.count.cut.Add(1)
	}
	if q == nil {
		r.count.dropped.Add(1)
		return
	}
	r.count.dropped.Add(int64(q.put(peer, r.event(append([]byte(nil), body...), at, m))))
}

// finish ends the queues, so that what they hold is stored.
func (ps *packets) finish() {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	for r, q := range ps.queues {
		q.close()
		delete(ps.queues, r)
	}
	_ = ps.conn.Close()
}

// store takes batch after batch out of a queue, until it is closed and empty.
func (ps *packets) store(work context.Context, r *route, q *queue) {
	for {
		events := q.take(batch)
		if len(events) == 0 {
			return
		}
		_ = ps.e.server.hand(work, r, events) // what is not stored was counted
	}
}
