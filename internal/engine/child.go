package engine

import (
	"context"
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

// createChild adds the run that a step calls.
func (s *Session) createChild(b step.ChildCalled, at time.Time) (write, error) {
	plan := s.plan.Children[b.Playbook]
	if plan == nil {
		return nil, harrier.Errorf(harrier.Internal, "run %s was pinned without its child %s", s.run.ID, b.Playbook)
	}
	parent := s.m.Started()
	child := harrier.Run{
		Tenant: s.run.Tenant, ID: b.Run, Playbook: plan.ID, Hash: plan.Hash, Mode: s.run.Mode, Status: harrier.RunQueued,
		Priority: s.run.Priority, Alert: s.run.Alert, Case: s.run.Case, Parent: s.run.ID, ParentPath: b.Path,
		StartedBy: s.run.StartedBy, Semantics: step.Semantics, ReadyAt: at, CreatedAt: at, UpdatedAt: at,
	}
	started := step.RunStarted{
		Run: child.ID, Playbook: plan.ID, Hash: plan.Hash, Mode: s.run.Mode, Semantics: step.Semantics, By: parent.By,
		Inputs: b.Inputs, Alert: parent.Alert, Case: parent.Case, Depth: parent.Depth + 1,
	}
	ev, err := step.Encode(1, at, started)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, tx harrier.Tx) error {
		tx.OnCommit(s.e.nudge)
		return s.e.cfg.Journal.Create(ctx, tx, child, []harrier.Event{ev})
	}, nil
}

// stopChildren tells the child runs that nobody waits for any more, each once
// in the life of the session. A child that hears it twice obeys once.
func (s *Session) stopChildren() (write, error) {
	children := s.untold()
	if len(children) == 0 {
		return nil, nil
	}
	data, err := json.Marshal(step.CancelOrder{By: s.m.Started().By, Reason: "the run that called it does not wait for it any more", Once: true})
	if err != nil {
		return nil, harrier.Errorf(harrier.Internal, "encode a cancel order: %w", err)
	}
	at := s.e.now()
	return func(ctx context.Context, tx harrier.Tx) error {
		for _, id := range children {
			err := s.e.cfg.Signals.Raise(ctx, tx, harrier.Signal{Tenant: s.run.Tenant, Run: id, Type: step.SignalCancel, Data: data, At: at})
			if err != nil {
				return err
			}
			tx.OnCommit(func() { s.e.Wake(id) })
		}
		return nil
	}, nil
}

// untold lists the children that are to be stopped and were not told by this
// session. A state that is ahead of what is pending tells nothing.
func (s *Session) untold() []harrier.RunID {
	if s.stale {
		return nil
	}
	return s.m.Stopped()[s.told:]
}
