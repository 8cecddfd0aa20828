package app

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// library is the playbooks that ship with Harrier and those of the team, which
// win where both have an id. What is in force is one edition; it is replaced as
// a whole, so that nobody sees half of a change.
type library struct {
	products *products
	plans    *plans
	now      func() time.Time
	inForce  atomic.Pointer[edition]
}

// edition is all playbooks as they are in force together.
type edition struct {
	products *products
	entries  map[string]*entry
	// settling is held while playbooks are checked. Most commands ask for one or none:
	// each is checked when it is asked for.
	settling sync.Mutex
}

// playbookSuffix ends the names of files that hold a playbook.
const playbookSuffix = ".playbook.yaml"

// loadLibrary reads the playbooks below playbooks/ of several trees; later ones win.
func loadLibrary(p *products, pl *plans, now func() time.Time, trees ...fs.FS) (*library, error) {
	l := &library{products: p, plans: pl, now: now}
	was, err := writtenPlaybooks()
	if err != nil {
		return l, err
	}
	e, err := loadEdition(p, was, trees...)
	l.inForce.Store(e)
	return l, err
}

// writtenPlaybooks are those that ship with Harrier, as they are written: they are
// part of the binary, so a process reads them once, and checks none of these.
var writtenPlaybooks = sync.OnceValues(func() (*edition, error) { return loadEdition(nil, nil, shipped()) })

// loadEdition reads the playbooks below playbooks/ of several trees; later ones win.
// What is as it was in an edition before, if there was one, is not read again.
func loadEdition(p *products, was *edition, trees ...fs.FS) (*edition, error) {
	ed := &edition{products: p, entries: map[string]*entry{}}
	for _, tree := range trees {
		err := fs.WalkDir(tree, "playbooks", func(name string, d fs.DirEntry, err error) error {
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
			ed.add(name, text, was)
			return nil
		})
		if err != nil {
			return ed, harrier.Errorf(harrier.Unavailable, "read the playbooks: %w", err)
		}
	}
	return ed, nil
}

// add takes the file of a playbook in.
func (ed *edition) add(name string, text []byte, was *edition) {
	e := &entry{name: path.Base(name), path: name, source: text}
	if old := was.at(name); old != nil && bytes.Equal(old.source, text) {
		e.doc, e.read = old.doc, old.read
	} else {
		e.doc, e.read = playbook.Parse(e.name, text)
	}
	e.problems = e.read
	id := strings.TrimSuffix(e.name, playbookSuffix)
	if e.doc != nil {
		id = cmp.Or(e.doc.ID, id)
	}
	ed.entries[id] = e
}

// check checks all playbooks that were not yet.
func (ed *edition) check() { ed.settle(ed.ids()) }

// settle checks playbooks that were not yet.
func (ed *edition) settle(ids []string) {
	ed.settling.Lock()
	defer ed.settling.Unlock()
	open := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return ed.entries[id] == nil || ed.entries[id].settled })
	if len(open) == 0 {
		return
	}
	cat := ed.products.catalog(ed.docs())
	all := playbook.CheckThese(cat, open)
	for _, id := range open {
		e := ed.entries[id]
		e.settled = true
		one, known := all[id]
		if !known || e.read.Err() != nil {
			continue
		}
		if e.problems = one.Problems; one.Plan != nil {
			e.checked(ed, one.Plan, func() *playbook.Plan { return e.again(cat) })
		}
	}
}

// take takes over what the check of playbooks gave in an edition before, of which
// all are checked, where neither they nor what they call has changed since.
func (ed *edition) take(was *edition) {
	ed.settling.Lock()
	defer ed.settling.Unlock()
	cat := ed.products.catalog(ed.docs())
	for id, e := range ed.entries {
		if !e.settled && ed.same(id, was) {
			e.take(ed, was.entries[id], func() *playbook.Plan { return e.again(cat) })
		}
	}
}

// same reports whether a playbook without problems, and all that it calls, is as it was.
func (ed *edition) same(id string, was *edition) bool {
	e, old := ed.entries[id], was.entries[id]
	if e == nil || old == nil || old.plan == nil || e.doc != old.doc {
		return false
	}
	return !slices.ContainsFunc(old.calls, func(child string) bool { return !ed.same(child, was) })
}

// userTree is the folder of a team's own files in the data directory.
func userTree(dir, name string) fs.FS { return os.DirFS(path.Join(dir, name)) }

// entry returns a playbook, or nil.
func (ed *edition) entry(id string) *entry {
	ed.settle([]string{id})
	return ed.entries[id]
}

// ids returns the ids of all playbooks, sorted.
func (ed *edition) ids() []string { return slices.Sorted(maps.Keys(ed.entries)) }

// docs returns the playbooks in force that others may call.
func (l *library) docs() map[string]*playbook.Doc { return l.inForce.Load().docs() }

// draft prepares a run of a source that is to be run once. It does not come
// into force: its triggers start nothing.
func (l *library) draft(name string, text []byte, by harrier.Principal) (engine.Start, error) {
	ed := l.inForce.Load()
	e := &entry{name: name, source: text}
	plan, problems := playbook.Compile(name, text, l.products.catalog(ed.docs()))
	if err := problems.Err(); err != nil {
		return engine.Start{}, harrier.Errorf(harrier.Invalid, "%w", err)
	}
	e.checked(ed, plan, func() *playbook.Plan { return plan })
	return l.startOf(e, by)
}

// docs returns the playbooks that others may call.
func (ed *edition) docs() map[string]*playbook.Doc {
	docs := map[string]*playbook.Doc{}
	for id, e := range ed.entries {
		if e.doc != nil {
			docs[id] = e.doc
		}
	}
	return docs
}

// gather adds the sources of the playbooks that a plan calls.
func (ed *edition) gather(plan *playbook.Plan, into map[string]source) {
	for id, child := range plan.Children {
		if e := ed.entries[id]; e != nil {
			into[id] = source{e.name, string(e.source)}
		}
		ed.gather(child, into)
	}
}

// start prepares a run of a playbook.
func (l *library) start(id string, by harrier.Principal) (engine.Start, error) {
	e, err := l.inForce.Load().sound(id)
	if err != nil {
		return engine.Start{}, err
	}
	return l.startOf(e, by)
}

// sound returns a playbook that has no problems.
func (ed *edition) sound(id string) (*entry, error) {
	e := ed.entry(id)
	switch {
	case e == nil:
		return nil, ed.unknown(id)
	case e.plan == nil:
		return nil, harrier.Errorf(harrier.Invalid, "playbook %s has problems:\n%w", id, e.problems)
	}
	return e, nil
}

// unknown says that a playbook is not in force.
func (ed *edition) unknown(id string) error {
	if near := harrier.Suggest(id, ed.ids()); near != "" {
		return harrier.Errorf(harrier.NotFound, "there is no playbook %q; did you mean %s?", id, near)
	}
	return harrier.Errorf(harrier.NotFound, "there is no playbook %q; harrier playbook list shows what there is", id)
}

// startOf prepares a run of a playbook that has no problems. What it calls is
// of the same edition as what it was checked with.
func (l *library) startOf(e *entry, by harrier.Principal) (engine.Start, error) {
	p, err := e.pinned()
	if err != nil {
		return engine.Start{}, err
	}
	l.plans.keep(p.plan)
	return engine.Start{By: by, Plan: p.plan, Bundles: p.bundles, Mode: harrier.Live}, nil
}

// matching prepares a run of each playbook whose alert trigger holds.
func (l *library) matching(ctx context.Context, by harrier.Principal, alert map[string]any) ([]engine.Start, error) {
	var starts []engine.Start
	ed := l.inForce.Load()
	for _, id := range ed.ids() {
		if !ed.entries[id].starts(func(t playbook.TriggerDoc) bool { return t.Alert != nil }) {
			continue
		}
		e := ed.entry(id)
		if !l.triggered(ctx, e, alert) {
			continue
		}
		st, err := l.startOf(e, by)
		if err != nil {
			return nil, err
		}
		starts = append(starts, st)
	}
	return starts, nil
}

// triggered reports whether an alert starts a playbook. A condition that
// cannot be evaluated does not hold.
func (l *library) triggered(ctx context.Context, e *entry, alert map[string]any) bool {
	for _, condition := range e.onAlert {
		if v, err := condition.Eval(ctx, expr.Vars{"alert": alert}, l.now()); err == nil && v == true {
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
