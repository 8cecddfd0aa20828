package engine

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/harrier-soar/harrier"
)

// Run drives runs until ctx ends, and then gives them up in order. It is
// called once. Runs that a dead process had claimed are taken over first; that
// is right because the data directory is locked by its one process.
func (e *Engine) Run(ctx context.Context) error {
	err := e.cfg.Journal.Write(ctx, func(tx harrier.Tx) error {
		n, err := e.cfg.Queue.Orphans(ctx, tx, "", e.now())
		if n > 0 {
			e.cfg.Log.Info("runs taken over", "count", n)
		}
		return err
	})
	switch {
	case ctx.Err() != nil: // told to stop before it began
		return nil
	case err != nil:
		return err
	}
	e.mu.Lock()
	e.ctx = ctx
	e.mu.Unlock()
	defer e.wg.Wait()
	defer e.looks(time.Time{}, true) // whoever entered has done so by now
	defer e.takeAllOver()
	for {
		e.looks(time.Time{}, false)
		wait, full, err := e.dispatch(ctx)
		if err != nil && ctx.Err() == nil {
			e.cfg.Log.Error("dispatch", "err", err)
			wait = time.Second
		}
		e.looks(e.now().Add(wait), full)
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-e.poke:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// sweep is how often the queue is looked at without a hint.
const sweep = 15 * time.Second

// looks notes when the dispatcher looks at the queue next.
func (e *Engine) looks(at time.Time, full bool) {
	e.mu.Lock()
	e.idleUntil, e.full = at, full
	e.mu.Unlock()
}

// dispatch begins what is ready while there is room, and returns how long
// nothing more is; where there is no room, whoever leaves nudges.
func (e *Engine) dispatch(ctx context.Context) (wait time.Duration, full bool, _ error) {
	room := e.cfg.MaxActive - e.Active()
	if room <= 0 {
		return sweep, true, nil
	}
	now := e.now()
	ids, err := e.cfg.Queue.Ready(ctx, now, room)
	if err != nil {
		return 0, false, err
	}
	for _, id := range ids {
		e.claim(ctx, id)
	}
	if len(ids) == room {
		return sweep, true, nil
	}
	// What was ready before now is driven, and whoever makes more ready nudges.
	at, ok, err := e.cfg.Queue.NextReady(ctx, now)
	if err != nil || !ok {
		return sweep, false, err
	}
	return min(sweep, max(at.Sub(e.now()), time.Millisecond)), false, nil
}

// claim opens a run that is ready and drives it; false where there is no room.
func (e *Engine) claim(ctx context.Context, id harrier.RunID) bool {
	place := e.session(harrier.Run{ID: id}, nil)
	if !e.enter(place) {
		return e.drives(id)
	}
	e.occupy(ctx, place, func() (*Session, State, error) { return e.Open(ctx, id) })
	return true
}

// created drives a run that was created in a transaction, now that this is
// durable; where there is no room, the dispatcher finds it.
func (e *Engine) created(s *Session) {
	if !e.enter(s) {
		e.nudge()
		return
	}
	e.occupy(e.ctx, s, func() (*Session, State, error) { return e.openNew(e.ctx, s) })
}

// occupy drives the run of a place once it is opened.
func (e *Engine) occupy(ctx context.Context, place *Session, open func() (*Session, State, error)) {
	id := place.run.ID
	e.hold(id, func() (elsewhere bool) {
		s, state, err := open()
		if err != nil && ctx.Err() == nil {
			e.cfg.Log.Error("open run", "run_id", id, "err", err)
		}
		if err != nil && harrier.KindOf(err) != harrier.NotFound {
			e.wg.Go(func() { e.reclaim(id) })
		}
		if err != nil || state == Lost {
			return false
		}
		s.wake = place.wake
		e.mu.Lock()
		e.active[id] = s
		e.mu.Unlock()
		return e.drive(s)
	})
}

// hold runs f in a goroutine that keeps the place of an active run until f is
// done, unless f tells that another goroutine keeps it now.
func (e *Engine) hold(id harrier.RunID, f func() (elsewhere bool)) {
	e.wg.Go(func() {
		elsewhere := false
		defer func() {
			if !elsewhere {
				e.leave(id)
			}
		}()
		defer e.survive(id)
		elsewhere = f()
	})
}

// drives reports whether a run is one of the active ones.
func (e *Engine) drives(id harrier.RunID) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.active[id] != nil
}

// survive keeps a run that crashes its driver from taking the process along.
// The run stays claimed; each further claim without progress counts the crash.
func (e *Engine) survive(id harrier.RunID) {
	p := recover()
	if p == nil {
		return
	}
	stack := debug.Stack()
	if c, ok := p.(crashed); ok {
		p, stack = c.cause, c.stack
	}
	e.cfg.Log.Error("run crashed its driver", "run_id", id, "panic", fmt.Sprint(p), "stack", string(stack))
	e.wg.Go(func() { e.reclaim(id) })
}

// enter makes a session one of the active ones; false where there is no room,
// or it is one already, or the engine does not run.
func (e *Engine) enter(s *Session) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, twice := e.active[s.run.ID]; twice || len(e.active) >= e.cfg.MaxActive || e.ctx == nil || e.ctx.Err() != nil {
		return false
	}
	e.active[s.run.ID] = s
	e.wg.Add(1) // until it leaves, so that Run does not end before
	return true
}

// leave makes room. It nudges the dispatcher where that waits for room, looks
// at this moment, or would look too late for when the run is ready again, as it
// is where a signal woke the session after it had given the run up.
func (e *Engine) leave(id harrier.RunID) {
	defer e.wg.Done()
	e.mu.Lock()
	s := e.active[id]
	delete(e.active, id)
	at := s.run.ReadyAt
	nudge := e.full || e.idleUntil.IsZero() || !at.IsZero() && at.Before(e.idleUntil) || len(s.wake) > 0
	e.mu.Unlock()
	if nudge {
		e.nudge()
	}
}

// reclaim takes a run up again whose driver crashed, as soon as there is room;
// the fourth claim without progress quarantines it.
func (e *Engine) reclaim(id harrier.RunID) {
	timer := time.NewTicker(time.Second)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			if e.claim(e.ctx, id) {
				return
			}
		case <-e.ctx.Done():
			return
		}
	}
}
