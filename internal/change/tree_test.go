package change_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/internal/change"
)

// grown is a document that is made up: a value with a key, or what has others below it.
type grown struct {
	key, note, text string
	below           []*grown
	item, list      bool // it is an item of a list, or a list itself
}

// grow makes a document of some depth. Comments are each there once.
func grow(r *rand.Rand, depth int, count *int) (all []*grown) {
	for i := range 2 + r.IntN(3) {
		*count++
		g := &grown{key: fmt.Sprintf("k%d", i), text: fmt.Sprintf("v%d", *count)}
		if r.IntN(2) == 0 {
			g.note = fmt.Sprintf("# about %d", *count)
		}
		if depth > 0 && r.IntN(3) > 0 {
			g.below = grow(r, depth-1, count)
			if g.list = r.IntN(2) == 0; g.list {
				g.itemise(r)
			}
		}
		all = append(all, g)
	}
	return all
}

// itemise makes items of what is below, each with a name of its own.
func (g *grown) itemise(r *rand.Rand) {
	name := []string{"id", "value"}[r.IntN(2)]
	for i, b := range g.below {
		b.item, b.list = true, false
		b.below = []*grown{{key: name, text: fmt.Sprintf("name%d", i)}, {key: "with", text: b.text}, {key: "then", text: b.text, note: b.note}}
	}
}

// write writes a document as people would.
func write(b *strings.Builder, all []*grown, indent string) {
	for _, g := range all {
		if g.note != "" {
			b.WriteString(indent + g.note + "\n")
		}
		switch {
		case g.item:
			var inner strings.Builder
			write(&inner, g.below, indent+"  ")
			b.WriteString(indent + "- " + strings.TrimPrefix(inner.String(), indent+"  "))
		case len(g.below) > 0:
			b.WriteString(indent + g.key + ":\n")
			write(b, g.below, indent+"  ")
		default:
			b.WriteString(indent + g.key + ": " + g.text + "\n")
		}
	}
}

func written(all []*grown) []byte {
	var b strings.Builder
	write(&b, all, "")
	return []byte(b.String())
}

// copied is a document that can be changed by itself.
func copied(all []*grown) []*grown {
	out := make([]*grown, len(all))
	for i, g := range all {
		one := *g
		one.below = copied(g.below)
		out[i] = &one
	}
	return out
}

// edit is one change of a document: what is done at the end of a path.
type edit struct {
	path []int
	verb string // set, add after it, or remove
	name string
}

// edits are all changes that a document can have.
func edits(all []*grown, path []int, name string) (out []edit) {
	for i, g := range all {
		at := append(slices.Clone(path), i)
		named := len(path) > 0 && i == 0 && (g.key == "id" || g.key == "value")
		if len(g.below) == 0 && !named {
			out = append(out, edit{at, "set", name})
		}
		if len(all) > 2 && !named {
			out = append(out, edit{at, "remove", name})
		}
		out = append(out, edit{at, "add", name})
		out = append(out, edits(g.below, at, name)...)
	}
	return out
}

// in makes an edit. Indices are those of the document before any edit.
func (e edit) in(all []*grown, was []*grown) []*grown {
	at, old := e.path[0], was[e.path[0]]
	i := slices.IndexFunc(all, func(g *grown) bool { return g.key == old.key && g.title() == old.title() })
	if len(e.path) > 1 {
		all[i].below = edit{e.path[1:], e.verb, e.name}.in(all[i].below, was[at].below)
		return all
	}
	switch e.verb {
	case "set":
		all[i].text = e.name
	case "remove":
		all = slices.Delete(all, i, i+1)
	case "add":
		one := &grown{key: e.name, text: e.name, note: "# new " + e.name}
		if old.item {
			one = &grown{key: old.key, item: true, note: one.note, below: []*grown{{key: old.below[0].key, text: e.name}, {key: "with", text: e.name}}}
		}
		all = slices.Insert(all, i+1, one)
	}
	return all
}

// title is the name of an item.
func (g *grown) title() string {
	if !g.item {
		return ""
	}
	return g.below[0].text
}

// apart reports whether two edits are of different places: neither is at, above
// or below what the other takes away or sets, and they add nothing at one place.
func (e edit) apart(o edit) bool {
	n := min(len(e.path), len(o.path))
	return !slices.Equal(e.path[:n], o.path[:n])
}

func comments(text []byte) map[string]bool {
	all := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "#") {
			all[line] = true
		}
	}
	return all
}

// Whatever two people change at different keys of a document, the join is both,
// in the very text where nothing was added, and no comment is lost.
func TestJoin_ofDifferentKeysIsBoth(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 7))
		count := 0
		base := grow(r, 2, &count)
		all := edits(base, nil, "x")
		mine, yours := all[r.IntN(len(all))], all[r.IntN(len(all))]
		mine.name, yours.name = "mine", "yours"
		if !mine.apart(yours) {
			continue
		}
		ours, theirs := written(mine.in(copied(base), base)), written(yours.in(copied(base), base))
		both := written(yours.in(mine.in(copied(base), base), base))
		joined, clean := change.Join("x.yaml", written(base), ours, theirs)
		if !clean {
			t.Errorf("seed %d: %v and %v are not joined\n%s", seed, mine, yours, joined)
			continue
		}
		if !bytes.Equal(joined, both) {
			t.Errorf("seed %d: %v and %v give\n%s\nwant\n%s", seed, mine, yours, joined, both)
		}
		for c := range comments(both) {
			if !comments(joined)[c] {
				t.Errorf("seed %d: %v and %v lose the comment %s", seed, mine, yours, c)
			}
		}
	}
}

// What both change in different ways is left to people.
func TestJoin_ofTheSameKeyIsAConflict(t *testing.T) {
	t.Parallel()
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 8))
		count := 0
		base := grow(r, 2, &count)
		all := slices.DeleteFunc(edits(base, nil, "x"), func(e edit) bool { return e.verb == "add" })
		mine := all[r.IntN(len(all))]
		yours := mine
		mine.name, yours.verb, yours.name = "mine", "set", "yours"
		if g := at(base, mine.path); len(g.below) > 0 {
			continue
		}
		ours, theirs := written(mine.in(copied(base), base)), written(yours.in(copied(base), base))
		if joined, clean := change.Join("x.yaml", written(base), ours, theirs); clean {
			t.Errorf("seed %d: %v and %v are joined:\n%s", seed, mine, yours, joined)
		}
	}
}

func at(all []*grown, path []int) *grown {
	if len(path) == 1 {
		return all[path[0]]
	}
	return at(all[path[0]].below, path[1:])
}

func TestJoin_ofNeighbours(t *testing.T) {
	t.Parallel()
	const base = "harrier: 1\nkind: allow # of ours\nowner: soc\nentries:\n  - value: a.example\n    reason: one\n"
	for name, tc := range map[string]struct {
		ours, theirs [2]string // what is put in the place of what
		want         string    // empty is a conflict
	}{
		"adjacent keys": {
			[2]string{"kind: allow # of ours", "kind: block # of ours"}, [2]string{"owner: soc", "owner: 'net' # since May"},
			"harrier: 1\nkind: block # of ours\nowner: 'net' # since May\nentries:\n  - value: a.example\n    reason: one\n",
		},
		"two entries at the end": {
			[2]string{"reason: one\n", "reason: one\n  # b\n  - value: b.example\n    reason: two\n"}, [2]string{"reason: one\n", "reason: one\n  - value: c.example\n    reason: three\n"},
			"harrier: 1\nkind: allow # of ours\nowner: soc\nentries:\n  - value: a.example\n    reason: one\n  - value: c.example\n    reason: three\n  # b\n  - value: b.example\n    reason: two\n",
		},
		"the same entry":       {[2]string{"reason: one\n", "reason: one\n  - value: b.example\n    reason: two\n"}, [2]string{"reason: one\n", "reason: one\n  - value: b.example\n    reason: three\n"}, ""},
		"one key":              {[2]string{"owner: soc", "owner: a"}, [2]string{"owner: soc", "owner: b"}, ""},
		"a comment of one key": {[2]string{"allow # of ours", "allow # of all"}, [2]string{"kind: allow", "kind: block"}, ""},
		"no document":          {[2]string{"owner: soc", "owner: [a"}, [2]string{"kind: allow", "kind: block"}, ""},
	} {
		ours, theirs := strings.Replace(base, tc.ours[0], tc.ours[1], 1), strings.Replace(base, tc.theirs[0], tc.theirs[1], 1)
		got, clean := change.Join("lists/a.list.yaml", []byte(base), []byte(ours), []byte(theirs))
		if clean != (tc.want != "") || clean && string(got) != tc.want {
			t.Errorf("%s: clean %t\n%s\nwant\n%s", name, clean, got, tc.want)
		}
	}
	// Of steps, the order means something: where both add one at one place, people say which is first.
	const steps = "steps:\n  - id: a\n    set: {x: 1}\n"
	if got, clean := change.Join("playbooks/a.playbook.yaml", []byte(steps), []byte(steps+"  - id: b\n    set: {x: 2}\n"), []byte(steps+"  - id: c\n    set: {x: 3}\n")); clean {
		t.Errorf("two steps at one place are joined:\n%s", got)
	}
}

// FuzzJoin: a join of one side alone is that side, and one that is clean is of
// documents that can be read.
func FuzzJoin(f *testing.F) {
	f.Add([]byte("a: 1\nb: 2\n"), []byte("a: 2\nb: 2\n"), []byte("a: 1\nb: 3\n"))
	f.Add([]byte("l:\n  - id: a\n    x: |\n      # no comment\n  - id: b\n"), []byte("l:\n  - id: b\n"), []byte("l:\n  - id: a\n    x: |\n      # no comment\n  - id: b\n    y: 1\n"))
	f.Fuzz(func(t *testing.T, base, ours, theirs []byte) {
		if got, clean := change.Join("x.yaml", base, base, theirs); !clean || !bytes.Equal(lined(got), lined(theirs)) {
			t.Errorf("one side alone: %t %q", clean, got)
		}
		_, byLine := change.Merge(base, ours, theirs)
		got, clean := change.Join("x.yaml", base, ours, theirs)
		if !clean || byLine {
			return
		}
		if _, problems := document.Parse("x.yaml", got); problems.Err() != nil {
			t.Errorf("a join of documents cannot be read: %v\n%s", problems, got)
		}
	})
}
