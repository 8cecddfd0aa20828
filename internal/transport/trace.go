package transport

import (
	"net/http/httptrace"
	"sync"
)

// trace watches one exchange to tell whether a byte of the request was sent.
// Bytes of a TLS handshake do not count; those are before the connection is got.
type trace struct {
	mu      sync.Mutex // guards what follows
	got     bool
	conn    *counted
	before  int64  // what was written when the connection was got
	earlier bool   // an attempt on another connection had sent something
	first   func() // called at the first byte of the answer
	hit     func(name string)
}

func (t *trace) hooks() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GotConn:              t.gotConn,
		WroteHeaders:         func() { t.hit("call.after_headers_sent") },
		WroteRequest:         func(httptrace.WroteRequestInfo) { t.hit("call.after_body_sent") },
		GotFirstResponseByte: t.first,
	}
}

func (t *trace) gotConn(info httptrace.GotConnInfo) {
	sent := t.sent()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.earlier = t.earlier || sent
	t.got, t.conn = true, countedOf(info.Conn)
	if t.conn != nil {
		t.before = t.conn.written.Load()
	}
}

// sent reports whether a byte of the request may have left. Where it cannot be
// known, it may have.
func (t *trace) sent() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.got {
		return t.earlier
	}
	return t.earlier || t.conn == nil || t.conn.written.Load() > t.before
}
