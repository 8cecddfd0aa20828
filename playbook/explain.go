package playbook

import (
	"fmt"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/expr"
)

const (
	// maxPaths bounds how many ways through a playbook are told apart.
	maxPaths = 200
	// maxEffects bounds the list of effects: playbooks that call each other
	// many times have more of them than anybody reads.
	maxEffects = 5000
)

// Explanation tells what a playbook may do to the world, and when.
type Explanation struct {
	Playbook string `json:"playbook"`
	Title    string `json:"title,omitempty"`
	Hash     string `json:"hash"`
	// Effects are all actions that leave a trace; complete, even where paths
	// are cut, up to 5,000.
	Effects []ExplainedEffect `json:"effects"`
	// Paths are the ways through the playbook; loops are gone through once.
	Paths []Path `json:"paths"`
	// Cut tells that there are more ways, or effects, than are listed.
	Cut bool `json:"cut"`
	// Refusals say why a run is refused at its start.
	Refusals []string `json:"refusals,omitempty"`
}

// ExplainedEffect is one action that leaves a trace in the world.
type ExplainedEffect struct {
	// Step is the step's label; that of a child's step has the calling step before it.
	Step   string         `json:"step"`
	Uses   string         `json:"uses"`
	Effect harrier.Effect `json:"effect"`
	// Playbook is whose file has the step, Line where.
	Playbook string `json:"playbook"`
	Line     int    `json:"line"`
	// Approval is the label of the approve step that covers it, if any.
	Approval string `json:"approval,omitempty"`
	// Late holds the terms under which the approval covers it though it is not
	// known yet on what it acts, if so.
	Late *LateTerms `json:"late,omitempty"`
	// Skippable tells that the approve step can be skipped by its own if.
	Skippable bool `json:"skippable,omitempty"`
	// Unapproved tells that nobody may be asked: it is not covered, or Skippable.
	Unapproved bool `json:"unapproved"`
}

// LateTerms bound what falls under an approval after the decision.
type LateTerms struct {
	Cap int    `json:"cap"`
	For string `json:"for"`
	// Beyond is ask or skip.
	Beyond string `json:"beyond"`
}

// Path is one way through a playbook.
type Path struct {
	// Choices are what was decided on the way, such as "judge: else".
	Choices []string `json:"choices"`
	// Steps are the labels of what runs.
	Steps []string `json:"steps"`
	// Effects are the labels of those that leave a trace, Unapproved those of
	// them that nobody was asked about, Destroys those that are irreversible.
	Effects    []string `json:"effects"`
	Unapproved []string `json:"unapproved"`
	Destroys   []string `json:"destroys"`
	// End is succeeded, failed or denied.
	End string `json:"end"`
}

// Explain returns what a plan may do to the world.
func Explain(p *Plan) Explanation {
	t := traveller{effects: map[*Plan][]ExplainedEffect{}}
	e := Explanation{Playbook: p.ID, Title: p.Title, Hash: p.Hash, Effects: t.effectsOf(p), Refusals: p.Refusals}
	main := t.list(p.Steps, []trip{{}})
	for i := range main {
		main[i].halt("succeeded")
	}
	if canFail(p) {
		if len(main) == maxPaths {
			main, t.cut = main[:maxPaths-1], true
		}
		main = append(main, t.list(p.OnFailure, []trip{{choices: []string{"a step fails"}, end: "failed", resumed: true}})...)
	}
	for i := range main {
		main[i].resumed = true
	}
	for _, trip := range t.list(p.Always, main) {
		e.Paths = append(e.Paths, trip.path())
	}
	e.Cut = t.cut
	return e
}

// canFail reports whether a plan has steps that can fail for good.
func canFail(p *Plan) bool {
	found := false
	walkSteps(p.Steps, func(s *Step) {
		found = found || s.Action != nil || s.Call != nil || s.Poll != nil || s.Kind == ScriptKind || len(s.OnError.Steps) > 0
	})
	return found || len(p.OnFailure) > 0
}

// effectsOf lists the effects of a plan and of its children.
func (t *traveller) effectsOf(p *Plan) []ExplainedEffect {
	if known, ok := t.effects[p]; ok {
		return known
	}
	out := []ExplainedEffect{}
	p.walk(func(s *Step) {
		switch {
		case s.Action != nil && s.Action.Effect.Writes():
			out = append(out, explained(p, s))
		case s.Call != nil && s.Call.Plan != nil && len(out) < maxEffects:
			for _, e := range t.effectsOf(s.Call.Plan) {
				e.Step = s.Label + "/" + e.Step
				out = append(out, e)
			}
		}
	})
	if len(out) > maxEffects {
		t.cut, out = true, out[:maxEffects]
	}
	t.effects[p] = out
	return out
}

// explained is the effect of a step.
func explained(p *Plan, s *Step) ExplainedEffect {
	e := ExplainedEffect{Step: s.Label, Playbook: p.ID, Uses: s.Action.Uses, Effect: s.Action.Effect, Line: s.Pos.Line, Unapproved: true}
	if approve := s.Action.Approval; approve != nil {
		e.Approval, e.Skippable = approve.Label, approve.If != nil
		e.Unapproved = e.Skippable
		if l := approve.Approve.Late; s.Action.Late && l != nil {
			e.Late = &LateTerms{Cap: l.Cap, For: expr.FormatDuration(l.For), Beyond: map[bool]string{true: "skip", false: "ask"}[l.Skip]}
		}
	}
	return e
}

// String returns the explanation as text for a terminal.
func (e Explanation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", e.Playbook)
	if len(e.Effects) == 0 {
		b.WriteString("\nIt only reads: no step leaves a trace in the world.\n")
	} else {
		b.WriteString("\nEffects\n")
	}
	for _, f := range e.Effects {
		fmt.Fprintf(&b, "  %-9s %s (%s, %s:%d): %s\n", f.Effect, f.Step, f.Uses, f.Playbook, f.Line, f.asked())
	}
	fmt.Fprintf(&b, "\nPaths: %d%s\n", len(e.Paths), map[bool]string{true: ", and more that are not listed"}[e.Cut])
	for i, p := range e.Paths {
		fmt.Fprintf(&b, "  %d. %s: %s\n", i+1, orDash(p.Choices), p.End)
		p.write(&b)
	}
	for _, why := range e.Refusals {
		fmt.Fprintf(&b, "\nA run is refused: %s\n", why)
	}
	return b.String()
}

// asked says who is asked about an effect.
func (f ExplainedEffect) asked() string {
	switch {
	case f.Skippable:
		return "UNAPPROVED where " + f.Approval + " is skipped by its own if"
	case f.Late != nil:
		return fmt.Sprintf("approved by %s beforehand, at most %d in %s; beyond that %s", f.Approval, f.Late.Cap, f.Late.For,
			map[string]string{"ask": "a person is asked", "skip": "it is skipped"}[f.Late.Beyond])
	case f.Approval != "":
		return "approved by " + f.Approval
	}
	return "UNAPPROVED, nobody is asked"
}

// write writes what happens on a path.
func (p Path) write(b *strings.Builder) {
	for _, line := range []struct {
		name  string
		steps []string
	}{{"effects", p.Effects}, {"UNAPPROVED", p.Unapproved}, {"irreversible", p.Destroys}} {
		if len(line.steps) > 0 {
			fmt.Fprintf(b, "     %s: %s\n", line.name, strings.Join(line.steps, ", "))
		}
	}
}

// orDash joins what was decided.
func orDash(choices []string) string {
	if len(choices) == 0 {
		return "always"
	}
	return strings.Join(choices, "; ")
}
