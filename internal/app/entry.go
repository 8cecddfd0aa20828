package app

import (
	"sync"
	"weak"

	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/playbook"
)

// entry is one playbook of the library.
type entry struct {
	name   string
	path   string // in its tree
	source []byte
	doc    *playbook.Doc
	// plan is nil where it has problems; hash is the plan's.
	plan     func() *playbook.Plan
	hash     string
	problems document.Problems
	// onAlert are the conditions over an alert that start it; woken tells that
	// something else starts it, such as the clock.
	onAlert []*expr.Program
	woken   bool
	// pinned is what its runs are pinned to.
	pinned func() (pinned, error)
}

// pinned is a plan with the sources that it and its children were made from, by hash.
type pinned struct {
	plan    *playbook.Plan
	bundles map[string][]byte
}

// checked says what the check of a playbook of an edition gave. Compiled, the
// playbooks that ship take more memory than all else that is read at the start, and
// many are never started: between uses a plan is forgotten, but for its conditions over
// alerts. One that is asked again and again whether it is to start is kept.
func (e *entry) checked(ed *edition, plan *playbook.Plan, again func() *playbook.Plan) {
	for _, t := range plan.Triggers {
		if t.Alert != nil {
			e.onAlert = append(e.onAlert, t.Alert)
		}
		e.woken = e.woken || t.Schedule != nil || t.Case != nil || t.Verdict != nil || t.Indicator != nil
	}
	e.hash, e.plan = plan.Hash, func() *playbook.Plan { return plan }
	if !e.woken {
		e.plan = forgetful(plan, again)
	}
	e.pinned = sync.OnceValues(func() (pinned, error) {
		p := pinned{e.plan(), map[string][]byte{}}
		return p, bundleInto(p.bundles, e, p.plan, ed)
	})
}

// forgetful returns what gives a value that may be collected while nobody has
// it, and is made again then.
func forgetful[T any](value *T, again func() *T) func() *T {
	var mu sync.Mutex
	kept := weak.Make(value) // guarded by mu
	return func() *T {
		mu.Lock()
		defer mu.Unlock()
		if v := kept.Value(); v != nil {
			return v
		}
		v := again()
		kept = weak.Make(v)
		return v
	}
}
