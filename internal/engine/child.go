package engine

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

// createChild adds the run that a step calls.
func (s *Session) createChild(ctx context.Context, tx harrier.Tx, b step.ChildCalled, at time.Time) error {
	plan := s.plan.Children[b.Playbook]
	if plan == nil {
		return harrier.Errorf(harrier.Internal, "run %s was pinned without its child %s", s.run.ID, b.Playbook)
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
		return err
	}
	tx.OnCommit(s.e.nudge)
	return s.e.cfg.Journal.Create(ctx, tx, child, []harrier.Event{ev})
}

// cancelChildren tells the child runs that their parent stops.
func (s *Session) cancelChildren(ctx context.Context, tx harrier.Tx, b step.RunHalting, at time.Time) error {
	data, err := json.Marshal(step.CancelOrder{By: b.By, Reason: "the calling run stopped: " + b.Reason})
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode a cancel order: %w", err)
	}
	children := slices.Clone(s.m.Children())
	tx.OnCommit(func() {
		for _, id := range children {
			s.e.Wake(id)
		}
	})
	for _, id := range children {
		err := s.e.cfg.Signals.Raise(ctx, tx, harrier.Signal{Tenant: s.run.Tenant, Run: id, Type: step.SignalCancel, Data: data, At: at})
		if err != nil {
			return err
		}
	}
	return nil
}
