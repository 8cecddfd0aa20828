package approval

import (
	"fmt"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/schema"
)

// View is a question as people read it.
type View struct {
	Approval harrier.Approval
	// Barred says why whoever looks cannot decide it; empty where they can, or
	// where nobody can any more.
	Barred string
	// Destructive tells that something of it cannot be taken back.
	Destructive bool
	Votes       []harrier.Vote
	// Comments are what people said without deciding.
	Comments []Comment
	// Summary says in a line for each action and connection what would be done.
	Summary []string
	// Effects are all that would be done, or what a guard or an outcome is about.
	Effects []Effect
	// Later holds the terms under which effects that are not listed fall under
	// the decision; nil where none do.
	Later *Terms
	// Reason says why a guard stopped, or why the outcome is not known.
	Reason string
	// Fields are those of a form, Choices those of an outcome.
	Fields  []schema.Field
	Choices []string
}

// Effect is one action of a plan.
type Effect struct {
	// Path is the step, and What the action that is called.
	Path, What string
	// Where is the connection with its address.
	Where string
	// Target is what is acted on.
	Target string
	Effect harrier.Effect
	// Reversible tells that Undo takes it back.
	Reversible bool
	Undo       string
	Args       map[string]any
}

// viewOf renders the body of a question.
func viewOf(a harrier.Approval) (View, error) {
	v := View{Approval: a}
	switch a.Kind {
	case harrier.PlanApproval:
		plan, err := body[step.Plan](a)
		if err != nil {
			return v, err
		}
		for _, l := range plan.Leaves {
			v.Effects = append(v.Effects, effectOf(l))
		}
		v.Later = termsOf(plan.Late)
	case harrier.GuardApproval, harrier.OutcomeQuestion:
		facts, err := body[step.Facts](a)
		if err != nil {
			return v, err
		}
		v.Effects, v.Reason, v.Choices = []Effect{effectOf(facts.Leaf)}, facts.Reason, facts.Choices
	case harrier.FormQuestion:
		form, err := body[step.Form](a)
		if err != nil {
			return v, err
		}
		v.Fields = form.Fields
	}
	v.Summary = summarize(v.Effects)
	return v, nil
}

// effectOf renders one leaf of a plan.
func effectOf(l step.Leaf) Effect {
	where := l.Name
	if l.Address != "" {
		where += " (" + l.Address + ")"
	}
	return Effect{
		Path: l.Path, What: l.Action, Where: where, Target: l.Target, Effect: l.Effect,
		Reversible: l.Undo != "", Undo: l.Undo, Args: l.Args,
	}
}

// summarize counts effects by action and place, in the order of the plan.
func summarize(effects []Effect) []string {
	type group struct {
		first   Effect
		targets []string
		count   int
	}
	var order []string
	groups := map[string]*group{}
	for _, e := range effects {
		key := e.What + "\x00" + e.Where
		g := groups[key]
		if g == nil {
			g = &group{first: e}
			groups[key], order = g, append(order, key)
		}
		g.count++
		if e.Target != "" {
			g.targets = append(g.targets, e.Target)
		}
	}
	var lines []string
	for _, key := range order {
		g := groups[key]
		lines = append(lines, fmt.Sprintf("%d × %s at %s: %s", g.count, g.first.What, g.first.Where, nature(g.first))+someOf(g.targets))
	}
	return lines
}

// nature says what an effect does and whether it can be taken back.
func nature(e Effect) string {
	if e.Reversible {
		return fmt.Sprintf("%s, reversible by %s", e.Effect, e.Undo)
	}
	if e.Effect == harrier.Contain || e.Effect == harrier.Destroy {
		return fmt.Sprintf("%s, not reversible", e.Effect)
	}
	return string(e.Effect)
}

// someOf names the first targets.
func someOf(targets []string) string {
	const most = 5
	if len(targets) == 0 {
		return ""
	}
	if len(targets) > most {
		return fmt.Sprintf("; on %s and %d more", strings.Join(targets[:most], ", "), len(targets)-most)
	}
	return "; on " + strings.Join(targets, ", ")
}
