package step

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// prepared is a read, or a local action, that is under way without an event.
type prepared struct {
	begin Begin
}

// enterAction decides arguments and connections, and whether it may be done.
func (d decision) enterAction(ctx context.Context) {
	begin, f := d.begin(ctx, d.step, d.block.frame)
	if f != nil {
		d.fail(*f)
		return
	}
	p, f := d.permitted(ctx, begin)
	spec := d.m.spec(begin.Targets[0])
	intends := spec.Effect.Writes() && !spec.Local && d.m.run.Mode != harrier.Replay && !d.m.withholds(spec)
	if p.ask != "" && !intends {
		p.skip = "a person would be asked: " + p.ask
	}
	switch {
	case f != nil:
		d.fail(*f)
	case p.skip != "":
		d.record(StepSkipped{Path: d.path, Reason: p.skip})
	case spec.Effect.Writes() && d.m.withholds(spec):
		d.record(ActionWithheld{Path: d.path, Begin: &begin, Output: copyMap(spec.Example)})
	case d.bars(begin.Targets):
	case intends:
		d.intendAll(&begin, p)
	default:
		d.block.prepared = &prepared{begin: begin}
		for _, t := range begin.Targets {
			d.m.command(d.callOf(t, begin, 1))
		}
	}
}

// begin evaluates the arguments of an action step in a scope and chooses its connections.
func (d decision) begin(ctx context.Context, s *playbook.Step, f *frame) (Begin, *Failure) {
	with := map[string]any{}
	if s.Action.With != nil {
		v, err := s.Action.With.Eval(ctx, d.m.scope(f), d.env.Now)
		if err != nil {
			return Begin{}, expressionFailure(err)
		}
		with, _ = Canonical(v).(map[string]any)
	}
	action, f2 := d.connected(ctx, s.Action, f)
	if f2 != nil {
		return Begin{}, f2
	}
	targets, err := d.env.Resolve(action, with)
	if err != nil {
		return Begin{}, &Failure{Class: "refused", Text: err.Error()}
	}
	for _, t := range targets {
		if _, ok := d.m.plan.Actions[t.Action]; !ok {
			return Begin{}, &Failure{Class: "refused", Text: "action " + t.Action + " of connection " + t.Name + " was not there when the run was pinned; start a new run"}
		}
	}
	return Begin{With: with, Targets: targets, At: d.env.Now}, nil
}

// connected is an action whose connection is named, where its name comes from data.
func (d decision) connected(ctx context.Context, a *playbook.Action, f *frame) (*playbook.Action, *Failure) {
	if a.ConnectionOf == nil {
		return a, nil
	}
	v, err := a.ConnectionOf.Eval(ctx, d.m.scope(f), d.env.Now)
	if err != nil {
		return nil, expressionFailure(err)
	}
	name, ok := v.(string)
	if !ok || name == "" {
		return nil, &Failure{Class: "expression", Text: "connection needs a name, got " + describe(v)}
	}
	named := *a
	named.Connection = name
	return &named, nil
}

// withholds reports whether the mode forbids the effect.
func (m *Machine) withholds(spec schema.ActionSpec) bool {
	return m.run.Mode == harrier.Shadow || m.run.Mode == harrier.Replay && (spec.Local || spec.Builtin)
}

// intendAll records the intent of every call of an action. The first event
// carries what was decided; calls that a guard, or the terms of an approval,
// stopped ask a person instead.
func (d decision) intendAll(begin *Begin, p permit) {
	rider := begin
	for i, t := range begin.Targets {
		leaf := ""
		if p.leaves != nil {
			leaf = p.leaves[i].Hash()
		}
		reason, held := d.env.Held[CallID(d.path, t.Connection)]
		switch {
		case p.ask != "":
			q := d.lateQuestion(t, begin.With, p.ask)
			d.record(ActionHeld{Path: d.path, To: t.Connection, Begin: rider, Reason: p.ask, Question: q, Leaf: leaf, Approval: q.ID})
		case held:
			d.record(ActionHeld{
				Path: d.path, To: t.Connection, Begin: rider, Reason: reason,
				Question: d.guardQuestion(t, begin.With, reason), Leaf: leaf, Approval: p.approval,
			})
		default:
			d.m.intend(d.path, ActionIntended{
				Path: d.path, To: t.Connection, Begin: rider, Attempt: 1, Epoch: d.m.epoch, Leaf: leaf, Approval: p.approval,
			}, d.env)
		}
		rider = nil
	}
}

// intend records an intent and asks for its call.
func (m *Machine) intend(path string, in ActionIntended, env Env) {
	in.Key = m.key(path, in.To, in.Epoch)
	m.record(env.Now, in)
	n := m.nodes[path]
	m.command(m.callFor(n, n.target(in.To), in.Attempt, in.Key))
}

// key is the idempotency key of an effect: the same for every attempt.
func (m *Machine) key(path string, to harrier.ConnectionID, epoch int) string {
	return HashOf([]any{m.run.Run, path, to, epoch})[:32]
}

// command asks the driver for a call, once.
func (m *Machine) command(c Call) {
	if m.issued[c.key()] {
		return
	}
	m.issued[c.key()] = true
	m.commands = append(m.commands, c)
}

// callOf is the call of an action that has no node yet.
func (d decision) callOf(t Target, begin Begin, attempt int) Call {
	c := Call{Path: d.path, Target: t, Spec: d.m.spec(t), With: begin.With, Attempt: attempt}
	if timeout := stepTimeout(d.step, d.block); timeout > 0 {
		c.Deadline = begin.At.Add(timeout)
	}
	return c
}

// callFor is the call of an action that has a node.
func (m *Machine) callFor(n *Node, t Target, attempt int, key string) Call {
	c := Call{Path: n.Path, Target: t, Spec: m.spec(t), With: n.action.begin.With, Attempt: attempt, Key: key}
	c.Resume = n.call(t.Connection).resume
	if timeout := stepTimeout(n.Step, n.block); timeout > 0 {
		c.Deadline = n.action.begin.At.Add(timeout)
	}
	return c
}

// stepTimeout is the time limit of an action; one written on a loop is that of each item.
func stepTimeout(s *playbook.Step, b *block) time.Duration {
	if s.Timeout == 0 && b.single() {
		return b.owner.Step.Timeout
	}
	return s.Timeout
}

// spec is the specification of a target's action, as the run pinned it.
func (m *Machine) spec(t Target) schema.ActionSpec { return m.plan.Actions[t.Action] }

// copyMap returns a copy of an example, which belongs to its manifest.
func copyMap(in map[string]any) map[string]any {
	out := make(map[string]any, len(in)+1)
	for k, v := range in {
		out[k] = copyValue(v)
	}
	return out
}

func copyValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return copyMap(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = copyValue(v[i])
		}
		return out
	}
	return Canonical(v)
}
