package playbook

import (
	"fmt"

	"github.com/harrier-soar/harrier/document"
)

// entry is what is known of a step by where it stands, before it is checked.
type entry struct {
	doc   *StepDoc
	label string
	// chain is the way to the step from the file down: for each list of steps,
	// who holds it and the step's place in it.
	chain []frame
	// before is what the step can see; nil until the check comes to it.
	before *scope
	// step is what it was compiled to; body is the action of a loop over one.
	step *Step
	// target is what it calls, or nil.
	target *target
	// approve covers the step, if any.
	approve *entry
	// noOutput kinds have nothing to refer to.
	noOutput bool
}

// frame is one list of steps on the way to a step.
type frame struct {
	// owner holds the list; nil for the lists of the file itself.
	owner *StepDoc
	// block is the number of the list in its owner, or of the part of the file.
	block int
	// name is what the list is called, for messages.
	name string
	// index is the place of the step, or of what holds it, in the list.
	index int
}

// same reports whether two frames are the same list.
func (f frame) same(g frame) bool { return f.owner == g.owner && f.block == g.block }

// pos returns where a step stands: its id if it has one.
func (e *entry) pos() (document.Pos, int) {
	if e.doc.ID != nil {
		return e.doc.ID.Pos, widthOf(e.doc.ID)
	}
	return e.doc.Pos, 1
}

// what names a step in messages.
func (e *entry) what() string {
	if e.doc.ID != nil {
		return e.doc.ID.Text
	}
	return e.label
}

// index numbers all steps, labels them and finds ids that are there twice.
func (c *checker) index() {
	for i, part := range []struct {
		name  string
		steps []*StepDoc
	}{{"steps", c.doc.Steps}, {"on_failure", c.doc.OnFailure}, {"always", c.doc.Always}} {
		c.indexList(part.steps, nil, frame{block: i, name: part.name})
	}
	for _, e := range c.order {
		a := e.doc.Approve
		if a == nil {
			continue
		}
		if !a.StopOnDeny {
			c.deny(a.Covers)
		}
		if a.Late != nil && (!a.StopOnDeny || a.Late.Skip) {
			c.deny(a.Late.Covers)
		}
	}
}

// deny notes steps that people, or the terms of a decision, may skip.
func (c *checker) deny(ids []*document.Node) {
	for _, id := range ids {
		c.deniable[id.Text] = true
	}
}

// indexList numbers the steps of a list and what they hold.
func (c *checker) indexList(steps []*StepDoc, above []frame, f frame) {
	for i, s := range steps {
		f.index = i
		chain := append(append(make([]frame, 0, len(above)+1), above...), f)
		e := &entry{doc: s, chain: chain, noOutput: !hasOutput(s.Kind)}
		c.order = append(c.order, e)
		c.entries[s] = e
		e.label = fmt.Sprintf("%s#%d", s.described(), len(c.order))
		c.indexID(e)
		if len(chain) == maxNesting+1 {
			c.report(s.Pos, 1, problem("too-deep", "move the inner steps to a playbook of their own and call it",
				"steps nest deeper than %d levels", maxNesting))
			continue
		}
		for n, b := range s.Blocks() {
			c.indexList(b.Steps, chain, frame{owner: s, block: n, name: b.Name})
		}
	}
}

// indexID notes a step's id.
func (c *checker) indexID(e *entry) {
	id := e.doc.ID
	if id == nil {
		return
	}
	if first, twice := c.byID[id.Text]; twice {
		c.at(id, problem("duplicate-id", "give one of the two steps another id",
			"the id %s is already that of the step on line %d", id.Text, first.doc.ID.Pos.Line))
		return
	}
	e.label = id.Text
	c.byID[id.Text] = e
}

// described says what a step is, for its label.
func (s *StepDoc) described() string {
	switch {
	case s.Action != nil && s.Action.Uses != nil:
		return s.Action.Uses.Text
	case s.Kind == "":
		return "step"
	}
	return string(s.Kind)
}

// hasOutput reports whether steps of a kind give something to refer to. A step
// that could not be understood may.
func hasOutput(k Kind) bool {
	switch k {
	case ActionKind, SetKind, LoopKind, PollKind, WaitKind, ApproveKind, AskKind, CallKind, ScriptKind:
		return true
	case IfKind, SwitchKind, ParallelKind, StopKind:
		return false
	}
	return true
}
