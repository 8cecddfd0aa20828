package rehearsal

import (
	"context"
	"fmt"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// answer is what the test says of a call, or what the action makes of its
// arguments alone, or its example.
func (t *trial) answer(ctx context.Context, r *run, c step.Call, at place) step.Outcome {
	i := t.stubOf(c, at)
	if i < 0 {
		if out, ok := t.think(ctx, c); ok {
			return out
		}
		return t.example(c, at)
	}
	stub, said := t.c.Stubs[i], t.next(i)
	if said.Class != "" {
		return failed(c.Spec, connector.Class(said.Class), said.Text)
	}
	o := offer{what: fmt.Sprintf("the answer of %s is not what %s gives", stub.Match, c.Spec.Name), pos: stub.Pos, types: []schema.Type{c.Spec.Output}}
	if a := r.actions[at.label()]; a != nil && a.Verb && stub.Match != c.Spec.Name {
		// Whoever answers a verb may answer as the verb says, whatever the stack.
		if v, ok := schema.VerbNamed(a.Uses); ok {
			o.types = append(o.types, v.Output)
		}
	}
	return step.Outcome{Output: t.typed(said.Output, o)}
}

// stubOf returns the first stub that fits a call, or -1.
func (t *trial) stubOf(c step.Call, at place) int {
	for i, s := range t.c.Stubs {
		if at.is(s.Match) || at.isTry(s.Match, c.Attempt) || s.Match == c.Spec.Name || s.Match == c.Spec.Verb && s.Match != "" {
			return i
		}
	}
	return -1
}

// next takes the next answer of a stub; the last one stays.
func (t *trial) next(stub int) playbook.StubAnswer {
	said := t.peek(stub)
	t.used[stub]++
	return said
}

// peek is the next answer of a stub.
func (t *trial) peek(stub int) playbook.StubAnswer {
	answers := t.c.Stubs[stub].Answers
	return answers[min(t.used[stub], len(answers)-1)]
}

// example is the answer of an action of which the test says nothing.
func (t *trial) example(c step.Call, at place) step.Outcome {
	v, wrong := schema.Check(given(c.Spec.Example), c.Spec.Output)
	if wrong = schema.Wrong(wrong); len(wrong) > 0 {
		t.stop(t.c.Pos, "the test says nothing about step %s, and %s has no example to answer with; add %s under actions", at.full, c.Spec.Name, at.short)
		return step.Outcome{}
	}
	out, _ := step.Canonical(v).(map[string]any)
	return step.Outcome{Output: out}
}

// offer is what an answer is held against: it must be of one of the types.
type offer struct {
	what  string
	pos   document.Pos
	types []schema.Type
}

// typed returns an answer as it would arrive. One that no vendor would give
// ends the case, with all that is wrong with it.
func (t *trial) typed(output map[string]any, o offer) map[string]any {
	var wrong []schema.Mismatch
	for i, typ := range o.types {
		v, found := schema.Check(given(output), typ)
		if len(found) == 0 {
			out, _ := step.Canonical(v).(map[string]any)
			return out
		}
		if i == 0 {
			wrong = found
		}
	}
	for _, m := range wrong {
		t.stop(o.pos, "%s: %s", o.what, m)
	}
	return nil
}

// given is an answer that may have been left empty.
func given(output map[string]any) map[string]any {
	if output == nil {
		return map[string]any{}
	}
	return output
}

// probe is what a read of the present state tells of an effect of which nobody
// knows: what the case says, or what the step is answered next, or that it happened.
func (t *trial) probe(ctx context.Context, r *run, c step.Call, at place) step.Outcome {
	said, ok := lookup(t.c.Outcomes, at)
	i := t.stubOf(c, at)
	answers := i >= 0 && t.peek(i).Class == ""
	switch {
	case said == "did_not":
		return step.Outcome{}
	case ok && said != "happened", !ok && !answers && t.waits():
		return failed(schema.ActionSpec{}, connector.Unavailable, "the probe cannot tell")
	case answers:
		out := t.answer(ctx, r, c, at)
		out.Done = true
		return out
	}
	return step.Outcome{Done: true, Output: map[string]any{}}
}

// waits reports whether the case expects the run to wait.
func (t *trial) waits() bool { return t.c.Expect.Status == waiting }
