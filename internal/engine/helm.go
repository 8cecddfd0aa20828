package engine

import (
	"context"

	"github.com/harrier-soar/harrier/internal/step"
)

// A session with one call under way is driven by the goroutine that makes the
// call, which saves a goroutine and two hand-overs for each step. Whoever has
// news for the session meanwhile, a signal or the end of the process, lets a
// goroutine of its own take the helm; the one that made the call then only
// delivers what came of it.

// The places of the helm.
const (
	// steering: the driver looks for news by itself.
	steering int32 = iota
	// calling: the driver makes a call and hears nothing.
	calling
	// taken: another goroutine is about to steer.
	taken
)

// steers says that the driver makes a call from now on; false where there is
// news already, and it has to keep listening.
func (d *drive) steers(ctx context.Context) bool {
	d.s.helm.Store(calling)
	if len(d.s.wake) == 0 && ctx.Err() == nil {
		return true
	}
	return !d.s.helm.CompareAndSwap(calling, steering)
}

// alone makes the one call of the session; false where another goroutine has
// the helm now.
func (d *drive) alone(c step.Call) bool {
	r := d.call(d.callCtx(), d.request(c))
	if d.s.helm.CompareAndSwap(calling, steering) {
		d.take(r)
		return true
	}
	d.deliver(r)
	return false
}

// takeOver lets another goroutine drive a session whose driver makes a call.
func (e *Engine) takeOver(s *Session) {
	if !s.helm.CompareAndSwap(calling, taken) {
		return
	}
	e.hold(s.run.ID, func() (elsewhere bool) {
		s.helm.Store(steering)
		return s.drive.run(e.ctx, true)
	})
}

// takeAllOver makes all sessions hear that the process stops.
func (e *Engine) takeAllOver() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range e.active {
		e.takeOver(s)
	}
}
