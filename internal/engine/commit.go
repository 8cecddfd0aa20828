package engine

import (
	"context"
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

// guardTripped means that a guard refused the intent at an index of the
// pending events.
type guardTripped struct {
	index  int
	call   string
	reason string
}

// Error implements error.
func (g *guardTripped) Error() string { return g.reason }

// commit makes what is pending durable, with everything that must be in the
// same transaction, and gives the run up where release says so.
func (s *Session) commit(ctx context.Context, release bool) error {
	if len(s.pending) == 0 && s.consumed == 0 && !release {
		return nil
	}
	s.hits("before")
	if release {
		s.giveUp(s.e.now())
	}
	err := s.e.cfg.Journal.Write(ctx, func(tx harrier.Tx) error {
		if err := s.append(ctx, tx); err != nil {
			return err
		}
		if !release {
			return nil
		}
		return s.release(ctx, tx)
	})
	if err != nil {
		if release {
			s.run.Status, s.run.ReadyAt = harrier.RunRunning, time.Time{}
		}
		return err
	}
	s.hits("after")
	s.seq += int64(len(s.pending))
	s.pending, s.consumed = nil, 0
	return nil
}

// append writes the pending events, their side rows, and takes the signals
// they came from off the queue.
func (s *Session) append(ctx context.Context, tx harrier.Tx) error {
	if len(s.pending) > 0 {
		events, err := s.encode()
		if err != nil {
			return err
		}
		if err := s.e.cfg.Journal.Append(ctx, tx, s.run, events); err != nil {
			return err
		}
	}
	for i, r := range s.pending {
		if err := s.side(ctx, tx, r, i); err != nil {
			return err
		}
	}
	if s.consumed == 0 {
		return nil
	}
	return s.e.cfg.Signals.Consume(ctx, tx, s.run, s.consumed)
}

// encode puts the pending events into envelopes.
func (s *Session) encode() ([]harrier.Event, error) {
	events := make([]harrier.Event, len(s.pending))
	for i, r := range s.pending {
		ev, err := step.Encode(s.seq+int64(i)+1, r.At, r.Body)
		if err != nil {
			return nil, err
		}
		events[i] = ev
	}
	return events, nil
}

// release gives the run up in a transaction. A run that ends tells its parent
// and takes its open questions back.
func (s *Session) release(ctx context.Context, tx harrier.Tx) error {
	end := s.m.Ended()
	if end == nil {
		return s.e.cfg.Journal.Release(ctx, tx, s.run)
	}
	now := s.run.UpdatedAt
	for _, a := range s.m.Abandoned() {
		if err := s.settle(ctx, tx, a.Path, a.To, settlement{a.Epoch, harrier.IntentUnknown, "call", now}); err != nil {
			return err
		}
	}
	w := Withdrawal{Tenant: s.run.Tenant, Run: s.run.ID, Status: harrier.ApprovalVoid, At: now}
	if err := s.e.cfg.Questions.Withdraw(ctx, tx, w); err != nil {
		return err
	}
	if err := s.audit(ctx, tx, "run.end", "", s.run.Playbook, map[string]any{"status": end.Status, "reason": end.Reason, "unresolved": end.Unresolved}); err != nil {
		return err
	}
	if !s.run.Parent.IsZero() {
		if err := s.tellParent(ctx, tx, end, now); err != nil {
			return err
		}
	}
	return s.e.cfg.Journal.Release(ctx, tx, s.run)
}

// tellParent raises a signal to the run that called this one.
func (s *Session) tellParent(ctx context.Context, tx harrier.Tx, end *step.RunEnded, now time.Time) error {
	data, err := json.Marshal(step.ChildEnded{
		Path: s.run.ParentPath, Run: s.run.ID, Status: end.Status, Outputs: end.Outputs, Reason: end.Reason,
	})
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode the end of %s: %w", s.run.ID, err)
	}
	parent := s.run.Parent
	tx.OnCommit(func() { s.e.Wake(parent) })
	return s.e.cfg.Signals.Raise(ctx, tx, harrier.Signal{
		Tenant: s.run.Tenant, Run: parent, Type: step.SignalChild, Data: data, At: now,
	})
}

// hits passes the failpoints that belong to what is being committed.
func (s *Session) hits(when string) {
	for _, r := range s.pending {
		switch r.Body.(type) {
		case step.ActionIntended:
			s.e.cfg.Hit("intent." + when)
		case step.ActionSucceeded, step.ActionFailed, step.ActionUnknown, step.ActionProbed:
			s.e.cfg.Hit("result." + when)
		case step.QuestionAsked, step.OutcomeAsked, step.ActionHeld:
			s.e.cfg.Hit("question." + when)
		}
	}
	if when == "after" && s.consumed > 0 {
		s.e.cfg.Hit("signal.consumed")
	}
	if s.m.Ended() != nil {
		s.e.cfg.Hit(map[string]string{"before": "run.end", "after": "run.ended"}[when])
	} else if len(s.calls) == 0 && s.run.Status == harrier.RunWaiting {
		s.e.cfg.Hit(map[string]string{"before": "run.park", "after": "run.parked"}[when])
	}
}

// encodeOutputs is the JSON of a run's outputs.
func encodeOutputs(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	data, err := json.Marshal(v)
	if err != nil { // values in a run are JSON values
		return nil
	}
	return data
}
