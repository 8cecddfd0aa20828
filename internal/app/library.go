package app

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// entry is one playbook of the library. Plan is nil where it has problems.
type entry struct {
	name     string
	source   []byte
	doc      *playbook.Doc
	plan     *playbook.Plan
	problems document.Problems
}

// library is the playbooks that ship with Harrier and those in the data
// directory, which win where both have an id.
type library struct {
	products *products
	plans    *plans
	now      func() time.Time

	mu      sync.RWMutex // guards entries
	entries map[string]*entry
	checked sync.Once // most commands ask for no playbook: they are checked when one is asked for
}

// playbookSuffix ends the names of files that hold a playbook.
const playbookSuffix = ".playbook.yaml"

// loadLibrary reads playbooks from several trees; later ones win.
func loadLibrary(p *products, pl *plans, now func() time.Time, trees ...fs.FS) (*library, error) {
	l := &library{products: p, plans: pl, now: now, entries: map[string]*entry{}}
	for _, tree := range trees {
		err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil
			case err != nil || d.IsDir() || !strings.HasSuffix(name, playbookSuffix):
				return err
			}
			text, err := fs.ReadFile(tree, name)
			if err != nil {
				return err
			}
			e := &entry{name: path.Base(name), source: text}
			e.doc, e.problems = playbook.Parse(e.name, text)
			id := strings.TrimSuffix(e.name, playbookSuffix)
			if e.doc != nil {
				id = cmp.Or(e.doc.ID, id)
			}
			l.entries[id] = e
			return nil
		})
		if err != nil {
			return nil, harrier.Errorf(harrier.Unavailable, "read the playbooks: %w", err)
		}
	}
	return l, nil
}

// check checks all playbooks, once.
func (l *library) check() {
	l.checked.Do(func() {
		all := playbook.CheckAll(l.products.catalog(l.docs()))
		l.mu.Lock()
		defer l.mu.Unlock()
		for id, one := range all {
			if e := l.entries[id]; e.problems.Err() == nil {
				e.plan, e.problems = one.Plan, one.Problems
			}
		}
	})
}

// userTree is the folder of a team's own files in the data directory.
func userTree(dir, name string) fs.FS { return os.DirFS(path.Join(dir, name)) }

// entry returns a playbook, or nil.
func (l *library) entry(id string) *entry {
	l.check()
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.entries[id]
}

// ids returns the ids of all playbooks, sorted.
func (l *library) ids() []string {
	l.mu.RLock()
	defer l.mu.RUnlock()
	ids := make([]string, 0, len(l.entries))
	for id := range l.entries {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// draft compiles a source that is to be run once. It does not come into force:
// its triggers start nothing.
func (l *library) draft(name string, text []byte) (*entry, error) {
	e := &entry{name: name, source: text}
	e.plan, e.problems = playbook.Compile(name, text, l.products.catalog(l.docs()))
	if err := e.problems.Err(); err != nil {
		return nil, harrier.Errorf(harrier.Invalid, "%w", err)
	}
	return e, nil
}

// docs returns the playbooks that others may call.
func (l *library) docs() map[string]*playbook.Doc {
	l.mu.RLock()
	defer l.mu.RUnlock()
	docs := map[string]*playbook.Doc{}
	for id, e := range l.entries {
		if e.doc != nil {
			docs[id] = e.doc
		}
	}
	return docs
}

// gather adds the sources of the playbooks that a plan calls.
func (l *library) gather(plan *playbook.Plan, into map[string]source) {
	for id, child := range plan.Children {
		if e := l.entry(id); e != nil {
			into[id] = source{e.name, string(e.source)}
		}
		l.gather(child, into)
	}
}

// start prepares a run of a playbook.
func (l *library) start(id string, by harrier.Principal) (engine.Start, error) {
	e := l.entry(id)
	switch {
	case e == nil:
		return engine.Start{}, l.unknown(id)
	case e.plan == nil:
		return engine.Start{}, harrier.Errorf(harrier.Invalid, "playbook %s has problems:\n%w", id, e.problems)
	}
	return l.startOf(e, by)
}

// unknown says that a playbook is not in force.
func (l *library) unknown(id string) error {
	if near := harrier.Suggest(id, l.ids()); near != "" {
		return harrier.Errorf(harrier.NotFound, "there is no playbook %q; did you mean %s?", id, near)
	}
	return harrier.Errorf(harrier.NotFound, "there is no playbook %q; harrier playbook list shows what there is", id)
}

// startOf prepares a run of a playbook that has no problems.
func (l *library) startOf(e *entry, by harrier.Principal) (engine.Start, error) {
	bundles, err := l.plans.bundles(e, l)
	if err != nil {
		return engine.Start{}, err
	}
	l.plans.keep(e.plan)
	return engine.Start{By: by, Plan: e.plan, Bundles: bundles, Mode: harrier.Live}, nil
}

// matching prepares a run of each playbook whose alert trigger holds.
func (l *library) matching(ctx context.Context, by harrier.Principal, alert map[string]any) ([]engine.Start, error) {
	var starts []engine.Start
	for _, id := range l.ids() {
		e := l.entry(id)
		if e.plan == nil || !l.triggered(ctx, e.plan, alert) {
			continue
		}
		st, err := l.start(id, by)
		if err != nil {
			return nil, err
		}
		starts = append(starts, st)
	}
	return starts, nil
}

// triggered reports whether an alert starts a playbook. A condition that
// cannot be evaluated does not hold.
func (l *library) triggered(ctx context.Context, plan *playbook.Plan, alert map[string]any) bool {
	for _, t := range plan.Triggers {
		if t.Alert == nil {
			continue
		}
		if v, err := t.Alert.Eval(ctx, expr.Vars{"alert": alert}, l.now()); err == nil && v == true {
			return true
		}
	}
	return false
}

// sortedSpecs returns specifications by name.
func sortedSpecs(all map[string]schema.ActionSpec) []schema.ActionSpec {
	list := make([]schema.ActionSpec, 0, len(all))
	for _, a := range all {
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b schema.ActionSpec) int { return strings.Compare(a.Name, b.Name) })
	return list
}
