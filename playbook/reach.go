package playbook

import (
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/expr"
)

// reachability finds steps that can never run.
func (c *checker) reachability() {
	for _, list := range [][]*StepDoc{c.doc.Steps, c.doc.OnFailure, c.doc.Always} {
		c.reachList(list)
	}
}

// reachList checks a list and reports whether the run always ends in it.
func (c *checker) reachList(steps []*StepDoc) (ends bool) {
	told := false
	for _, s := range steps {
		if ends && !told {
			pos, width := s.Pos, 1
			c.report(pos, width, problem("unreachable", "remove it, or move it before the stop", "this step never runs: the run has ended by then"))
			told = true
		}
		ends = c.reachStep(s) || ends
	}
	return ends
}

// reachStep checks a step and reports whether the run always ends in it.
func (c *checker) reachStep(s *StepDoc) (ends bool) {
	e := c.entries[s]
	if e == nil || e.step == nil {
		return false
	}
	c.never(s.If, e.step.If)
	switch {
	case s.Choice != nil:
		ends = c.reachChoice(s, e.step.Choice)
	case s.Parallel != nil:
		ends = c.reachParallel(s)
	case s.Loop != nil:
		c.reachList(s.Loop.Steps)
	case s.Poll != nil:
		ends = c.reachList(s.Poll.Steps)
	case s.Stop != nil:
		ends = true
	}
	if s.OnError.Steps != nil {
		c.reachList(s.OnError.Steps)
	}
	return ends && s.If == nil && !s.OnError.Continue && s.OnError.Steps == nil
}

// never reports a condition that is never true.
func (c *checker) never(n *document.Node, p *expr.Program) {
	if value, ok := constantBool(p); ok && !value && n != nil {
		c.at(n, problem("unreachable", "remove the step, or write a condition that can be true", "this is never true, so the step never runs"))
	}
}

// constantBool returns the value of a condition that is always the same.
func constantBool(p *expr.Program) (value, ok bool) {
	if p == nil {
		return false, false
	}
	v, ok := p.Const()
	if !ok {
		return false, false
	}
	value, ok = v.(bool)
	return value, ok
}

// reachChoice checks the arms of a choice and reports whether the run ends in
// each of them.
func (c *checker) reachChoice(s *StepDoc, built *Choice) (ends bool) {
	ends, always := true, false
	for i, arm := range s.Choice.Arms {
		value, ok := constantBool(built.Arms[i].When)
		switch {
		case always:
			c.report(arm.Pos, 1, problem("unreachable", "remove it, or move it before the one that is always taken", "this is never reached: the condition before it is always true"))
		case ok && !value:
			c.at(arm.When, problem("unreachable", "remove it, or write a condition that can be true", "this is never true, so its steps never run"))
		case ok && value:
			always = true
		}
		ends = c.reachList(arm.Steps) && ends
	}
	if s.Choice.Default == nil {
		return ends && always
	}
	if always {
		c.report(s.Choice.DefaultPos, 1, problem("unreachable", "remove it, or write a condition that can be false", "this is never reached: the condition before it is always true"))
	}
	return c.reachList(s.Choice.Default) && ends
}

// reachParallel checks the branches; the run ends if it ends in one of them.
func (c *checker) reachParallel(s *StepDoc) (ends bool) {
	for _, b := range s.Parallel.Branches {
		ends = c.reachList(b.Steps) || ends
	}
	return ends && !s.Parallel.Any
}
