package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Request is a call that is written by hand, for what has no method yet.
type Request struct {
	// Method is GET where it is empty.
	Method string
	// Path begins with /v1/.
	Path  string
	Query url.Values
	// Body is sent as it is where it is a reader, with the type Media, and as JSON
	// otherwise. What can also seek can be sent again.
	Body  any
	Media string
	Head  http.Header
}

// CallOption is a setting of one call.
type CallOption func(*call)

// call is a request that is being made.
type call struct {
	Request
	raw *json.RawMessage
	// text is the body in JSON; file is one that is sent as it is.
	text []byte
	file io.Reader
	// start is where a file that can seek began, and again that it can.
	start int64
	again bool
	// location is the one answer of 3xx that is wanted: a place.
	location bool
}

// IfMatch makes a change only where the thing is still at a revision: its field
// rev, as it was read. Otherwise the call is a Conflict.
func IfMatch(rev int64) CallOption {
	return func(c *call) { c.Head.Set("If-Match", `"`+strconv.FormatInt(rev, 10)+`"`) }
}

// IdempotencyKey names a change: the same key again does not do it again, even from another
// process. It has at most 255 bytes, and is made for the caller otherwise.
func IdempotencyKey(key string) CallOption {
	return func(c *call) { c.Head.Set("Idempotency-Key", key) }
}

// Raw keeps the answer in JSON as it came, beside what it was read into.
func Raw(into *json.RawMessage) CallOption { return func(c *call) { c.raw = into } }

// prepare makes everything of a call that stays the same when it is made again.
func (c *Client) prepare(r Request, options []CallOption) (*call, error) {
	one := &call{Request: r}
	if one.Method == "" {
		one.Method = http.MethodGet
	}
	if !strings.HasPrefix(one.Path, "/") {
		return nil, harrier.Errorf(harrier.Invalid, "the path %q has to begin with /v1/", one.Path)
	}
	one.Head = maps.Clone(r.Head)
	if one.Head == nil {
		one.Head = http.Header{}
	}
	for _, option := range options {
		option(one)
	}
	if err := one.prepareBody(); err != nil {
		return nil, err
	}
	// The server reads a request with a key into memory to compare it, which it does
	// not do with a file, and keeps the answer, which nobody wants who does not ask again.
	if c.retries > 0 && one.Method != http.MethodGet && one.file == nil && one.Head.Get("Idempotency-Key") == "" {
		one.Head.Set("Idempotency-Key", rand.Text())
	}
	return one, nil
}

func (c *call) prepareBody() error {
	switch b := c.Body.(type) {
	case nil:
		c.again = true
	case io.Reader:
		c.file = b
		if s, ok := b.(io.Seeker); ok {
			at, err := s.Seek(0, io.SeekCurrent)
			c.start, c.again = at, err == nil
		}
	default:
		text, err := json.Marshal(b)
		if err != nil {
			return fmt.Errorf("encode the request: %w", err)
		}
		c.text, c.again, c.Media = text, true, "application/json"
	}
	if c.Media != "" {
		c.Head.Set("Content-Type", c.Media)
	}
	return nil
}

// body is the body for one more try.
func (c *call) body() (io.Reader, error) {
	if c.text != nil {
		return bytes.NewReader(c.text), nil
	}
	if s, ok := c.file.(io.Seeker); ok && c.again {
		if _, err := s.Seek(c.start, io.SeekStart); err != nil {
			return nil, fmt.Errorf("begin the file again: %w", err)
		}
	}
	if _, closes := c.file.(io.Closer); closes {
		return io.NopCloser(c.file), nil // it is the caller's to close
	}
	return c.file, nil
}

// repeatable tells whether the call can be made again where nobody knows what
// became of it: it reads, or its key is honoured, which it is for JSON.
func (c *call) repeatable() bool {
	switch {
	case !c.again:
		return false
	case c.Method == http.MethodGet:
		return true
	}
	return c.Head.Get("Idempotency-Key") != "" && (c.file == nil || c.Media == "application/json")
}

// request is one try of the call.
func (c *Client) request(ctx context.Context, one *call) (*http.Request, error) {
	if err := c.safe(); err != nil {
		return nil, err
	}
	body, err := one.body()
	if err != nil {
		return nil, err
	}
	target := c.base + one.Path
	if len(one.Query) > 0 {
		target += "?" + one.Query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, one.Method, target, body)
	if err != nil {
		return nil, harrier.Errorf(harrier.Invalid, "make the request: %w", err)
	}
	maps.Copy(req.Header, one.Head)
	req.Header.Set("User-Agent", c.agent)
	if !c.token.IsZero() {
		req.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	}
	return req, nil
}

// place puts what names a thing into a path.
func place(pattern string, names ...string) string {
	for _, name := range names {
		pattern = strings.Replace(pattern, "{}", url.PathEscape(name), 1)
	}
	return pattern
}

// pause waits, and ends early with the cause of the context.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
