package step

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/schema"
)

// enterCall calls another playbook as a child run.
func (d decision) enterCall(ctx context.Context) {
	if d.m.run.Depth+1 > MaxDepth {
		d.fail(Failure{Class: "limit", Text: fmt.Sprintf("child playbooks nest deeper than %d", MaxDepth)})
		return
	}
	inputs := map[string]any{}
	if with := d.step.Call.With; with != nil {
		v, err := with.Eval(ctx, d.m.scope(d.block.frame), d.env.Now)
		if err != nil {
			d.fail(*expressionFailure(err))
			return
		}
		inputs, _ = v.(map[string]any)
	}
	fields := d.step.Call.Plan.Inputs
	inputs, mismatches := schema.CheckFields(schema.Defaults(fields, inputs), fields)
	if len(mismatches) > 0 {
		d.fail(Failure{Class: "invalid", Text: "inputs of " + d.step.Call.Playbook + ": " + mismatches[0].String()})
		return
	}
	inputs, _ = Canonical(inputs).(map[string]any)
	d.record(ChildCalled{
		Path: d.path, Playbook: d.step.Call.Playbook, Inputs: inputs,
		Run: ChildID(d.m.run.Run, d.path, d.m.events),
	})
}

// ChildID is the id of the child run that a step calls.
func ChildID(parent harrier.RunID, path string, nth int) harrier.RunID {
	return harrier.DeriveID[harrier.RunID]("child", parent.String(), path, fmt.Sprint(nth))
}

// apply implements [Body].
func (b ChildCalled) apply(m *Machine, at time.Time) error {
	n, err := m.begin(b.Path, at)
	if err != nil {
		return err
	}
	n.child = b.Run
	return nil
}

// apply implements [Body].
func (b ChildEnded) apply(m *Machine, at time.Time) error {
	n, err := m.live(b.Path)
	if err != nil {
		return err
	}
	if b.Status == harrier.RunSucceeded {
		n.Output = b.Outputs
		if n.Output == nil {
			n.Output = map[string]any{}
		}
		m.end(n, Succeeded, at)
		return nil
	}
	m.fail(n, Failure{Class: "child", Text: fmt.Sprintf("%s %s: %s", b.Run, b.Status, b.Reason)}, at)
	return nil
}

// stopChild notes that a child run is to be stopped.
func (m *Machine) stopChild(n *Node) {
	if !n.child.IsZero() && !slices.Contains(m.stopped, n.child) {
		m.stopped = append(m.stopped, n.child)
	}
}

// Stopped lists the child runs that were to be stopped since the run began,
// because it halts, another branch has won or the step's time is over. The
// list only grows. Whoever tells them may tell them twice: see [CancelOrder].
func (m *Machine) Stopped() []harrier.RunID { return m.stopped }
