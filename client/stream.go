package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"time"

	"github.com/harrier-soar/harrier"
)

// Message is one event of a stream.
type Message[T any] struct {
	// ID is what to send as After to go on behind it, in another process.
	ID string
	// Event is what sort it is. The event end is the last of a run. Lost means that
	// more happened than was told: load anew what you show; the stream goes on.
	Event string
	// Data is what happened; it is zero for end and lost.
	Data T
	// Raw is the data as it came.
	Raw json.RawMessage
}

// stream says how a stream is read.
type stream struct {
	// ends tells that the event end is the end; otherwise the server only stops, and
	// the stream is taken up again.
	ends bool
	opts []CallOption
}

const (
	// maxResumes bounds how often in a row a stream is taken up without a message.
	maxResumes = 20
	// resumeWait is how long the first wait before it is.
	resumeWait = 200 * time.Millisecond
)

// messages reads a stream and takes it up again where it breaks, behind the last
// message that came whole.
func messages[T any](ctx context.Context, c *Client, r Request, s stream) iter.Seq2[Message[T], error] {
	return func(yield func(Message[T], error) bool) {
		f := follower[T]{c: c, r: r, stream: s, yield: yield}
		f.last = r.Query.Get("after")
		for fruitless := 0; ; fruitless++ {
			before := f.told
			over, err := f.read(ctx)
			if over {
				return
			}
			if f.told > before {
				fruitless = 0
			}
			if err == nil || resumable(err) {
				if err = f.wait(ctx, err, fruitless); err == nil {
					continue
				}
			}
			yield(Message[T]{}, err)
			return
		}
	}
}

// follower reads one stream.
type follower[T any] struct {
	c *Client
	r Request
	stream
	yield func(Message[T], error) bool
	// last is the id of the last message; told counts those that were yielded.
	last string
	told int
	// began tells that the stream was open once.
	began bool
}

// errEnded stands for a stream that ended without an error.
var errEnded = errors.New("the stream ended")

// wait waits before the stream is taken up again, or says why it is not.
func (f *follower[T]) wait(ctx context.Context, err error, fruitless int) error {
	if err == nil {
		err = errEnded
	}
	if fruitless >= maxResumes {
		return harrier.Errorf(harrier.Unavailable, "the server at %s went away, and the stream with it: %w", f.c.base, err)
	}
	wait, _ := retry(err, 0)
	if wait == 0 {
		wait = min(resumeWait<<min(fruitless, 4), 2*time.Second)
	}
	return pause(ctx, wait)
}

// resumable tells whether a stream that broke with an error is taken up again.
func resumable(err error) bool {
	if _, ok := errors.AsType[*lost](err); ok {
		return true
	}
	_, again := retry(err, 0)
	return again
}

// read reads the stream until it breaks; over tells that there is no more to do.
func (f *follower[T]) read(ctx context.Context) (over bool, err error) {
	one, err := f.c.prepare(f.r, f.opts)
	if err != nil {
		return false, err
	}
	one.Head.Set("Accept", "text/event-stream")
	resumed := f.began && f.last == "" && !f.ends
	if f.last != "" {
		one.Head.Set("Last-Event-ID", f.last)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var body io.ReadCloser
	if err := f.c.try(ctx, one, take(&body)); err != nil { //nolint:bodyclose // it is closed below
		return false, err
	}
	defer body.Close()
	f.began = true
	// Between two streams of which neither has a place, something may have happened.
	if resumed && !f.yield(Message[T]{Event: "lost"}, nil) {
		return true, nil
	}
	in := bufio.NewReaderSize(body, 64<<10)
	for {
		e, err := readEvent(in)
		if err != nil {
			if cause := context.Cause(ctx); cause != nil {
				return false, cause
			}
			return false, err
		}
		if over, err := f.tell(e); over || err != nil {
			return over, err
		}
		if e.name == "end" {
			return false, nil
		}
	}
}

// tell hands a message on. What comes after the end of a stream that ends does
// not exist.
func (f *follower[T]) tell(e event) (over bool, err error) {
	if e.id != "" {
		f.last = e.id
	}
	if e.name == "end" && !f.ends {
		return false, nil
	}
	m := Message[T]{ID: f.last, Event: e.name, Raw: e.data}
	if e.name != "end" && e.name != "lost" {
		if err := json.Unmarshal(e.data, &m.Data); err != nil {
			return false, harrier.Errorf(harrier.Unavailable, "an event of the stream cannot be read; see that the server has a version like this one: %w", err)
		}
	}
	f.told++
	more := f.yield(m, nil)
	return !more || e.name == "end", nil
}
