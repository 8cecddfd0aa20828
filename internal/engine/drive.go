package engine

import (
	"context"
	"runtime/debug"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

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

// drive advances a session until its run is given up, or another goroutine
// drives it.
func (e *Engine) drive(s *Session) (elsewhere bool) {
	callCtx, cancel := context.WithCancelCause(context.WithoutCancel(e.ctx))
	s.drive = &drive{
		e: e, s: s, results: make(chan finished),
		callCtx: func() context.Context { return callCtx }, cancel: cancel,
	}
	return s.drive.run(e.ctx, false)
}

// run advances the session; where a call is under way, once there is news.
func (d *drive) run(ctx context.Context, calling bool) (elsewhere bool) {
	defer func() {
		if !elsewhere {
			d.cancel(errGivenUp)
		}
	}()
	if calling && !d.wait(ctx) {
		return false
	}
	for failures := 0; ; {
		calls, state, err := d.s.Advance(context.WithoutCancel(ctx))
		if state != Working {
			return false
		}
		if err != nil {
			if failures++; failures >= maxFailures && harrier.KindOf(err) != harrier.Unavailable {
				panic(err) // it is the run, not the database
			}
			if !d.pause(ctx, failures, err) {
				return false
			}
			continue
		}
		failures = 0
		if len(calls) == 1 && len(d.s.calls) == 1 && d.steers(ctx) {
			if !d.alone(calls[0]) {
				return true
			}
			continue
		}
		d.start(calls)
		if !d.wait(ctx) {
			return false
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
	for _, c := range calls {
		req := d.request(c)
		d.e.wg.Go(func() { d.deliver(d.call(d.callCtx(), req)) })
	}
}

func (d *drive) request(c step.Call) CallRequest {
	return CallRequest{Tenant: d.s.run.Tenant, Run: d.s.run.ID, Alert: d.s.run.Alert, Mode: d.s.m.Mode(), Critical: d.s.run.Priority == 0, Call: c}
}

// deliver brings what came of a call to whoever drives.
func (d *drive) deliver(r finished) {
	select {
	case d.results <- r:
	case <-d.callCtx().Done(): // the driver is gone, and nobody waits
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
