package imap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/harrier-soar/harrier/connector"
)

const (
	// maxTraffic bounds what one session reads from the server.
	maxTraffic = 512 << 20
	// greetTime bounds the wait for a server that is asked for TLS.
	greetTime = 10 * time.Second
	// maxLine bounds a line of what is read by hand.
	maxLine = 8 << 10
)

// session is a log-in to one mailbox.
type session struct {
	client  *imapclient.Client
	env     *connector.Env
	mailbox string
}

// open logs in to a mailbox.
func open(ctx context.Context, env *connector.Env, mailbox string) (*session, error) {
	return openTold(ctx, env, mailbox, nil)
}

// openTold logs in to a mailbox and hears what the server tells unasked.
func openTold(ctx context.Context, env *connector.Env, mailbox string, told *imapclient.UnilateralDataHandler) (*session, error) {
	if mailbox == "" || hasControls(mailbox) {
		return nil, connector.Errorf(connector.Invalid, "%q is no mailbox", mailbox)
	}
	conn, err := dial(ctx, env, protocol{setting: "base_url", plain: "imap", implicit: "imaps", port: "143", implicitPort: "993", upgrade: startIMAP})
	if err != nil {
		return nil, err
	}
	s := &session{client: imapclient.New(conn, &imapclient.Options{WordDecoder: words(), UnilateralDataHandler: told}), env: env, mailbox: mailbox}
	if err := s.client.WaitGreeting(); err != nil {
		s.close()
		return nil, s.failed("greet", err, false)
	}
	proof, err := env.SASL(ctx, conn.Conn, identity(env, mailbox))
	if err != nil {
		s.close()
		return nil, definite(err)
	}
	if err := s.client.Authenticate(proof); err != nil {
		s.close()
		failed := s.failed("log in", err, false)
		if refused, ok := errors.AsType[*imap.Error](err); ok && failed.Class == connector.Invalid && refused.Type == imap.StatusResponseTypeNo {
			failed.Class = connector.Denied
		}
		return nil, failed
	}
	return s, nil
}

// close ends the session. Nothing depends on the server's good-bye.
func (s *session) close() { _ = s.client.Close() }

// identity is who a mailbox is opened as.
func identity(env *connector.Env, mailbox string) connector.Identity {
	return connector.Identity{As: mailbox, Separator: text(env.Settings, "master_separator")}
}

// protocol says how a server of one kind is reached.
type protocol struct {
	// setting holds its URL, whose scheme is plain or implicit, for TLS from the first byte.
	setting, plain, implicit string
	port, implicitPort       string
	// upgrade asks for TLS over a plain connection. It returns the greeting that a
	// client which begins after it still expects.
	upgrade func(conn net.Conn) (greeting string, err error)
}

// dial connects to the server that a setting names, with TLS unless tls is none.
func dial(ctx context.Context, env *connector.Env, p protocol) (*carrier, error) {
	raw := text(env.Settings, p.setting)
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.Scheme != p.plain && u.Scheme != p.implicit {
		return nil, connector.Errorf(connector.Invalid, "%s is %q: write %s://host:port or %s://host:port", p.setting, raw, p.implicit, p.plain)
	}
	if env.Dial == nil || env.Secure == nil || env.SASL == nil {
		return nil, connector.Errorf(connector.Invalid, "there is no way to connect to %s", u.Host)
	}
	port := u.Port()
	if port == "" {
		port = p.port
		if u.Scheme == p.implicit {
			port = p.implicitPort
		}
	}
	conn, err := env.Dial(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return nil, definite(err)
	}
	greeting, bare := "", u.Scheme == p.plain && text(env.Settings, "tls") == "none"
	if u.Scheme == p.plain && !bare {
		if greeting, err = upgraded(ctx, conn, p); err != nil {
			_ = conn.Close()
			return nil, definite(err)
		}
	}
	if !bare {
		secured, err := env.Secure(ctx, conn, u.Hostname())
		if err != nil {
			_ = conn.Close()
			return nil, definite(err)
		}
		conn = secured
	}
	return &carrier{Conn: conn, first: strings.NewReader(greeting), left: maxTraffic}, nil
}

// upgraded asks for TLS, but not for long: a server that speaks TLS at once
// waits for us as we wait for it.
func upgraded(ctx context.Context, conn net.Conn, p protocol) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, greetTime)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	greeting, err := p.upgrade(conn)
	if !stop() {
		return "", connector.Errorf(connector.Unavailable, "%s: the server does not answer: if it speaks TLS at once, write %s://", p.setting, p.implicit)
	}
	return greeting, err
}

// carrier is a connection that begins with a greeting and brings so much and no more.
type carrier struct {
	net.Conn
	first *strings.Reader
	left  int64
}

// Read implements net.Conn.
func (c *carrier) Read(p []byte) (int, error) {
	if c.first.Len() > 0 {
		return c.first.Read(p)
	}
	if c.left <= 0 {
		return 0, fmt.Errorf("the server sent more than %d bytes", maxTraffic)
	}
	n, err := c.Conn.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

// startIMAP asks an IMAP server for TLS (RFC 9051 §6.2.1). Nothing is read
// beyond its answer, so what somebody puts in between breaks the handshake.
func startIMAP(conn net.Conn) (string, error) {
	line, err := readLine(conn)
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(strings.ToUpper(line), "* OK") {
		return "", connector.Errorf(connector.Unavailable, "the IMAP server does not want us: %.100q", line)
	}
	if _, err := io.WriteString(conn, "H1 STARTTLS\r\n"); err != nil {
		return "", err
	}
	for range 100 {
		line, err := readLine(conn)
		switch {
		case err != nil:
			return "", err
		case strings.HasPrefix(strings.ToUpper(line), "H1 OK"):
			return "* OK now with TLS\r\n", nil
		case !strings.HasPrefix(line, "* "):
			return "", connector.Errorf(connector.Denied, "the IMAP server has no TLS on this port: use imaps://, or tls: none if it is on this host")
		}
	}
	return "", connector.Errorf(connector.Unavailable, "the IMAP server does not answer STARTTLS")
}

// readLine reads one line without reading ahead.
func readLine(r io.Reader) (string, error) {
	var line []byte
	one := make([]byte, 1)
	for len(line) < maxLine {
		if _, err := io.ReadFull(r, one); err != nil {
			return "", err
		}
		if one[0] == '\n' {
			return strings.TrimSuffix(string(line), "\r"), nil
		}
		line = append(line, one[0])
	}
	return "", connector.Errorf(connector.Unavailable, "the server sent a line of more than %d bytes", maxLine)
}

// definite gives a class to an error from before anything was changed: there
// nothing is unknown.
func definite(err error) *connector.Error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return connector.Errorf(connector.Unavailable, "the server closed the connection")
	}
	failed := *connector.AsError(err)
	if failed.Class == connector.Unknown {
		failed.Class = connector.Unavailable
		failed.Text = strings.TrimSuffix(failed.Text, "; the request was sent, so it may have been carried out")
	}
	return &failed
}

// failed says what an error of a command means. changing tells that the command
// may have changed what cannot be taken back by sending it again.
func (s *session) failed(doing string, err error, changing bool) *connector.Error {
	refused, ok := errors.AsType[*imap.Error](err)
	if !ok || refused.Type == imap.StatusResponseTypeBye {
		class := connector.Unavailable
		if changing {
			class = connector.Unknown
		}
		out := connector.Errorf(class, "mailbox %s, to %s: %s", s.mailbox, doing, s.redacted(err.Error()))
		if changing {
			out.Text += "; the command was sent, so it may have been carried out"
		}
		return out
	}
	return connector.Errorf(classOf(refused, changing), "mailbox %s: the server refuses to %s: %s", s.mailbox, doing, s.redacted(refused.Text))
}

// redacted takes the credential out of what the server said.
func (s *session) redacted(text string) string { return redacted(s.env, text) }

func redacted(env *connector.Env, text string) string {
	if len(text) > 300 {
		text = text[:300]
	}
	text = strings.ToValidUTF8(text, "?")
	if env.Redact != nil {
		return env.Redact(text)
	}
	return text
}

// classOf is what a refusal means (RFC 5530).
func classOf(refused *imap.Error, changing bool) connector.Class {
	switch refused.Code {
	case imap.ResponseCodeAuthenticationFailed, imap.ResponseCodeAuthorizationFailed, imap.ResponseCodeExpired,
		imap.ResponseCodeNoPerm, imap.ResponseCodePrivacyRequired:
		return connector.Denied
	case imap.ResponseCodeNonExistent, imap.ResponseCodeTryCreate:
		return connector.NotFound
	case imap.ResponseCodeLimit:
		return connector.Limited
	case imap.ResponseCodeUnavailable, imap.ResponseCodeInUse:
		return connector.Unavailable
	case imap.ResponseCodeServerBug, imap.ResponseCodeContactAdmin, imap.ResponseCodeCorruption:
		if changing { // it does not say how far it came
			return connector.Unknown
		}
		return connector.Unavailable
	}
	return connector.Invalid
}
