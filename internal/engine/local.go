package engine

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

// local performs a built-in action: what it does, its result, its audit row
// and its intent are one transaction, so its outcome is never unknown.
func (s *Session) local(ctx context.Context, c step.Call) (State, error) {
	var done step.Recorded
	var refused error
	var off *switchedOff
	s.e.cfg.Hit("local.before")
	err := s.e.cfg.Journal.Write(ctx, func(tx harrier.Tx) error {
		refused = nil
		if stops(c.Spec) {
			if err := s.mayBegin(ctx, tx, s.begins(-1, c)); err != nil {
				return err
			}
		}
		if refused = s.localRight(ctx, tx, c); refused != nil {
			return refused
		}
		now := s.e.now()
		out, err := s.e.cfg.Locals.Do(ctx, tx, LocalRequest{Run: s.run, Path: c.Path, Call: c, Alert: s.m.Started().Alert, Now: now})
		if err != nil {
			refused = err
			return err
		}
		body, ok := s.m.Local(c, out)
		if !ok {
			refused = harrier.Errorf(harrier.Conflict, "the step was given up")
			return refused
		}
		s.e.cfg.Hit("local.within")
		done = step.Recorded{At: now, Body: body}
		return s.appendLocal(ctx, tx, c, done)
	})
	switch {
	case errors.Is(err, ErrFence):
		return Lost, nil
	case errors.As(err, &off):
		return Working, off
	case refused != nil:
		s.m.Finish(c, localFailure(refused), s.env(ctx))
		return Working, nil //nolint:nilerr // the failure is the step's, and recorded
	case err != nil:
		return Working, errors.Join(err, s.resync(ctx))
	}
	s.e.cfg.Hit("local.after")
	s.seq++
	return Working, s.m.Apply(done.At, done.Body)
}

// localFailure is the outcome of a built-in action that did nothing.
func localFailure(err error) step.Outcome {
	kind := harrier.KindOf(err)
	return step.Outcome{
		Failure:   &step.Failure{Class: kind.String(), Text: err.Error()},
		Retryable: kind == harrier.Unavailable || kind == harrier.Limited,
	}
}

// appendLocal writes the event of a local action, and its intent and audit row
// where it leaves a trace.
func (s *Session) appendLocal(ctx context.Context, tx harrier.Tx, c step.Call, r step.Recorded) error {
	ev, err := step.Encode(s.seq+1, r.At, r.Body)
	if err != nil {
		return err
	}
	if err := s.e.cfg.Journal.Append(ctx, tx, s.run, []harrier.Event{ev}); err != nil {
		return err
	}
	if !c.Spec.Effect.Writes() {
		return nil
	}
	args, err := json.Marshal(c.With)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode the arguments of %s: %w", c.Path, err)
	}
	in := harrier.Intent{
		Tenant: s.run.Tenant, Run: s.run.ID, Path: c.Path, Epoch: s.m.Epoch(), Attempt: c.Attempt, Fence: s.run.Fence,
		Action: c.Spec.Name, Effect: c.Spec.Effect, Repeat: c.Spec.Repeat, Target: step.TargetOf(c.Spec.Targets, c.With),
		Args: args, ArgsHash: step.HashOf(c.With), State: harrier.IntentSucceeded, By: "local", IntendedAt: r.At, EndedAt: r.At,
	}
	if err := s.e.cfg.Ledger.Intend(ctx, tx, in); err != nil {
		return err
	}
	audit, err := s.audit("effect.local", c.Path, in.Target, map[string]any{"action": in.Action, "args": json.RawMessage(args)})
	if err != nil {
		return err
	}
	return audit(ctx, tx)
}
