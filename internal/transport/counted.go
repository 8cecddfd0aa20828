package transport

import (
	"crypto/tls"
	"net"
	"sync/atomic"
)

// counted counts what was written to a connection, so that "did it leave?" has
// an answer.
type counted struct {
	net.Conn
	written atomic.Int64
}

// Write counts before it writes, so that a write under way counts as sent; one
// of which the kernel took nothing does not.
func (c *counted) Write(p []byte) (int, error) {
	c.written.Add(int64(len(p)))
	n, err := c.Conn.Write(p)
	if n == 0 && err != nil {
		c.written.Add(-int64(len(p)))
	}
	return n, err
}

// countedOf finds the counter below a connection that net/http shows.
func countedOf(conn net.Conn) *counted {
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	if c, ok := conn.(*counted); ok {
		return c
	}
	return nil
}
