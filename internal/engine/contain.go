package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// happened says how an effect is known to be in the world.
type happened struct {
	path  string
	to    harrier.ConnectionID
	epoch int
	by    string
	at    time.Time
	// output is the answer; nil where it is the machine's to tell.
	output map[string]any
}

// contain writes what a contain effect means for the ledger of containments:
// it takes something back that is there, or it is something new. It is nil for
// other effects.
func (s *Session) contain(ctx context.Context, h happened) (write, error) {
	d, ok := s.m.Effect(h.path, h.to)
	if !ok || d.Call.Spec.Effect != harrier.Contain || s.run.Mode == harrier.Replay {
		return nil, nil
	}
	if h.output == nil {
		h.output = d.Output
	}
	after, err := json.Marshal(filled(h.output))
	if err != nil {
		return nil, harrier.Errorf(harrier.Internal, "encode the answer of %s: %w", h.path, err)
	}
	end := harrier.ContainmentEnd{
		Tenant: s.run.Tenant, Connection: h.to, Undo: d.Call.Spec.Name, UndoKey: thing(d.Call.Spec, d.Call.With),
		State: harrier.ContainmentUndone, At: h.at, By: s.run.ID, After: after,
	}
	c, err := s.containment(ctx, d, h)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, tx harrier.Tx) error {
		ended, err := s.e.cfg.Ledger.EndContainments(ctx, tx, end)
		if err != nil || ended > 0 || schema.Releases(d.Call.Spec) {
			return err
		}
		return s.e.cfg.Ledger.AddContainment(ctx, tx, c)
	}, nil
}

// containment is the row of an effect.
func (s *Session) containment(ctx context.Context, d step.Effect, h happened) (harrier.Containment, error) {
	spec := d.Call.Spec
	c := harrier.Containment{
		Tenant: s.run.Tenant, Run: s.run.ID, Path: h.path, Alert: s.run.Alert, Case: s.run.Case, Action: spec.Name, Verb: spec.Verb,
		ID:         harrier.DeriveID[harrier.ContainmentID](s.run.ID.String(), h.path, h.to.String(), strconv.Itoa(h.epoch)),
		Connection: h.to, ConnectionName: d.Call.Target.Name, Target: step.TargetOf(spec.Targets, d.Call.With),
		Approval: d.Approval, By: h.by, At: h.at, State: harrier.ContainmentActive,
	}
	if d.Lease != nil {
		c.LeaseUntil, c.LeaseAsk = h.at.Add(d.Lease.For), d.Lease.Ask
	}
	args, err := s.e.undoer.plan(ctx, s.plan, d.Call, h)
	switch {
	case err != nil:
		c.UndoProblem = err.Error()
	default:
		c.Undo, c.UndoVerb, c.UndoKey = args.spec.Name, args.spec.Verb, thing(args.spec, args.with)
	}
	for _, part := range []struct {
		to    *json.RawMessage
		value map[string]any
	}{{&c.Args, filled(d.Call.With)}, {&c.Before, filled(h.output)}, {&c.UndoArgs, args.with}} {
		if part.value == nil {
			continue
		}
		if *part.to, err = json.Marshal(part.value); err != nil {
			return c, harrier.Errorf(harrier.Internal, "encode the containment of %s: %w", h.path, err)
		}
	}
	return c, nil
}

// filled is a map that is never null in JSON.
func filled(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

// thing tells what an action acts on from other things: the hash of the inputs
// that must be given, or of all where none must. It is empty where nothing is given.
func thing(spec schema.ActionSpec, with map[string]any) string {
	id := map[string]any{}
	for _, f := range spec.Input {
		if v, ok := with[f.Name]; ok && f.Required {
			id[f.Name] = v
		}
	}
	if len(id) == 0 {
		id = with
	}
	if len(id) == 0 {
		return ""
	}
	return step.HashOf(id)
}

// undo is how something is taken back.
type undo struct {
	spec schema.ActionSpec
	with map[string]any
}

// undoer computes how effects are taken back. It compiles the expressions of
// manifests once, and is safe for concurrent use.
type undoer struct {
	now func() time.Time
	env *expr.Env

	mu    sync.Mutex // guards cache
	cache map[string]*expr.Program
}

func newUndoer(now func() time.Time) *undoer {
	env, err := expr.NewEnv(map[string]schema.Type{"input": schema.TypeOf(schema.Any), "output": schema.TypeOf(schema.Any)})
	if err != nil {
		panic(err) // the variables are always the same
	}
	return &undoer{now: now, env: env, cache: map[string]*expr.Program{}}
}

// plan returns the action that takes a call back, with its arguments, or why
// nobody can say.
func (u *undoer) plan(ctx context.Context, p *playbook.Plan, c step.Call, h happened) (undo, error) {
	link := c.Spec.Undo
	if link == nil {
		return undo{}, fmt.Errorf("%s has no undo", c.Spec.Name)
	}
	spec, ok := p.Actions[c.Spec.Connector+"."+link.Action]
	if !ok {
		spec, ok = p.Actions[link.Action]
	}
	if !ok {
		return undo{}, fmt.Errorf("the action %s, which takes %s back, is not there", link.Action, c.Spec.Name)
	}
	vars := expr.Vars{"input": c.With, "output": filled(h.output)}
	with := make(map[string]any, len(link.With))
	for name, text := range link.With {
		v, err := u.eval(ctx, text, vars)
		if err != nil {
			return undo{}, fmt.Errorf("%s of %s cannot be told from the answer: %w", name, spec.Name, err)
		}
		if v != nil { // what a link leaves out
			with[name] = step.Canonical(v)
		}
	}
	for _, f := range spec.Input {
		if _, given := with[f.Name]; f.Required && !given {
			return undo{}, fmt.Errorf("%s of %s is not known", f.Name, spec.Name)
		}
	}
	return undo{spec, with}, nil
}

// eval evaluates an expression of a manifest.
func (u *undoer) eval(ctx context.Context, text string, vars expr.Vars) (any, error) {
	u.mu.Lock()
	program := u.cache[text]
	u.mu.Unlock()
	if program == nil {
		compiled, issues := u.env.Compile(text)
		if len(issues) > 0 {
			return nil, harrier.Errorf(harrier.Invalid, "%s: %s", text, issues[0].Message)
		}
		program = compiled
		u.mu.Lock()
		u.cache[text] = program
		u.mu.Unlock()
	}
	return program.Eval(ctx, vars, u.now())
}
