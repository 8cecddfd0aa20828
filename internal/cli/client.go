package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/client"
	"github.com/harrier-soar/harrier/internal/api"
)

// link is the way to /v1.
type link struct {
	*client.Client
	// local tells that the API is inside this process and ends with it.
	local bool
	// known tells that it bears a token.
	known bool
}

// linkTo makes a way to an address. A person sees what went wrong and calls
// again, so that nothing is called again by itself.
func linkTo(base string, h *http.Client) (*link, error) {
	c, err := client.New(base, client.WithHTTP(h), client.WithRetries(0), client.WithUserAgent("harrier"))
	return &link{Client: c}, err
}

// bear makes the calls those of whoever has a token.
func (l *link) bear(token harrier.Secret) {
	l.Client, l.known = l.With(client.WithToken(token)), !token.IsZero()
}

// connect finds the way to the API: the address that was given, the server of
// the data directory, or an API inside this process.
func (s *shell) connect(ctx context.Context) (*link, error) {
	if s.client != nil {
		return s.client, nil
	}
	dir, err := s.dir()
	if err != nil {
		return nil, err
	}
	if s.url != "" {
		s.client, err = s.remote(dir)
		return s.client, err
	}
	if socket := api.SocketPath(dir); answers(ctx, socket) {
		s.client, err = socketLink(socket)
		return s.client, err
	}
	if s.cfg.Local == nil {
		return nil, harrier.Errorf(harrier.Unavailable, "no server has the data directory %s; start one: harrier serve --data %s", dir, dir)
	}
	local, err := s.cfg.Local(ctx, dir, s.log())
	if err != nil {
		return nil, err
	}
	s.stopped = local.Close
	if s.client, err = linkTo("http://harrier", &http.Client{Transport: local.Transport}); err == nil {
		s.client.local = true
	}
	return s.client, err
}

// remote is the client of a server at an address.
func (s *shell) remote(dir string) (*link, error) {
	c, err := s.stranger()
	if err != nil {
		return nil, err
	}
	token, err := s.token(dir, c.Base())
	c.bear(token)
	return c, err
}

// stranger is a client of a server at an address that bears no token yet.
func (s *shell) stranger() (*link, error) {
	u, err := url.Parse(s.url)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" {
		return nil, usagef("%q is not the address of a server; write http://127.0.0.1:8080", s.url)
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, usagef("%s would send the token over the network in the clear; use https", s.url)
	}
	t := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, ResponseHeaderTimeout: 2 * time.Minute, TLSHandshakeTimeout: 10 * time.Second}
	return linkTo(u.Scheme+"://"+u.Host, &http.Client{Transport: t})
}

// answers reports whether somebody listens on a socket.
func answers(ctx context.Context, socket string) bool {
	if _, err := os.Stat(socket); err != nil {
		return false
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unix", socket)
	if err != nil {
		return false // what a server that died left behind
	}
	_ = conn.Close() // it was only a question
	return true
}

func socketLink(socket string) (*link, error) {
	t := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	return linkTo("http://harrier", &http.Client{Transport: t})
}

// dirToken is the token of a data directory.
func dirToken(dir string) (harrier.Secret, error) { return api.ReadToken(dir) }

// asked is a request.
type asked = client.Request

// fetch makes a request whose answer is JSON, and returns it as it came too.
func fetch[T any](ctx context.Context, c *link, a asked) (out T, text json.RawMessage, err error) {
	out, err = client.Fetch[T](ctx, c.Client, a, client.Raw(&text))
	return out, text, err
}

// place tells a place that is wrong.
func place(p client.ProblemError) string {
	where := cmp.Or(p.Pointer, p.Parameter)
	if p.Line > 0 {
		where = fmt.Sprintf("%d:%d", p.Line, p.Column)
	}
	text := strings.TrimPrefix(where+": "+p.Detail, ": ")
	if p.Fix != "" {
		text += "; " + p.Fix
	}
	return text
}
