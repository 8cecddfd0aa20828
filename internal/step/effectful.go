package step

import (
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/playbook"
)

// Asked reports whether people were asked anything in the run.
func (m *Machine) Asked() bool { return m.asked }

// Effectful reports whether an intent was committed for a call: that of a step
// by a connection. It is false where the step has not begun.
func (m *Machine) Effectful(path string, to harrier.ConnectionID) bool {
	n := m.nodes[path]
	if n == nil || n.action == nil {
		return false
	}
	targets := n.action.begin.Targets
	for i := range targets {
		if targets[i].Connection == to {
			spec, ok := m.plan.Actions[targets[i].Action]
			return ok && spec.Effect.Writes() && !spec.Local
		}
	}
	return false
}

// Effect is an effect that was intended, with what is known of it.
type Effect struct {
	Call     Call
	Approval harrier.ApprovalID
	// Output is the answer; nil where there is none.
	Output map[string]any
	// Lease is nil where a containment has no end.
	Lease *playbook.Lease
}

// Effect returns what a step did by a connection; ok is false where no intent
// was committed for it.
func (m *Machine) Effect(path string, to harrier.ConnectionID) (e Effect, ok bool) {
	if !m.Effectful(path, to) {
		return e, false
	}
	n := m.nodes[path]
	k := n.call(to)
	e.Call, _ = m.SpecOf(path, to)
	e.Approval, e.Output, e.Lease = k.approval, k.output, n.Step.Action.Lease
	return e, true
}

// Covered reports whether an approve step covers the action step at a path: it
// is done only after people agreed.
func (m *Machine) Covered(path string) bool {
	s, _ := m.stepAt(path)
	return s != nil && m.coverOf(s) != nil
}
