package step

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/schema"
)

// Form is the body of a question with a form.
type Form struct {
	To     string         `json:"to,omitempty"`
	Fields []schema.Field `json:"fields"`
}

// Facts is the body of a question about an outcome, or about a guard.
type Facts struct {
	Leaf   Leaf   `json:"leaf"`
	Reason string `json:"reason"`
	// Choices are what may be answered: happened, did_not, again, abort.
	Choices []string `json:"choices,omitempty"`
}

// OutcomeChoices lists what a person may say of an action whose outcome is unknown.
func OutcomeChoices() []string { return []string{"happened", "did_not", "again", "abort"} }

// enterAsk puts a form to people.
func (d decision) enterAsk(ctx context.Context) {
	a := d.step.Ask
	title, f := d.text(ctx, a.Title)
	message, f2 := d.text(ctx, a.Message)
	to, f3 := d.text(ctx, a.To)
	for _, f := range []*Failure{f, f2, f3} {
		if f != nil {
			d.fail(*f)
			return
		}
	}
	q := d.m.question(d.path, harrier.FormQuestion, Form{To: to, Fields: a.Form})
	q.Title, q.Message, q.Assign = title, message, to
	q.Expires = d.env.Now.Add(orDefault(a.Expires, defaultExpiry))
	q.Over, q.Escalate = a.Over, d.escalation(a.Escalate)
	d.record(QuestionAsked{Path: d.path, Question: q})
}

// guardQuestion asks whether one call may pass a guard that stopped it.
func (d decision) guardQuestion(t Target, with map[string]any, reason string) Question {
	l := d.m.leaf(d.path, t, with)
	q := d.m.question(d.path+"@"+t.Name, harrier.GuardApproval, Facts{Leaf: l, Reason: reason})
	q.Title = "Let " + t.Action + " pass the guard"
	q.Message, q.Expires = reason, d.env.Now.Add(defaultExpiry)
	return q
}

// askOutcome asks a person what became of a call.
func (m *Machine) askOutcome(c Call, f Failure, env Env) {
	l := m.leaf(c.Path, c.Target, c.With)
	q := m.question(c.Path+"@"+c.Target.Name, harrier.OutcomeQuestion, Facts{Leaf: l, Reason: f.Text, Choices: OutcomeChoices()})
	q.Title = "Did " + c.Target.Action + " happen?"
	if l.Target != "" {
		q.Title = "Did " + c.Target.Action + " on " + l.Target + " happen?"
	}
	q.Message = f.Text
	m.record(env.Now, OutcomeAsked{Path: c.Path, To: c.Target.Connection, Question: q})
}

// apply implements [Body].
func (b QuestionAsked) apply(m *Machine, at time.Time) error {
	n, err := m.begin(b.Path, at)
	if err != nil {
		return err
	}
	n.question, m.asked = &b.Question, true
	return nil
}

// apply implements [Body].
func (b OutcomeAsked) apply(m *Machine, at time.Time) error {
	_, k, err := m.callAt(b.Path, b.To, nil, at)
	if err != nil {
		return err
	}
	k.status, k.question, k.at, m.asked = callAsked, &b.Question, time.Time{}, true
	return nil
}

// apply implements [Body].
func (b ActionHeld) apply(m *Machine, at time.Time) error {
	n, k, err := m.callAt(b.Path, b.To, b.Begin, at)
	if err != nil {
		return err
	}
	if k.status == callNew {
		m.spend(n, b.Approval)
		k.epoch, k.approval, k.leaf = m.epoch, b.Approval, b.Leaf
	}
	k.status, k.question, m.asked = callHeld, &b.Question, true
	return nil
}

// apply implements [Body].
func (b QuestionAnswered) apply(m *Machine, at time.Time) error {
	n, err := m.live(b.Path)
	if err != nil {
		return err
	}
	if n.action != nil {
		m.passGuard(n, b, at)
		return nil
	}
	if n.question == nil || n.question.ID != b.ID {
		return harrier.Errorf(harrier.Internal, "step %s did not ask %s", b.Path, b.ID)
	}
	if n.question.Kind == harrier.FormQuestion {
		out := map[string]any{"answered": b.Decision == harrier.ApprovalAnswered, "by": b.By}
		maps.Copy(out, b.Answer)
		n.Output = out
		m.end(n, Succeeded, at)
		return nil
	}
	n.Output = map[string]any{
		"decision": string(b.Decision), "by": b.By, "comment": b.Comment, "plan_hash": n.question.Hash,
	}
	m.end(n, Succeeded, at)
	return nil
}

// passGuard goes on after a decision about a call that a guard stopped.
func (m *Machine) passGuard(n *Node, b QuestionAnswered, at time.Time) {
	for i := range n.action.calls {
		k := &n.action.calls[i]
		if k.status != callHeld || k.question.ID != b.ID {
			continue
		}
		k.question = nil
		if b.Decision == harrier.ApprovalApproved {
			k.status, k.at, k.passed, k.attempt = callRetry, at, true, 0
			return
		}
		k.status, k.failure = callFailed, &Failure{Class: "refused", Text: "it was stopped, and the exception was " + string(b.Decision)}
		if k.doubt { // an attempt before may have done it
			k.status = callUnclear
		}
		m.settleAction(n, at)
		return
	}
}

// apply implements [Body].
func (b OutcomeSettled) apply(m *Machine, at time.Time) error {
	n, k, err := m.callAt(b.Path, b.To, nil, at)
	if err != nil {
		return err
	}
	k.question = nil
	switch b.Choice {
	case "happened":
		k.status, k.output, k.by = callDone, map[string]any{}, "person"
	case "again":
		k.status, k.at, k.again, k.probes = callRetry, at, true, 0
		return nil
	case "did_not":
		k.status, k.failure = callFailed, &Failure{Class: "refused", Text: b.By + " found that it did not happen"}
	default:
		k.status, k.failure = callUnclear, &Failure{Class: "unknown", Text: b.By + " gave up finding out"}
	}
	m.settleAction(n, at)
	return nil
}

// decodeInto reads JSON as it was recorded.
func decodeInto[T any](data json.RawMessage) (T, error) {
	var v T
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	err := dec.Decode(&v)
	return v, err
}
