package engine

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

// This file is limits.one_per: of the runs of a playbook that have the same key,
// one is active. What becomes of a further start:
//
//	then     while a run is active            the start returns
//	join     nothing is created               the active run
//	skip     nothing is created               Conflict, which names the active run
//	queue    created, waits in line           the new run, queued
//	replace  created, waits at the head       the new run, queued
//
// A run in line holds no key and is never ready. The transaction in which the
// holder ends gives the key to the first in line, by priority and then age, and
// makes it ready; so nothing is lost by a crash. A replacement cancels the
// holder and ends, without having begun, whoever waits already. Cancelling a
// run in line ends it where it stands: not even its always steps run. A holder
// that is quarantined keeps its key until a person releases it.

// OneKey is a key of limits.one_per.
type OneKey struct {
	Tenant        harrier.TenantID
	Playbook, Key string
}

// Lines knows which run holds a key of limits.one_per, and who waits for it. A
// store that has none makes every further start Conflict. All methods see what
// the transaction did before.
type Lines interface {
	// Holder returns the active run that holds a key; ok is false where none does.
	Holder(ctx context.Context, tx harrier.Tx, key OneKey) (run harrier.Run, ok bool, err error)
	// LineUp makes a run that was created without a key wait for one.
	LineUp(ctx context.Context, tx harrier.Tx, run harrier.RunID, key OneKey) error
	// Line returns the runs that wait for a key, the next one first.
	Line(ctx context.Context, tx harrier.Tx, key OneKey) ([]harrier.RunID, error)
	// Quit takes a run out of its line; ok is false where it stands in none.
	Quit(ctx context.Context, tx harrier.Tx, run harrier.RunID) (ok bool, err error)
	// Promote gives a key that nobody holds to the first in its line, which is
	// ready now; ok is false where somebody holds it or nobody waits.
	Promote(ctx context.Context, tx harrier.Tx, key OneKey) (next harrier.RunID, ok bool, err error)
}

// admission is what becomes of a start.
type admission struct {
	run harrier.Run
	// joined tells that run is there already and nothing is to be created.
	joined bool
	// behind tells that the run waits in line for key.
	behind bool
	key    OneKey
	lines  Lines
}

// admit decides, in the transaction of a start, what becomes of it.
func (e *Engine) admit(ctx context.Context, tx harrier.Tx, st Start, run harrier.Run) (admission, error) {
	a := admission{run: run, key: OneKey{run.Tenant, run.Playbook, run.OneKey}}
	lines, ok := e.cfg.Queue.(Lines)
	if !ok || run.OneKey == "" {
		return a, nil
	}
	a.lines = lines
	holder, taken, err := lines.Holder(ctx, tx, a.key)
	if err != nil || !taken || holder.ID == run.ID { // the same start again is refused when it is created
		return a, err
	}
	switch st.Plan.Limits.Then {
	case "join":
		a.run, a.joined = holder, true
		return a, nil
	case "queue":
	case "replace":
		if err := e.replace(ctx, tx, replacement{st.By, run, holder, a.key, lines}); err != nil {
			return a, err
		}
	default:
		return a, harrier.Errorf(harrier.Conflict,
			"playbook %s is running already for %q as %s, and its limits.one_per says skip; wait for that run or cancel it",
			run.Playbook, run.OneKey, holder.ID)
	}
	a.behind = true
	a.run.OneKey, a.run.ReadyAt = "", a.run.EndedAt
	a.run.WaitingFor = fmt.Sprintf("the end of %s, which has the same key", holder.ID)
	return a, nil
}

// startIn creates a run, or joins one, in a transaction. It begins when that is
// durable, where there is room; otherwise, or in line, the dispatcher begins it.
func (e *Engine) startIn(ctx context.Context, tx harrier.Tx, st Start, p prepared) (harrier.Run, error) {
	a, err := e.admit(ctx, tx, st, p.run)
	if err != nil || a.joined {
		return a.run, err
	}
	create, err := e.create(st, a.run, p.m)
	if err == nil {
		err = create(ctx, tx)
	}
	if err != nil {
		return a.run, err
	}
	if a.behind {
		tx.OnCommit(e.nudge)
		return a.run, a.lines.LineUp(ctx, tx, a.run.ID, a.key)
	}
	s := e.session(a.run, st.Plan)
	s.m = p.m
	tx.OnCommit(func() { e.created(s) })
	return a.run, nil
}

// replacement is a run that takes the place of another.
type replacement struct {
	by       harrier.Principal
	run, old harrier.Run
	key      OneKey
	lines    Lines
}

// replace cancels the run that holds a key, and ends those that wait for it.
func (e *Engine) replace(ctx context.Context, tx harrier.Tx, r replacement) error {
	reason := fmt.Sprintf("replaced by %s", r.run.ID)
	data, err := json.Marshal(step.CancelOrder{By: r.by.Name, Reason: reason, Once: true})
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode a cancel order: %w", err)
	}
	err = e.raise(ctx, tx, r.by, raised{run: r.old, action: "run.cancel", typ: step.SignalCancel, data: data, at: r.run.CreatedAt})
	if err != nil {
		return err
	}
	waiting, err := r.lines.Line(ctx, tx, r.key)
	if err != nil {
		return err
	}
	for _, id := range waiting {
		if _, err := e.dismiss(ctx, tx, dismissal{r.by, r.old.Tenant, id, reason}); err != nil {
			return err
		}
	}
	return nil
}

// dismissal ends a run that waits in line.
type dismissal struct {
	by     harrier.Principal
	tenant harrier.TenantID
	run    harrier.RunID
	reason string
}

// dismiss ends a run that waits in line and has not begun; ok is false where it
// does not wait in one.
func (e *Engine) dismiss(ctx context.Context, tx harrier.Tx, d dismissal) (ok bool, _ error) {
	lines, has := e.cfg.Queue.(Lines)
	if !has {
		return false, nil
	}
	if ok, err := lines.Quit(ctx, tx, d.run); err != nil || !ok {
		return false, err
	}
	run, err := e.cfg.Journal.Claim(ctx, tx, d.run, e.cfg.Node)
	if err != nil {
		return false, err
	}
	now := e.now()
	ev, err := step.Encode(2, now, step.RunEnded{Status: harrier.RunCancelled, Reason: d.reason})
	if err != nil {
		return false, err
	}
	if err := e.cfg.Journal.Append(ctx, tx, run, []harrier.Event{ev}); err != nil {
		return false, err
	}
	run.Status, run.Reason, run.UpdatedAt, run.EndedAt = harrier.RunCancelled, d.reason, now, now
	if err := e.cfg.Journal.Release(ctx, tx, run); err != nil {
		return false, err
	}
	return true, e.cfg.Ledger.Audit(ctx, tx, harrier.AuditEntry{
		Tenant: d.tenant, ID: harrier.NewID[harrier.AuditID](now), At: now, Actor: d.by.ID, ActorName: d.by.Name,
		Action: "run.cancel", Target: d.run.String(), Run: d.run,
	})
}

// promote lets the first in line begin when the run that held their key ends.
func (s *Session) promote() write {
	lines, ok := s.e.cfg.Queue.(Lines)
	if !ok || s.run.OneKey == "" {
		return nil
	}
	key := OneKey{s.run.Tenant, s.run.Playbook, s.run.OneKey}
	return func(ctx context.Context, tx harrier.Tx) error {
		_, ok, err := lines.Promote(ctx, tx, key)
		if ok {
			tx.OnCommit(s.e.nudge)
		}
		return err
	}
}
