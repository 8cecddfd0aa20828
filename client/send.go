package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/harrier-soar/harrier"
)

// Do makes a call. The caller closes the answer's body, which is not bounded. A
// refusal is an error, as the package says.
func (c *Client) Do(ctx context.Context, r Request, opts ...CallOption) (*http.Response, error) {
	one, err := c.prepare(r, opts)
	if err != nil {
		return nil, err
	}
	var out *http.Response
	err = c.send(ctx, one, func(resp *http.Response) error { out = resp; return nil })
	return out, err
}

// Fetch makes a call whose answer is JSON.
func Fetch[T any](ctx context.Context, c *Client, r Request, opts ...CallOption) (out T, err error) {
	one, err := c.prepare(r, opts)
	if err != nil {
		return out, err
	}
	text, err := c.read(ctx, one)
	if err != nil {
		return out, err
	}
	if one.raw != nil {
		*one.raw = text
	}
	if err := json.Unmarshal(text, &out); err != nil {
		return out, harrier.Errorf(harrier.Unavailable, "the answer of the server cannot be read; see that %s is Harrier, and of a version like this one: %w", c.base, err)
	}
	return out, nil
}

// read makes a call and reads all of its answer.
func (c *Client) read(ctx context.Context, one *call) (text []byte, err error) {
	err = c.send(ctx, one, func(resp *http.Response) error {
		defer resp.Body.Close()
		var err error
		switch text, err = io.ReadAll(io.LimitReader(resp.Body, c.most+1)); {
		case err != nil:
			return &lost{harrier.Errorf(harrier.Unavailable, "the answer of the server was cut off: %w", cmp.Or(context.Cause(ctx), err))}
		case int64(len(text)) > c.most:
			return harrier.Errorf(harrier.Limited, "the answer of the server is larger than %d bytes; ask for less, such as a page", c.most)
		}
		return nil
	})
	return text, err
}

// done makes a call whose answer says nothing.
func (c *Client) done(ctx context.Context, r Request, opts []CallOption) error {
	resp, err := c.Do(ctx, r, opts...)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// location makes a call whose answer is a place, and does not go there.
func (c *Client) location(ctx context.Context, r Request, opts []CallOption) (where string, err error) {
	one, err := c.prepare(r, opts)
	if err != nil {
		return "", err
	}
	one.location = true
	err = c.send(ctx, one, func(resp *http.Response) error {
		where = resp.Header.Get("Location")
		return resp.Body.Close()
	})
	return where, err
}

// lost is an error of a call of which nobody knows what became of it.
type lost struct{ error }

// Unwrap gives the error for the caller.
func (l *lost) Unwrap() error { return l.error }

// send makes a call, again where that is safe and may help. take reads the
// answer, and closes its body at some time.
func (c *Client) send(ctx context.Context, one *call, take func(*http.Response) error) error {
	for try := 0; ; try++ {
		err := c.try(ctx, one, take)
		if err == nil {
			return nil
		}
		wait, again := retry(err, try)
		if l, ok := errors.AsType[*lost](err); ok {
			err = l.error
		}
		deadline, ends := ctx.Deadline()
		if !again || try >= c.retries || !one.repeatable() || ctx.Err() != nil || ends && time.Until(deadline) < wait {
			return err
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

// try makes a call once.
func (c *Client) try(ctx context.Context, one *call, take func(*http.Response) error) error {
	req, err := c.request(ctx, one)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		return &lost{harrier.Errorf(harrier.Unavailable, "the server at %s does not answer; see that it runs (harrier serve): %w", c.base, err)}
	}
	if resp.StatusCode/100 == 2 || one.location && resp.StatusCode == http.StatusSeeOther {
		return take(resp)
	}
	defer resp.Body.Close()
	return refusal(resp)
}

// maxWait bounds how long a server may make a caller wait before the next try.
const maxWait = time.Minute

// retry tells whether another try may help, and after which time.
func retry(err error, try int) (wait time.Duration, again bool) {
	wait = min(200*time.Millisecond<<min(try, 5), 5*time.Second)
	wait += rand.N(wait / 2)
	if _, ok := errors.AsType[*lost](err); ok {
		return wait, true
	}
	r, ok := errors.AsType[*refused](err)
	if !ok {
		return 0, false
	}
	after := r.after
	switch status := r.problem.Status; {
	case after > maxWait, r.final:
		return 0, false
	case slices.Contains([]int{http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}, status):
		return cmp.Or(after, wait), true
	case status == http.StatusConflict && after > 0: // the first try is still worked on
		return after, true
	}
	return 0, false
}

// retryAfter is the wait that an answer asks for.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, 1<<20)) * time.Second
}
