package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/playbook"
)

// State is where a session stands after it advanced.
type State int

// The states of a session.
const (
	// Working: calls are to be made or under way.
	Working State = iota
	// Parked: the run waits; somebody will claim it when it is ready.
	Parked
	// Ended: the run came to its end.
	Ended
	// Lost: another owner has the run; nothing more may be done.
	Lost
)

// Session is one claimed run. It is not safe for concurrent use, except for
// being woken.
type Session struct {
	e    *Engine
	run  harrier.Run
	plan *playbook.Plan
	m    *step.Machine
	seq  int64
	// pending was decided and is not committed yet.
	pending []step.Recorded
	// wanted are the calls to make once what is pending is committed.
	wanted []step.Call
	// calls are under way.
	calls []step.Call
	// held tells which calls a guard stopped; stale, that the machine is ahead
	// of what is pending because of one.
	held  map[string]string
	stale bool
	// bars are the effects that the switch refused since the run was claimed.
	bars map[string]switchedOff
	// told counts the children that were told to stop.
	told int
	// woken tells that signals are to be looked at; consumed is the last one seen.
	woken    bool
	consumed int64
	wake     chan struct{}
	// helm tells who drives; see steering. drive is set where somebody does.
	helm  atomic.Int32
	drive *drive
}

// Open claims a run and brings it to where its journal ends. A run that was
// quarantined by the claim gives [Lost]. After an error the claim may have been
// made all the same: Open the run again, or it stays with this node for ever.
func (e *Engine) Open(ctx context.Context, id harrier.RunID) (*Session, State, error) {
	run, state, err := e.take(ctx, id)
	if err != nil || state == Lost {
		return nil, Lost, err
	}
	plan, err := e.cfg.Plans.Plan(ctx, run.Tenant, run.Hash)
	if err != nil {
		return nil, Lost, err
	}
	s := e.session(run, plan)
	if err := s.load(ctx); err != nil {
		return nil, Lost, err
	}
	e.cfg.Hit("run.loaded")
	return s, Working, nil
}

// openNew is Open of a run that this node has just created, by the session that
// created it: its journal is known, unless somebody was faster.
func (e *Engine) openNew(ctx context.Context, s *Session) (*Session, State, error) {
	run, state, err := e.take(ctx, s.run.ID)
	if err != nil || state == Lost {
		return nil, Lost, err
	}
	s.run, s.woken = run, run.WakeSeq > 0
	if run.Fence == 1 {
		s.begun()
	} else if err := s.load(ctx); err != nil {
		return nil, Lost, err
	}
	e.cfg.Hit("run.loaded")
	return s, Working, nil
}

// begun notes that the first event is committed, which the machine has decided.
func (s *Session) begun() {
	s.m.Take()
	s.seq = 1
}

// take claims a run.
func (e *Engine) take(ctx context.Context, id harrier.RunID) (run harrier.Run, _ State, err error) {
	e.cfg.Hit("run.claim")
	err = e.cfg.Journal.Write(ctx, func(tx harrier.Tx) (err error) {
		run, err = e.cfg.Journal.Claim(ctx, tx, id, e.cfg.Node)
		return err
	})
	switch {
	case harrier.KindOf(err) == harrier.Conflict && err != nil:
		return run, Lost, nil //nolint:nilerr // another node has it: nothing went wrong
	case err != nil:
		return run, Lost, err
	case run.Status == harrier.RunQuarantined:
		e.cfg.Log.Error("run quarantined", "run_id", id, "reason", run.Reason)
		return run, Lost, nil
	}
	e.cfg.Hit("run.claimed")
	return run, Working, nil
}

// session returns a session without a state.
func (e *Engine) session(run harrier.Run, plan *playbook.Plan) *Session {
	return &Session{
		e: e, run: run, plan: plan, held: map[string]string{}, bars: map[string]switchedOff{},
		woken: true, wake: make(chan struct{}, 1),
	}
}

// load makes the machine from the journal. Calls that are under way in this
// session, or that it keeps to make them, stay so; others that were are settled
// as after a crash.
func (s *Session) load(ctx context.Context, keep ...step.Call) error {
	m := step.New(s.plan)
	s.seq = 0
	for ev, err := range s.e.cfg.Journal.Events(ctx, s.run.ID, 0) {
		if err != nil {
			return err
		}
		if ev.Seq != s.seq+1 {
			return harrier.Errorf(harrier.Internal, "journal of %s: event %d follows %d", s.run.ID, ev.Seq, s.seq)
		}
		body, err := step.Decode(ev)
		if err != nil {
			return err
		}
		if err := m.Apply(ev.At, body); err != nil {
			return err
		}
		s.seq = ev.Seq
	}
	m.Adopt(slices.Concat(keep, s.calls))
	m.Recover(s.env(ctx))
	s.m, s.pending, s.wanted, s.stale, s.told = m, nil, keep, false, 0
	return nil
}

// env is what the machine may know of the world now.
func (s *Session) env(ctx context.Context) step.Env {
	return step.Env{
		Now: s.e.now(),
		Resolve: func(a *playbook.Action, _ map[string]any) ([]step.Target, error) {
			return s.e.cfg.Directory.Resolve(ctx, s.run.Tenant, a)
		},
		Held:   s.held,
		Barred: s.barred,
		Jitter: s.e.cfg.Rand,
	}
}

// Run returns the row of the run as the session knows it.
func (s *Session) Run() harrier.Run { return s.run }

// Machine returns the state of the run, to be read only.
func (s *Session) Machine() *step.Machine { return s.m }

// Woken notes that signals are to be looked at.
func (s *Session) Woken() { s.woken = true }

// Finish notes what came of a call.
func (s *Session) Finish(ctx context.Context, c step.Call, out step.Outcome) {
	s.calls = slices.DeleteFunc(s.calls, func(other step.Call) bool {
		return other.Path == c.Path && other.Target.Connection == c.Target.Connection
	})
	s.m.Finish(c, out, s.env(ctx))
}

// Advance takes every decision that can be taken, commits it, carries out
// local actions, and returns the calls to make next. With Parked and Ended the
// run was given up in the same commit.
func (s *Session) Advance(ctx context.Context) ([]step.Call, State, error) {
	for {
		if err := s.mend(ctx); err != nil {
			if again, state, err := s.refused(ctx, err); !again {
				return nil, state, err
			}
			continue
		}
		if err := s.hear(ctx); err != nil {
			return nil, Working, err
		}
		s.m.Next(ctx, s.env(ctx))
		events, calls := s.m.Take()
		s.want(events, calls)
		ended := s.m.Ended() != nil
		release := ended || len(s.wanted) == 0 && len(s.calls) == 0
		if err := s.commit(ctx, release); err != nil {
			if again, state, err := s.refused(ctx, err); !again {
				return nil, state, err
			}
			continue
		}
		switch {
		case ended:
			return nil, Ended, nil
		case release:
			return nil, Parked, nil
		}
		if local := localFirst(s.wanted); local > 0 {
			state, err := s.locals(ctx, local)
			var off *switchedOff
			if errors.As(err, &off) {
				s.bar(off)
				continue
			}
			if err != nil || state == Lost {
				return nil, state, err
			}
			continue
		}
		calls, s.wanted = s.wanted, nil
		s.calls = append(s.calls, calls...)
		return calls, Working, nil
	}
}

// want adds what was decided to what is to be committed and called.
func (s *Session) want(events []step.Recorded, calls []step.Call) {
	if len(s.pending) == 0 {
		s.pending = events
	} else {
		s.pending = append(s.pending, events...)
	}
	if len(s.wanted) == 0 {
		s.wanted = calls
	} else {
		s.wanted = append(s.wanted, calls...)
	}
}

// localFirst moves the local actions to the front and counts them.
func localFirst(calls []step.Call) int {
	slices.SortStableFunc(calls, step.LocalFirst)
	n := slices.IndexFunc(calls, func(c step.Call) bool { return !c.Spec.Local })
	if n < 0 {
		return len(calls)
	}
	return n
}

// locals performs the first n wanted calls. One whose commit failed stays wanted.
func (s *Session) locals(ctx context.Context, n int) (State, error) {
	for range n {
		if state, err := s.local(ctx, s.wanted[0]); err != nil || state == Lost {
			return state, err
		}
		s.wanted = s.wanted[1:]
	}
	return Working, nil
}

// mend commits what came before an intent that a guard refused, and takes the
// state from the journal.
func (s *Session) mend(ctx context.Context) error {
	if !s.stale {
		return nil
	}
	if err := s.commit(ctx, false); err != nil {
		return err
	}
	s.stale = false
	return s.load(ctx, s.wanted...)
}

// refused goes on after a commit that was refused: again tells that the
// session can advance once more.
func (s *Session) refused(ctx context.Context, err error) (again bool, state State, _ error) {
	var tripped *guardTripped
	var off *switchedOff
	switch {
	case errors.As(err, &off):
		s.bar(off)
		return true, Working, nil
	case errors.Is(err, ErrFence):
		return false, Lost, nil
	case errors.Is(err, ErrWoken):
		s.woken = true
		return true, Working, nil
	case errors.As(err, &tripped):
		s.held[tripped.call] = tripped.reason
		s.cut(tripped.index)
		return true, Working, nil
	}
	return false, Working, errors.Join(err, s.resync(ctx))
}

// cut drops what is pending from an intent that a guard refused on, together
// with what belongs to the same decision: the intents of its other connections.
// Calls whose intents stay are still to be made; reads are decided again.
func (s *Session) cut(index int) {
	refused, _ := s.pending[index].Body.(step.ActionIntended)
	first := slices.IndexFunc(s.pending[:index], func(r step.Recorded) bool {
		switch b := r.Body.(type) {
		case step.ActionIntended:
			return b.Path == refused.Path && b.Begin != nil
		case step.ActionHeld:
			return b.Path == refused.Path && b.Begin != nil
		}
		return false
	})
	if first >= 0 {
		index = first
	}
	gone := map[string]bool{}
	for _, r := range s.pending[index:] {
		if in, ok := r.Body.(step.ActionIntended); ok {
			gone[step.CallID(in.Path, in.To)] = true
		}
	}
	s.wanted = slices.DeleteFunc(s.wanted, func(c step.Call) bool {
		return !c.Effectful() || gone[step.CallID(c.Path, c.Target.Connection)]
	})
	s.pending, s.stale = s.pending[:index], true
}

// resync finds out whether a commit whose answer was an error was made all the
// same. If so, the state is that of the journal; if not, what is pending is
// still to be committed.
func (s *Session) resync(ctx context.Context) error {
	for _, err := range s.e.cfg.Journal.Events(ctx, s.run.ID, s.seq) {
		if err != nil {
			return err
		}
		s.consumed, s.woken = 0, true
		return s.load(ctx)
	}
	return nil
}

// hear folds the signals that came.
func (s *Session) hear(ctx context.Context) error {
	if !s.woken {
		return nil
	}
	signals, wakeSeq, err := s.e.cfg.Signals.Pending(ctx, s.run.ID)
	if err != nil {
		return err
	}
	s.run.WakeSeq, s.woken = wakeSeq, false
	clear(s.bars) // the switch may be off
	for _, signal := range signals {
		if signal.Seq <= s.consumed {
			continue
		}
		if err := s.m.Signal(signal, s.env(ctx)); err != nil {
			s.e.cfg.Log.Error("signal dropped", "run_id", s.run.ID, "err", err)
		}
		s.consumed = signal.Seq
	}
	return nil
}

// Flush commits what is decided and gives the run up to whoever is next, as
// when the process stops. Signals that came are left to them.
func (s *Session) Flush(ctx context.Context) error {
	events, _ := s.m.Take()
	s.want(events, nil)
	writes, err := s.appends(ctx)
	if err != nil {
		return err
	}
	for {
		s.run.Status, s.run.WaitingFor, s.run.ReadyAt = harrier.RunWaiting, "the restart of its node", s.e.now()
		err := s.e.cfg.Journal.Write(ctx, func(tx harrier.Tx) error {
			if err := all(ctx, tx, writes); err != nil {
				return err
			}
			return s.e.cfg.Journal.Release(ctx, tx, s.run)
		})
		if !errors.Is(err, ErrWoken) {
			return err
		}
		if _, s.run.WakeSeq, err = s.e.cfg.Signals.Pending(ctx, s.run.ID); err != nil {
			return err
		}
	}
}

// giveUp sets the row of the run to where it stands.
func (s *Session) giveUp(now time.Time) {
	s.run.UpdatedAt, s.run.Unresolved = now, s.m.Unresolved()
	if end := s.m.Ended(); end != nil {
		s.run.Status, s.run.Reason, s.run.EndedAt, s.run.ReadyAt = end.Status, end.Reason, now, time.Time{}
		s.run.Outputs, s.run.WaitingFor = encodeOutputs(end.Outputs), ""
		return
	}
	s.run.Status, s.run.WaitingFor = harrier.RunWaiting, s.m.WaitingFor()
	if why := s.m.Barred(); why != "" {
		s.run.WaitingFor = strings.TrimSuffix(StopWait+" ("+why+"); "+s.run.WaitingFor, "; ")
	}
	s.run.ReadyAt, _ = s.m.NextDue()
}
