package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/schema"
)

// Switch tells whether somebody has stopped all effects.
type Switch interface {
	// Stopped says, inside the change that would begin an effect, why it may not;
	// it is empty where it may. Once the change that puts the switch on is
	// committed, no change after it is told that an effect may begin.
	Stopped(ctx context.Context, tx harrier.Tx, b Beginning) (reason string, err error)
}

// Beginning is an effect that is about to begin.
type Beginning struct {
	Tenant     harrier.TenantID
	Run        harrier.RunID
	Effect     harrier.Effect
	Connection harrier.ConnectionID
	// Undo is the action, and UndoKey on what it acts, by which a containment is
	// found that it takes back; both are empty for other effects.
	Undo, UndoKey string
}

// StopWait is what the reason begins with for which a run waits while effects
// are stopped. The store finds the runs by it.
const StopWait = "the switch"

// switchedOff means that the switch refused the effect of a call. Index is that
// of its intent among the pending events, or negative for a local action.
type switchedOff struct {
	index  int
	key    string
	begin  Beginning
	reason string
}

// Error implements error.
func (s *switchedOff) Error() string { return s.reason }

// begins is what the switch is asked about a call, whose intent is at an index
// of the pending events.
func (s *Session) begins(index int, c step.Call) switchedOff {
	to := c.Target.Connection
	b := Beginning{Tenant: s.run.Tenant, Run: s.run.ID, Effect: c.Spec.Effect, Connection: to}
	if b.Effect == harrier.Contain {
		b.Undo, b.UndoKey = c.Spec.Name, thing(c.Spec, c.With)
	}
	return switchedOff{index: index, key: barKey(c.Spec, c.Path, to), begin: b}
}

// stops reports whether the switch says anything about an action: what is
// recorded in Harrier itself is no effect on the world.
func stops(spec schema.ActionSpec) bool {
	return spec.Effect.Writes() && !(spec.Local && spec.Effect == harrier.Record)
}

// barKey tells which calls are stopped together: all of an action, but for what
// takes something back, which may be allowed for one thing and not for another.
func barKey(spec schema.ActionSpec, path string, to harrier.ConnectionID) string {
	if schema.Releases(spec) {
		return spec.Name + " " + step.CallID(path, to)
	}
	return spec.Name
}

// mayBegin refuses an effect that is stopped, inside the change that begins it.
func (s *Session) mayBegin(ctx context.Context, tx harrier.Tx, off switchedOff) error {
	reason, err := s.e.cfg.Switch.Stopped(ctx, tx, off.begin)
	if err != nil || reason == "" {
		return err
	}
	off.reason = reason
	return &off
}

// barred tells the machine which effects were refused since the run was claimed.
func (s *Session) barred(path string, t step.Target) string {
	if len(s.bars) == 0 {
		return ""
	}
	return s.bars[barKey(s.plan.Actions[t.Action], path, t.Connection)].reason
}

// bar takes back what was decided from a refused effect on; the machine decides
// again, without it.
func (s *Session) bar(off *switchedOff) {
	s.bars[off.key] = *off
	if off.index >= 0 {
		s.cut(off.index)
		return
	}
	s.wanted = slices.DeleteFunc(s.wanted, func(c step.Call) bool { return !c.Effectful() }) // the others' intents are committed
	s.stale = true
}

// stillStopped makes sure that a run which is given up because effects are
// stopped is not forgotten: where one of them may begin by now, it goes on.
func (s *Session) stillStopped() write {
	return func(ctx context.Context, tx harrier.Tx) error {
		for _, off := range s.bars {
			err := s.mayBegin(ctx, tx, off)
			var again *switchedOff
			switch {
			case err == nil:
				return ErrWoken
			case !errors.As(err, &again):
				return err
			}
		}
		return nil
	}
}
