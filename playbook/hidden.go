package playbook

import (
	"fmt"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
)

// references reports what an expression refers to and cannot see. from is the
// step that the expression belongs to, or nil.
func (c *checker) references(n *document.Node, found []mention, site site) {
	for _, m := range found {
		switch m.root {
		case "inputs":
			c.inputReference(n, m)
		case "steps":
			c.stepReference(n, m, site)
		}
	}
}

// blindly reports a use of the alert in a playbook whose runs never have one.
func (c *checker) blindly(n *document.Node, template bool, site site) {
	if site.only != nil || !c.blind() {
		return
	}
	for _, m := range mentions(n.Text, template, "alert", "case") {
		c.report(c.locate(n, m.start), len(m.root), problem("no-alert", "add a trigger on alert or case, or remove this",
			"no run of this playbook has %s: it starts on a schedule or on nothing", articleOf(m.root)))
	}
}

// articleOf names what a run is about.
func articleOf(root string) string {
	if root == "alert" {
		return "an alert"
	}
	return "a case"
}

// inputReference reports an input that is not declared, where none is: the
// types of expressions know the rest.
func (c *checker) inputReference(n *document.Node, m mention) {
	if len(c.plan.Inputs) > 0 || len(c.doc.Inputs) > 0 || len(m.path) == 0 {
		return
	}
	c.report(c.locate(n, m.offset), m.width, problem("unknown-input", fmt.Sprintf("declare it: inputs: {%s: {type: string}}", m.path[0]),
		"the playbook declares no inputs"))
}

// stepReference reports a step that does not exist or cannot be seen.
func (c *checker) stepReference(n *document.Node, m mention, site site) {
	pos := c.locate(n, m.offset)
	if len(m.path) == 0 {
		c.report(pos, m.width, problem("step-reference", "write steps.ID.output, with the id of a step before this one", "steps alone is not a value"))
		return
	}
	if site.only != nil {
		c.report(pos, m.width, problem("step-not-visible", "use "+orList(site.only)+" only", "no step has run when this is evaluated"))
		return
	}
	id := m.path[0]
	to, ok := c.byID[id]
	if !ok {
		c.report(pos, m.width, problem("unknown-step", c.suggestStep(id, site), "there is no step with the id %s", id))
		return
	}
	if site.scope.step(id) == nil {
		message, fix := hidden(site.entry, to)
		c.report(pos, m.width, problem("step-not-visible", fix, "steps.%s cannot be used here: %s", id, message))
		return
	}
	if to.noOutput && len(m.path) > 1 && m.path[1] == "output" {
		c.report(pos, m.width, problem("no-output", "refer to the output of a step inside it, or to its status",
			"%s is %s step, which has no output", id, article(string(to.doc.Kind))))
	}
}

// suggestStep says which step may have been meant.
func (c *checker) suggestStep(id string, site site) string {
	var visible []string
	for s := site.scope; s != nil; s = s.outer {
		if !s.variable {
			visible = append(visible, s.name)
		}
	}
	if near := harrier.Suggest(id, visible); near != "" {
		return "did you mean steps." + near + "?"
	}
	return "give a step before this one the id " + nameLike(id)
}

// hidden says why a step cannot be seen from another, and what to do.
func hidden(from, to *entry) (message, fix string) {
	if from == nil {
		return "it has not run by then", "use only what is known at that time"
	}
	if from == to {
		return "a step does not see its own result", "refer to a step before this one"
	}
	shared := 0
	for shared < len(from.chain) && shared < len(to.chain) && from.chain[shared].same(to.chain[shared]) {
		if from.chain[shared].index != to.chain[shared].index {
			break
		}
		shared++
	}
	if shared >= len(from.chain) {
		return "it is inside this step and runs later", "refer to a step before this one"
	}
	if shared >= len(to.chain) {
		return "this step is inside it, and it has not ended", "refer to a step before this one"
	}
	f, t := from.chain[shared], to.chain[shared]
	if !f.same(t) {
		return besides(f, t)
	}
	if t.index > f.index {
		return "it runs later", fmt.Sprintf("move the step %s before this one", to.what())
	}
	return within(to, shared)
}

// besides explains two lists of steps side by side.
func besides(f, t frame) (message, fix string) {
	switch {
	case f.owner == nil:
		return fmt.Sprintf("the steps of %s run before those of %s", f.name, t.name), "refer to a step of an earlier part"
	case f.owner.Kind == ParallelKind && t.name != "on_error" && f.name != "on_error":
		return fmt.Sprintf("it is in the branch %s, and branches do not see each other before they join", t.name),
			"use it after the parallel step, or move both steps into one branch"
	case f.name == "on_error" || t.name == "on_error":
		return "it is on the other side of on_error", "refer to a step before the one that failed"
	}
	return "it is in another branch, and only one of them is taken", "refer to a step before the branches"
}

// within explains a step inside a loop that has ended.
func within(to *entry, shared int) (message, fix string) {
	for _, f := range to.chain[shared+1:] {
		if f.owner == nil || f.owner.Kind != LoopKind && f.owner.Kind != PollKind {
			continue
		}
		use := "give the step around it an id, and use steps.ID"
		if f.owner.ID != nil {
			use = "use steps." + f.owner.ID.Text
		}
		if f.owner.Kind == LoopKind {
			return "it is inside a loop, where it has a result for each item", use + ".output.items"
		}
		return "it is inside a repeat, where it has a result for each round", use + ".output.last"
	}
	return "it may not have run", "refer to a step before this one"
}
