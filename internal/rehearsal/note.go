package rehearsal

import (
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/playbook"
)

// note takes down what an event tells: that a step runs, which way it takes,
// what is withheld. It starts the runs that are called.
func (t *trial) note(r *run, b step.Body) {
	if path := began(b); path != "" {
		t.running(r, path)
	}
	switch b := b.(type) {
	case step.StepSkipped:
		if b.Reason == "" { // otherwise people said no, and the step's own condition held
			t.way(r, b.Path, playbook.WaySkipped)
		}
	case step.BranchTaken:
		t.branch(r, b)
	case step.LoopOpened:
		if len(b.Items) == 0 {
			t.way(r, b.Path, playbook.WayEmpty)
			return
		}
		t.way(r, b.Path, playbook.WayItems)
	case step.QuestionAnswered:
		t.way(r, b.Path, string(b.Decision)) // the ways are called as the decisions are
	case step.ActionWithheld:
		for _, to := range b.Begin.Targets {
			t.effects = append(t.effects, effect{at: r.at.inside(b.Path), spec: r.m.Plan().Actions[to.Action], with: b.Begin.With, withheld: true})
		}
	case step.ChildCalled:
		t.callChild(r, b)
	}
}

// began returns the path of the step that an event shows to run, or "".
func began(b step.Body) string {
	switch b := b.(type) {
	case step.StepFailed:
		return b.Path
	case step.ValuesSet:
		return b.Path
	case step.BranchTaken:
		return b.Path
	case step.LoopOpened:
		return b.Path
	case step.ParallelOpened:
		return b.Path
	case step.PollOpened:
		return b.Path
	case step.TimerArmed:
		return b.Path
	case step.RunHalting:
		return b.Path
	case step.ActionIntended:
		return b.Path
	case step.ActionSucceeded:
		return b.Path
	case step.ActionFailed:
		return b.Path
	case step.ActionWithheld:
		return b.Path
	case step.QuestionAsked:
		return b.Path
	case step.ChildCalled:
		return b.Path
	}
	return ""
}

// running takes down that a step runs, once.
func (t *trial) running(r *run, path string) {
	at := r.at.inside(path)
	if t.seen[at.full] {
		return
	}
	t.seen[at.full] = true
	t.ran = append(t.ran, at)
	t.way(r, path, playbook.WayRuns)
}

// branch takes down which arm a branch or a choice takes.
func (t *trial) branch(r *run, b step.BranchTaken) {
	if b.Arm < 0 {
		t.way(r, b.Path, playbook.WayElse)
		t.way(r, b.Path, playbook.WayDefault)
		return
	}
	t.way(r, b.Path, playbook.WayThen)
	t.way(r, b.Path, playbook.WayWhen(b.Arm))
}

// way takes down that a step goes on in a way. Ways that the step does not
// have are nobody's: the report counts those of the plan. The ways of children
// are for their own tests.
func (t *trial) way(r *run, path, way string) {
	if r.parent == nil {
		t.taken[playbook.BranchID{Step: r.at.inside(path).label(), Way: way}] = true
	}
}
