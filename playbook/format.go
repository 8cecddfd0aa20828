package playbook

import (
	"slices"

	"github.com/harrier-soar/harrier/document"
)

// Format writes a playbook in its one canonical form. It keeps every comment
// and the author's order of keys, but for steps: their id, name and condition
// come first, then what makes their kind. Arguments are written in block form.
// It is idempotent; a file that cannot be read is returned as it was.
func Format(name string, source []byte) ([]byte, document.Problems) {
	g := language()
	first := g.firstKeys()
	return document.Format(name, source, document.FormatRules{
		Order: func(path []string) []string {
			if g.isStep(path) {
				return first
			}
			return nil
		},
		Block: []string{"with"},
	})
}

// firstKeys are the keys that come first in a step. A loop is read before what
// it repeats.
func (g *grammar) firstKeys() []string {
	out := []string{"id", "name", "if"}
	for _, sk := range g.kinds {
		if sk.kind == LoopKind {
			out = append(out, "for_each", "as", "key", "max_parallel")
			continue
		}
		out = append(out, sk.key)
	}
	return out
}

// isStep reports whether the maps at a path are steps.
func (g *grammar) isStep(path []string) bool {
	if len(path) == 0 {
		return false
	}
	at := ref("playbook")
	for i, name := range path {
		at = g.below(at, name)
		if at.form == anyForm && at.ref == "" {
			return false
		}
		if i == len(path)-1 {
			return at.form == stepForm
		}
	}
	return false
}

// below is the shape under a key, with the items of lists for the lists.
func (g *grammar) below(s shape, name string) shape {
	s = g.resolve(s)
	var found shape
	switch s.form {
	case stepForm:
		for _, sk := range g.kinds {
			if k, ok := find(g.allowed(sk), name); ok {
				found = k.shape
				break
			}
		}
	case mapForm:
		k, _ := find(s.keys, name)
		found = k.shape
	case dictForm:
		found = *s.elem
	case anyForm, textForm, nameForm, exprForm, templateForm, treeForm, boolForm, intForm, numberForm, durationForm, listForm:
	}
	found = g.resolve(found)
	if found.or != nil && !slices.Contains([]form{listForm, mapForm, dictForm}, found.form) {
		found = g.resolve(*found.or)
	}
	for found.form == listForm {
		found = g.resolve(*found.elem)
	}
	return found
}
