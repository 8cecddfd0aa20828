package transport

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"net"
	"net/netip"
	"strings"

	"github.com/harrier-soar/harrier/connector"
)

// secure speaks TLS over a connection that dial gave.
func (c *client) secure(ctx context.Context, conn net.Conn, host string) (net.Conn, error) {
	s, ok := conn.(*stream)
	if !ok || s.c != c {
		return nil, connector.Errorf(connector.Invalid, "connection %q: only what was dialled for this call can be secured", c.l.conn.Name)
	}
	cfg := c.l.tlsConfig(true)
	cfg.ServerName = host
	ctx, cancel := context.WithTimeoutCause(ctx, c.l.t.cfg.Timeouts.TLS, errConnectTime)
	defer cancel()
	secured := tls.Client(s, cfg)
	if err := secured.HandshakeContext(ctx); err != nil {
		return nil, c.l.clean(c.l.failed(failure{ctx: ctx, err: err, to: s.address}))
	}
	return secured, nil
}

// sasl begins a log-in over a connection that may carry the credential.
func (c *client) sasl(ctx context.Context, conn net.Conn, who connector.Identity) (connector.SASL, error) {
	if !c.private(conn) {
		return nil, connector.Errorf(connector.Denied,
			"connection %q: without TLS the credential is sent to allowed private addresses only: use TLS", c.l.conn.Name)
	}
	if c.l.conn.Auth.Kind != connector.BasicAuth {
		return nil, connector.Errorf(connector.Invalid, "connection %q has no user and password to log in with", c.l.conn.Name)
	}
	user, err := c.l.creds.reveal(ctx, c.l.creds.field(0, "username"))
	if err != nil {
		return nil, c.l.clean(err)
	}
	password, err := c.l.creds.reveal(ctx, c.l.creds.field(1, "password"))
	if err != nil {
		return nil, c.l.clean(err)
	}
	if who.As != "" && who.Separator != "" {
		user, who.As = who.As+who.Separator+user, ""
	}
	if strings.Contains(who.As+user+password, "\x00") {
		return nil, connector.Errorf(connector.Invalid, "connection %q: a user name or password has a zero byte", c.l.conn.Name)
	}
	said := who.As + "\x00" + user + "\x00" + password
	encoded := base64.StdEncoding.EncodeToString([]byte(said))
	c.l.sinks.add(said, encoded)
	c.l.creds.answers.add(said, encoded)
	return plainSASL(said), nil
}

// private tells whether nobody on the way can read what a connection of this
// call carries: it is TLS, or leads straight to an address that is not public
// and that was allowed.
func (c *client) private(conn net.Conn) bool {
	if t, ok := conn.(*tls.Conn); ok {
		s, ok := t.NetConn().(*stream)
		return ok && s.c == c && t.ConnectionState().HandshakeComplete
	}
	s, ok := conn.(*stream)
	if !ok || s.c != c || c.l.proxy != nil {
		return false
	}
	at, err := netip.ParseAddrPort(s.RemoteAddr().String())
	if err != nil {
		return false
	}
	addr := at.Addr().Unmap()
	return (addr.IsLoopback() || addr.IsPrivate()) && newGuard(c.l.conn).check(addr) == nil
}

// plainSASL is the mechanism PLAIN (RFC 4616), whose one message it holds.
type plainSASL string

// Start implements [connector.SASL].
func (p plainSASL) Start() (mechanism string, initial []byte, err error) {
	return "PLAIN", []byte(p), nil
}

// Next implements [connector.SASL].
func (plainSASL) Next([]byte) ([]byte, error) {
	return nil, errors.New("the server asks for more than PLAIN has to say")
}

// String keeps the credential out of what is printed.
func (plainSASL) String() string { return redactedText }

// GoString keeps the credential out of what is printed.
func (plainSASL) GoString() string { return redactedText }
