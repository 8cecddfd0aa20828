package transport

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/harrier-soar/harrier/connector"
)

// A fifth of every limit is kept for critical calls: the others pass two
// limiters, one of which is smaller.

// pace limits calls per second.
type pace struct{ all, ordinary *rate.Limiter }

func newPace(l connector.Limits) *pace {
	if l.Rate <= 0 {
		return nil
	}
	burst := max(1, l.Burst)
	return &pace{
		all:      rate.NewLimiter(rate.Limit(l.Rate), burst),
		ordinary: rate.NewLimiter(rate.Limit(l.Rate*0.8), max(1, burst-burst/5)),
	}
}

// turn reserves a call and returns how long to wait for it; undo gives it back.
// Where the wait is longer than longest, nothing is reserved.
func (p *pace) turn(now time.Time, critical bool, longest time.Duration) (wait time.Duration, undo func(time.Time), ok bool) {
	if p == nil {
		return 0, func(time.Time) {}, true
	}
	held := []*rate.Reservation{p.all.ReserveN(now, 1)}
	if !critical {
		held = append(held, p.ordinary.ReserveN(now, 1))
	}
	for _, r := range held {
		wait = max(wait, r.DelayFrom(now))
	}
	undo = func(at time.Time) {
		for _, r := range held {
			r.CancelAt(at)
		}
	}
	if wait > longest {
		undo(now)
		return wait, nil, false
	}
	return wait, undo, true
}

// quota limits calls per UTC day. It counts in memory; see [Transport.Counts].
type quota struct {
	mu   sync.Mutex // guards what follows
	day  time.Time
	used int
}

// take counts a call, unless the limit is reached; then it returns the time to
// the next day.
func (q *quota) take(now time.Time, limit int, critical bool) (wait time.Duration, ok bool) {
	if limit <= 0 {
		return 0, true
	}
	if !critical {
		limit -= limit / 5
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	day := dayOf(now)
	if !day.Equal(q.day) {
		q.day, q.used = day, 0
	}
	if q.used >= limit {
		return day.Add(24 * time.Hour).Sub(now), false
	}
	q.used++
	return 0, true
}

// giveBack undoes a take of a call that was not made.
func (q *quota) giveBack() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.used = max(0, q.used-1)
}

// bulkhead limits calls at once.
type bulkhead struct{ all, ordinary chan struct{} }

func newBulkhead(l connector.Limits) *bulkhead {
	n := l.Concurrent
	if n <= 0 {
		n = 8
	}
	return &bulkhead{make(chan struct{}, n), make(chan struct{}, n-n/5)}
}

// enter waits for a place until ctx ends.
func (b *bulkhead) enter(ctx context.Context, critical bool) error {
	if critical {
		return put(ctx, b.all)
	}
	if err := put(ctx, b.ordinary); err != nil {
		return err
	}
	err := put(ctx, b.all)
	if err != nil {
		<-b.ordinary
	}
	return err
}

func put(ctx context.Context, places chan struct{}) error {
	select {
	case places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (b *bulkhead) leave(critical bool) {
	<-b.all
	if !critical {
		<-b.ordinary
	}
}
