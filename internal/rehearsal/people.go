package rehearsal

import (
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// question is one that nobody answers.
type question struct {
	run  *run
	path string
	// until is when nobody can answer any more.
	until time.Time
}

// patience is how long time passes for the rest of a run while it waits for
// somebody who has no limit.
const patience = 24 * time.Hour

// ask puts the question of an event, if there is one, to the people of the case.
func (t *trial) ask(r *run, b step.Body) {
	switch b := b.(type) {
	case step.QuestionAsked:
		t.asked = append(t.asked, card{r.at.inside(b.Path), b.Question})
		if b.Question.Kind == harrier.FormQuestion {
			t.fill(r, b)
			return
		}
		t.decide(r, b.Path, b.Question)
	case step.ActionHeld: // beyond the terms of an approval
		t.asked = append(t.asked, card{r.at.inside(b.Path), b.Question})
		t.decide(r, b.Path, b.Question)
	case step.OutcomeAsked:
		t.settle(r, b)
	}
}

// decide answers an approve step, or whether something may happen beyond one.
func (t *trial) decide(r *run, path string, q step.Question) {
	said, ok := lookup(t.c.Approvals, r.at.inside(path))
	switch {
	case !ok:
		t.open = append(t.open, question{r, path, q.Expires})
	case said == playbook.DecideApprove:
		t.tell(r, q, step.Decided{Status: harrier.ApprovalApproved})
	case said == playbook.DecideDeny:
		t.tell(r, q, step.Decided{Status: harrier.ApprovalDenied})
	case said == playbook.DecideExpire: // its time will come
	}
}

// fill answers an ask step. What no form would take ends the case.
func (t *trial) fill(r *run, b step.QuestionAsked) {
	at := r.at.inside(b.Path)
	values, ok := lookup(t.c.Answers, at)
	if !ok {
		if t.waits() {
			t.open = append(t.open, question{r, b.Path, b.Question.Expires})
		}
		return
	}
	var form step.Form
	if err := json.Unmarshal(b.Question.Body, &form); err != nil {
		t.stop(t.c.Pos, "the form of %s: %v", at.full, err)
		return
	}
	filled, wrong := schema.CheckFields(schema.Defaults(form.Fields, values), form.Fields)
	for _, m := range wrong {
		t.stop(t.c.Pos, "answers.%s.%s", at.short, m)
	}
	if !t.broken {
		t.tell(r, b.Question, step.Decided{Status: harrier.ApprovalAnswered, Answer: filled})
	}
}

// settle says what became of an action of which nobody knows.
func (t *trial) settle(r *run, b step.OutcomeAsked) {
	choice, ok := lookup(t.c.Outcomes, r.at.inside(b.Path))
	switch {
	case !ok && t.waits():
		t.open = append(t.open, question{r, b.Path, t.now.Add(patience)})
		return
	case !ok:
		choice = "happened"
	}
	t.tell(r, b.Question, step.Decided{Status: harrier.ApprovalAnswered, Answer: map[string]any{"choice": choice}})
}

// tell gives a run the answer to a question.
func (t *trial) tell(r *run, q step.Question, d step.Decided) {
	d.ID, d.Hash, d.By = q.ID, q.Hash, "rehearsal"
	t.signal(r, step.SignalDecided, d)
}
