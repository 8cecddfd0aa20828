package engine

import (
	"context"
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

// Reviver makes runs that ended ready again.
type Reviver interface {
	// Reopen makes a run that failed or was cancelled ready now; another state
	// is Conflict.
	Reopen(ctx context.Context, tx harrier.Tx, run harrier.Run) error
}

// Cancel asks a run to stop. What was sent is waited for; nothing is undone. A
// run that waits for the key of limits.one_per ends at once.
func (e *Engine) Cancel(ctx context.Context, by harrier.Principal, id harrier.RunID, reason string) error {
	run, err := e.cfg.Queue.Load(ctx, by.Tenant, id)
	if err != nil {
		return err
	}
	if run.Status.Ended() {
		return harrier.Errorf(harrier.Conflict, "run %s has ended already: %s", id, run.Status)
	}
	if run.Status == harrier.RunQueued {
		if done, err := e.dismissed(ctx, dismissal{by, run.Tenant, id, reason}); err != nil || done {
			return err
		}
	}
	return e.signal(ctx, by, run, order{action: "run.cancel", typ: step.SignalCancel, data: step.CancelOrder{By: by.Name, Reason: reason}})
}

// dismissed ends a run that waits for its key; done is false where it does not.
func (e *Engine) dismissed(ctx context.Context, d dismissal) (done bool, _ error) {
	err := e.cfg.Journal.Write(ctx, func(tx harrier.Tx) (err error) {
		done, err = e.dismiss(ctx, tx, d)
		return err
	})
	return done, err
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
	r := raised{run: run, action: o.action, typ: o.typ, data: text, at: e.now()}
	return e.cfg.Journal.Write(ctx, func(tx harrier.Tx) error {
		if o.reopen != nil {
			if err := o.reopen.Reopen(ctx, tx, run); err != nil {
				return err
			}
		}
		return e.raise(ctx, tx, by, r)
	})
}

// raised is a signal to a run, and what the audit trail says of it.
type raised struct {
	run         harrier.Run
	action, typ string
	data        json.RawMessage
	at          time.Time
}

// raise raises a signal with its audit row.
func (e *Engine) raise(ctx context.Context, tx harrier.Tx, by harrier.Principal, r raised) error {
	err := e.cfg.Signals.Raise(ctx, tx, harrier.Signal{Tenant: r.run.Tenant, Run: r.run.ID, Type: r.typ, Data: r.data, At: r.at})
	if err != nil {
		return err
	}
	tx.OnCommit(func() { e.Wake(r.run.ID) })
	return e.cfg.Ledger.Audit(ctx, tx, harrier.AuditEntry{
		Tenant: r.run.Tenant, ID: harrier.NewID[harrier.AuditID](r.at), At: r.at, Actor: by.ID, ActorName: by.Name,
		Action: r.action, Target: r.run.ID.String(), Run: r.run.ID, Data: r.data,
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
