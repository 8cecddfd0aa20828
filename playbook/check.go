package playbook

import (
	"fmt"
	"maps"
	"slices"

	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/schema"
)

// maxProblems bounds the errors, and the warnings, that are told of one file.
const maxProblems = 200

// full reports whether there is no room for a further problem of a sort.
func full(problems document.Problems, warning bool) bool {
	count := 0
	for _, p := range problems {
		if p.Warning == warning {
			count++
		}
	}
	return count >= maxProblems
}

// Compile reads and checks a playbook. The plan is nil where a problem is more
// than a warning.
func Compile(name string, source []byte, cat Catalog) (*Plan, document.Problems) {
	doc, problems := Parse(name, source)
	if doc == nil {
		return nil, problems
	}
	return Check(doc, cat)
}

// Check checks a playbook against what it may use and returns its plan. All
// problems come at once, those of [Parse] included. The plan is nil where one
// of them is more than a warning.
func Check(doc *Doc, cat Catalog) (*Plan, document.Problems) {
	s := &session{catalog: cat, results: map[string]*result{}}
	r := s.check(doc)
	return r.plan, r.problems
}

// Checked is what [Check] gives for one playbook.
type Checked struct {
	// Plan is nil where one of Problems is more than a warning.
	Plan     *Plan
	Problems document.Problems
}

// CheckAll checks every playbook of a catalog, by id, as [Check] does for one
// and with less work: what several call is checked once.
func CheckAll(cat Catalog) map[string]Checked {
	return CheckThese(cat, slices.Sorted(maps.Keys(cat.Playbooks)))
}

// CheckThese is [CheckAll] for some of the playbooks of a catalog, by their ids.
func CheckThese(cat Catalog, ids []string) map[string]Checked {
	s := &session{catalog: cat, results: map[string]*result{}}
	all := make(map[string]Checked, len(ids))
	for _, id := range ids {
		doc := cat.Playbooks[id]
		if doc == nil {
			continue
		}
		r, known := s.results[id]
		switch {
		case known && r.problems.Err() == nil:
		case known: // what is wrong may be so only below another
			plan, problems := Check(doc, cat)
			r = &result{plan: plan, problems: problems}
		default:
			r = s.check(doc)
			s.results[id] = r
		}
		all[id] = Checked{r.plan, r.problems}
	}
	return all
}

// session is one check of a playbook and everything that it calls.
type session struct {
	catalog Catalog
	// results are those of playbooks that were checked, by id.
	results map[string]*result
	// stack are the playbooks that are being checked, outermost first.
	stack []string
}

// result is what the check of one playbook gave.
type result struct {
	plan     *Plan
	problems document.Problems
	// outputs is the type of what it gives to its caller; depth counts the
	// playbooks below it.
	outputs schema.Type
	depth   int
}

// check checks one playbook.
func (s *session) check(doc *Doc) *result {
	s.stack = append(s.stack, doc.ID)
	defer func() { s.stack = s.stack[:len(s.stack)-1] }()
	c := &checker{
		session: s, doc: doc, problems: slices.Clone(doc.problems),
		plan: &Plan{
			ID: doc.ID, Title: doc.Title, Description: doc.Description, Owner: doc.Owner, Tags: doc.Tags, ManualMinutes: doc.ManualMinutes,
			Children: map[string]*Plan{}, Actions: map[string]schema.ActionSpec{},
		},
		byID: map[string]*entry{}, deniable: map[string]bool{}, entries: map[*StepDoc]*entry{}, envs: map[string]*expr.Env{},
		outputs: schema.TypeOf(schema.Object),
	}
	c.run()
	sortProblems(c.problems)
	if c.problems.Err() != nil {
		c.plan = nil
	} else {
		c.plan.Hash = hashOf(doc, c.plan)
	}
	return &result{plan: c.plan, problems: c.problems, outputs: c.outputs, depth: c.depth}
}

// checker checks one playbook.
type checker struct {
	session  *session
	doc      *Doc
	plan     *Plan
	problems document.Problems
	// order are all steps as they stand in the file.
	order []*entry
	byID  map[string]*entry
	// deniable are the ids of steps that a denied approval skips.
	deniable map[string]bool
	entries  map[*StepDoc]*entry
	envs     map[string]*expr.Env
	// serial numbers what scopes hold, so that equal scopes are recognised.
	serial  int
	base    *scope
	outputs schema.Type
	depth   int
	lines   [][]rune
}

// run checks every part in an order in which each knows what it needs.
func (c *checker) run() {
	c.index()
	c.inputs()
	c.triggers()
	c.limits()
	main := c.list(c.doc.Steps, c.base)
	c.plan.Steps = main.steps
	after := c.base.add(c, optional(main.exports)...)
	failure := c.list(c.doc.OnFailure, after)
	c.plan.OnFailure = failure.steps
	always := c.list(c.doc.Always, after.add(c, optional(failure.exports)...))
	c.plan.Always = always.steps
	c.declareOutputs(c.base.add(c, main.exports...))
	c.covers()
	c.safety()
	c.reachability()
	c.unheard()
	c.secrets()
}

// report adds a problem at a place; one of the same rule at the same place is
// told once, and what the reader of the file found there comes first.
func (c *checker) report(pos document.Pos, width int, p document.Problem) {
	if full(c.problems, p.Warning) {
		return
	}
	for _, q := range c.problems {
		if q.Pos == pos && q.File == c.doc.Name && (q.Code == p.Code || !p.Warning && slices.ContainsFunc(c.doc.problems, func(d document.Problem) bool {
			return d.Pos == pos && !d.Warning
		})) {
			return
		}
	}
	located := c.doc.file.Problem(pos, width, p.Code, p.Message, p.Fix)
	located.Warning = p.Warning
	c.problems = append(c.problems, located)
}

// at reports a problem with a value.
func (c *checker) at(n *document.Node, p document.Problem) { c.report(n.Pos, widthOf(n), p) }

// problem makes a problem; its place is given when it is reported.
func problem(code, fix, format string, args ...any) document.Problem {
	return document.Problem{Code: code, Message: fmt.Sprintf(format, args...), Fix: fix}
}

// warning makes a problem that does not stop the playbook from being used.
func warning(code, fix, format string, args ...any) document.Problem {
	p := problem(code, fix, format, args...)
	p.Warning = true
	return p
}

// refuse notes once why runs of the plan are refused.
func (c *checker) refuse(why string) {
	if !slices.Contains(c.plan.Refusals, why) {
		c.plan.Refusals = append(c.plan.Refusals, why)
	}
}
