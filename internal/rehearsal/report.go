package rehearsal

import (
	"context"
	"slices"
	"time"

	"github.com/harrier-soar/harrier/playbook"
)

// Report is how the tests of a playbook went.
type Report struct {
	Playbook string
	Cases    []Case
	// Ways is how many ways the steps can go on, Taken how many of them the
	// tests took.
	Ways  int
	Taken int
	// Untaken names the others, in order of the playbook.
	Untaken []string
}

// Case is how one test went.
type Case struct {
	Name string
	OK   bool
	// Failures say what was expected and what came, each with its place in the file.
	Failures []string
	Took     time.Duration
}

// OK reports whether every case went as expected.
func (r Report) OK() bool {
	return !slices.ContainsFunc(r.Cases, func(c Case) bool { return !c.OK })
}

// World is what rehearsals need beside the tests. Its zero value will do.
type World struct {
	// Now tells how long each case takes.
	Now func() time.Time
	// Think are the actions that need no answer, by name.
	Think map[string]Think
}

// Run runs every case of a test file, one after the other. The tests have to
// fit the plan, see [playbook.TestFile.Check].
func Run(ctx context.Context, plan *playbook.Plan, tests *playbook.TestFile, w World) Report {
	r := Report{Playbook: plan.ID, Cases: make([]Case, 0, len(tests.Cases))}
	taken := map[playbook.BranchID]bool{}
	for i := range tests.Cases {
		t := newTrial(tests.Name, &tests.Cases[i], plan)
		t.taken, t.thinkers = taken, w.Think
		began := clock(w.Now)
		t.run(ctx)
		r.Cases = append(r.Cases, Case{Name: t.c.Name, OK: len(t.failures) == 0, Failures: t.failures, Took: clock(w.Now).Sub(began)})
	}
	for _, b := range playbook.Branches(plan) {
		r.Ways++
		if taken[b] {
			r.Taken++
			continue
		}
		r.Untaken = append(r.Untaken, b.String())
	}
	return r
}

// clock reads a clock that may not be there.
func clock(now func() time.Time) time.Time {
	if now == nil {
		return time.Time{}
	}
	return now()
}
