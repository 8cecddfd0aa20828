package judge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/expr"
)

// session is one judging. What rules read is built once, and facts that several
// rules share are computed once, when the first of them asks.
type session struct {
	rules    *Rules
	ctx      context.Context //nolint:containedctx // a session lives no longer than the call that has it
	now      time.Time
	subject  *Subject
	standing *standing
	state    *state

	entities, observables, bad, doubtful, lapsed []any
	alert, context, known, decision, source      any

	facts    []any
	computed []bool
	failed   []error
	outcomes []outcome
}

var _ expr.Scope = (*session)(nil)

// open begins a session.
func (r *Rules) open(ctx context.Context, s *Subject) *session {
	w := r.words
	out := &session{
		rules: r, ctx: ctx, now: s.Now, subject: s, standing: stand(s),
		facts: make([]any, len(r.facts)), computed: make([]bool, len(r.facts)), outcomes: make([]outcome, len(r.rules)),
	}
	st := begin(out)
	out.state = &st
	out.entities = w.entity.views(first(out.standing.entities))
	out.observables = w.observable.views(first(s.Picture.Observables))
	out.bad = w.indicted.views(first(out.standing.bad))
	out.doubtful = w.indicted.views(first(out.standing.doubtful))
	out.lapsed = w.indicted.views(first(out.standing.lapsed))
	out.alert, out.context, out.known = w.alert.view(out), w.context.view(out), w.known.view(out)
	out.decision, out.source = w.decision.view(out), w.source.view(out)
	return out
}

// Lookup implements [expr.Scope].
func (s *session) Lookup(name string) (any, bool) {
	switch name {
	case "alert":
		return s.alert, true
	case "context":
		return s.context, true
	case "known":
		return s.known, true
	case "decision":
		return s.decision, true
	case "source":
		return s.source, true
	}
	i, ok := s.rules.factIndex[name]
	if !ok {
		return nil, false
	}
	return s.fact(i)
}

// fact computes a fact, once.
func (s *session) fact(i int) (any, bool) {
	if !s.computed[i] {
		s.computed[i] = true
		v, err := s.rules.facts[i].program.EvalFast(s, s.now)
		if err != nil {
			s.failed = append(s.failed, err)
			s.facts[i] = failure{err}
		} else {
			s.facts[i] = v
		}
	}
	if _, failed := s.facts[i].(failure); failed {
		return nil, false
	}
	return s.facts[i], true
}

// failure stands for a fact that could not be computed.
type failure struct{ err error }

// run evaluates every rule in order.
func (s *session) run() error {
	for i := range s.rules.rules {
		r := &s.rules.rules[i]
		if err := s.ctx.Err(); err != nil {
			return harrier.Errorf(harrier.Unavailable, "the judging was stopped: %w", context.Cause(s.ctx))
		}
		o := s.evaluate(r)
		s.outcomes[i] = o
		s.take(s.state, r, o)
	}
	return nil
}

// take adds what came of a rule to a state.
func (s *session) take(st *state, r *rule, o outcome) {
	switch {
	case o.err != nil:
		st.broken = true
	case o.fired:
		st.apply(r, o.weight)
	}
}

// evaluate evaluates a rule in the present state.
func (s *session) evaluate(r *rule) outcome {
	if r.expires != "" && ended(r.expires, s.now) {
		return outcome{}
	}
	o := s.evaluateNow(r)
	if r.fickle.any() {
		o.saw = s.state.seen()
	}
	return o
}

// evaluateNow evaluates a rule that has not expired.
func (s *session) evaluateNow(r *rule) outcome {
	before := len(s.failed)
	v, err := r.when.EvalFast(s, s.now)
	if err != nil {
		return outcome{err: s.because(err, before)}
	}
	if holds, _ := v.(bool); !holds {
		return outcome{}
	}
	return s.weigh(r)
}

// weigh computes the weight of a rule that holds.
func (s *session) weigh(r *rule) outcome {
	o := outcome{fired: true}
	if r.weight == nil {
		return o
	}
	before := len(s.failed)
	v, err := r.weight.EvalFast(s, s.now)
	if err != nil {
		return outcome{err: s.because(err, before)}
	}
	switch v := v.(type) {
	case int64:
		o.weight = float64(v)
	case float64:
		o.weight = v
	}
	o.weight = min(100, max(-100, o.weight))
	return o
}

// because names the fact that failed first, where one did.
func (s *session) because(err error, before int) error {
	if len(s.failed) > before {
		return fmt.Errorf("%w: %w", err, errors.Join(s.failed[before:]...))
	}
	return err
}

// without is the state that another set of rules would lead to: those that skip
// names are left out. Rules that read the decision are evaluated again.
func (s *session) without(skip func(i int) bool) state {
	st := begin(s)
	was := s.state
	defer func() { s.state = was }()
	s.state = &st
	for i := range s.rules.rules {
		if skip(i) {
			continue
		}
		r := &s.rules.rules[i]
		o := s.outcomes[i]
		if r.fickle.any() && !r.fickle.same(o.saw, st.seen()) {
			o = s.evaluate(r)
		}
		s.take(&st, r, o)
	}
	return st
}
