package listen

import (
	"sync/atomic"
	"time"

	"github.com/harrier-soar/harrier"
)

// Stats is what came of a source's messages since the process began.
type Stats struct {
	Source harrier.SourceID
	// Received is how many messages were read, Accepted how many of them are stored.
	Received, Accepted int64
	// Dropped did not fit into the queue of UDP.
	Dropped int64
	// Lost were read and could not be stored: the source was disabled, or the
	// store did not answer until the end.
	Lost int64
	// Cut were longer than allowed, Incomplete broke off. Both are stored as far as they came.
	Cut, Incomplete int64
	// Broken are connections that ended because they could not be followed.
	Broken int64
	// Connections are open now.
	Connections int64
	// LastAt is when the last message came.
	LastAt time.Time
}

// Listener is an address at which messages are taken.
type Listener struct {
	// Listen and Transport are as declared, Address is what came of it.
	Listen, Transport, Address string
	// Sources share it.
	Sources []harrier.SourceID
	// Refused are messages and connections of senders that nobody declared, and
	// connections beyond the limits.
	Refused int64
	// CertificateEnds is when the listener's own certificate ends; zero without TLS.
	CertificateEnds time.Time
	// Problem is why it does not listen, or which source it leaves out; empty where all is well.
	Problem string
}

// counters count for one source; they outlive changes of its settings.
type counters struct {
	received, accepted, dropped, lost, cut, incomplete, broken, connections, lastAt atomic.Int64

	// told is of the losses that were told already; only the refreshing goroutine has it.
	told int64
}

func (c *counters) arrived(at time.Time, n int) {
	c.received.Add(int64(n))
	c.lastAt.Store(at.UnixNano())
}

func (c *counters) stats(id harrier.SourceID) Stats {
	s := Stats{
		Source: id, Received: c.received.Load(), Accepted: c.accepted.Load(), Dropped: c.dropped.Load(), Lost: c.lost.Load(),
		Cut: c.cut.Load(), Incomplete: c.incomplete.Load(), Broken: c.broken.Load(), Connections: c.connections.Load(),
	}
	if at := c.lastAt.Load(); at != 0 {
		s.LastAt = time.Unix(0, at).UTC()
	}
	return s
}
