package step

import (
	"context"
	"fmt"
	"time"

	"github.com/harrier-soar/harrier"
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
		inputs, _ = Canonical(v).(map[string]any)
	}
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

// Children returns the child runs that have not ended.
func (m *Machine) Children() []harrier.RunID {
	var ids []harrier.RunID
	for _, n := range m.active {
		if !n.child.IsZero() {
			ids = append(ids, n.child)
		}
	}
	return ids
}
