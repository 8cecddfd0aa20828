package engine

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// Start says what to run.
type Start struct {
	// ID is the run's identity; zero means a new one. Starting the same twice is Conflict.
	ID   harrier.RunID
	By   harrier.Principal
	Plan *playbook.Plan
	// Bundles are the sources that Plan and its children were made from, by hash.
	Bundles  map[string][]byte
	Mode     harrier.Mode
	Inputs   map[string]any
	Alert    harrier.AlertID
	AlertDoc map[string]any
	Case     harrier.CaseID
	CaseDoc  map[string]any
	Priority int
}

// Start adds a run and begins it. A plan that cannot be run, or inputs that do
// not fit, are Invalid. Where limits.one_per has something to say, it may
// return a run that was there already or one that waits, or be Conflict.
func (e *Engine) Start(ctx context.Context, st Start) (harrier.Run, error) {
	p, err := e.prepare(ctx, st)
	if err != nil {
		return p.run, err
	}
	if p.run.OneKey != "" {
		return e.startOne(ctx, st, p)
	}
	s := e.begin(&p, st)
	create, err := e.create(st, p.run, p.m)
	if err == nil {
		err = e.cfg.Journal.Write(ctx, func(tx harrier.Tx) error { return create(ctx, tx) })
	}
	if err != nil {
		if s != nil {
			e.abandon(p.run.ID, err)
		}
		return p.run, err
	}
	if s == nil {
		e.nudge()
		return p.run, nil
	}
	s.begun()
	s.woken = false // who signals it from now on wakes it
	e.hold(p.run.ID, func() (elsewhere bool) { return e.drive(s) })
	return p.run, nil
}

// startOne is Start where limits.one_per decides. The same start twice is
// Conflict also where the first has ended since.
func (e *Engine) startOne(ctx context.Context, st Start, p prepared) (run harrier.Run, err error) {
	if !st.ID.IsZero() {
		if _, err := e.cfg.Queue.Load(ctx, p.run.Tenant, st.ID); err == nil {
			return p.run, harrier.Errorf(harrier.Conflict, "run %s exists already", st.ID)
		}
	}
	err = e.cfg.Journal.Write(ctx, func(tx harrier.Tx) (err error) {
		run, err = e.startIn(ctx, tx, st, p)
		return err
	})
	return run, err
}

// abandon gives the place of a new run up whose creation failed. Where nobody
// knows whether it was created all the same, it is looked for later.
func (e *Engine) abandon(id harrier.RunID, err error) {
	if kind := harrier.KindOf(err); kind == harrier.Unavailable || kind == harrier.Internal {
		e.wg.Go(func() { e.reclaim(id) })
	}
	e.leave(id)
}

// StartIn adds a run in the transaction of its cause. The dispatcher begins it.
// What limits.one_per decides, it decides as for [Engine.Start].
func (e *Engine) StartIn(ctx context.Context, tx harrier.Tx, st Start) (harrier.Run, error) {
	p, err := e.prepare(ctx, st)
	if err != nil {
		return p.run, err
	}
	return e.startIn(ctx, tx, st, p)
}

// prepared is a run that is about to be created.
type prepared struct {
	run harrier.Run
	// m has decided the first event.
	m *step.Machine
}

// prepare checks a start and makes the row and the first event.
func (e *Engine) prepare(ctx context.Context, st Start) (p prepared, _ error) {
	if len(st.Plan.Refusals) > 0 {
		return p, harrier.Errorf(harrier.Invalid, "playbook %s cannot be run: %s", st.Plan.ID, strings.Join(st.Plan.Refusals, "; "))
	}
	inputs, err := checkInputs(st.Plan, st.Inputs)
	if err != nil {
		return p, err
	}
	now := e.now()
	key, err := oneKey(ctx, st, inputs, now)
	if err != nil {
		return p, err
	}
	id, mode := st.ID, cmp.Or(st.Mode, harrier.Live)
	if id.IsZero() {
		id = harrier.NewID[harrier.RunID](now)
	}
	p.run = harrier.Run{
		Tenant: st.By.Tenant, ID: id, Playbook: st.Plan.ID, Hash: st.Plan.Hash, Mode: mode, Status: harrier.RunQueued,
		Priority: st.Priority, Alert: st.Alert, Case: st.Case, OneKey: key, StartedBy: st.By.Self(), Semantics: step.Semantics,
		ReadyAt: now, CreatedAt: now, UpdatedAt: now,
	}
	p.m = step.New(st.Plan)
	p.m.Start(now, step.RunStarted{
		Run: id, Playbook: st.Plan.ID, Hash: st.Plan.Hash, Mode: mode, Semantics: step.Semantics, By: st.By.Name,
		Inputs: inputs, Alert: canonicalDoc(st.AlertDoc), Case: canonicalDoc(st.CaseDoc),
	})
	return p, nil
}

func canonicalDoc(doc map[string]any) map[string]any {
	if doc == nil {
		return nil
	}
	out, _ := step.Canonical(doc).(map[string]any)
	return out
}

// checkInputs fills in defaults and holds the inputs against their types.
func checkInputs(p *playbook.Plan, in map[string]any) (map[string]any, error) {
	v, mismatches := schema.CheckFields(schema.Defaults(p.Inputs, in), p.Inputs)
	wrong := make([]string, 0, len(mismatches))
	for _, m := range mismatches {
		wrong = append(wrong, m.String())
	}
	if len(wrong) > 0 {
		return nil, harrier.Errorf(harrier.Invalid, "inputs of playbook %s: %s", p.ID, strings.Join(wrong, "; "))
	}
	out, _ := step.Canonical(v).(map[string]any)
	return out, nil
}

// oneKey evaluates limits.one_per.
func oneKey(ctx context.Context, st Start, inputs map[string]any, now time.Time) (string, error) {
	p := st.Plan.Limits.OnePer
	if p == nil {
		return "", nil
	}
	v, err := p.Eval(ctx, expr.Vars{"alert": st.AlertDoc, "case": st.CaseDoc, "inputs": inputs}, now)
	if err != nil {
		return "", harrier.Errorf(harrier.Invalid, "limits.one_per.key: %w", err)
	}
	return fmt.Sprint(v), nil
}

// create writes a run with what it is pinned to.
func (e *Engine) create(st Start, run harrier.Run, m *step.Machine) (write, error) {
	ev, err := step.Encode(1, run.CreatedAt, m.Started())
	if err != nil {
		return nil, err
	}
	events := []harrier.Event{ev}
	entry := harrier.AuditEntry{
		Tenant: run.Tenant, ID: harrier.NewID[harrier.AuditID](run.CreatedAt), At: run.CreatedAt, Actor: st.By.ID, ActorName: st.By.Name,
		Action: "run.start", Target: run.Playbook, Run: run.ID,
	}
	return func(ctx context.Context, tx harrier.Tx) error {
		for hash, bundle := range st.Bundles {
			if err := e.cfg.Pins.Pin(ctx, tx, run.Tenant, hash, bundle); err != nil {
				return err
			}
		}
		if err := e.cfg.Journal.Create(ctx, tx, run, events); err != nil {
			return err
		}
		return e.cfg.Ledger.Audit(ctx, tx, entry)
	}, nil
}

// begin reserves a place among the active runs for a new one, which is then
// created as this node's; nil where there is none.
func (e *Engine) begin(p *prepared, st Start) *Session {
	mine := p.run
	mine.Status, mine.Owner, mine.Fence, mine.Crashes, mine.ReadyAt = harrier.RunRunning, e.cfg.Node, 1, 1, time.Time{}
	s := e.session(mine, st.Plan)
	s.m = p.m
	if !e.enter(s) {
		return nil
	}
	p.run = mine
	return s
}
