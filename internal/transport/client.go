package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
)

// ErrWithheld is in the tree of the error of an effect that was not sent
// because the run is a shadow run.
var ErrWithheld = errors.New("effects are withheld in shadow mode")

// client makes the HTTP exchanges of one call. It implements connector.HTTPDoer.
type client struct {
	l    *link
	call Call
	// exchanges counts those made, for recordings.
	exchanges atomic.Int64
}

var _ connector.HTTPDoer = (*client)(nil)

// Do makes one exchange. A relative URL stands under the base URL. An answer of
// any status is returned whole; its Request is the connector's own, without
// the credential. Errors are *connector.Error.
func (c *client) Do(req *http.Request) (*http.Response, error) {
	ans, err := c.do(req)
	if err != nil {
		return nil, c.l.clean(err)
	}
	return ans.response(req), nil
}

func (c *client) do(req *http.Request) (*answer, *connector.Error) {
	out, body, err := c.prepare(req)
	if err != nil {
		return nil, err
	}
	if err := c.permitted(); err != nil {
		return nil, err
	}
	if err := c.l.allow.url(out.URL); err != nil {
		return nil, err
	}
	n := c.exchanges.Add(1) - 1
	if c.call.Mode == harrier.Replay {
		return c.replay(req.Context(), n)
	}
	pass, err := c.l.gate.enter(req.Context(), c.call)
	if err != nil {
		return nil, err
	}
	told := noOutcome
	defer func() { pass.leave(told) }()
	started := c.l.t.cfg.Now()
	ans, err := c.exchange(req.Context(), out, body)
	told = c.outcome(req.Context(), ans, err)
	c.keep(req.Context(), taken{n: n, at: started, req: out, body: body, ans: ans, err: err})
	if err != nil {
		return nil, err
	}
	return ans.without(c.l.creds.answers), nil
}

// permitted checks all that needs no request: the connection, the call, the mode.
func (c *client) permitted() *connector.Error {
	if c.l.err != nil {
		return connector.Errorf(connector.Invalid, "connection %q: %w", c.l.conn.Name, c.l.err)
	}
	if err := c.call.check(); err != nil {
		return err
	}
	if c.call.Mode == harrier.Shadow && c.call.Effect.Writes() {
		return connector.Errorf(connector.Denied, "%s was not carried out: %w", c.call.Action, ErrWithheld)
	}
	if c.call.Mode == harrier.RecordMode && c.l.t.cfg.Recorder == nil {
		return connector.Errorf(connector.Invalid, "the record mode needs a place for recordings")
	}
	return nil
}

// prepare copies a request and reads its body, so that it can be signed,
// recorded and, after a refused token, sent again.
func (c *client) prepare(req *http.Request) (*http.Request, []byte, *connector.Error) {
	var body []byte
	if req.Body != nil {
		defer func() { _ = req.Body.Close() }()
		limit := c.l.t.cfg.MaxRequest
		data, err := io.ReadAll(io.LimitReader(req.Body, limit+1))
		if err != nil {
			return nil, nil, connector.Errorf(connector.Invalid, "the body of the request cannot be read: %w", err)
		}
		if int64(len(data)) > limit {
			return nil, nil, connector.Errorf(connector.Invalid, "the body of the request is larger than %d bytes", limit)
		}
		body = data
	}
	if req.URL == nil {
		return nil, nil, connector.Errorf(connector.Invalid, "the request has no URL")
	}
	out := req.Clone(req.Context())
	out.Body, out.GetBody, out.ContentLength, out.TransferEncoding = nil, nil, 0, nil
	if out.Header == nil {
		out.Header = http.Header{}
	}
	if out.URL.Host == "" && out.URL.Scheme == "" && out.URL.Opaque == "" && c.l.base != nil {
		query := out.URL.RawQuery
		out.URL = below(c.l.base, out.URL.EscapedPath())
		out.URL.RawQuery = query
		out.Host = ""
	}
	out.URL.Fragment, out.URL.RawFragment = "", ""
	if out.Host != "" && out.Host != out.URL.Host {
		return nil, nil, connector.Errorf(connector.Denied, "the request names another host (%s) than its URL", short(out.Host))
	}
	// These are for the transport to say.
	for _, name := range []string{"Accept-Encoding", "Proxy-Authorization", "Proxy-Connection", "Connection", "Transfer-Encoding", "Content-Length", "Expect", "Upgrade"} {
		out.Header.Del(name)
	}
	if out.Header.Get("User-Agent") == "" {
		out.Header.Set("User-Agent", "Harrier")
	}
	return out, body, nil
}

// below returns the URL of an escaped path under a base URL.
func below(base *url.URL, path string) *url.URL {
	u := *base
	if u.Path == "" { // JoinPath would make a path without its first slash
		u.Path = "/"
	}
	return u.JoinPath(path)
}

// exchange sends a request with the credential; once more with a fresh token
// where that of a session was refused, since 401 means that nothing was done.
func (c *client) exchange(ctx context.Context, out *http.Request, body []byte) (*answer, *connector.Error) {
	limit := c.l.t.cfg.MaxBody
	if c.call.MaxBody > 0 {
		limit = c.call.MaxBody
	}
	spec := sendSpec{maxBody: limit, writes: c.call.Effect.Writes(), again: c.call.Again, timeout: c.call.Timeout}
	for attempt := 0; ; attempt++ {
		signed := out.Clone(ctx)
		used, err := c.l.creds.apply(ctx, signed, body)
		if err != nil {
			return nil, err
		}
		whole, err := c.l.creds.inBody(ctx, body)
		if err != nil {
			return nil, err
		}
		ans, err := c.l.send(ctx, signed, whole, spec)
		if err != nil || ans.status != http.StatusUnauthorized || attempt > 0 || !used.drop() {
			return ans, err
		}
	}
}

// outcome tells the breaker what an exchange means for the vendor's health.
func (c *client) outcome(ctx context.Context, ans *answer, err *connector.Error) outcome {
	switch {
	case err == nil && ans.status == http.StatusTooManyRequests:
		if wait := connector.RetryAfter(ans.header, c.l.t.cfg.Now()); wait > 0 {
			c.l.gate.hold(wait)
		}
		return healthy
	case err == nil && ans.status >= 500:
		return failing
	case err == nil:
		return healthy
	case errors.Is(ctx.Err(), context.Canceled): // given up, with whatever cause
		return noOutcome
	case err.Class == connector.Unavailable, err.Class == connector.Unknown:
		return failing
	}
	return noOutcome
}

// answer is a whole answer of a vendor.
type answer struct {
	status int
	proto  string
	header http.Header
	body   []byte
}

// without returns the answer with secrets removed that a vendor sent back.
func (a *answer) without(r *redactor) *answer {
	out := *a
	out.body = r.bytes(a.body)
	out.header = make(http.Header, len(a.header))
	for name, values := range a.header {
		for _, v := range values {
			out.header[name] = append(out.header[name], r.text(v))
		}
	}
	return &out
}

// response is the answer as the connector sees it.
func (a *answer) response(req *http.Request) *http.Response {
	return &http.Response{
		Status: http.StatusText(a.status), StatusCode: a.status, Proto: a.proto, Header: a.header,
		Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)), Request: req,
	}
}
