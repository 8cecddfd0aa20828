package playbook

import "github.com/harrier-soar/harrier/document"

// walk calls visit for every step of the plan, in order of the file; those of
// children are left out.
func (p *Plan) walk(visit func(*Step)) {
	for _, list := range [][]*Step{p.Steps, p.OnFailure, p.Always} {
		walkSteps(list, visit)
	}
}

// walkSteps calls visit for steps and those inside them.
func walkSteps(steps []*Step, visit func(*Step)) {
	for _, s := range steps {
		visit(s)
		for _, below := range s.lists() {
			walkSteps(below, visit)
		}
	}
}

// lists returns the lists of steps that a step holds.
func (s *Step) lists() [][]*Step {
	var out [][]*Step
	switch {
	case s.Choice != nil:
		for _, a := range s.Choice.Arms {
			out = append(out, a.Steps)
		}
		out = append(out, s.Choice.Default)
	case s.Loop != nil:
		out = append(out, s.Loop.Body)
	case s.Parallel != nil:
		for _, b := range s.Parallel.Branches {
			out = append(out, b.Steps)
		}
	case s.Poll != nil:
		out = append(out, s.Poll.Steps)
	}
	return append(out, s.OnError.Steps)
}

// usesPos returns where a step names what it calls.
func (c *checker) usesPos(e *entry) (document.Pos, int) {
	if a := e.doc.action(); a != nil && a.Uses != nil {
		return a.Uses.Pos, widthOf(a.Uses)
	}
	return e.pos()
}
