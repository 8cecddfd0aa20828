package trigger

import (
	"context"
	"encoding/json"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/picture"
	"github.com/harrier-soar/harrier/playbook"
)

// Subject is an alert about which something became known.
type Subject struct {
	Alert harrier.Alert
	// Load returns its source, which says what may be triggered, and the alert
	// as playbooks see it. It is asked only where a playbook could start.
	Load func(ctx context.Context) (harrier.Source, map[string]any, error)
}

// Verdicts starts playbooks where what is thought of an alert's observables
// changed between two pictures, of which the first may be empty: each playbook once for an
// alert, an observable and what is thought of it.
func (s *Service) Verdicts(ctx context.Context, tx harrier.Tx, of Subject, before json.RawMessage, now picture.Picture) error {
	waiting := s.waiting(func(t playbook.Trigger) *expr.Program { return t.Verdict })
	if len(waiting) == 0 || len(before) == 0 {
		return nil
	}
	var was picture.Picture
	if err := json.Unmarshal(before, &was); err != nil {
		return harrier.Errorf(harrier.Internal, "what was known of alert %s cannot be read: %w", of.Alert.ID, err)
	}
	thought := map[[2]string]string{}
	for _, o := range was.Observables {
		thought[[2]string{o.Type, o.Value}] = o.Verdict
	}
	for _, o := range now.Observables {
		old, known := thought[[2]string{o.Type, o.Value}]
		if !known || old == o.Verdict {
			continue
		}
		told := map[string]any{"type": o.Type, "value": o.Value, "role": o.Role, "verdict": o.Verdict, "was": old, "score": o.Score}
		n := news{kind: "verdict", name: "observable", key: o.Type + " " + o.Value + " " + o.Verdict, told: told}
		if err := s.tell(ctx, tx, of, n, waiting); err != nil {
			return err
		}
	}
	return nil
}

// Indicator starts playbooks on an alert of before that new intelligence names:
// each once for an alert and an observable.
func (s *Service) Indicator(ctx context.Context, of Subject, o harrier.Observable, says []picture.Opinion) error {
	waiting := s.waiting(func(t playbook.Trigger) *expr.Program { return t.Indicator })
	if len(waiting) == 0 || len(says) == 0 {
		return nil
	}
	worst := says[0] // the worst comes first
	told := map[string]any{
		"type": o.Type, "value": o.Value, "verdict": worst.Verdict, "source": worst.Source, "name": worst.Name, "reliability": worst.Reliability, "score": worst.Score,
	}
	n := news{kind: "indicator", name: "indicator", key: o.Type + " " + o.Value, told: told}
	return s.cfg.Store.Write(ctx, func(tx harrier.Tx) error { return s.tell(ctx, tx, of, n, waiting) })
}

// news is what became known of an alert.
type news struct {
	kind, key string
	// name is that of the variable which told is, in conditions.
	name string
	told map[string]any
}

// waits is a playbook that waits for news of a kind.
type waits struct {
	plan *playbook.Plan
	on   []*expr.Program
}

// waiting returns the playbooks that have a trigger of a kind.
func (s *Service) waiting(kind func(playbook.Trigger) *expr.Program) (list []waits) {
	for _, plan := range s.cfg.Playbooks.Plans() {
		w := waits{plan: plan}
		for _, t := range plan.Triggers {
			if p := kind(t); p != nil {
				w.on = append(w.on, p)
			}
		}
		if len(w.on) > 0 {
			list = append(list, w)
		}
	}
	return list
}

// tell starts the playbooks whose condition holds. What is only observed
// starts none.
func (s *Service) tell(ctx context.Context, tx harrier.Tx, of Subject, n news, waiting []waits) error {
	if of.Alert.Observed {
		return nil
	}
	source, doc, err := of.Load(ctx)
	if err != nil {
		return err
	}
	for _, w := range waiting {
		if !s.any(ctx, w.on, expr.Vars{"alert": doc, n.name: n.told}) {
			continue
		}
		c := cause{
			by: system(of.Alert.Tenant, n.kind+" trigger"), kind: n.kind, key: of.Alert.ID.String() + " " + n.key,
			start: engine.Start{Alert: of.Alert.ID, AlertDoc: doc, Priority: priority(of.Alert.Severity)},
			says:  map[string]any{"alert": of.Alert.ID, n.name: n.told},
		}
		if action := Forbidden(w.plan, source.Allows); action != "" {
			c.barred = "it may call " + action + ", which the source " + source.Name + " does not allow to what it triggers"
		}
		if err := s.beginOnce(ctx, tx, w.plan, c); err != nil {
			return err
		}
	}
	return nil
}

// any reports whether one of some conditions holds. One that cannot be
// evaluated does not.
func (s *Service) any(ctx context.Context, on []*expr.Program, vars expr.Vars) bool {
	for _, p := range on {
		if v, err := p.Eval(ctx, vars, s.cfg.Now()); err == nil && v == true {
			return true
		}
	}
	return false
}
