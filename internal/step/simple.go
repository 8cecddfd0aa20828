package step

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/expr"
)

// enterSet computes values.
func (d decision) enterSet(ctx context.Context) {
	out, err := d.step.Set.Eval(ctx, d.m.scope(d.block.frame), d.env.Now)
	if err != nil {
		d.fail(*expressionFailure(err))
		return
	}
	d.record(ValuesSet{Path: d.path, Output: Canonical(out)})
}

// enterChoice takes the first arm whose condition holds.
func (d decision) enterChoice(ctx context.Context) {
	arm, f := d.arm(ctx, d.block.frame)
	if f != nil {
		d.fail(*f)
		return
	}
	d.record(BranchTaken{Path: d.path, Arm: arm})
}

// arm is the number of the arm to take, or -1 for the default.
func (d decision) arm(ctx context.Context, f *frame) (int, *Failure) {
	for i, arm := range d.step.Choice.Arms {
		v, err := arm.When.Eval(ctx, d.m.scope(f), d.env.Now)
		if err != nil {
			return 0, expressionFailure(err)
		}
		holds, ok := v.(bool)
		if !ok {
			return 0, &Failure{Class: "expression", Text: "a condition needs true or false, got " + describe(v)}
		}
		if holds {
			return i, nil
		}
	}
	return -1, nil
}

// enterWait arms a durable timer.
func (d decision) enterWait(ctx context.Context) {
	due := d.env.Now
	program := d.step.Wait.Until
	if program == nil {
		program = d.step.Wait.For
	}
	v, err := program.Eval(ctx, d.m.scope(d.block.frame), d.env.Now)
	if err != nil {
		d.fail(*expressionFailure(err))
		return
	}
	text, _ := v.(string)
	if d.step.Wait.Until != nil {
		due, err = time.Parse(time.RFC3339Nano, text)
	} else {
		var pause time.Duration
		pause, err = expr.ParseDuration(text)
		due = due.Add(pause)
	}
	if err != nil {
		d.fail(*expressionFailure(err))
		return
	}
	d.record(TimerArmed{Path: d.path, Due: due.UTC().Truncate(time.Microsecond)})
}

// enterStop ends the run.
func (d decision) enterStop(ctx context.Context) {
	status := harrier.RunSucceeded
	if d.step.Stop.Failed {
		status = harrier.RunFailed
	}
	reason, f := d.text(ctx, d.step.Stop.Reason)
	if f != nil {
		d.fail(*f)
		return
	}
	d.record(RunHalting{Path: d.path, Status: status, Reason: reason})
}

// text evaluates a text that may be left out.
func (d decision) text(ctx context.Context, p *expr.Program) (string, *Failure) {
	if p == nil {
		return "", nil
	}
	v, err := p.Eval(ctx, d.m.scope(d.block.frame), d.env.Now)
	if err != nil {
		return "", expressionFailure(err)
	}
	if s, ok := v.(string); ok {
		return s, nil
	}
	return "", &Failure{Class: "expression", Text: "text is needed here, got " + describe(v)}
}

// apply implements [Body].
func (b StepSkipped) apply(m *Machine, at time.Time) error {
	n, err := m.begin(b.Path, at)
	if err != nil {
		return err
	}
	m.end(n, Skipped, at)
	return nil
}

// apply implements [Body].
func (b ValuesSet) apply(m *Machine, at time.Time) error {
	n, err := m.begin(b.Path, at)
	if err != nil {
		return err
	}
	n.Output = b.Output
	m.end(n, Succeeded, at)
	return nil
}

// apply implements [Body].
func (b BranchTaken) apply(m *Machine, at time.Time) error {
	n, err := m.begin(b.Path, at)
	if err != nil {
		return err
	}
	steps := n.Step.Choice.Default
	if b.Arm >= len(n.Step.Choice.Arms) {
		return harrier.Errorf(harrier.Internal, "step %s has no arm %d", b.Path, b.Arm)
	}
	if b.Arm >= 0 {
		steps = n.Step.Choice.Arms[b.Arm].Steps
	}
	taken := &block{steps: steps, prefix: n.block.prefix, frame: n.block.frame, owner: n}
	n.blocks = []*block{taken}
	m.open(taken, at)
	return nil
}

// apply implements [Body].
func (b TimerArmed) apply(m *Machine, at time.Time) error {
	n, err := m.begin(b.Path, at)
	if err != nil {
		return err
	}
	n.due = b.Due
	return nil
}

// apply implements [Body].
func (b TimerFired) apply(m *Machine, at time.Time) error {
	n, err := m.live(b.Path)
	if err != nil {
		return err
	}
	if n.rounds > 0 {
		m.nextRound(n, at)
		return nil
	}
	n.due = time.Time{}
	n.Output = map[string]any{}
	m.end(n, Succeeded, at)
	return nil
}

// apply implements [Body].
func (b RunEnded) apply(m *Machine, _ time.Time) error {
	m.over = &b
	return nil
}
