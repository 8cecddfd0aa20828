package content_test

import (
	"encoding/json"
	"maps"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// answerer answers the calls of a run; ok is false where it has nothing to say.
type answerer func(c step.Call) (out map[string]any, failure *step.Failure, ok bool)

// trial is one run of a playbook without a world: the machine that runs it in
// earnest decides, answers come from a function, and time passes by itself.
type trial struct {
	t      *testing.T
	m      *step.Machine
	now    time.Time
	ask    answerer
	decide map[string]playbook.Decision
	answer map[string]map[string]any
	// effects are the writing calls, withheld ones too.
	effects []effect
	plans   []step.Plan
	reads   []step.Call
}

// effect is something that the run did, or would have done.
type effect struct {
	path, action string
	with         map[string]any
	withheld     bool
}

// run is what a trial starts with.
type run struct {
	plan    *playbook.Plan
	mode    harrier.Mode
	inputs  map[string]any
	alert   map[string]any
	answers answerer
	decide  map[string]playbook.Decision
	answer  map[string]map[string]any
}

// drive runs a playbook to its end.
func drive(t *testing.T, r run) *trial {
	t.Helper()
	b := &trial{
		t: t, m: step.New(r.plan), now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), ask: r.answers, decide: r.decide, answer: r.answer,
	}
	mode := r.mode
	if mode == "" {
		mode = harrier.Live
	}
	inputs, wrong := schema.CheckFields(schema.Defaults(r.plan.Inputs, r.inputs), r.plan.Inputs)
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	b.m.Start(b.now, step.RunStarted{
		Run: harrier.DeriveID[harrier.RunID](t.Name()), Playbook: r.plan.ID, Hash: r.plan.Hash, Mode: mode, Semantics: step.Semantics,
		By: "test", Inputs: inputs, Alert: r.alert,
	})
	for range 10_000 {
		b.m.Next(t.Context(), b.env())
		events, calls := b.m.Take()
		for _, e := range events {
			b.note(e)
		}
		if b.m.Ended() != nil {
			return b
		}
		for _, c := range calls {
			b.call(c)
		}
		if len(calls) > 0 || b.people(events) {
			continue
		}
		if due, ok := b.m.NextDue(); ok && len(events) == 0 {
			b.now = due
		}
	}
	t.Fatalf("the run does not come to an end; it waits for %s", b.m.WaitingFor())
	return nil
}

func (b *trial) env() step.Env {
	plan := b.m.Plan()
	return step.Env{
		Now: b.now, Jitter: func() float64 { return 0 },
		Resolve: func(a *playbook.Action, _ map[string]any) ([]step.Target, error) {
			if !a.Verb {
				return []step.Target{{Name: "builtin", Action: a.Uses}}, nil
			}
			for name, spec := range plan.Actions {
				if spec.Verb == a.Uses {
					return []step.Target{{Connection: harrier.DeriveID[harrier.ConnectionID](name), Name: spec.Connector, Action: name}}, nil
				}
			}
			return nil, harrier.Errorf(harrier.NotFound, "no connection offers %s", a.Uses)
		},
	}
}

// note keeps what an event tells of plans and withheld effects.
func (b *trial) note(e step.Recorded) {
	switch e := e.Body.(type) {
	case step.QuestionAsked:
		if e.Question.Kind == harrier.PlanApproval {
			var p step.Plan
			if err := json.Unmarshal(e.Question.Body, &p); err != nil {
				b.t.Error(err)
			}
			b.plans = append(b.plans, p)
		}
	case step.ActionWithheld:
		b.effects = append(b.effects, effect{e.Path, e.Begin.Targets[0].Action, e.Begin.With, true})
	}
}

// call answers one call: as the test says, or with the example of the action.
func (b *trial) call(c step.Call) {
	out, failure, ok := b.ask(c)
	if !ok {
		out = c.Spec.Example
	}
	if failure == nil {
		for _, m := range schema.Wrong(second(schema.Check(out, c.Spec.Output))) {
			b.t.Errorf("the answer of %s: %s", c.Path, m)
		}
	}
	with := maps.Clone(c.With)
	for _, name := range c.Spec.Unsupported { // the product of this test can do all that the verb can
		delete(with, name)
	}
	if _, wrong := schema.CheckFields(schema.Defaults(c.Spec.Input, with), c.Spec.Input); len(wrong) > 0 {
		b.t.Errorf("%s is called with %v: %v", c.Path, c.With, wrong)
	}
	switch {
	case c.Spec.Effect.Writes() && c.Attempt == 1:
		b.effects = append(b.effects, effect{c.Path, c.Spec.Name, c.With, false})
	case !c.Spec.Effect.Writes():
		b.reads = append(b.reads, c)
	}
	if failure != nil {
		class := connector.Class(failure.Class)
		b.m.Finish(c, step.Outcome{Failure: failure, Retryable: class.Retryable(), Unknown: class == connector.Unknown}, b.env())
		return
	}
	if !c.Spec.Local {
		b.m.Finish(c, step.Outcome{Output: clone(b.t, out)}, b.env())
		return
	}
	body, ok := b.m.Local(c, clone(b.t, out))
	if !ok {
		b.t.Fatalf("%s was given up", c.Path)
	}
	if err := b.m.Apply(b.now, body); err != nil {
		b.t.Fatal(err)
	}
}

// people answers the questions that were put, and reports whether one was
// answered; the others expire.
func (b *trial) people(events []step.Recorded) bool {
	answered := false
	for _, e := range events {
		asked, ok := e.Body.(step.QuestionAsked)
		if !ok {
			continue
		}
		d := step.Decided{ID: asked.Question.ID, Hash: asked.Question.Hash, By: "alice"}
		if values, ok := b.answer[asked.Path]; ok && asked.Question.Kind == harrier.FormQuestion {
			d.Status, d.Answer = harrier.ApprovalAnswered, values
		}
		switch b.decide[asked.Path] {
		case playbook.DecideApprove:
			d.Status = harrier.ApprovalApproved
		case playbook.DecideDeny:
			d.Status = harrier.ApprovalDenied
		case playbook.DecideExpire:
		}
		if d.Status == "" {
			continue
		}
		answered = true
		data, err := json.Marshal(d)
		if err != nil {
			b.t.Fatal(err)
		}
		if err := b.m.Signal(harrier.Signal{Type: step.SignalDecided, Data: data}, b.env()); err != nil {
			b.t.Fatal(err)
		}
	}
	return answered
}

// second is the second of two values.
func second[A, B any](_ A, b B) B { return b }

// clone copies an answer, because a run keeps what it is given.
func clone(t *testing.T, in map[string]any) map[string]any {
	t.Helper()
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
