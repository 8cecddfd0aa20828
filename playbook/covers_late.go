package playbook

import (
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
)

// coversLate ties an approve step to the steps whose items turn up after the
// decision, and checks the terms for them.
func (c *checker) coversLate(e *entry, l *LateDoc) {
	for _, id := range l.Covers {
		if to := c.covered(e, id, c.lateCoverable); to != nil {
			to.approved(e, true)
			e.step.Approve.Late.Covers = append(e.step.Approve.Late.Covers, to.step)
		}
	}
	walkNodes(l.Same, func(n *document.Node) {
		if dynamic(n) {
			c.lasting(e, n)
		}
	})
}

// lateCoverable checks that a step may fall under an approval though nobody
// can say beforehand on what it acts, or how often.
func (c *checker) lateCoverable(e, to *entry) (document.Problem, bool) {
	id := to.what()
	switch {
	case to.step == nil:
		return problem("covers", "name another step", "%s could not be checked", id), false
	case to.approve == e:
		return problem("covered-twice", "list it in one of covers and late, once", "%s is covered here already", id), false
	case to.approve != nil:
		return problem("covered-twice", "cover it once", "%s is already covered by %s", id, to.approve.what()), false
	case to.doc.Call != nil:
		return problem("covers", "put an approve step into the playbook "+textOf(to.doc.Call.Playbook), "the effects of a child playbook cannot be bounded here"), false
	case to.doc.action() == nil:
		return problem("covers", "list the steps with uses, or remove it", "%s has no effect of its own", id), false
	case to.target == nil:
		return document.Problem{}, true // what it uses is not known, which was told
	case !to.target.effect.Writes():
		return problem("covers", "remove it from late", "%s only reads, so there is nothing to approve", id), false
	case to.target.effect == harrier.Destroy:
		return problem("late-destroy", "ask for it by an approve step of its own, when what it acts on is known",
			"%s cannot be undone, so nobody can agree to it before it is known what %s acts on", to.target.name, id), false
	case to.target.builtin:
		return problem("covers", "remove it from late", "%s is done inside Harrier, so it is not counted against a cap", to.target.name), false
	}
	return c.behind(e, to)
}

// lasting reports what would change the value that says what counts as the
// same, though the same is meant.
func (c *checker) lasting(e *entry, n *document.Node) {
	for _, m := range mentions(n.Text, true, "now", "summary", "run") {
		what := m.root + "()"
		if m.root == "run" {
			if len(m.path) == 0 || m.path[0] != "summary" {
				continue
			}
			what = "run.summary"
		}
		c.report(c.locate(n, m.offset), m.width, problem("not-plannable", "compute it in a set step before the approve step",
			"%s changes after the approval of %s, so nothing would ever be the same", what, e.what()))
	}
}
