package step

import (
	"context"
	"fmt"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/playbook"
)

// decision is one step that a block has come to, about to be decided.
type decision struct {
	m     *Machine
	block *block
	step  *playbook.Step
	path  string
	env   Env
}

// record records an event of the decision.
func (d decision) record(b Body) { d.m.record(d.env.Now, b) }

// fail records that the step failed before it began.
func (d decision) fail(f Failure) { d.record(StepFailed{Path: d.path, Failure: f}) }

// Next makes every decision that the state asks for. Call [Machine.Take] for
// the events and the calls that came of it.
func (m *Machine) Next(ctx context.Context, env Env) {
	if m.root == nil || m.over != nil {
		return
	}
	m.unbar()
	m.fire(env)
	for m.over == nil {
		switch b := m.undecided(); {
		case m.events > MaxEvents && m.halting == nil:
			m.record(env.Now, RunHalting{Status: harrier.RunFailed, Reason: fmt.Sprintf("the run has more than %d events", MaxEvents)})
		case b != nil:
			m.decide(ctx, b, env)
		case len(m.checks) > 0:
			m.check(ctx, m.checks[0], env)
		case m.phase == phaseEnd:
			m.finishRun(ctx, env)
		default:
			return
		}
	}
}

// undecided returns a block whose next step is to be decided, or nil.
func (m *Machine) undecided() *block {
	for _, b := range m.ready {
		if b.prepared == nil && !b.barred {
			return b
		}
	}
	return nil
}

// decide decides one step: whether it is done at all, and then what it asks for.
func (m *Machine) decide(ctx context.Context, b *block, env Env) {
	d := decision{m: m, block: b, step: b.next(), env: env}
	d.path = b.path(d.step)
	if d.step.If != nil {
		v, err := d.step.If.Eval(ctx, m.scope(b.frame), env.Now)
		if err != nil {
			d.fail(*expressionFailure(err))
			return
		}
		holds, ok := v.(bool)
		if !ok {
			d.fail(Failure{Class: "expression", Text: "if needs true or false, got " + describe(v)})
			return
		}
		if !holds {
			d.record(StepSkipped{Path: d.path})
			return
		}
	}
	d.enter(ctx)
}

// enter is the table of step kinds.
func (d decision) enter(ctx context.Context) {
	switch d.step.Kind {
	case playbook.ActionKind:
		d.enterAction(ctx)
	case playbook.SetKind:
		d.enterSet(ctx)
	case playbook.IfKind, playbook.SwitchKind:
		d.enterChoice(ctx)
	case playbook.LoopKind:
		d.enterLoop(ctx)
	case playbook.ParallelKind:
		d.record(ParallelOpened{Path: d.path})
	case playbook.PollKind:
		d.record(PollOpened{Path: d.path})
	case playbook.WaitKind:
		d.enterWait(ctx)
	case playbook.ApproveKind:
		d.enterApprove(ctx)
	case playbook.AskKind:
		d.enterAsk(ctx)
	case playbook.CallKind:
		d.enterCall(ctx)
	case playbook.StopKind:
		d.enterStop(ctx)
	case playbook.ScriptKind:
		d.fail(Failure{Class: "refused", Text: "script steps cannot be run by this version"})
	}
}

// finishRun decides how the run ends.
func (m *Machine) finishRun(ctx context.Context, env Env) {
	end := RunEnded{Status: harrier.RunSucceeded, Unresolved: m.Unresolved()}
	switch {
	case m.halting != nil:
		end.Status, end.Reason = m.halting.Status, m.halting.Reason
	case m.failure != nil:
		end.Status, end.Reason = harrier.RunFailed, m.failure.Text
	}
	if m.plan.Outputs != nil {
		out, err := m.plan.Outputs.Eval(ctx, m.scope(m.root.frame), env.Now)
		switch {
		case err == nil:
			end.Outputs = Canonical(out)
		case end.Status == harrier.RunSucceeded:
			end.Status, end.Reason = harrier.RunFailed, "outputs: "+expressionFailure(err).Text
		}
	}
	m.record(env.Now, end)
}

// expressionFailure is the failure of an expression.
func expressionFailure(err error) *Failure { return &Failure{Class: "expression", Text: err.Error()} }

// describe names the kind of a value for people.
func describe(v any) string {
	switch v.(type) {
	case nil:
		return "nothing"
	case bool:
		return "true or false"
	case int64, float64:
		return "a number"
	case string:
		return "text"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return fmt.Sprintf("%T", v)
}
