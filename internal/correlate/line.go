package correlate

import (
	"context"
	"sync"

	"github.com/harrier-soar/harrier"
)

// Line lets alerts that share something through one after the other, in the
// order in which they lined up, and all others at the same time (G14).
//
// Whoever accepts alerts calls [Line.Enter] in the order of acceptance.
type Line struct {
	mu   sync.Mutex // guards last
	last map[lineKey]*turn
}

type lineKey struct {
	tenant harrier.TenantID
	key    Key
}

// turn is one alert's place in the line.
type turn struct {
	done chan struct{}
	// before are those that it waits for. Whoever leaves in its turn forgets
	// them; whoever leaves early hands them on to those behind.
	before []*turn
}

// NewLine returns an empty line.
func NewLine() *Line { return &Line{last: map[lineKey]*turn{}} }

// Turn is a place in the line.
type Turn struct {
	line *Line
	mine *turn
	keys []lineKey
	once sync.Once
}

// Enter takes a place behind all that share a key and entered before.
func (l *Line) Enter(tenant harrier.TenantID, keys []Key) *Turn {
	t := &Turn{line: l, mine: &turn{done: make(chan struct{})}}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range keys {
		at := lineKey{tenant, k}
		if prev := l.last[at]; prev != nil && prev != t.mine {
			t.mine.before = append(t.mine.before, prev)
		}
		l.last[at] = t.mine
		t.keys = append(t.keys, at)
	}
	return t
}

// Wait returns when all who share a key and were before have left, or with
// ctx's cause. The place is kept until [Turn.Leave], also after an error.
func (t *Turn) Wait(ctx context.Context) error {
	for {
		prev := t.next()
		if prev == nil {
			return nil
		}
		select {
		case <-prev.done:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		t.passed(prev)
	}
}

// next returns one of those before.
func (t *Turn) next() *turn {
	t.line.mu.Lock()
	defer t.line.mu.Unlock()
	if n := len(t.mine.before); n > 0 {
		return t.mine.before[n-1]
	}
	return nil
}

// passed takes the last of those before out, who has left, and waits for those
// for whom it had not waited.
func (t *Turn) passed(prev *turn) {
	t.line.mu.Lock()
	defer t.line.mu.Unlock()
	rest := t.mine.before[:len(t.mine.before)-1]
	t.mine.before = append(rest, prev.before...)
}

// Leave lets the next ones through. Where it is called before the turn has
// come, the next ones wait for those who are before it.
func (t *Turn) Leave() {
	t.once.Do(func() {
		t.line.mu.Lock()
		defer t.line.mu.Unlock()
		for _, k := range t.keys {
			if t.line.last[k] == t.mine && len(t.mine.before) == 0 {
				delete(t.line.last, k)
			}
		}
		close(t.mine.done)
	})
}
