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
	stopped := len(s.m.Stopped())
	if len(s.pending) == 0 && s.consumed == 0 && !release && len(s.untold()) == 0 {
		return nil
	}
	s.hits("before", release)
	writes, err := s.writes(ctx, release)
	if err == nil {
		err = s.e.cfg.Journal.Write(ctx, func(tx harrier.Tx) error { return all(ctx, tx, writes) })
	}
	if err != nil {
		if release {
			s.run.Status, s.run.ReadyAt = harrier.RunRunning, time.Time{}
		}
		return err
	}
	s.hits("after", release)
	s.seq += int64(len(s.pending))
	s.pending, s.consumed = nil, 0
	if !s.stale {
		s.told = stopped
	}
	return nil
}

// write is one thing that a commit writes. All that can be computed before is,
// because every run waits for the one writer.
type write func(ctx context.Context, tx harrier.Tx) error

// all makes the writes in order.
func all(ctx context.Context, tx harrier.Tx, writes []write) error {
	for _, w := range writes {
		if err := w(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// writes lists what a commit writes: the pending events, their side rows, the
// signals they came from, and the row of the run where it is given up.
func (s *Session) writes(ctx context.Context, release bool) ([]write, error) {
	list, err := s.appends(ctx)
	if err != nil || !release {
		return list, err
	}
	s.giveUp(s.e.now())
	end, err := s.ending()
	return append(list, end...), err
}

// appends writes the pending events, their side rows, and takes the signals
// they came from off the queue.
func (s *Session) appends(ctx context.Context) (list []write, _ error) {
	if len(s.pending) > 0 {
		events, err := s.encode()
		if err != nil {
			return nil, err
		}
		list = append(list, func(ctx context.Context, tx harrier.Tx) error {
			return s.e.cfg.Journal.Append(ctx, tx, s.run, events)
		})
	}
	for i, r := range s.pending {
		w, err := s.side(ctx, r, i)
		if err != nil {
			return nil, err
		}
		if w != nil {
			list = append(list, w)
		}
	}
	stop, err := s.stopChildren()
	if err != nil {
		return nil, err
	}
	if stop != nil {
		list = append(list, stop)
	}
	if consumed := s.consumed; consumed != 0 {
		list = append(list, func(ctx context.Context, tx harrier.Tx) error {
			return s.e.cfg.Signals.Consume(ctx, tx, s.run, consumed)
		})
	}
	return list, nil
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

// ending gives the run up. A run that ends tells its parent and takes its open
// questions back.
func (s *Session) ending() (list []write, _ error) {
	release := func(ctx context.Context, tx harrier.Tx) error { return s.e.cfg.Journal.Release(ctx, tx, s.run) }
	end := s.m.Ended()
	if end == nil && s.m.Barred() != "" {
		return []write{s.stillStopped(), release}, nil
	}
	if end == nil {
		return []write{release}, nil
	}
	now := s.run.UpdatedAt
	for _, a := range s.m.Abandoned() {
		if w := s.settle(a.Path, a.To, settlement{a.Epoch, harrier.IntentUnknown, "call", now}); w != nil {
			list = append(list, w)
		}
	}
	if s.m.Asked() {
		list = append(list, s.withdraw(Withdrawal{Status: harrier.ApprovalVoid, At: now}))
	}
	audit, err := s.audit("run.end", "", s.run.Playbook, map[string]any{"status": end.Status, "reason": end.Reason, "unresolved": end.Unresolved})
	if err != nil {
		return nil, err
	}
	list = append(list, audit)
	if !s.run.Parent.IsZero() {
		tell, err := s.tellParent(end, now)
		if err != nil {
			return nil, err
		}
		list = append(list, tell)
	}
	list = append(list, release)
	if next := s.promote(); next != nil {
		list = append(list, next)
	}
	return list, nil
}

// withdraw takes open questions of the run back.
func (s *Session) withdraw(w Withdrawal) write {
	w.Tenant, w.Run = s.run.Tenant, s.run.ID
	return func(ctx context.Context, tx harrier.Tx) error { return s.e.cfg.Questions.Withdraw(ctx, tx, w) }
}

// tellParent raises a signal to the run that called this one.
func (s *Session) tellParent(end *step.RunEnded, now time.Time) (write, error) {
	data, err := json.Marshal(step.ChildEnded{
		Path: s.run.ParentPath, Run: s.run.ID, Status: end.Status, Outputs: end.Outputs, Reason: end.Reason,
	})
	if err != nil {
		return nil, harrier.Errorf(harrier.Internal, "encode the end of %s: %w", s.run.ID, err)
	}
	parent := s.run.Parent
	return func(ctx context.Context, tx harrier.Tx) error {
		tx.OnCommit(func() { s.e.Wake(parent) })
		return s.e.cfg.Signals.Raise(ctx, tx, harrier.Signal{
			Tenant: s.run.Tenant, Run: parent, Type: step.SignalChild, Data: data, At: now,
		})
	}, nil
}

// hits passes the failpoints that belong to what is being committed.
func (s *Session) hits(when string, release bool) {
	if s.e.quiet {
		return
	}
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
	switch {
	case !release:
	case s.m.Ended() != nil:
		s.e.cfg.Hit(map[string]string{"before": "run.end", "after": "run.ended"}[when])
	default:
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
