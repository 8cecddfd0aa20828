package step

import (
	"context"
	"fmt"
	"slices"

	"github.com/harrier-soar/harrier/playbook"
)

// plan computes the leaves of every step that the approve step covers.
func (d decision) plan(ctx context.Context) ([]Leaf, *Failure) {
	leaves := []Leaf{}
	for b, after := d.block, d.block.cursor+1; b != nil; {
		more, f := d.planList(ctx, b.steps[min(after, len(b.steps)):], b.prefix, b.frame)
		if f != nil {
			return nil, f
		}
		leaves = append(leaves, more...)
		if b.owner == nil || b.owner.Step.Kind == playbook.LoopKind || b.owner.Step.Kind == playbook.PollKind {
			break
		}
		after = b.owner.block.cursor + 1
		b = b.owner.block
	}
	return leaves, nil
}

// planList plans the covered steps in a list and below.
func (d decision) planList(ctx context.Context, list []*playbook.Step, prefix string, f *frame) ([]Leaf, *Failure) {
	var leaves []Leaf
	for _, s := range list {
		if !d.coversAny(s) {
			continue
		}
		more, fail := d.planStep(ctx, s, prefix, f)
		if fail != nil {
			fail.Text = fmt.Sprintf("cannot plan %s: %s", s.Label, fail.Text)
			return nil, fail
		}
		leaves = append(leaves, more...)
	}
	return leaves, nil
}

// coversAny reports whether a step is covered, or holds one that is.
func (d decision) coversAny(s *playbook.Step) bool {
	found := false
	walk([]*playbook.Step{s}, func(s *playbook.Step) { found = found || d.m.covers[s] == d.step && !d.m.late[s] })
	return found
}

// planStep plans one step: what it would do if it were reached now.
func (d decision) planStep(ctx context.Context, s *playbook.Step, prefix string, f *frame) ([]Leaf, *Failure) {
	at := decision{m: d.m, block: d.block, step: s, path: prefix + s.Label, env: d.env}
	if s.If != nil {
		v, err := s.If.Eval(ctx, d.m.scope(f), d.env.Now)
		if err != nil {
			return nil, expressionFailure(err)
		}
		if v == false {
			return nil, nil
		}
	}
	switch s.Kind {
	case playbook.ActionKind:
		return at.planAction(ctx, at.path, f)
	case playbook.IfKind, playbook.SwitchKind:
		arm, fail := at.arm(ctx, f)
		if fail != nil {
			return nil, fail
		}
		steps := s.Choice.Default
		if arm >= 0 {
			steps = s.Choice.Arms[arm].Steps
		}
		return d.planList(ctx, steps, prefix, f)
	case playbook.ParallelKind:
		var leaves []Leaf
		for _, branch := range s.Parallel.Branches {
			more, fail := d.planList(ctx, branch.Steps, prefix, f)
			if fail != nil {
				return nil, fail
			}
			leaves = slices.Concat(leaves, more)
		}
		return leaves, nil
	case playbook.LoopKind:
		return at.planLoop(ctx, f)
	case playbook.SetKind, playbook.PollKind, playbook.WaitKind, playbook.ApproveKind, playbook.AskKind,
		playbook.CallKind, playbook.ScriptKind, playbook.StopKind:
	}
	return nil, &Failure{Class: "refused", Text: "a step of kind " + string(s.Kind) + " cannot be approved beforehand"}
}

// planLoop plans every item of a loop.
func (d decision) planLoop(ctx context.Context, f *frame) ([]Leaf, *Failure) {
	items, keys, fail := d.items(ctx, d.step, f)
	if fail != nil {
		return nil, fail
	}
	var leaves []Leaf
	n := &Node{Step: d.step, Path: d.path}
	for i, item := range items {
		scope := &frame{parent: f, as: d.step.Loop.As, item: item}
		prefix := itemPrefix(n, keys[i])
		more, fail := d.planBody(ctx, prefix, scope)
		if fail != nil {
			return nil, fail
		}
		leaves = append(leaves, more...)
	}
	return leaves, nil
}

// planBody plans the body of one item.
func (d decision) planBody(ctx context.Context, prefix string, f *frame) ([]Leaf, *Failure) {
	if !d.step.Loop.Single {
		owner := decision{m: d.m, block: d.block, step: d.m.coverOf(d.step), path: d.path, env: d.env}
		return owner.planList(ctx, d.step.Loop.Body, prefix, f)
	}
	one := decision{m: d.m, block: d.block, step: d.step.Loop.Body[0], path: prefix, env: d.env}
	return one.planAction(ctx, prefix, f)
}

// coverOf is the approve step that covers anything in a step.
func (m *Machine) coverOf(s *playbook.Step) *playbook.Step {
	var cover *playbook.Step
	walk([]*playbook.Step{s}, func(s *playbook.Step) {
		if c := m.covers[s]; c != nil {
			cover = c
		}
	})
	return cover
}

// planAction plans the calls of one action.
func (d decision) planAction(ctx context.Context, path string, f *frame) ([]Leaf, *Failure) {
	begin, fail := d.begin(ctx, d.step, f)
	if fail != nil {
		return nil, fail
	}
	leaves := make([]Leaf, len(begin.Targets))
	for i, t := range begin.Targets {
		leaves[i] = d.m.leaf(path, t, begin.With)
	}
	return leaves, nil
}
