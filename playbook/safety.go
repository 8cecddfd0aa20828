package playbook

import (
	"fmt"

	"github.com/harrier-soar/harrier"
)

// safety holds every effect against the rules for it.
func (c *checker) safety() {
	for _, e := range c.order {
		if e.doc.Kind == CallKind {
			c.anyCall(e)
			continue
		}
		if e.target == nil {
			continue
		}
		switch e.target.effect {
		case harrier.Destroy:
			c.destroys(e)
			c.underAny(e)
		case harrier.Contain:
			c.contains(e)
			c.underAny(e)
		case harrier.Read, harrier.Disclose, harrier.Notify, harrier.Record:
		}
	}
}

// destroys checks that something irreversible is never done unasked.
func (c *checker) destroys(e *entry) {
	pos, width := c.usesPos(e)
	if e.approve == nil {
		c.report(pos, width, problem("unguarded-destroy",
			fmt.Sprintf("add an approve step before it, with covers: [%s]", coverID(e)),
			"%s cannot be undone and no approve step covers it", e.target.name))
		return
	}
	if e.approve.doc.If != nil {
		c.report(pos, width, problem("unguarded-destroy", fmt.Sprintf("remove the if of %s, or put both steps under it", e.approve.what()),
			"%s cannot be undone, and its approve step %s can be skipped by its own if", e.target.name, e.approve.what()))
	}
}

// contains checks that a containment has an end, and warns where nobody is asked.
func (c *checker) contains(e *entry) {
	pos, width := c.usesPos(e)
	action := e.doc.action()
	if !e.target.undo && action.Lease == nil {
		c.report(pos, width, problem("endless-containment", "add lease: {for: 30d, then: ask}, or use an action that names its undo",
			"%s has neither an undo nor a lease, so nothing would ever end it", e.target.name))
	}
	if e.approve == nil {
		c.report(pos, width, warning("unapproved-containment", fmt.Sprintf("add an approve step before it, with covers: [%s], if people should decide", coverID(e)),
			"%s acts without asking anybody", e.target.name))
	}
}

// underAny reports an effect that a race could leave half done.
func (c *checker) underAny(e *entry) {
	owner := anyAbove(e)
	if owner == nil {
		return
	}
	pos, width := c.usesPos(e)
	c.report(pos, width, problem("effect-under-any", "move it behind the parallel step, or remove join: any",
		"%s is in a branch that join: any may cancel half-way", e.target.name))
}

// anyCall reports a child with such effects in such a branch.
func (c *checker) anyCall(e *entry) {
	if anyAbove(e) == nil || e.step == nil || e.step.Call == nil || e.step.Call.Plan == nil || !acts(e.step.Call.Plan) {
		return
	}
	c.at(e.doc.Call.Playbook, problem("effect-under-any", "move it behind the parallel step, or remove join: any",
		"%s contains or destroys, and is in a branch that join: any may cancel half-way", e.doc.Call.Playbook.Text))
}

// anyAbove returns the parallel step with join: any that a step is in, or nil.
func anyAbove(e *entry) *StepDoc {
	for _, f := range e.chain {
		if f.owner != nil && f.owner.Parallel != nil && f.owner.Parallel.Any && f.name != "on_error" {
			return f.owner
		}
	}
	return nil
}

// acts reports whether a plan, or one below it, contains or destroys.
func acts(p *Plan) bool { return actsBelow(p, map[*Plan]bool{}) }

// actsBelow looks at every plan once.
func actsBelow(p *Plan, seen map[*Plan]bool) bool {
	if seen[p] {
		return false
	}
	seen[p] = true
	found := false
	p.walk(func(s *Step) {
		if s.Action != nil && (s.Action.Effect == harrier.Contain || s.Action.Effect == harrier.Destroy) {
			found = true
		}
	})
	for _, child := range p.Children {
		found = found || actsBelow(child, seen)
	}
	return found
}

// coverID is the id to write into covers.
func coverID(e *entry) string {
	if e.doc.ID != nil {
		return e.doc.ID.Text
	}
	return "its id"
}
