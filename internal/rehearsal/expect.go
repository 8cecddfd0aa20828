package rehearsal

import (
	"cmp"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/playbook"
)

// waiting is the status of a run that waits for people.
const waiting = "waiting"

// expect holds what came of the run against what the case says.
func (t *trial) expect() {
	e := t.c.Expect
	t.expectStatus(e)
	t.expectPath(e.Path)
	t.expectSkipped(e.Skipped)
	t.expectEffects(e.Effects)
	for _, q := range e.Asked {
		t.expectAsked(q)
	}
	for _, c := range e.Calls {
		t.expectCall(c)
	}
	for _, s := range e.Steps {
		t.expectStep(s)
	}
	if e.Outputs == nil {
		return
	}
	var outputs any
	if end := t.runs[0].m.Ended(); end != nil {
		outputs = end.Outputs
	}
	for _, d := range differences(t.c.Expect.Outputs, outputs) {
		t.fail(t.c.Pos, "outputs.%s", d)
	}
}

// expectStatus holds how the run ended against what is expected. A run that
// waits is expected to, or it is a failure even where no status is expected:
// what would have come of it is not known.
func (t *trial) expectStatus(e playbook.Expect) {
	status, reason := waiting, t.waitsFor()
	if end := t.runs[0].m.Ended(); end != nil {
		status, reason = string(end.Status), end.Reason
	}
	switch want := cmp.Or(e.Status, status); {
	case status == waiting && e.Status != waiting:
		t.fail(t.c.Pos, "want status %s, got waiting: the run waits for %s; say under approvals what people decide, or expect status: waiting",
			cmp.Or(e.Status, "succeeded, failed or cancelled"), reason)
		return
	case status != want:
		t.fail(t.c.Pos, "want status %s, got %s%s", want, status, because(t.steps.cause(reason)))
		return
	}
	if !strings.Contains(reason, e.Reason) {
		t.fail(t.c.Pos, "want a reason with %q, got %q", e.Reason, reason)
	}
}

// because adds what is known of a cause.
func because(cause string) string {
	if cause == "" {
		return ""
	}
	return ": " + cause
}

// expectPath looks for steps that ran, in order.
func (t *trial) expectPath(want []playbook.ExpectedLabel) {
	next, before := 0, ""
	for _, w := range want {
		is := func(p place) bool { return p.is(w.Label) }
		if i := slices.IndexFunc(t.ran[next:], is); i >= 0 {
			next, before = next+i+1, w.Label
			continue
		}
		switch {
		case slices.ContainsFunc(t.ran, is):
			t.fail(w.Pos, "step %s ran before %s, want it after; the steps ran in the order %s", w.Label, before, t.order())
		default:
			t.fail(w.Pos, "step %s did not run%s; what ran is %s", w.Label, t.skip(w.Label), t.order())
		}
	}
}

// skip says of a step that did not run that it was come to.
func (t *trial) skip(label string) string {
	for _, p := range t.steps.named(label) {
		if p.view.Status == step.Skipped {
			return ": it was skipped"
		}
	}
	return ""
}

// order names the steps that ran, each once.
func (t *trial) order() string {
	const most = 40
	var names []string
	for _, p := range t.ran {
		if !slices.Contains(names, p.short) {
			names = append(names, p.short)
		}
		if len(names) > most {
			names[most] = "…"
			break
		}
	}
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}

// expectSkipped looks for steps that must not run.
func (t *trial) expectSkipped(want []playbook.ExpectedLabel) {
	for _, w := range want {
		i := slices.IndexFunc(t.ran, func(p place) bool { return p.is(w.Label) })
		if i < 0 {
			continue
		}
		after := ""
		if i > 0 {
			after = " after " + t.ran[i-1].full
		}
		t.fail(w.Pos, "step %s ran%s, want it skipped", t.ran[i].full, after)
	}
}

// expectStep holds what became of a step against what is expected. Where it
// ran several times, as in a loop, every time must be as expected.
func (t *trial) expectStep(want playbook.ExpectedStep) {
	found := t.steps.named(want.ID)
	if len(found) == 0 {
		if want.Status != "" && want.Status != string(step.Skipped) || want.Output != nil || want.Error != "" {
			t.fail(want.Pos, "step %s did not run, so there is nothing of it to look at; what ran is %s", want.ID, t.order())
		}
		return
	}
	for _, p := range found {
		t.expectPast(want, p)
	}
}

// expectPast holds one time that a step ran against what is expected.
func (t *trial) expectPast(want playbook.ExpectedStep, p past) {
	failure := ""
	if p.view.Failure != nil {
		failure = p.view.Failure.Text
	}
	if want.Status != "" && want.Status != string(p.view.Status) {
		t.fail(want.Pos, "step %s: want status %s, got %s%s", p.at.full, want.Status, p.view.Status, because(failure))
	}
	if !strings.Contains(failure, want.Error) {
		t.fail(want.Pos, "step %s: want an error with %q, got %s", p.at.full, want.Error, cmp.Or(quoted(failure), "none"))
	}
	if want.Output == nil {
		return
	}
	for _, d := range differences(want.Output, p.view.Output) {
		t.fail(want.Pos, "step %s: output.%s", p.at.full, d)
	}
}
