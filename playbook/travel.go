package playbook

import (
	"slices"
	"strconv"

	"github.com/harrier-soar/harrier"
)

// trip is a path that is being gone.
type trip struct {
	choices, steps, effects, unapproved, destroys []string
	// skipped and denied are the approve steps without a yes.
	skipped, denied []*Step
	// end is set where the run has ended; a resumed one goes through always.
	end     string
	resumed bool
}

// halt ends a trip, unless it has ended.
func (t *trip) halt(end string) {
	if t.end == "" {
		t.end = end
	}
}

// over reports whether further steps are not reached.
func (t *trip) over() bool { return t.end != "" && !t.resumed }

// fork returns a copy that went on with a choice.
func (t *trip) fork(choice string) trip {
	out := trip{
		choices: slices.Clone(t.choices), steps: slices.Clone(t.steps), effects: slices.Clone(t.effects),
		unapproved: slices.Clone(t.unapproved), destroys: slices.Clone(t.destroys),
		skipped: slices.Clone(t.skipped), denied: slices.Clone(t.denied), end: t.end, resumed: t.resumed,
	}
	if choice != "" {
		out.choices = append(out.choices, choice)
	}
	return out
}

// path returns the finished trip.
func (t *trip) path() Path {
	list := func(s []string) []string {
		if s == nil {
			return []string{}
		}
		return s
	}
	return Path{
		Choices: list(t.choices), Steps: list(t.steps), Effects: list(t.effects),
		Unapproved: list(t.unapproved), Destroys: list(t.destroys), End: t.end,
	}
}

// traveller goes all ways through a plan, as long as they are not too many.
type traveller struct {
	cut bool
	// effects are those of plans that were looked at.
	effects map[*Plan][]ExplainedEffect
}

// list goes every trip on through a list of steps.
func (t *traveller) list(steps []*Step, trips []trip) []trip {
	for _, s := range steps {
		var next []trip
		for i := range trips {
			if trips[i].over() {
				next = append(next, trips[i])
				continue
			}
			next = append(next, t.step(s, &trips[i])...)
		}
		if len(next) > maxPaths {
			t.cut = true
			next = next[:maxPaths]
		}
		trips = next
	}
	return trips
}

// step goes one trip on through a step.
func (t *traveller) step(s *Step, from *trip) []trip {
	if s.Action != nil && s.Action.Approval != nil && slices.Contains(from.denied, s.Action.Approval) {
		return []trip{*from}
	}
	var out []trip
	if s.If != nil {
		skipped := from.fork(s.Label + ": skipped")
		if s.Approve != nil {
			skipped.skipped = append(skipped.skipped, s)
		}
		out = append(out, skipped)
	}
	if len(s.OnError.Steps) > 0 {
		out = append(out, t.list(s.OnError.Steps, []trip{from.fork(s.Label + ": fails")})...)
	}
	choice := ""
	if s.If != nil {
		choice = s.Label + ": runs"
	}
	return append(t.inside(s, from.fork(choice)), out...)
}

// inside goes through what a step holds or does.
func (t *traveller) inside(s *Step, on trip) []trip {
	on.steps = append(on.steps, s.Label)
	switch s.Kind {
	case ActionKind:
		on.act(s, s.Label)
	case IfKind, SwitchKind:
		return t.choice(s, on)
	case LoopKind:
		if s.Loop.Single {
			if body := s.Loop.Body[0]; body.Action.Approval != nil && slices.Contains(on.denied, body.Action.Approval) {
				on.steps = on.steps[:len(on.steps)-1]
				return []trip{on}
			}
			on.act(s.Loop.Body[0], s.Label)
			return []trip{on}
		}
		return t.list(s.Loop.Body, []trip{on})
	case ParallelKind:
		trips := []trip{on}
		for _, b := range s.Parallel.Branches {
			trips = t.list(b.Steps, trips)
		}
		return trips
	case PollKind:
		return t.list(s.Poll.Steps, []trip{on})
	case ApproveKind:
		return s.decisions(on)
	case CallKind:
		on.child(s, t.effectsOf(s.Call.Plan))
	case StopKind:
		on.end = map[bool]string{true: "failed", false: "succeeded"}[s.Stop.Failed]
	case SetKind, WaitKind, AskKind, ScriptKind:
	}
	return []trip{on}
}

// act notes the effect of an action.
func (t *trip) act(s *Step, label string) {
	if !s.Action.Effect.Writes() {
		return
	}
	t.effects = append(t.effects, label)
	if s.Action.Effect == harrier.Destroy {
		t.destroys = append(t.destroys, label)
	}
	if s.Action.Approval == nil || slices.Contains(t.skipped, s.Action.Approval) {
		t.unapproved = append(t.unapproved, label)
	}
}

// child notes the effects of a playbook that is called.
func (t *trip) child(s *Step, effects []ExplainedEffect) {
	for _, e := range effects {
		label := s.Label + "/" + e.Step
		t.effects = append(t.effects, label)
		if e.Effect == harrier.Destroy {
			t.destroys = append(t.destroys, label)
		}
		if e.Unapproved {
			t.unapproved = append(t.unapproved, label)
		}
	}
}

// choice goes each way of a choice.
func (t *traveller) choice(s *Step, on trip) []trip {
	var out []trip
	for i, arm := range s.Choice.Arms {
		way := s.Label + ": then"
		if s.Kind == SwitchKind {
			way = s.Label + ": when " + strconv.Itoa(i+1)
		}
		out = append(out, t.list(arm.Steps, []trip{on.fork(way)})...)
	}
	way := s.Label + ": else"
	if s.Kind == SwitchKind {
		way = s.Label + ": default"
	}
	return append(out, t.list(s.Choice.Default, []trip{on.fork(way)})...)
}

// decisions are the ways on from an approve step.
func (s *Step) decisions(on trip) []trip {
	denied := on.fork(s.Label + ": denied or expired")
	denied.denied = append(denied.denied, s)
	if s.Approve.StopOnDeny {
		denied.end = "denied"
	}
	return []trip{on.fork(s.Label + ": approved"), denied}
}
