package transport

import (
	"context"
	"sync"
	"time"

	"github.com/harrier-soar/harrier/connector"
)

const (
	// tokenMargin is how long before its end a token is not used any more.
	tokenMargin = 30 * time.Second
	// fetchTime bounds the fetch of a token.
	fetchTime = 30 * time.Second
)

// grant is a token and how long it is valid.
type grant struct {
	token string
	ttl   time.Duration
}

// fetcher gets a token.
type fetcher = func(ctx context.Context) (grant, *connector.Error)

// session keeps the token of one connection. Many calls may ask at once: one
// fetches, and all get what it got.
type session struct {
	now   func() time.Time
	fetch fetcher
	// work waits for what is fetched when the transport closes.
	work *sync.WaitGroup

	mu      sync.Mutex // guards what follows
	current string
	expires time.Time
	flight  *flight // nil while nobody fetches
}

// flight is a fetch under way.
type flight struct {
	done  chan struct{} // closed when the rest is set
	token string
	err   *connector.Error
}

// token returns a valid token. An error is definite: nothing of the call was sent.
func (s *session) token(ctx context.Context) (string, *connector.Error) {
	s.mu.Lock()
	if s.current != "" && s.now().Before(s.expires) {
		defer s.mu.Unlock()
		return s.current, nil
	}
	f := s.flight
	if f == nil {
		f = &flight{done: make(chan struct{})}
		s.flight = f
		// The fetch belongs to everybody who waits, so it does not end with
		// the call that began it.
		ctx := context.WithoutCancel(ctx)
		s.work.Go(func() { s.run(ctx, f) })
	}
	s.mu.Unlock()
	select {
	case <-f.done:
		return f.token, f.err
	case <-ctx.Done():
		return "", connector.Errorf(connector.Unavailable, "the call was given up while it logged in: %w", context.Cause(ctx))
	}
}

func (s *session) run(ctx context.Context, f *flight) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	g, err := s.fetch(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	f.token, f.err = g.token, err
	s.flight = nil
	if err == nil {
		s.current, s.expires = g.token, s.now().Add(max(g.ttl-tokenMargin, g.ttl/2))
	}
	close(f.done)
}

// drop forgets a token that was refused, unless there is a newer one.
func (s *session) drop(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == token {
		s.current = ""
	}
}
