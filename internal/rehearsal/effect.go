package rehearsal

import (
	"fmt"
	"slices"

	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// effect is something that a run asked for that is not a mere read.
type effect struct {
	at       place
	spec     schema.ActionSpec
	with     map[string]any
	withheld bool
}

// String names the effect as failures do.
func (e effect) String() string {
	return fmt.Sprintf("%s by step %s with %s", e.spec.Name, e.at.full, shown(e.with))
}

// calls reports whether the effect is of an action or of a verb.
func (e effect) calls(name string) bool { return e.spec.Name == name || e.spec.Verb == name }

// lacks says in what an effect of the wanted action is not the wanted one.
func (e effect) lacks(w playbook.ExpectedEffect) []string {
	var found []string
	if w.Step != "" && !e.at.is(w.Step) {
		found = append(found, fmt.Sprintf("want it by step %s, got %s", w.Step, e.at.full))
	}
	if w.Target != "" && !e.on(w.Target) {
		found = append(found, fmt.Sprintf("want target %s, got %s", shown(w.Target), shown(step.TargetOf(e.spec.Targets, e.with))))
	}
	for _, d := range differences(w.With, e.with) {
		found = append(found, "with."+d)
	}
	switch {
	case e.withheld && !w.Withheld:
		found = append(found, "it was withheld, as in every shadow run; say withheld: true")
	case !e.withheld && w.Withheld:
		found = append(found, "it was not withheld, because the run is live")
	}
	return found
}

// on reports whether the effect acts on a target: all that names it, or one of that.
func (e effect) on(target string) bool {
	if step.TargetOf(e.spec.Targets, e.with) == target {
		return true
	}
	return slices.ContainsFunc(e.spec.Targets, func(name string) bool {
		v, ok := e.with[name]
		return ok && fmt.Sprint(v) == target
	})
}

// expectEffects holds the effects against those that are expected, in any
// order: each is one of those, and none is missing.
func (t *trial) expectEffects(want []playbook.ExpectedEffect) {
	if want == nil {
		return
	}
	m := matching{effects: t.effects, want: want, by: make([][]int, len(want))}
	var extra []effect
	for i := range t.effects {
		if !m.place(i, make([]bool, len(want))) {
			extra = append(extra, t.effects[i])
		}
	}
	for i, w := range want {
		for missing := w.Count - len(m.by[i]); missing > 0; missing-- {
			near := slices.IndexFunc(extra, func(e effect) bool { return e.calls(w.Action) })
			if near < 0 {
				t.fail(w.Pos, "%s", t.missing(w, len(m.by[i])))
				break
			}
			for _, d := range extra[near].lacks(w) {
				t.fail(w.Pos, "effect %s by step %s: %s", w.Action, extra[near].at.full, d)
			}
			extra = slices.Delete(extra, near, near+1)
		}
	}
	t.surplus(extra)
}

// missing says that there are fewer effects than expected.
func (t *trial) missing(w playbook.ExpectedEffect, got int) string {
	text := fmt.Sprintf("effect %s: want %d, got %d", named(w), w.Count, got)
	if spec, ok := t.plan.Actions[w.Action]; ok && !spec.Effect.Writes() {
		return text + "; it only reads, which is no effect: expect it under path instead"
	}
	return text
}

// named is an expected effect with what is asked of it.
func named(w playbook.ExpectedEffect) string {
	text := w.Action
	if w.Step != "" {
		text += " by step " + w.Step
	}
	if w.Target != "" {
		text += " on " + w.Target
	}
	if len(w.With) > 0 {
		text += " with " + shown(w.With)
	}
	return text
}

// surplus tells of effects that nobody expects, those of one step together.
func (t *trial) surplus(extra []effect) {
	for len(extra) > 0 {
		e := extra[0]
		alike := func(o effect) bool { return o.at.plain == e.at.plain && o.spec.Name == e.spec.Name }
		all := len(extra)
		extra = slices.DeleteFunc(slices.Clone(extra), alike)
		switch n := all - len(extra); n {
		case 1:
			t.fail(t.effectsPos(), "effect %s is not expected", e)
		default:
			t.fail(t.effectsPos(), "%d effects of %s by step %s are not expected; the first is with %s", n, e.spec.Name, e.at.plain, shown(e.with))
		}
	}
}

// effectsPos is where the case says which effects it expects.
func (t *trial) effectsPos() document.Pos {
	if len(t.c.Expect.Effects) > 0 {
		return t.c.Expect.Effects[0].Pos
	}
	return t.c.Pos
}

// matching gives every effect to an expectation that it fits, so that as many
// as possible are given.
type matching struct {
	effects []effect
	want    []playbook.ExpectedEffect
	by      [][]int // the effects given to each expectation
}

// place gives an effect to an expectation; another one gives way to it where
// that has somewhere else to go. Tried marks the expectations that were asked.
func (m *matching) place(i int, tried []bool) bool {
	for w := range m.want {
		if tried[w] || !m.effects[i].calls(m.want[w].Action) || len(m.effects[i].lacks(m.want[w])) > 0 {
			continue
		}
		tried[w] = true
		if len(m.by[w]) < m.want[w].Count {
			m.by[w] = append(m.by[w], i)
			return true
		}
		for k, other := range m.by[w] {
			if m.place(other, tried) {
				m.by[w][k] = i
				return true
			}
		}
	}
	return false
}
