package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
)

// client speaks /v1.
type client struct {
	http  *http.Client
	base  string
	token harrier.Secret
	// local tells that the API is inside this process and ends with it.
	local bool
}

// connect finds the way to the API: the address that was given, the server of
// the data directory, or an API inside this process.
func (s *shell) connect(ctx context.Context) (*client, error) {
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
		s.client = socketClient(socket)
		return s.client, nil
	}
	if s.cfg.Local == nil {
		return nil, harrier.Errorf(harrier.Unavailable, "no server has the data directory %s; start one: harrier serve --data %s", dir, dir)
	}
	local, err := s.cfg.Local(ctx, dir, s.log())
	if err != nil {
		return nil, err
	}
	s.stopped = local.Close
	s.client = &client{http: &http.Client{Transport: local.Transport}, base: "http://harrier", local: true}
	return s.client, nil
}

// remote is the client of a server at an address.
func (s *shell) remote(dir string) (*client, error) {
	c, err := s.stranger()
	if err != nil {
		return nil, err
	}
	c.token, err = s.token(dir, c.base)
	return c, err
}

// stranger is a client of a server at an address that bears no token yet.
func (s *shell) stranger() (*client, error) {
	u, err := url.Parse(s.url)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" {
		return nil, usagef("%q is not the address of a server; write http://127.0.0.1:8080", s.url)
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, usagef("%s would send the token over the network in the clear; use https", s.url)
	}
	t := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, ResponseHeaderTimeout: 2 * time.Minute, TLSHandshakeTimeout: 10 * time.Second}
	return &client{http: &http.Client{Transport: t, CheckRedirect: noRedirect}, base: u.Scheme + "://" + u.Host}, nil
}

// noRedirect keeps the token where it was sent to.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

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

func socketClient(socket string) *client {
	t := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	return &client{http: &http.Client{Transport: t, CheckRedirect: noRedirect}, base: "http://harrier"}
}

// dirToken is the token of a data directory.
func dirToken(dir string) (harrier.Secret, error) { return api.ReadToken(dir) }

// maxAnswer bounds an answer in JSON, in bytes.
const maxAnswer = 256 << 20

// asked is a request.
type asked struct {
	method, path string
	query        url.Values
	// body is sent as it is where it is a reader, with the type media; as JSON otherwise.
	body  any
	media string
	head  http.Header
}

// do makes a request. The caller closes the answer's body.
func (c *client) do(ctx context.Context, a asked) (*http.Response, error) {
	var body io.Reader
	switch b := a.body.(type) {
	case nil:
	case io.Reader:
		body = b
	default:
		text, err := json.Marshal(b)
		if err != nil {
			return nil, fmt.Errorf("encode the request: %w", err)
		}
		body, a.media = bytes.NewReader(text), "application/json"
	}
	target := c.base + a.path
	if len(a.query) > 0 {
		target += "?" + a.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, cmp.Or(a.method, http.MethodGet), target, body)
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	maps.Copy(req.Header, a.head)
	if a.media != "" {
		req.Header.Set("Content-Type", a.media)
	}
	if !c.token.IsZero() {
		req.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	}
	resp, err := c.http.Do(req)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return nil, cause
		}
		return nil, harrier.Errorf(harrier.Unavailable, "the server at %s does not answer; see that it runs (harrier serve): %w", c.base, err)
	}
	if resp.StatusCode/100 != 2 {
		defer resp.Body.Close()
		return nil, problemIn(resp)
	}
	return resp, nil
}

// fetch makes a request whose answer is JSON, and returns it as it came too.
func fetch[T any](ctx context.Context, c *client, a asked) (out T, text json.RawMessage, err error) {
	resp, err := c.do(ctx, a)
	if err != nil {
		return out, nil, err
	}
	defer resp.Body.Close()
	if text, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer)); err != nil {
		return out, nil, harrier.Errorf(harrier.Unavailable, "the answer of the server was cut off: %w", cmp.Or(context.Cause(ctx), err))
	}
	if err := json.Unmarshal(text, &out); err != nil {
		return out, nil, harrier.Errorf(harrier.Unavailable, "the answer of the server cannot be read; see that %s is Harrier, and of a version like this one: %w", c.base, err)
	}
	return out, text, nil
}

// remoteError is a problem that the API answered with.
type remoteError struct {
	status  int
	problem remoteProblem
}

// remoteProblem is what is read of a problem.
type remoteProblem struct {
	Type    string        `json:"type"`
	Title   string        `json:"title"`
	Detail  string        `json:"detail"`
	Fixes   []string      `json:"fixes"`
	Errors  []remotePlace `json:"errors"`
	TraceID string        `json:"trace_id"`
}

type remotePlace struct{ api.ProblemError }

// line tells a place that is wrong.
func (p remotePlace) line() string {
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

func problemIn(resp *http.Response) error {
	e := &remoteError{status: resp.StatusCode}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if kind != "application/problem+json" || json.NewDecoder(io.LimitReader(resp.Body, 4<<20)).Decode(&e.problem) != nil {
		e.problem.Detail = fmt.Sprintf("the server answered %s, and not as Harrier does; see that the address is right", resp.Status)
	}
	return e
}

// Error implements [error].
func (e *remoteError) Error() string { return cmp.Or(e.problem.Detail, e.problem.Title) }

func (e *remoteError) exitCode() int {
	switch e.status {
	case http.StatusNotFound:
		return exitNotFound
	case http.StatusUnauthorized, http.StatusForbidden:
		return exitDenied
	case http.StatusConflict, http.StatusPreconditionFailed:
		return exitConflict
	}
	return exitFailure
}
