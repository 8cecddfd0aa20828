package playbook

import (
	"fmt"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
)

// covers ties every approve step to the steps it covers, and checks that each
// can be planned when people are asked.
func (c *checker) covers() {
	for _, e := range c.order {
		if e.doc.Approve == nil || e.step == nil {
			continue
		}
		for _, id := range e.doc.Approve.Covers {
			if to := c.covered(e, id, c.coverable); to != nil {
				to.approved(e, false)
				e.step.Approve.Covers = append(e.step.Approve.Covers, to.step)
				c.computable(e, to)
			}
		}
		if e.doc.Approve.Late != nil {
			c.coversLate(e, e.doc.Approve.Late)
		}
	}
}

// covered returns the step that an approve step covers under an id, or nil
// where it may not.
func (c *checker) covered(e *entry, id *document.Node, may func(e, to *entry) (document.Problem, bool)) *entry {
	to, ok := c.byID[id.Text]
	if !ok {
		c.at(id, problem("unknown-step", c.suggestCovered(e, id.Text), "there is no step with the id %s", id.Text))
		return nil
	}
	if p, ok := may(e, to); !ok {
		c.at(id, p)
		return nil
	}
	return to
}

// approved notes which approve step covers a step.
func (e *entry) approved(by *entry, late bool) {
	e.approve = by
	action := e.step.Action
	if e.step.Loop != nil && len(e.step.Loop.Body) == 1 {
		action = e.step.Loop.Body[0].Action
	}
	if action != nil {
		action.Approval, action.Late = by.step, late
	}
}

// suggestCovered says which later step may have been meant.
func (c *checker) suggestCovered(e *entry, id string) string {
	var known []string
	for other, to := range c.byID {
		if other != textOf(e.doc.ID) && to.doc.action() != nil {
			known = append(known, other)
		}
	}
	if near := harrier.Suggest(id, known); near != "" {
		return fmt.Sprintf("did you mean %s?", near)
	}
	return "name the id of a later step that has an effect"
}

// action returns the call of an action step or of a loop over one action.
func (s *StepDoc) action() *ActionDoc {
	if s.Loop != nil {
		return s.Loop.Action
	}
	return s.Action
}

// coverable checks that an approve step may cover a step.
func (c *checker) coverable(e, to *entry) (document.Problem, bool) {
	id := to.what()
	switch {
	case to.step == nil:
		return problem("covers", "name another step", "%s could not be checked", id), false
	case to.approve == e:
		return problem("covered-twice", "remove one of them", "%s is listed twice", id), false
	case to.approve != nil:
		return problem("covered-twice", "cover it once", "%s is already covered by %s", id, to.approve.what()), false
	case to.doc.Call != nil:
		return problem("covers", "put an approve step into the playbook "+textOf(to.doc.Call.Playbook), "the effects of a child playbook cannot be planned here"), false
	case to.doc.action() == nil:
		return problem("covers", "list the steps with uses, or remove it", "%s has no effect of its own", id), false
	case to.target != nil && !to.target.effect.Writes():
		return problem("covers", "remove it from covers", "%s only reads, so there is nothing to approve", id), false
	}
	if p, ok := c.behind(e, to); !ok {
		return p, false
	}
	return c.once(e, to)
}

// behind checks that a step is reached through the approve step only.
func (c *checker) behind(e, to *entry) (document.Problem, bool) {
	depth := len(e.chain) - 1
	if len(to.chain) <= depth {
		return problem("covers", "move the approve step out, to before the step, in the same list", "%s can be reached without passing this approve step", to.what()), false
	}
	for i := range depth {
		if to.chain[i] != e.chain[i] {
			return problem("covers", "move the approve step to before both, or ask in each place", "%s can be reached without passing this approve step", to.what()), false
		}
	}
	here, there := e.chain[depth], to.chain[depth]
	switch {
	case !here.same(there):
		return problem("covers", "move the approve step to before both, or ask in each place", "%s can be reached without passing this approve step", to.what()), false
	case there.index <= here.index:
		return problem("covers", "move the approve step to before it", "%s runs before this approve step", to.what()), false
	}
	return document.Problem{}, true
}

// once checks that a step behind an approve step is reached as often as that,
// whatever happens between.
func (c *checker) once(e, to *entry) (document.Problem, bool) {
	for _, f := range to.chain[len(e.chain):] {
		if f.name == "on_error" {
			return problem("covers", "put an approve step into the on_error steps", "whether %s runs depends on a failure, which is not known here", to.what()), false
		}
		if f.owner.Kind == LoopKind || f.owner.Kind == PollKind {
			return problem("covers", "move the approve step into the loop, or make it a for_each with uses", "%s is in a loop of its own, so how often it runs is not known here", to.what()), false
		}
	}
	return document.Problem{}, true
}

// computable checks that what a covered step does, and whether it is reached,
// is known when people are asked.
func (c *checker) computable(e, to *entry) {
	bare := []*document.Node{to.doc.If}
	if to.doc.Loop != nil {
		bare = append(bare, to.doc.Loop.Over, to.doc.Loop.Key)
	}
	for _, f := range to.chain[len(e.chain):] {
		bare = append(bare, f.owner.If)
		if f.owner.Choice == nil {
			continue
		}
		for _, arm := range f.owner.Choice.Arms {
			bare = append(bare, arm.When)
		}
	}
	for _, n := range bare {
		c.known(e, to, n, false)
	}
	for _, part := range []*document.Node{to.doc.action().With, to.doc.action().Connection} {
		walkNodes(part, func(n *document.Node) {
			if dynamic(n) {
				c.known(e, to, n, true)
			}
		})
	}
}

// known reports what an expression needs and nobody knows when people are asked.
func (c *checker) known(e, to *entry, n *document.Node, template bool) {
	if n == nil {
		return
	}
	for _, m := range mentions(n.Text, template, "steps", "now", "summary", "run") {
		pos := c.locate(n, m.offset)
		switch m.root {
		case "now", "summary":
			c.report(pos, m.width, problem("not-plannable", "compute it in a set step before the approve step", "%s() changes after the approval of %s, so what is approved would not be what is done", m.root, e.what()))
		case "run":
			if len(m.path) > 0 && m.path[0] == "summary" {
				c.report(pos, m.width, problem("not-plannable", "compute it in a set step before the approve step", "run.summary changes after the approval of %s, so what is approved would not be what is done", e.what()))
			}
		case "steps":
			if len(m.path) > 0 && m.path[0] == textOf(e.doc.ID) {
				c.report(pos, m.width, problem("not-plannable", "remove it: what is denied is skipped by itself",
					"the decision of %s is not known when it asks what %s may do", e.what(), to.what()))
				continue
			}
			if len(m.path) > 0 && c.byID[m.path[0]] != nil && e.before.step(m.path[0]) == nil && to.before.step(m.path[0]) != nil {
				c.report(pos, m.width, problem("not-plannable", fmt.Sprintf("move %s before %s, or cover the step by a later approve step", m.path[0], e.what()),
					"%s has not run when %s asks, so what %s does is not known then", m.path[0], e.what(), to.what()))
			}
		}
	}
}

// walkNodes calls visit for every scalar below a node.
func walkNodes(n *document.Node, visit func(*document.Node)) {
	if n == nil {
		return
	}
	switch n.Kind {
	case document.Map:
		for _, e := range n.Entries {
			walkNodes(e.Value, visit)
		}
	case document.List:
		for _, item := range n.Items {
			walkNodes(item, visit)
		}
	case document.String, document.Int, document.Float, document.Bool, document.Null:
		visit(n)
	}
}
