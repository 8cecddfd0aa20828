package engine

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
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
	if err != nil {
		return err
	}
	e.mu.Lock()
	e.ctx = ctx
	e.mu.Unlock()
	defer e.wg.Wait()
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
	at, ok, err := e.cfg.Queue.NextReady(ctx)
	if err != nil || !ok {
		return sweep, false, err
	}
	return min(sweep, max(at.Sub(e.now()), time.Millisecond)), false, nil
}

// claim opens a run that is ready and drives it.
func (e *Engine) claim(ctx context.Context, id harrier.RunID) {
	place := e.session(harrier.Run{ID: id}, nil)
	if !e.enter(place) {
		return
	}
	e.wg.Go(func() {
		s, state, err := e.Open(ctx, id)
		if err != nil || state == Lost {
			e.leave(place)
		}
		if err != nil && ctx.Err() == nil {
			e.cfg.Log.Error("open run", "run_id", id, "err", err)
			e.wg.Go(func() { e.reclaim(id) })
		}
		if err != nil || state == Lost {
			return
		}
		s.wake = place.wake
		e.mu.Lock()
		e.active[id] = s
		e.mu.Unlock()
		e.drive(s)
	})
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
	return true
}

// leave makes room. It nudges the dispatcher where that waits for room, looks
// at this moment, or would look too late for when the run is ready again.
func (e *Engine) leave(s *Session) {
	at := s.run.ReadyAt
	e.mu.Lock()
	delete(e.active, s.run.ID)
	nudge := e.full || e.idleUntil.IsZero() || !at.IsZero() && at.Before(e.idleUntil)
	e.mu.Unlock()
	if nudge {
		e.nudge()
	}
}

// finished is a call and what came of it.
type finished struct {
	call step.Call
	out  step.Outcome
}

// drive advances a session until its run is given up.
func (e *Engine) drive(s *Session) {
	defer e.leave(s)
	defer func() {
		if p := recover(); p != nil {
			// The run stays claimed; after the sweep another claim counts the crash.
			e.cfg.Log.Error("run crashed its driver", "run_id", s.run.ID, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			e.wg.Go(func() { e.reclaim(s.run.ID) })
		}
	}()
	ctx := e.ctx
	d := &drive{e: e, s: s, results: make(chan finished)}
	callCtx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	d.callCtx, d.cancel = func() context.Context { return callCtx }, cancel
	defer cancel(errGivenUp)
	for failures := 0; ; {
		calls, state, err := s.Advance(context.WithoutCancel(ctx))
		if state != Working {
			return
		}
		if err != nil {
			failures++
			if !d.pause(ctx, failures, err) {
				return
			}
			continue
		}
		failures = 0
		d.start(calls)
		if !d.wait(ctx) {
			return
		}
	}
}

// errGivenUp is why calls end that nobody waits for any more.
var errGivenUp = harrier.Errorf(harrier.Unavailable, "the run was given up")

// drive is what the loop over one session needs.
type drive struct {
	e       *Engine
	s       *Session
	results chan finished
	callCtx func() context.Context
	cancel  context.CancelCauseFunc
}

// start makes calls, each in its goroutine; the engine waits for them.
func (d *drive) start(calls []step.Call) {
	ctx := d.callCtx()
	started := d.s.m.Started()
	for _, c := range calls {
		req := CallRequest{Tenant: d.s.run.Tenant, Run: d.s.run.ID, Mode: started.Mode, Critical: d.s.run.Priority == 0, Call: c}
		d.e.wg.Go(func() {
			d.e.cfg.Hit("call.before")
			out := d.e.cfg.Caller.Call(ctx, req)
			d.e.cfg.Hit("call.after")
			select {
			case d.results <- finished{c, out}:
			case <-ctx.Done():
				select {
				case d.results <- finished{c, out}:
				case <-time.After(d.e.cfg.Grace):
				}
			}
		})
	}
}

// wait waits for a result or a signal; false means that the run was given up
// because the process stops.
func (d *drive) wait(ctx context.Context) bool {
	select {
	case r := <-d.results:
		d.take(r)
		for {
			select {
			case r := <-d.results:
				d.take(r)
				continue
			default:
				return true
			}
		}
	case <-d.s.wake:
		d.s.Woken()
		return true
	case <-ctx.Done():
		d.stop(context.WithoutCancel(ctx))
		return false
	}
}

func (d *drive) take(r finished) { d.s.Finish(context.WithoutCancel(d.callCtx()), r.call, r.out) }

// stop waits for the calls under way and gives the run up for the next process.
func (d *drive) stop(ctx context.Context) {
	grace := time.NewTimer(d.e.cfg.Grace)
	defer grace.Stop()
	for len(d.s.calls) > 0 {
		select {
		case r := <-d.results:
			d.take(r)
		case <-grace.C:
			return // the next process finds the intents without an outcome
		}
	}
	if err := d.s.Flush(ctx); err != nil {
		d.e.cfg.Log.Error("give run up", "run_id", d.s.run.ID, "err", err)
	}
}

// pause waits after a commit that failed; false means to give up.
func (d *drive) pause(ctx context.Context, failures int, err error) bool {
	d.e.cfg.Log.Error("commit", "run_id", d.s.run.ID, "attempt", failures, "err", err)
	timer := time.NewTimer(min(time.Duration(failures)*200*time.Millisecond, 5*time.Second))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// reclaim takes a run up again whose driver crashed; the third claim without
// progress quarantines it.
func (e *Engine) reclaim(id harrier.RunID) {
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	select {
	case <-timer.C:
		e.claim(e.ctx, id)
	case <-e.ctx.Done():
	}
}
