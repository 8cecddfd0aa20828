package rehearsal

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// maxEvents bounds a case with all its child runs. A single run is bounded by
// the machine itself.
const maxEvents = 200_000

// trial is one case under way: a run and the runs that it calls, in a world
// that is what the test says.
type trial struct {
	file string
	c    *playbook.TestCase
	plan *playbook.Plan
	now  time.Time
	// thinkers are the actions that need no answer.
	thinkers map[string]Think
	// runs are in order of their start; the first is the one that is tested.
	runs   []*run
	events int
	// used counts the answers that each stub gave.
	used []int
	// open are questions that the case leaves open.
	open []question
	// broken tells that the case cannot go on: what came of it says nothing.
	broken bool

	seen  map[string]bool
	ran   []place
	steps history
	// effects are what was asked for, in order, calls all that was called, and
	// asked all that was put to people.
	effects  []effect
	calls    []effect
	asked    []card
	taken    map[playbook.BranchID]bool
	failures []string
}

// newTrial prepares a case.
func newTrial(file string, c *playbook.TestCase, plan *playbook.Plan) *trial {
	t := &trial{file: file, c: c, plan: plan, now: c.Now, used: make([]int, len(c.Stubs)), seen: map[string]bool{}}
	t.steps.at = map[string]int{}
	if t.now.IsZero() {
		t.now = time.Date(2026, time.January, 5, 9, 0, 0, 0, time.UTC) // always the same: a Monday morning
	}
	return t
}

// run runs the case and holds what came of it against what is expected.
func (t *trial) run(ctx context.Context) {
	t.begin()
	for !t.broken && !t.over() {
		if t.advance(ctx) {
			continue
		}
		if !t.wait() {
			break
		}
	}
	t.look()
	if !t.broken {
		t.expect()
	}
}

// begin starts the run that is tested.
func (t *trial) begin() {
	if len(t.plan.Refusals) > 0 {
		t.stop(t.c.Pos, "playbook %s cannot be run: %s", t.plan.ID, strings.Join(t.plan.Refusals, "; "))
		return
	}
	inputs, wrong := schema.CheckFields(schema.Defaults(t.plan.Inputs, t.c.Inputs), t.plan.Inputs)
	for _, m := range wrong {
		t.stop(t.c.Pos, "inputs.%s", m)
	}
	if t.broken {
		return
	}
	t.start(&run{id: harrier.DeriveID[harrier.RunID]("rehearsal", t.plan.ID, t.c.Name)}, t.plan, step.RunStarted{
		Mode: t.c.Mode, By: "rehearsal", Inputs: inputs, Alert: copied(t.c.Alert), Case: copied(t.c.Case),
	})
}

// start starts a run.
func (t *trial) start(r *run, plan *playbook.Plan, began step.RunStarted) {
	r.m, r.actions = step.New(plan), map[string]*playbook.Action{}
	plan.Walk(func(s *playbook.Step) {
		if s.Action != nil {
			r.actions[s.Label] = s.Action
		}
	})
	began.Run, began.Playbook, began.Hash, began.Semantics = r.id, plan.ID, plan.Hash, step.Semantics
	r.m.Start(t.now, began)
	t.runs = append(t.runs, r)
}

// over reports whether the run that is tested has ended.
func (t *trial) over() bool { return t.runs[0].m.Ended() != nil }

// advance lets every run do what it can at this time, and reports whether
// anything was done.
func (t *trial) advance(ctx context.Context) bool {
	moved := false
	for i := 0; i < len(t.runs) && !t.broken; i++ {
		if r := t.runs[i]; r.m.Ended() == nil && t.move(ctx, r) {
			moved = true
		}
	}
	switch {
	case ctx.Err() != nil:
		t.stop(t.c.Pos, "the test was stopped: %v", context.Cause(ctx))
	case t.events > maxEvents:
		t.stop(t.c.Pos, "the run does not come to an end: after %d events it waits for %s", t.events, t.waitsFor())
	}
	return moved
}

// move lets one run do what it can.
func (t *trial) move(ctx context.Context, r *run) bool {
	r.m.Next(ctx, t.env(r))
	events, calls := r.m.Take()
	t.events += len(events)
	for _, e := range events {
		t.note(r, e.Body)
	}
	slices.SortStableFunc(calls, step.LocalFirst)
	for _, c := range calls {
		if t.call(ctx, r, c); t.broken {
			return false
		}
	}
	for _, e := range events {
		t.ask(r, e.Body)
	}
	t.stopChildren(r)
	if end := r.m.Ended(); end != nil && r.parent != nil {
		t.tellParent(r, end)
	}
	return len(events)+len(calls) > 0
}

// wait lets time pass until something happens by itself. It returns false
// where the run waits for people of whom the case says nothing.
func (t *trial) wait() bool {
	t.look()
	var due time.Time
	for _, r := range t.runs {
		if at, ok := r.m.NextDue(); ok && (due.IsZero() || at.Before(due)) {
			due = at
		}
	}
	for _, q := range t.open {
		if q.run.waits(q.path) && (due.IsZero() || !due.Before(q.until)) {
			return false
		}
	}
	if !due.After(t.now) {
		t.stop(t.c.Pos, "the run is stuck: it waits for %q and nothing will wake it", t.waitsFor())
		return false
	}
	t.now = due
	return true
}

// waitsFor names what the run that is tested waits for.
func (t *trial) waitsFor() string { return t.runs[0].m.WaitingFor() }

// fail notes that something is not as the test says.
func (t *trial) fail(pos document.Pos, format string, args ...any) {
	t.failures = append(t.failures, fmt.Sprintf("%s:%d: %s", t.file, pos.Line, fmt.Sprintf(format, args...)))
}

// stop notes why the case cannot go on.
func (t *trial) stop(pos document.Pos, format string, args ...any) {
	t.broken = true
	t.fail(pos, format, args...)
}

// copied returns a copy of data from the test, because a run keeps what it is given.
func copied(in map[string]any) map[string]any {
	if in == nil {
		return nil
	}
	v, _ := schema.Check(in, schema.TypeOf(schema.Any))
	out, _ := step.Canonical(v).(map[string]any)
	return out
}
