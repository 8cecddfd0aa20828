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
	defer e.looks(time.Time{}, true) // whoever entered has done so by now
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

// claim opens a run that is ready and drives it; false where there is no room.
func (e *Engine) claim(ctx context.Context, id harrier.RunID) bool {
	place := e.session(harrier.Run{ID: id}, nil)
	if !e.enter(place) {
		return e.drives(id)
	}
	e.wg.Go(func() {
		defer e.leave(id)
		defer e.survive(id)
		s, state, err := e.Open(ctx, id)
		if err != nil && ctx.Err() == nil {
			e.cfg.Log.Error("open run", "run_id", id, "err", err)
		}
		if err != nil && harrier.KindOf(err) != harrier.NotFound {
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
	return true
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

// finished is a call and what came of it.
type finished struct {
	call step.Call
	out  step.Outcome
	// crash is set where the call panicked.
	crash *crashed
}

// crashed is a panic that is carried from the goroutine of a call to that of
// its driver.
type crashed struct {
	cause any
	stack []byte
}

// drive advances a session until its run is given up.
func (e *Engine) drive(s *Session) {
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
			if failures++; failures >= maxFailures && harrier.KindOf(err) != harrier.Unavailable {
				panic(err) // it is the run, not the database
			}
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

// maxFailures is how often in a row a commit may fail for another reason than
// the database's before that counts as a crash.
const maxFailures = 3

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
			r := d.call(ctx, req)
			select {
			case d.results <- r:
			case <-ctx.Done(): // the driver is gone, and nobody waits
			}
		})
	}
}

// call makes one call. It ends with an outcome, or with the panic of it.
func (d *drive) call(ctx context.Context, req CallRequest) (r finished) {
	defer func() {
		if p := recover(); p != nil {
			r = finished{call: req.Call, crash: &crashed{p, debug.Stack()}}
		}
	}()
	d.e.cfg.Hit("call.before")
	out := d.e.cfg.Caller.Call(ctx, req)
	d.e.cfg.Hit("call.after")
	return finished{call: req.Call, out: out}
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

// take notes what came of a call. One that panicked crashes the driver, so that
// a run that does it again and again is quarantined.
func (d *drive) take(r finished) {
	if r.crash != nil {
		panic(*r.crash)
	}
	d.s.Finish(context.WithoutCancel(d.callCtx()), r.call, r.out)
}

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
