package app

import (
	"maps"
	"slices"
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
	read   document.Problems // what was found when it was read
	// settled tells that it was checked; the edition's mutex guards it.
	settled bool
	// plan is nil where it has problems; hash is the plan's, and calls are the
	// playbooks that it calls itself.
	plan     func() *playbook.Plan
	hash     string
	calls    []string
	problems document.Problems
	// onAlert are the conditions over an alert that start it.
	onAlert []*expr.Program
	// memory has the plan; nil where it is always kept.
	memory *memory[playbook.Plan]
	// pinned is what its runs are pinned to.
	pinned func() (pinned, error)
}

// pinned is a plan with the sources that it and its children were made from, by hash.
type pinned struct {
	plan    *playbook.Plan
	bundles map[string][]byte
}

// starts reports whether one of the triggers that are written in it is as wanted.
func (e *entry) starts(wanted func(playbook.TriggerDoc) bool) bool {
	return e.doc != nil && slices.ContainsFunc(e.doc.Triggers, wanted)
}

// again checks a playbook without problems once more.
func (e *entry) again(cat playbook.Catalog) *playbook.Plan {
	plan, _ := playbook.Check(e.doc, cat)
	return plan
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
	}
	e.hash, e.calls, e.plan = plan.Hash, slices.Collect(maps.Keys(plan.Children)), func() *playbook.Plan { return plan }
	if !e.starts(wakes) {
		e.memory = &memory[playbook.Plan]{again: again, kept: weak.Make(plan)}
		e.plan = e.memory.value
	}
	e.pin(ed)
}

// take is checked with what the check gave in an edition before, which is not held on to.
func (e *entry) take(ed *edition, old *entry, again func() *playbook.Plan) {
	e.settled, e.problems, e.onAlert, e.hash, e.calls, e.plan = true, old.problems, old.onAlert, old.hash, old.calls, old.plan
	if old.memory != nil {
		e.memory = old.memory.with(again)
		e.plan = e.memory.value
	}
	e.pin(ed)
}

// pin says what runs are pinned to, of the same edition as what they call.
func (e *entry) pin(ed *edition) {
	e.pinned = sync.OnceValues(func() (pinned, error) {
		p := pinned{e.plan(), map[string][]byte{}}
		return p, bundleInto(p.bundles, e, p.plan, ed)
	})
}

// memory has a value that may be collected while nobody has it, and is made again then.
type memory[T any] struct {
	again func() *T
	mu    sync.Mutex
	kept  weak.Pointer[T] // guarded by mu
}

// value returns the value.
func (m *memory[T]) value() *T {
	m.mu.Lock()
	defer m.mu.Unlock()
	if v := m.kept.Value(); v != nil {
		return v
	}
	v := m.again()
	m.kept = weak.Make(v)
	return v
}

// with returns what has the same value and makes it otherwise.
func (m *memory[T]) with(again func() *T) *memory[T] {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &memory[T]{again: again, kept: m.kept}
}
