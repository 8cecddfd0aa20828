package listen

import (
	"net"
	"sync"
	"time"
)

// patientReader reads a connection: it waits long for a message to begin, not
// so long for one to end, and after a stop only for what has been sent already.
type patientReader struct {
	conn          net.Conn
	ended         func() error // tells of a stop
	idle, message time.Duration
	grace         time.Duration
	begun         func() bool
	began         time.Time

	mu      sync.Mutex // guards what follows
	stopped time.Time
}

// Read waits as long as is right now.
func (p *patientReader) Read(b []byte) (int, error) {
	now := time.Now()
	until := now.Add(p.idle)
	if p.begun() {
		if p.began.IsZero() {
			p.began = now
		}
		until = p.began.Add(p.message)
	}
	if err := p.conn.SetReadDeadline(until); err != nil {
		return 0, err
	}
	if p.ended() != nil { // the other order would miss a stop in between
		if err := p.conn.SetReadDeadline(p.last()); err != nil {
			return 0, err
		}
	}
	return p.conn.Read(b)
}

// hurry ends a read that waits.
func (p *patientReader) hurry() { _ = p.conn.SetReadDeadline(p.last()) }

// last is until when to read after a stop.
func (p *patientReader) last() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if p.stopped.IsZero() {
		p.stopped = now
	}
	if end := p.stopped.Add(p.grace / 2); now.After(end) {
		return end
	}
	return now.Add(drain)
}
