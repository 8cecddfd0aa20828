package approval

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/schema"
)

// choiceField is the field in which the outcome of an action is answered.
const choiceField = "choice"

// Answer is what somebody fills in.
type Answer struct {
	// Hash is that of what was shown.
	Hash string
	// Values are the fields of the form; for an outcome, choice is one of
	// [step.OutcomeChoices].
	Values map[string]any
	// Via and With are those of a [Decision].
	Via  string
	With func(ctx context.Context, tx harrier.Tx) error
}

// Answer takes the answer to a form, or to what became of an action.
func (s *Service) Answer(ctx context.Context, by harrier.Principal, id harrier.ApprovalID, in Answer) (harrier.Approval, error) {
	return s.change(ctx, by, id, func(c change) error {
		if err := c.seen(in.Hash); err != nil {
			return err
		}
		values, err := checked(*c.a, in.Values)
		if err != nil {
			return err
		}
		if err := c.with(ctx, in.With); err != nil {
			return err
		}
		trail := map[string]any{"hash": c.a.Hash, "kind": c.a.Kind, "answer": values}
		if in.Via != "" {
			trail["via"] = in.Via
		}
		if err := c.audit(ctx, "approval.answer", trail); err != nil {
			return err
		}
		return c.end(ctx, ending{status: harrier.ApprovalAnswered, by: by.Name, answer: values})
	})
}

// checked holds an answer against the question. All that is wrong is told at once.
func checked(a harrier.Approval, values map[string]any) (map[string]any, error) {
	switch a.Kind {
	case harrier.FormQuestion:
		form, err := body[step.Form](a)
		if err != nil {
			return nil, err
		}
		return fill(form.Fields, values)
	case harrier.OutcomeQuestion:
		facts, err := body[step.Facts](a)
		if err != nil {
			return nil, err
		}
		choices := facts.Choices
		if len(choices) == 0 {
			choices = step.OutcomeChoices()
		}
		return choose(choices, values)
	case harrier.PlanApproval, harrier.GuardApproval:
	}
	return nil, harrier.Errorf(harrier.Invalid, "question %s wants a yes or no, not an answer; approve or deny it", a.ID)
}

// fill checks the fields of a form and adds the defaults.
func fill(fields []schema.Field, values map[string]any) (map[string]any, error) {
	out, found := schema.CheckFields(schema.Defaults(fields, values), fields)
	if len(found) > 0 {
		lines := make([]string, len(found))
		for i, m := range found {
			lines[i] = m.String()
		}
		return nil, harrier.Errorf(harrier.Invalid, "the answer does not fit the form: %s", strings.Join(lines, "; "))
	}
	return out, nil
}

// choose checks a choice.
func choose(choices []string, values map[string]any) (map[string]any, error) {
	choice, _ := values[choiceField].(string)
	if len(values) != 1 || !slices.Contains(choices, choice) {
		return nil, harrier.Errorf(harrier.Invalid, "answer with %s alone, as one of %s", choiceField, strings.Join(choices, ", "))
	}
	return map[string]any{choiceField: choice}, nil
}

// body reads what a question is about.
func body[T any](a harrier.Approval) (T, error) {
	var v T
	dec := json.NewDecoder(bytes.NewReader(a.Body))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return v, harrier.Errorf(harrier.Internal, "the body of question %s cannot be read: %w", a.ID, err)
	}
	return v, nil
}
