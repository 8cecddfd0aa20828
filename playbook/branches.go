package playbook

import "strconv"

// BranchID is one way in which a step can go on. Tests cover a playbook where
// their runs take every way.
type BranchID struct {
	// Step is the step's label.
	Step string
	// Way is one of the Way constants, or "when N" for the arms of a switch.
	Way string
}

// The ways in which steps can go on.
const (
	// WayRuns and WaySkipped are those of a step with a condition of its own.
	WayRuns    = "runs"
	WaySkipped = "skipped"
	// WayThen and WayElse are those of a branch.
	WayThen = "then"
	WayElse = "else"
	// WayDefault is where no arm of a switch is taken.
	WayDefault = "default"
	// WayItems and WayEmpty are those of a loop.
	WayItems = "items"
	WayEmpty = "empty"
	// WayApproved, WayDenied and WayExpired are those of an approve step.
	WayApproved = "approved"
	WayDenied   = "denied"
	WayExpired  = "expired"
	// WayAnswered is that of an ask step beside WayExpired.
	WayAnswered = "answered"
	// WayFails is where a step with on_error fails.
	WayFails = "fails"
)

// WayWhen is the way of an arm of a switch, counted from 0.
func WayWhen(arm int) string { return "when " + strconv.Itoa(arm+1) }

// String returns the branch as people read it, such as judge: else.
func (b BranchID) String() string { return b.Step + ": " + b.Way }

// Branches lists every way in which the steps of a plan can go on, in order of
// the file. Those of children are their own.
func Branches(p *Plan) []BranchID {
	out := []BranchID{}
	for _, list := range [][]*Step{p.Steps, p.OnFailure, p.Always} {
		out = branches(out, list)
	}
	return out
}

// branches adds the ways of steps and of what they hold.
func branches(out []BranchID, steps []*Step) []BranchID {
	for _, s := range steps {
		for _, way := range s.ways() {
			out = append(out, BranchID{Step: s.Label, Way: way})
		}
		for _, below := range s.lists() {
			if s.Loop != nil && s.Loop.Single && len(below) > 0 && below[0].Label == s.Label {
				continue // the one action of a loop is not a step of its own
			}
			out = branches(out, below)
		}
	}
	return out
}

// ways lists how a step can go on.
func (s *Step) ways() []string {
	var out []string
	if s.If != nil {
		out = append(out, WayRuns, WaySkipped)
	}
	switch s.Kind {
	case IfKind:
		out = append(out, WayThen, WayElse)
	case SwitchKind:
		for i := range s.Choice.Arms {
			out = append(out, WayWhen(i))
		}
		out = append(out, WayDefault)
	case LoopKind:
		out = append(out, WayItems, WayEmpty)
	case ApproveKind:
		out = append(out, WayApproved, WayDenied, WayExpired)
	case AskKind:
		out = append(out, WayAnswered, WayExpired)
	case ActionKind, SetKind, ParallelKind, PollKind, WaitKind, CallKind, ScriptKind, StopKind:
	}
	if s.OnError.Continue || len(s.OnError.Steps) > 0 {
		out = append(out, WayFails)
	}
	return out
}
