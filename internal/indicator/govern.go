package indicator

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/internal/feed"
)

// governed is a list that a file governs. Of an allow list, what the file says is
// all that counts; a block list has beside it what playbooks put there, so that
// nobody waits for a review to block.
type governed struct {
	file ListFile
	list List
	// origin is that of the file's entries. Each edition of a file has its own,
	// so that one takes the place of the other at once.
	origin uint32
}

// firstFiled is the first origin of entries of files; lists have those below.
const firstFiled = 3 << 30

// filedOrigin is an origin that nothing has yet.
func (s *Service) filedOrigin() uint32 { return firstFiled | s.editions.Add(1)&(1<<30-1) }

// governing is what governs a list, or nil. Files belong to the organisation
// that the installation was made for.
func (s *Service) governing(tenant harrier.TenantID, name string) *governed {
	if tenant != harrier.DefaultTenant {
		return nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.governs[name]
}

// told is a list with what its file says of it.
func (s *Service) told(l List) List {
	g := s.governing(l.Tenant, l.Name)
	if g == nil {
		return l
	}
	l.File, l.Description = ListPath(l.Name), g.file.Description
	if l.Kind == Allow {
		l.Count = 0
	}
	l.Count += len(g.file.Entries)
	return l
}

// Governing is a set of files that are to govern lists, ready to come into force.
type Governing struct {
	s     *Service
	files map[string]*ListFile // by the name of the list; nil where it goes
	lists map[string]List
}

// Prepare checks files that are to govern lists, by path; one without a text goes.
func (s *Service) Prepare(ctx context.Context, files map[string][]byte) (*Governing, document.Problems, error) {
	all, err := s.cfg.Store.Lists(ctx, harrier.DefaultTenant)
	if err != nil {
		return nil, nil, err
	}
	g := &Governing{s: s, files: map[string]*ListFile{}, lists: map[string]List{}}
	var problems document.Problems
	for _, path := range slices.Sorted(maps.Keys(files)) {
		file, found := s.check(path, files[path], all)
		problems = append(problems, found...)
		g.files[file.Name] = &file
		if files[path] == nil {
			g.files[file.Name] = nil
		}
	}
	return g, problems, nil
}

// check checks one file against what is there.
func (s *Service) check(path string, text []byte, all []List) (ListFile, document.Problems) {
	file := ListFile{Name: listName(path)}
	var there List
	if i := slices.IndexFunc(all, func(l List) bool { return l.Name == file.Name }); i >= 0 {
		there = all[i]
	}
	var problems document.Problems
	if text != nil {
		file, problems = readList(path, text, listCheck{kind: there.Kind, refused: s.refused, now: s.cfg.Now()})
	}
	if there.Kind == Allow && there.Count > 0 && (text == nil) == (s.governing(there.Tenant, there.Name) != nil) {
		problems = append(problems, beside(path, there.Count, text == nil))
	}
	return file, problems
}

// beside tells what becomes of entries of an allow list that stand in no file.
func beside(path string, count int, gone bool) document.Problem {
	p := document.Problem{File: path, Pos: document.Pos{Line: 1, Column: 1}, Width: 1, Warning: true, Code: "beside",
		Message: fmt.Sprintf("%d entries that were put on the list by hand count no more while the file governs it", count), Fix: "write those that are wanted into the file; harrier list show says which they are"}
	if gone {
		p.Message = fmt.Sprintf("%d entries that were put on the list by hand count again without the file", count)
		p.Fix = "leave the file with entries: [] where they are not wanted"
	}
	return p
}

// refused says why an entry may not come into force, and how to mend that.
func (s *Service) refused(kind string, e ListEntry) (why, fix string) {
	if kind == Allow {
		return suffix(e.Pattern)
	}
	if err := s.mayBlock(List{Kind: kind}, e); err != nil {
		return err.Error(), "take it out"
	}
	return "", ""
}

// Commit is the part of a change's transaction that is the lists': each that is
// governed is there.
func (g *Governing) Commit(ctx context.Context, tx harrier.Tx) error {
	now := g.s.cfg.Now().UTC()
	for name, file := range g.files {
		l := List{Tenant: harrier.DefaultTenant, Name: name, CreatedAt: now, UpdatedAt: now}
		if file != nil {
			l.Kind, l.Description = file.Kind, file.Description
		} else if old := g.s.governing(l.Tenant, name); old != nil {
			l.Kind, l.Description = old.list.Kind, old.file.Description
		}
		was := l.Kind
		l, err := g.s.cfg.Store.GovernList(ctx, tx, l)
		if err != nil {
			return err
		}
		if was != "" && l.Kind != was {
			return harrier.Errorf(harrier.Conflict, "list %s was made meanwhile and is of the kind %s; call the file otherwise", name, l.Kind)
		}
		g.lists[name] = l
	}
	return nil
}

// Apply puts the files into force. Whoever looks something up finds a list as it
// was or as it is, never a part of it.
func (g *Governing) Apply() {
	next := map[string]*governed{}
	for name, file := range g.files {
		if file == nil {
			continue
		}
		n := &governed{file: *file, list: g.lists[name], origin: g.s.filedOrigin()}
		for _, e := range file.Entries {
			g.s.addEntry(n.list, n.origin, e)
		}
		next[name] = n
	}
	for _, was := range g.s.swap(g.lists, next) {
		for _, e := range was.file.Entries {
			g.s.removeEntry(was.list, was.origin, e)
		}
	}
}

// swap has files govern lists in place of those before, and returns those.
func (s *Service) swap(lists map[string]List, next map[string]*governed) (was []*governed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, l := range lists {
		if old := s.governs[name]; old != nil {
			was = append(was, old)
			delete(s.origins, old.origin)
			delete(s.governs, name)
		}
		if n := next[name]; n != nil {
			s.governs[name] = n
			s.origins[n.origin] = origin{tenant: l.Tenant, list: l}
		}
		s.rest(l)
	}
	return was
}

// rest keeps whose the entries of a list are that stand in no file; those of an
// allow list that a file governs are nobody's. The caller holds the lock.
func (s *Service) rest(l List) {
	if g := s.governs[l.Name]; g != nil && l.Tenant == harrier.DefaultTenant && l.Kind == Allow {
		delete(s.origins, listOrigin(l.Number))
		return
	}
	s.origins[listOrigin(l.Number)] = origin{tenant: l.Tenant, list: l}
}

// knowList keeps whose the entries of a list are.
func (s *Service) knowList(l List) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rest(l)
}

// Govern has files govern lists when the process starts. What comes into force
// later comes by [Service.Prepare].
func (s *Service) Govern(ctx context.Context, files []ListFile) error {
	all, err := s.cfg.Store.Lists(ctx, harrier.DefaultTenant)
	if err != nil {
		return err
	}
	g := &Governing{s: s, files: map[string]*ListFile{}, lists: map[string]List{}}
	made := &Governing{s: s, files: map[string]*ListFile{}, lists: g.lists}
	for _, f := range files {
		g.files[f.Name] = &f
		i := slices.IndexFunc(all, func(l List) bool { return l.Name == f.Name })
		switch {
		case i < 0:
			made.files[f.Name] = &f
		case all[i].Kind != f.Kind:
			return harrier.Errorf(harrier.Conflict, "%s: list %s is there already and of the kind %s; call the file otherwise", ListPath(f.Name), f.Name, all[i].Kind)
		default:
			g.lists[f.Name] = all[i]
		}
	}
	if len(made.files) > 0 {
		if err := s.cfg.Store.Write(ctx, func(tx harrier.Tx) error { return s.made(ctx, tx, made) }); err != nil {
			return err
		}
	}
	g.Apply()
	return nil
}

// made makes the lists that files in the data directory govern and that are not there.
func (s *Service) made(ctx context.Context, tx harrier.Tx, g *Governing) error {
	if err := g.Commit(ctx, tx); err != nil {
		return err
	}
	by := harrier.Principal{ID: harrier.SystemPrincipal, Tenant: harrier.DefaultTenant, Name: "system"}
	for _, name := range slices.Sorted(maps.Keys(g.files)) {
		if err := s.audit(ctx, tx, by, deed{"intel.list.set", name, map[string]any{"kind": g.files[name].Kind, "file": ListPath(name)}}); err != nil {
			return err
		}
	}
	return nil
}

// byHand refuses to change a list that a file governs.
func (s *Service) byHand(l List) error {
	if s.governing(l.Tenant, l.Name) == nil {
		return nil
	}
	more := ""
	if l.Kind == Block {
		more = "; playbooks put values on it and take those off again: list.add, list.remove"
	}
	return harrier.Errorf(harrier.Conflict, "list %s is governed by %s and changes with it, under four eyes: harrier change new %s%s", l.Name, ListPath(l.Name), ListPath(l.Name), more)
}

// byPlaybook refuses a playbook to put something on an allow list that a file governs.
func (s *Service) byPlaybook(l List) error {
	if l.Kind != Allow {
		return nil
	}
	return s.byHand(l)
}

// filed reports whether the file that governs a list has an entry.
func (s *Service) filed(l List, p feed.Pattern) bool {
	g := s.governing(l.Tenant, l.Name)
	if g == nil {
		return false
	}
	_, ok := slices.BinarySearchFunc(g.file.Entries, ListEntry{Pattern: p}, ListEntry.compare)
	return ok
}

// filedEntries returns those of the file that governs a list, after one of them;
// none after one that stands in no file.
func (s *Service) filedEntries(l List, after ListEntry, limit int) []ListEntry {
	g := s.governing(l.Tenant, l.Name)
	if g == nil || after.How != "" && !after.Filed {
		return nil
	}
	all := g.file.Entries
	i, found := slices.BinarySearchFunc(all, after, ListEntry.compare)
	if found {
		i++
	}
	return slices.Clone(all[i:min(len(all), i+limit)])
}
