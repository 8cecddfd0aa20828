package playbook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/schema"
)

// unheard warns where an alert or a case can be closed as harmless although a
// look-up may have failed and no condition on the way asks whether it did: what
// nobody could be asked about is not clean.
func (c *checker) unheard() {
	h := &hearing{checker: c, lookups: c.quietLookups(), memo: map[*entry]map[*entry]bool{}}
	if len(h.lookups) == 0 {
		return
	}
	for i, e := range c.order {
		if !c.closesHarmless(e) {
			continue
		}
		heard := h.onTheWay(e)
		for _, l := range h.lookups {
			if !slices.Contains(c.order[:i], l) || apart(l, e) || heard[l] {
				continue
			}
			pos, width := c.usesPos(e)
			c.report(pos, width, warning("unheard-failure", l.listenFix(),
				"%s can be reached although %s, on line %d, has failed: no condition on the way reads that", e.target.name, l.what(), l.doc.Pos.Line))
			break
		}
	}
}

// quietLookups are the steps that ask what is known about something and whose
// failure lets the run go on.
func (c *checker) quietLookups() []*entry {
	var out []*entry
	for _, e := range c.order {
		if e.target != nil && e.doc.OnError.Continue && e.target.looksUp() {
			out = append(out, e)
		}
	}
	return out
}

// looksUp reports whether an action, or what answers a verb, tells what is known
// about something.
func (t *target) looksUp() bool {
	about := func(name string) bool {
		return (strings.HasPrefix(name, "intel.") || strings.HasPrefix(name, "sandbox.")) && name != "intel.report"
	}
	if about(t.name) {
		return true
	}
	return len(t.actions) > 0 && !slices.ContainsFunc(t.actions, func(a schema.ActionSpec) bool { return !about(a.Verb) })
}

// closesHarmless reports whether a step closes an alert, or a case, as something
// else than an attack. What is computed may be that. A case that is closed beside
// an alert is what the alert is.
func (c *checker) closesHarmless(e *entry) bool {
	if e.target == nil {
		return false
	}
	switch e.target.name {
	case "alert.close":
		return mayBeHarmless(e)
	case "case.close":
		return !slices.ContainsFunc(c.order, func(other *entry) bool {
			return other.target != nil && other.target.name == "alert.close" && !mayBeHarmless(other) &&
				len(other.chain) == len(e.chain) && other.chain[len(other.chain)-1].same(e.chain[len(e.chain)-1])
		})
	}
	return false
}

// mayBeHarmless reports whether the disposition of a close is, or may be, one
// that calls the alert harmless.
func mayBeHarmless(e *entry) bool {
	a := e.doc.action()
	if a == nil || a.With == nil {
		return true
	}
	given := a.With.Get("disposition")
	return given == nil || given.Kind != document.String || given.Text != "true_positive" && given.Text != "inconclusive"
}

// apart reports whether two steps are in ways or branches that do not both lie
// behind one another.
func apart(a, b *entry) bool {
	for i := range min(len(a.chain), len(b.chain)) {
		f, g := a.chain[i], b.chain[i]
		if f.same(g) {
			if f.index != g.index {
				return false
			}
			continue
		}
		return f.owner != nil && f.owner == g.owner && (f.owner.Choice != nil || f.owner.Parallel != nil)
	}
	return false
}

// listenFix says how to heed the failure of a look-up.
func (e *entry) listenFix() string {
	if e.doc.ID == nil {
		return "give the look-up an id, and let the condition ask whether it failed"
	}
	ask := fmt.Sprintf("steps.%s.status == \"succeeded\"", e.doc.ID.Text)
	if e.doc.Loop != nil {
		ask = fmt.Sprintf("steps.%s.output.failed == 0", e.doc.ID.Text)
	}
	return "add to the condition: " + ask + ", or decide by what verdict.judge says of it"
}

// hearing finds out which failures what a step knows rests on.
type hearing struct {
	*checker
	lookups []*entry
	memo    map[*entry]map[*entry]bool
}

// onTheWay are the look-ups whose failure a condition on the way to a step reads.
func (h *hearing) onTheWay(e *entry) map[*entry]bool {
	heard := map[*entry]bool{}
	for _, p := range h.conditions(e) {
		h.hear(p, heard, false)
	}
	if e.step != nil && e.step.Action != nil && e.step.Action.With != nil {
		e.step.Action.With.Walk(func(place string, p *expr.Program) {
			if place == "disposition" {
				h.hear(p, heard, false)
			}
		})
	}
	return heard
}

// conditions are those that decide whether a step is reached: its own and those
// of what holds it, and those under which the run was ended before.
func (h *hearing) conditions(e *entry) []*expr.Program {
	out := []*expr.Program{e.condition()}
	for _, f := range e.chain {
		out = append(out, h.stops(f)...)
		owner := h.entries[f.owner]
		if f.owner == nil || owner == nil || owner.step == nil {
			continue
		}
		out = append(out, owner.condition())
		switch s := owner.step; {
		case s.Choice != nil:
			for i := 0; i <= f.block && i < len(s.Choice.Arms); i++ {
				out = append(out, s.Choice.Arms[i].When)
			}
		case s.Loop != nil:
			out = append(out, s.Loop.Over)
		}
	}
	return slices.DeleteFunc(out, func(p *expr.Program) bool { return p == nil })
}

// condition is the if of a step, or nil.
func (e *entry) condition() *expr.Program {
	if e.step == nil {
		return nil
	}
	return e.step.If
}

// stops are the conditions under which an earlier step of a list ends the run.
func (h *hearing) stops(f frame) []*expr.Program {
	var out []*expr.Program
	for _, e := range h.order {
		if e.step == nil || e.step.Stop == nil {
			continue
		}
		at := slices.IndexFunc(e.chain, f.same)
		if at < 0 || e.chain[at].index >= f.index {
			continue
		}
		out = append(out, e.condition())
		for _, inner := range e.chain[at+1:] {
			if owner := h.entries[inner.owner]; inner.owner != nil && owner != nil && owner.step != nil {
				out = append(out, owner.condition())
				if owner.step.Choice != nil {
					for i := 0; i <= inner.block && i < len(owner.step.Choice.Arms); i++ {
						out = append(out, owner.step.Choice.Arms[i].When)
					}
				}
			}
		}
	}
	return out
}

// hear notes the look-ups whose failure a program reads, itself or through other
// steps. Where weighs is set, whatever is read of a look-up is enough, because
// what reads it knows what is missing.
func (h *hearing) hear(p *expr.Program, heard map[*entry]bool, weighs bool) {
	if p == nil {
		return
	}
	harmless := strings.Contains(p.Text(), `orValue("benign")`) || strings.Contains(p.Text(), `orValue('benign')`)
	for _, ref := range p.Refs() {
		if len(ref) < 2 || ref[0] != "steps" {
			continue
		}
		e := h.byID[ref[1]]
		switch {
		case e == nil:
		case slices.Contains(h.lookups, e):
			if weighs || e.tellsFailure(ref[2:]) && !harmless {
				heard[e] = true
			}
		default:
			for l := range h.rests(e) {
				heard[l] = true
			}
		}
	}
}

// tellsFailure reports whether what is read of a look-up tells that it failed.
// The items of a loop do not: those that failed are missing from them.
func (e *entry) tellsFailure(path []string) bool {
	if len(path) == 0 || path[0] != "output" || len(path) == 1 {
		return true
	}
	return e.doc.Loop == nil || path[1] != "items"
}

// rests are the look-ups whose failure the result of a step rests on.
func (h *hearing) rests(e *entry) map[*entry]bool {
	if known, ok := h.memo[e]; ok {
		return known
	}
	out := map[*entry]bool{}
	h.memo[e] = out // a loop may read itself; it rests on nothing more by that
	for _, p := range h.conditions(e) {
		h.hear(p, out, false)
	}
	weighs := e.target != nil && e.target.name == "verdict.judge"
	for _, p := range e.step.programs() {
		h.hear(p, out, weighs)
	}
	for _, inner := range h.order {
		if inner != e && slices.ContainsFunc(inner.chain, func(f frame) bool { return f.owner == e.doc }) {
			for l := range h.rests(inner) {
				out[l] = true
			}
		}
	}
	return out
}

// programs are the expressions that a step computes its result from.
func (s *Step) programs() []*expr.Program {
	if s == nil {
		return nil
	}
	var out []*expr.Program
	add := func(t *expr.Tree) {
		if t != nil {
			t.Walk(func(_ string, p *expr.Program) { out = append(out, p) })
		}
	}
	add(s.Set)
	switch {
	case s.Action != nil:
		add(s.Action.With)
	case s.Loop != nil:
		out = append(out, s.Loop.Over)
		if s.Loop.Single {
			out = append(out, s.Loop.Body[0].programs()...)
		}
	case s.Poll != nil:
		out = append(out, s.Poll.Until)
	case s.Ask != nil:
		out = append(out, s.Ask.Title, s.Ask.Message)
	case s.Call != nil:
		add(s.Call.With)
	case s.Script != nil:
		add(s.Script.Input)
	}
	return slices.DeleteFunc(out, func(p *expr.Program) bool { return p == nil })
}
