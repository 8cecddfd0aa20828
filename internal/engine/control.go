package engine

import (
	"context"
	"encoding/json"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

// Reviver makes runs that ended ready again.
type Reviver interface {
	// Reopen makes a run that failed or was cancelled ready now; another state
	// is Conflict.
	Reopen(ctx context.Context, tx harrier.Tx, run harrier.Run) error
}

// Cancel asks a run to stop. What was sent is waited for; nothing is undone.
func (e *Engine) Cancel(ctx context.Context, by harrier.Principal, id harrier.RunID, reason string) error {
	run, err := e.cfg.Queue.Load(ctx, by.Tenant, id)
	if err != nil {
		return err
	}
	if run.Status.Ended() {
		return harrier.Errorf(harrier.Conflict, "run %s has ended already: %s", id, run.Status)
	}
	return e.signal(ctx, by, run, order{action: "run.cancel", typ: step.SignalCancel, data: step.CancelOrder{By: by.Name, Reason: reason}})
}

// Retry makes an ended run go on from a step, keeping the results before it.
// An empty path means the step at which it failed.
func (e *Engine) Retry(ctx context.Context, by harrier.Principal, id harrier.RunID, from string) error {
	reviver, ok := e.cfg.Queue.(Reviver)
	if !ok {
		return harrier.Errorf(harrier.Unavailable, "this store cannot reopen runs")
	}
	run, err := e.cfg.Queue.Load(ctx, by.Tenant, id)
	if err != nil {
		return err
	}
	m, err := e.Replay(ctx, run)
	if err != nil {
		return err
	}
	if from == "" {
		from = m.FirstFailed()
	}
	if err := m.CanRetry(from); err != nil {
		return err
	}
	return e.signal(ctx, by, run, order{"run.retry", step.SignalRetry, step.RunRetried{From: from, By: by.Name}, reviver})
}

// order is what a person orders a run to do.
type order struct {
	// action is what the audit trail says, typ and data what the run is told.
	action, typ string
	data        any
	// reopen, when not nil, makes an ended run ready first.
	reopen Reviver
}

// signal raises a signal to a run with its audit row.
func (e *Engine) signal(ctx context.Context, by harrier.Principal, run harrier.Run, o order) error {
	text, err := json.Marshal(o.data)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode signal %s: %w", o.typ, err)
	}
	now := e.now()
	return e.cfg.Journal.Write(ctx, func(tx harrier.Tx) error {
		if o.reopen != nil {
			if err := o.reopen.Reopen(ctx, tx, run); err != nil {
				return err
			}
		}
		err := e.cfg.Signals.Raise(ctx, tx, harrier.Signal{Tenant: run.Tenant, Run: run.ID, Type: o.typ, Data: text, At: now})
		if err != nil {
			return err
		}
		tx.OnCommit(func() { e.Wake(run.ID) })
		return e.cfg.Ledger.Audit(ctx, tx, harrier.AuditEntry{
			Tenant: run.Tenant, ID: harrier.NewID[harrier.AuditID](now), At: now, Actor: by.ID, ActorName: by.Name,
			Action: o.action, Target: run.ID.String(), Run: run.ID, Data: text,
		})
	})
}

// Replay folds a run's journal into a machine, to be looked at.
func (e *Engine) Replay(ctx context.Context, run harrier.Run) (*step.Machine, error) {
	plan, err := e.cfg.Plans.Plan(ctx, run.Tenant, run.Hash)
	if err != nil {
		return nil, err
	}
	m := step.New(plan)
	for ev, err := range e.cfg.Journal.Events(ctx, run.ID, 0) {
		if err != nil {
			return nil, err
		}
		body, err := step.Decode(ev)
		if err != nil {
			return nil, err
		}
		if err := m.Apply(ev.At, body); err != nil {
			return nil, err
		}
	}
	return m, nil
}
