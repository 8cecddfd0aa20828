package step

import "github.com/harrier-soar/harrier"

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
