package playbook

import (
	"maps"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
)

// testCase reads one case. What it does not say of itself is as given.
func (r *reading) testCase(n, given *document.Node) TestCase {
	t := TestCase{
		Name: r.text(n, "name"), Pos: n.Pos, Mode: harrier.Live,
		Approvals: map[string]Decision{}, Answers: map[string]map[string]any{},
		approvalPos: map[string]document.Pos{}, answerPos: map[string]document.Pos{}, outcomePos: map[string]document.Pos{},
	}
	if given != nil {
		r.circumstances(&t, given)
	}
	stubs := t.Stubs
	t.Stubs = nil
	r.circumstances(&t, n)
	t.Stubs = append(t.Stubs, stubs...) // the first that fits is taken
	if expect := r.get(n, "expect"); expect != nil {
		t.Expect = r.expect(expect)
	}
	return t
}

// circumstances adds what a run meets; what was said of the same before gives way.
func (r *reading) circumstances(t *TestCase, n *document.Node) {
	t.Alert, t.Case, t.Inputs = over(t.Alert, r.values(n, "alert")), over(t.Case, r.values(n, "case")), over(t.Inputs, r.values(n, "inputs"))
	if mode := r.text(n, "mode"); mode != "" {
		t.Mode = harrier.Mode(mode)
	}
	if now, err := time.Parse(time.RFC3339Nano, r.text(n, "now")); err == nil {
		t.Now = now.UTC()
	}
	if r.get(n, "connectors") != nil {
		t.Connectors = nil
		for _, item := range r.items(n, "connectors") {
			t.Connectors = append(t.Connectors, item.Text)
		}
	}
	for _, e := range r.entries(n, "evidence") {
		t.Evidence = over(t.Evidence, map[string]string{e.Key: e.Value.Text})
	}
	for _, e := range r.entries(n, "actions") {
		t.Stubs = append(t.Stubs, Stub{Match: e.Key, Pos: e.KeyPos, Answers: r.answers(e.Value)})
	}
	for _, e := range r.entries(n, "approvals") {
		t.Approvals[e.Key], t.approvalPos[e.Key] = Decision(e.Value.Text), e.KeyPos
	}
	answers := r.get(n, "answers")
	for _, e := range r.entries(n, "answers") {
		t.Answers[e.Key], t.answerPos[e.Key] = r.values(answers, e.Key), e.KeyPos
	}
	for _, e := range r.entries(n, "outcomes") {
		t.Outcomes = over(t.Outcomes, map[string]string{e.Key: e.Value.Text})
		t.outcomePos[e.Key] = e.KeyPos
	}
}

// over returns the values of below with those of above in their place; nil
// where neither says anything.
func over[V any](below, above map[string]V) map[string]V {
	if below == nil {
		return above
	}
	out := maps.Clone(below)
	maps.Copy(out, above)
	return out
}

// entries returns the usable entries of a map.
func (r *reading) entries(n *document.Node, name string) []document.Entry {
	m := r.get(n, name)
	if m == nil {
		return nil
	}
	var out []document.Entry
	for _, e := range m.Entries {
		if !r.bad[e.Value] && e.Value.Kind != document.Null {
			out = append(out, e)
		}
	}
	return out
}

// values returns a map as plain data, or nil where there is none.
func (r *reading) values(n *document.Node, name string) map[string]any {
	out, _ := r.get(n, name).Value().(map[string]any)
	return out
}

// answers reads what a stub answers.
func (r *reading) answers(n *document.Node) []StubAnswer {
	if list := r.get(n, "outputs"); list != nil {
		var out []StubAnswer
		for _, item := range r.items(n, "outputs") {
			output, _ := item.Value().(map[string]any)
			out = append(out, StubAnswer{Output: output})
		}
		return out
	}
	if list := r.get(n, "sequence"); list != nil {
		var out []StubAnswer
		for _, item := range r.items(n, "sequence") {
			out = append(out, r.answer(item))
		}
		return out
	}
	return []StubAnswer{r.answer(n)}
}

// answer reads one answer or failure.
func (r *reading) answer(n *document.Node) StubAnswer {
	failure := r.get(n, "error")
	switch {
	case failure == nil:
		return StubAnswer{Output: r.values(n, "output")}
	case failure.Kind == document.Map:
		return StubAnswer{Class: r.text(failure, "class"), Text: r.text(failure, "text")}
	}
	return StubAnswer{Class: failure.Text}
}

// expect reads what must come of a run.
func (r *reading) expect(n *document.Node) Expect {
	e := Expect{
		Status: r.text(n, "status"), Reason: r.text(n, "reason"), Outputs: r.values(n, "outputs"),
		Path: r.labels(n, "path"), Skipped: r.labels(n, "skipped"), Effects: r.effects(n),
	}
	for _, item := range r.items(n, "asked") {
		q := ExpectedQuestion{ExpectedLabel: r.stepOf(item)}
		for _, part := range r.items(item, "says") {
			q.Says = append(q.Says, part.Text)
		}
		e.Asked = append(e.Asked, q)
	}
	for _, item := range r.items(n, "calls") {
		e.Calls = append(e.Calls, ExpectedCall{ExpectedLabel: r.stepOf(item), With: r.values(item, "with")})
	}
	for _, s := range r.entries(n, "steps") {
		e.Steps = append(e.Steps, ExpectedStep{
			ID: s.Key, Pos: s.KeyPos, Status: r.text(s.Value, "status"), Output: r.values(s.Value, "output"), Error: r.text(s.Value, "error"),
		})
	}
	return e
}

// stepOf reads the label of the step that something is expected of.
func (r *reading) stepOf(n *document.Node) ExpectedLabel {
	l := ExpectedLabel{Label: r.text(n, "step"), Pos: n.Pos}
	if s := r.get(n, "step"); s != nil {
		l.Pos = s.Pos
	}
	return l
}

// labels reads a list of labels; nil where there is none.
func (r *reading) labels(n *document.Node, name string) []ExpectedLabel {
	if r.get(n, name) == nil {
		return nil
	}
	out := []ExpectedLabel{}
	for _, item := range r.items(n, name) {
		out = append(out, ExpectedLabel{Label: item.Text, Pos: item.Pos})
	}
	return out
}

// effects reads the effects that are expected; nil where nothing is said.
func (r *reading) effects(n *document.Node) []ExpectedEffect {
	if r.get(n, "effects") == nil {
		return nil
	}
	out := []ExpectedEffect{}
	for _, item := range r.items(n, "effects") {
		e := ExpectedEffect{
			Pos: item.Pos, Action: r.text(item, "action"), Step: r.text(item, "step"), Target: r.text(item, "target"),
			With: r.values(item, "with"), Count: intOf(r.get(item, "count")), Withheld: r.text(item, "withheld") == "true",
		}
		if a := r.get(item, "action"); a != nil {
			e.Pos = a.Pos
		}
		if s := r.get(item, "step"); s != nil {
			e.stepPos = s.Pos
		}
		out = append(out, e)
	}
	return out
}
