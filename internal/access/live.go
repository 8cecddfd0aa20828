package access

import (
	"context"
	"sync"

	"github.com/harrier-soar/harrier"
)

// live holds the requests that are under way, so that they end with what they
// act by.
type live struct {
	mu sync.Mutex // guards what follows
	// ended counts what was ended, so that a request that was let in meanwhile looks again.
	ended int64
	open  map[*follower]struct{}
}

// follower is a request under way.
type follower struct {
	principal harrier.PrincipalID
	session   harrier.SessionID
	key       harrier.KeyID
	cancel    context.CancelCauseFunc
}

var errEnded = &harrier.Error{Kind: harrier.Unauthenticated, Text: "the session, the key or the account was ended or changed; log in again"}

// mark is how much was ended until now.
func (l *live) mark() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ended
}

// follow adds a request that was let in after mark; it reports false where
// something was ended since.
func (l *live) follow(f *follower, mark int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended != mark {
		return false
	}
	l.open[f] = struct{}{}
	return true
}

// leave removes a request that is over.
func (l *live) leave(f *follower) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, f)
}

// end ends the requests that are meant.
func (l *live) end(meant func(*follower) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended++
	for f := range l.open {
		if meant(f) {
			f.cancel(errEnded)
			delete(l.open, f)
		}
	}
}
