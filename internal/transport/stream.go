package transport

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
)

// dial opens a connection for a protocol other than HTTP, under the same
// guards. It holds a place of the connection's limits until it is closed, unless
// it waits, and is closed when ctx ends. Errors of the network are *connector.Error, also
// from Read and Write, where io.EOF stays itself.
func (c *client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	s, err := c.open(ctx, network, address)
	if err != nil {
		return nil, c.l.clean(err)
	}
	return s, nil
}

func (c *client) open(ctx context.Context, network, address string) (*stream, *connector.Error) {
	if err := c.permitted(); err != nil {
		return nil, err
	}
	if network != "tcp" && network != "udp" {
		return nil, connector.Errorf(connector.Denied, "connection %q: only tcp and udp are spoken, not %s", c.l.conn.Name, short(network))
	}
	if _, err := c.l.allow.dial(address); err != nil {
		return nil, err
	}
	if c.call.Mode == harrier.Replay {
		return nil, c.missing("connections other than HTTP are not recorded")
	}
	pass, refused := c.l.gate.enter(ctx, c.call)
	if refused != nil {
		return nil, refused
	}
	conn, err := c.l.dialer.dial(ctx, network, address)
	if err != nil {
		failed := c.l.failed(failure{ctx: ctx, err: err, writes: c.call.Effect.Writes(), to: address})
		pass.leave(c.outcome(ctx, nil, failed))
		return nil, failed
	}
	total := c.l.t.cfg.Timeouts.Total
	if c.call.Timeout > 0 {
		total = c.call.Timeout
	}
	s := &stream{Conn: conn, c: c, pass: pass, address: address}
	if c.call.Waits {
		s.giveBack()
	}
	ended, cancel := context.WithTimeoutCause(ctx, total, errTotalTime)
	s.ctx, s.cancel = ended, cancel
	s.stop = context.AfterFunc(ended, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	return s, nil
}

// stream is a connection that tells what its failures mean.
type stream struct {
	net.Conn
	c       *client
	pass    *pass
	address string
	ctx     context.Context //nolint:containedctx // of the call; the connection ends with it
	cancel  context.CancelFunc
	stop    func() bool
	once    sync.Once
	place   sync.Once
}

// Read implements net.Conn.
func (s *stream) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	return n, s.explain(err)
}

// Write implements net.Conn.
func (s *stream) Write(p []byte) (int, error) {
	n, err := s.Conn.Write(p)
	return n, s.explain(err)
}

// SetDeadline implements net.Conn. The end of the call stays the last one.
func (s *stream) SetDeadline(t time.Time) error { return s.within(s.Conn.SetDeadline, t) }

// SetReadDeadline implements net.Conn.
func (s *stream) SetReadDeadline(t time.Time) error { return s.within(s.Conn.SetReadDeadline, t) }

// SetWriteDeadline implements net.Conn.
func (s *stream) SetWriteDeadline(t time.Time) error { return s.within(s.Conn.SetWriteDeadline, t) }

func (s *stream) within(set func(time.Time) error, t time.Time) error {
	err := set(t)
	if s.ctx.Err() != nil { // it ended meanwhile, and stays ended
		return s.Conn.SetDeadline(time.Unix(1, 0))
	}
	return err
}

// Close implements net.Conn and gives the place back.
func (s *stream) Close() error {
	err := s.Conn.Close()
	s.once.Do(func() {
		s.stop()
		s.cancel()
		s.giveBack()
	})
	return err
}

// giveBack gives back the place among those who use the connection.
func (s *stream) giveBack() {
	s.place.Do(func() { s.pass.leave(healthy) }) // it connected, which is all that the breaker asks
}

// explain turns an error of the network into one with a class.
func (s *stream) explain(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	sent := true
	if c := countedOf(s.Conn); c != nil {
		sent = c.written.Load() > 0
	}
	f := failure{ctx: s.ctx, err: err, sent: sent, writes: s.c.call.Effect.Writes(), to: s.address}
	return streamError{s.c.l.clean(s.c.l.failed(f)), err}
}

// streamError is a *connector.Error that still is the net.Error that protocol
// libraries look for.
type streamError struct {
	failed *connector.Error
	cause  error
}

// Error returns the text of the classified error.
func (e streamError) Error() string { return e.failed.Error() }

// Unwrap returns the classified error, whose cause is that of the network.
func (e streamError) Unwrap() error { return e.failed }

// Timeout implements net.Error.
func (e streamError) Timeout() bool {
	n, ok := errors.AsType[net.Error](e.cause)
	return ok && n.Timeout()
}

// Temporary implements net.Error.
func (streamError) Temporary() bool { return false }
