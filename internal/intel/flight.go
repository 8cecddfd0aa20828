package intel

import (
	"context"
	"sync"
)

// flights makes one call of those that are the same and under way at the same
// time. The first to come makes the call in its own goroutine and under its own
// context; where that ends before the call does, the next one makes it anew, so
// that nobody's impatience becomes another's failure.
type flights struct {
	mu       sync.Mutex // guards underway
	underway map[key]*flight
}

// flight is a call that is under way. What it gave may be read once done is closed.
type flight struct {
	done   chan struct{}
	answer Answer
	err    error
	// abandoned tells that whoever made the call gave it up.
	abandoned bool
}

func newFlights() *flights { return &flights{underway: map[key]*flight{}} }

// do returns what call gives, made by this caller or by another that came first.
func (f *flights) do(ctx context.Context, k key, call func() (Answer, error)) (Answer, error) {
	for {
		f.mu.Lock()
		other := f.underway[k]
		if other == nil {
			own := &flight{done: make(chan struct{}), abandoned: true}
			f.underway[k] = own
			f.mu.Unlock()
			return f.lead(ctx, k, own, call)
		}
		f.mu.Unlock()
		select {
		case <-other.done:
			if !other.abandoned {
				return other.answer, other.err
			}
		case <-ctx.Done():
			return Answer{}, context.Cause(ctx)
		}
	}
}

// lead makes the call for all who wait for it. A panic of the call leaves the
// flight abandoned.
func (f *flights) lead(ctx context.Context, k key, own *flight, call func() (Answer, error)) (Answer, error) {
	defer func() {
		f.mu.Lock()
		delete(f.underway, k)
		f.mu.Unlock()
		close(own.done)
	}()
	own.answer, own.err = call()
	own.abandoned = own.err != nil && ctx.Err() != nil
	return own.answer, own.err
}
