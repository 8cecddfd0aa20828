package step

import (
	"github.com/harrier-soar/harrier/expr"
)

// scope is what an expression sees from a place in the run.
type scope struct {
	m *Machine
	f *frame
}

func (m *Machine) scope(f *frame) expr.Scope { return scope{m, f} }

// Lookup implements [expr.Scope].
func (s scope) Lookup(name string) (any, bool) {
	switch name {
	case "steps":
		return stepsView{s.f}, true
	case "inputs":
		return s.m.run.Inputs, true
	case "alert":
		return s.m.run.Alert, s.m.run.Alert != nil
	case "case":
		return s.m.run.Case, s.m.run.Case != nil
	case "run":
		return runView{s.m}, true
	}
	for f := s.f; f != nil; f = f.parent {
		if f.as == name && name != "" {
			return f.item, true
		}
	}
	return nil, false
}

// stepsView gives the steps that are visible from a frame.
type stepsView struct{ f *frame }

// Field implements [expr.Object].
func (v stepsView) Field(id string) (any, bool) {
	for f := v.f; f != nil; f = f.parent {
		if n := f.nodes[id]; n != nil {
			return nodeView{n}, true
		}
	}
	return nodeView{}, true // a step of a branch that was not taken
}

// nodeView gives what expressions may see of a step.
type nodeView struct{ n *Node }

// Field implements [expr.Object].
func (v nodeView) Field(name string) (any, bool) {
	switch name {
	case "status":
		if v.n == nil {
			return string(Skipped), true
		}
		return string(v.n.Status), true
	case "output":
		if v.n == nil || v.n.Output == nil {
			return nil, false
		}
		return v.n.Output, true
	case "error":
		if v.n == nil || v.n.Failure == nil {
			return nil, false
		}
		return map[string]any{"class": v.n.Failure.Class, "text": v.n.Failure.Text}, true
	}
	return nil, false
}

// runView gives what expressions may see of the run.
type runView struct{ m *Machine }

// Field implements [expr.Object].
func (v runView) Field(name string) (any, bool) {
	switch name {
	case "id":
		return v.m.run.Run.String(), true
	case "playbook":
		return v.m.run.Playbook, true
	case "mode":
		return string(v.m.run.Mode), true
	case "started_at":
		return v.m.began.UTC().Format("2006-01-02T15:04:05.999999999Z07:00"), true
	case "summary":
		return v.m.Summary(), true
	}
	return nil, false
}
