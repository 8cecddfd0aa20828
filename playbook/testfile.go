package playbook

import (
	"fmt"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
)

// TestFile holds the tests of one playbook.
type TestFile struct {
	// Name is that of the file.
	Name string
	// Playbook is the id of the playbook that is tested.
	Playbook string
	Cases    []TestCase

	file *document.File
}

// TestCase is one run and what is expected of it.
type TestCase struct {
	Name string
	Pos  document.Pos
	Mode harrier.Mode
	// Alert, Case and Inputs are nil where they are not given.
	Alert, Case, Inputs map[string]any
	// Now is when the run starts; zero if not said.
	Now time.Time
	// Evidence holds the texts of stored files by the id of the evidence.
	Evidence map[string]string
	// Connectors answer where several offer what is called; the first that does.
	Connectors []string
	// Stubs answer for actions; the first that fits a call is taken.
	Stubs []Stub
	// Approvals and Answers are by the id or path of the step that asks.
	Approvals map[string]Decision
	Answers   map[string]map[string]any
	// Outcomes say what people, and probes, find of actions of which nobody
	// knows whether they happened, by step: happened, did_not, again or abort.
	Outcomes map[string]string
	Expect   Expect

	approvalPos, answerPos, outcomePos map[string]document.Pos
}

// Decision is what people say to an approve step.
type Decision string

// The decisions.
const (
	DecideApprove Decision = "approve"
	DecideDeny    Decision = "deny"
	DecideExpire  Decision = "expire"
)

// Stub is what the calls of an action answer.
type Stub struct {
	// Match is a step path, the label of a step, or what is called.
	Match string
	Pos   document.Pos
	// Answers come one after the other; the last stays.
	Answers []StubAnswer
}

// StubAnswer is one answer, or a failure where Class is not empty.
type StubAnswer struct {
	Output map[string]any
	// Class is one of the classes of connector.Error.
	Class string
	Text  string
}

// Expect is what must come of a run. What is zero is not looked at; an empty
// list that is not nil means none.
type Expect struct {
	// Status is succeeded, failed, cancelled or waiting.
	Status string
	// Reason must be a part of the run's reason.
	Reason string
	// Path lists labels in the order in which the steps must have run; others
	// may run between them. Skipped must not run.
	Path, Skipped []ExpectedLabel
	// Effects are all that are asked for, in any order.
	Effects []ExpectedEffect
	// Asked are questions that must be put to people, Calls are calls that must
	// be made, also those that only read; there may be others of both.
	Asked   []ExpectedQuestion
	Calls   []ExpectedCall
	Steps   []ExpectedStep
	Outputs map[string]any
}

// ExpectedLabel is the label of a step, and where it is written.
type ExpectedLabel struct {
	Label string
	Pos   document.Pos
}

// ExpectedEffect is an effect that must be asked for Count times.
type ExpectedEffect struct {
	Pos          document.Pos
	Action       string
	Step, Target string
	// With holds arguments that must be among those given.
	With  map[string]any
	Count int
	// Withheld tells that a shadow run only says that it would.
	Withheld bool

	stepPos document.Pos
}

// ExpectedQuestion is a question that must be put to people.
type ExpectedQuestion struct {
	ExpectedLabel
	// Says are parts of what people see of it.
	Says []string
}

// ExpectedCall is a call that must be made.
type ExpectedCall struct {
	ExpectedLabel
	// With holds arguments that must be among those given.
	With map[string]any
}

// ExpectedStep is what must come of a step.
type ExpectedStep struct {
	ID     string
	Pos    document.Pos
	Status string
	// Output holds values that must be in the step's output.
	Output map[string]any
	// Error must be a part of its failure's text.
	Error string
}

// ParseTest reads the tests beside a playbook and reports everything that is
// wrong with their form.
func ParseTest(name string, source []byte) (*TestFile, document.Problems) {
	file, problems := document.Parse(name, source)
	if file == nil || file.Root == nil {
		return nil, problems
	}
	v := &validator{file: file, grammar: testLanguage(), problems: problems, read: len(problems), bad: map[*document.Node]bool{}, kinds: map[*document.Node]Kind{}}
	v.value(file.Root, ref("test"), placeOf("the test", file.Root))
	sortProblems(v.problems)
	if file.Root.Kind != document.Map {
		return nil, v.problems
	}
	r := &reading{bad: v.bad}
	t := &TestFile{Name: name, Playbook: r.text(file.Root, "test"), file: file}
	given := r.get(file.Root, "given")
	for _, n := range r.items(file.Root, "cases") {
		t.Cases = append(t.Cases, r.testCase(n, given))
	}
	return t, v.problems
}

// Check holds the tests against the plan of their playbook: every step, action
// and decision that they name must be there.
func (t *TestFile) Check(p *Plan) document.Problems {
	c := testChecker{file: t.file, plan: p, labels: map[string]*Step{}}
	p.walk(func(s *Step) {
		if _, ok := c.labels[s.Label]; !ok {
			c.labels[s.Label] = s
		}
	})
	c.gather(p, map[*Plan]bool{})
	slices.Sort(c.actions)
	c.actions = slices.Compact(c.actions)
	for i := range t.Cases {
		c.testCase(&t.Cases[i])
	}
	sortProblems(c.problems)
	return c.problems
}

// gather adds what a plan and its children call.
func (c *testChecker) gather(p *Plan, seen map[*Plan]bool) {
	if seen[p] {
		return
	}
	seen[p] = true
	for name := range p.Actions {
		c.actions = append(c.actions, name)
	}
	for id := range p.Children {
		c.playbooks = append(c.playbooks, id)
	}
	p.walk(func(s *Step) {
		if s.Action != nil {
			c.actions = append(c.actions, s.Action.Uses)
		}
	})
	for _, child := range p.Children {
		c.gather(child, seen)
	}
}

// testChecker holds tests against a plan.
type testChecker struct {
	file    *document.File
	plan    *Plan
	labels  map[string]*Step
	actions []string
	// playbooks are those that are called, at any depth.
	playbooks []string
	problems  document.Problems
}

// report adds a problem with a name.
func (c *testChecker) report(pos document.Pos, name, message string, known []string) {
	fix := "use a name that the playbook has"
	if len(known) > 0 {
		fix = "use one of " + orList(clipped(known, 12))
	}
	if near := harrier.Suggest(name, known); near != "" {
		fix = fmt.Sprintf("did you mean %s?", near)
	}
	c.problems = append(c.problems, c.file.Problem(pos, widthOfText(name), "unknown-name", fmt.Sprintf(message, name), fix))
}

// testCase checks one case.
func (c *testChecker) testCase(t *TestCase) {
	for _, s := range t.Stubs {
		if !slices.Contains(c.actions, s.Match) && !slices.Contains(c.playbooks, s.Match) && c.named(s.Match) == nil {
			c.report(s.Pos, s.Match, "the playbook has no step and calls no action named %s", append(c.known(nil), c.actions...))
		}
	}
	for id, pos := range t.approvalPos {
		if s := c.named(id); s == nil || !s.decided() {
			c.report(pos, id, "the playbook has no approve step %s", c.known((*Step).decided))
		}
	}
	asks := func(s *Step) bool { return s.Ask != nil }
	for id, pos := range t.answerPos {
		if s := c.named(id); s == nil || !asks(s) {
			c.report(pos, id, "the playbook has no ask step %s", c.known(asks))
		}
	}
	for id, pos := range t.outcomePos {
		c.step(id, pos)
	}
	for _, l := range t.Expect.named() {
		c.step(l.Label, l.Pos)
	}
	for _, s := range t.Expect.Steps {
		c.step(s.ID, s.Pos)
	}
	for _, e := range t.Expect.Effects {
		if e.Action != "" && !slices.Contains(c.actions, e.Action) {
			c.report(e.Pos, e.Action, "the playbook does not call %s", c.actions)
		}
		if e.Step != "" {
			c.step(e.Step, e.stepPos)
		}
	}
}

// named lists the labels of all steps that something is expected of, and that
// are given.
func (e *Expect) named() []ExpectedLabel {
	list := append(slices.Clone(e.Path), e.Skipped...)
	for _, q := range e.Asked {
		list = append(list, q.ExpectedLabel)
	}
	for _, c := range e.Calls {
		list = append(list, c.ExpectedLabel)
	}
	return slices.DeleteFunc(list, func(l ExpectedLabel) bool { return l.Label == "" })
}

// decided reports whether people may have to decide on a step: it asks for
// approval, or is covered beforehand and may go beyond the terms.
func (s *Step) decided() bool {
	if s.Loop != nil && s.Loop.Single {
		return s.Loop.Body[0].Action.Late
	}
	return s.Approve != nil || s.Action != nil && s.Action.Late
}

// step checks the label or path of a step.
func (c *testChecker) step(label string, pos document.Pos) {
	if c.named(label) == nil {
		c.report(pos, label, "the playbook has no step %s", c.known(nil))
	}
}

// named returns the step that a label or a path means, or nil.
func (c *testChecker) named(path string) *Step { return c.plan.named(labelsOf(path)) }

// known lists the labels of the steps that fit.
func (c *testChecker) known(fits func(*Step) bool) []string {
	var out []string
	for label, s := range c.labels {
		if fits == nil || fits(s) {
			out = append(out, label)
		}
	}
	slices.Sort(out)
	return out
}
