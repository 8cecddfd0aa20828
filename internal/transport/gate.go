package transport

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
)

// gate is everything that a call waits for before it may use a connection.
type gate struct {
	name    string // of the connection
	limits  connector.Limits
	now     func() time.Time
	longest time.Duration
	breaker breaker
	places  *bulkhead
	pace    *pace
	quota   *quota // outlives a change of the connection

	mu   sync.Mutex // guards held
	held time.Time  // until when the vendor asked to be left alone
}

func newGate(c Connection, cfg Config, q *quota) *gate {
	return &gate{
		name: c.Name, limits: c.Limits, now: cfg.Now, longest: cfg.Timeouts.Queue,
		places: newBulkhead(c.Limits), pace: newPace(c.Limits), quota: q,
	}
}

// pass is the right to make one call; it is given back with leave.
type pass struct {
	g               *gate
	probe, critical bool
}

var errQueueTime = errors.New("too many calls wait for the connection")

// enter waits for the right to make a call. An error means that nothing was sent.
func (g *gate) enter(ctx context.Context, call Call) (*pass, *connector.Error) {
	if wait := g.asked(); wait > 0 && !call.Critical {
		return nil, g.limited(wait, "the vendor of %q asked us to slow down")
	}
	probe, wait, ok := g.breaker.enter(g.now(), call.Critical && call.Effect == harrier.Contain)
	if !ok {
		err := connector.Errorf(connector.Unavailable, "connection %q is paused, because at least half of its last calls failed", g.name)
		err.After = wait
		return nil, err
	}
	queue, cancel := context.WithTimeoutCause(ctx, g.longest, errQueueTime)
	defer cancel()
	if err := g.places.enter(queue, call.Critical); err != nil {
		return nil, g.gaveUp(err)
	}
	if err := g.spend(queue, call.Critical); err != nil {
		g.places.leave(call.Critical)
		return nil, err
	}
	return &pass{g, probe, call.Critical}, nil
}

// spend takes one call from the day and from the rate, and waits for its turn.
func (g *gate) spend(ctx context.Context, critical bool) *connector.Error {
	if wait, ok := g.quota.take(g.now(), g.limits.Daily, critical); !ok {
		return g.limited(wait, "the calls per day of %q are used up; a fifth is kept for critical runs")
	}
	wait, undo, ok := g.pace.turn(g.now(), critical, g.longest)
	if !ok {
		g.quota.giveBack()
		return g.limited(wait, "too many calls wait for %q")
	}
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		undo(g.now())
		g.quota.giveBack()
		return g.gaveUp(context.Cause(ctx))
	}
}

// leave gives the right back and reports what the call told.
func (p *pass) leave(o outcome) {
	p.g.breaker.leave(p.g.now(), p.probe, o)
	p.g.places.leave(p.critical)
}

// hold leaves the vendor alone for a while, as it asked.
func (g *gate) hold(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until := g.now().Add(d); until.After(g.held) {
		g.held = until
	}
}

// asked returns how long the vendor still wants to be left alone.
func (g *gate) asked() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.held.Sub(g.now())
}

func (g *gate) limited(after time.Duration, format string) *connector.Error {
	err := connector.Errorf(connector.Limited, format, g.name)
	err.After = after
	return err
}

func (g *gate) gaveUp(cause error) *connector.Error {
	if errors.Is(cause, errQueueTime) {
		return connector.Errorf(connector.Limited, "connection %q: %w", g.name, cause)
	}
	return connector.Errorf(connector.Unavailable, "the call was given up before it was sent: %w", cause)
}
