package rehearsal

import (
	"strings"

	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/playbook"
)

// history is what became of every step, in the order in which they were found.
type history struct {
	list []past
	at   map[string]int // by full path
}

// past is what became of a step.
type past struct {
	at   place
	view step.View
}

// look takes down how the steps stand. Rounds of a poll are forgotten by the
// machine when the next one begins, so it is done before time passes.
func (t *trial) look() {
	for _, r := range t.runs {
		walkViews(r.m.Views(), func(v step.View) {
			at := r.at.inside(v.Path)
			i, known := t.steps.at[at.full]
			if !known {
				i = len(t.steps.list)
				t.steps.at[at.full] = i
				t.steps.list = append(t.steps.list, past{})
			}
			t.steps.list[i] = past{at, v}
			if v.Status == step.Failed && r.parent == nil {
				t.way(r, v.Path, playbook.WayFails)
			}
		})
	}
}

// walkViews calls visit for every view and those beneath it.
func walkViews(list []step.View, visit func(step.View)) {
	for _, v := range list {
		visit(v)
		walkViews(v.Steps, visit)
	}
}

// named returns what became of the steps that a test means: the one with that
// path, or else all with that label.
func (h *history) named(name string) []past {
	if i, ok := h.at[name]; ok {
		return h.list[i : i+1]
	}
	var found []past
	for _, p := range h.list {
		if p.at.is(name) && !p.at.item() {
			found = append(found, p)
		}
	}
	return found
}

// cause is the reason for the end of a run with the step that it comes from,
// where one is known.
func (h *history) cause(reason string) string {
	for _, p := range h.list {
		if f := p.view.Failure; f != nil && len(p.view.Steps) == 0 && f.Text != "" && strings.Contains(reason, f.Text) {
			return "step " + p.at.full + ": " + f.Text
		}
	}
	return reason
}
