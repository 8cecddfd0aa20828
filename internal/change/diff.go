package change

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/harrier-soar/harrier/document"
)

// Difference is one thing that a change makes otherwise.
type Difference struct {
	// File is its file, Place where in it, as in steps[block].with.ip.
	File  string `json:"file"`
	Place string `json:"place"`
	// About says what sort of thing it is: steps, effects, targets,
	// assignments, guards, triggers, weights, conditions, entries or other.
	About string `json:"about"`
	// Op is added, removed, changed or moved.
	Op     string `json:"op"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// String is the difference on one line.
func (d Difference) String() string {
	text := fmt.Sprintf("%s: %s %s", d.About, d.Place, d.Op)
	switch {
	case d.Op == "changed":
		text += ": " + d.Before + " → " + d.After
	case d.Before != "":
		text += ": " + d.Before
	case d.After != "":
		text += ": " + d.After
	}
	return text
}

// maxDifferences bounds what is told of one file; the text tells the rest.
const maxDifferences = 500

// differ compares two documents by what they mean: formatting, comments and the
// order of keys are nothing to it.
type differ struct {
	file string
	out  []Difference
	// whole tells everything, in full and once, into seen instead of out.
	whole bool
	seen  map[Difference]bool
}

// Semantic tells what a change makes otherwise, file by file.
func Semantic(files []File) []Difference {
	var out []Difference
	for _, f := range files {
		if !strings.HasSuffix(f.Path, ".yaml") {
			continue
		}
		d := differ{file: f.Path}
		before, after := root(f.Path, f.BaseText), root(f.Path, f.Text)
		if f.Remove {
			after = nil
		}
		d.compare("", before, after)
		out = append(out, d.out...)
	}
	return out
}

// root reads a document as far as it can be read.
func root(name string, text []byte) *document.Node {
	if len(text) == 0 {
		return nil
	}
	file, _ := document.Parse(name, text)
	if file == nil {
		return nil
	}
	return file.Root
}

func (d *differ) say(one Difference) {
	if d.whole {
		d.seen[one] = true
		return
	}
	if len(d.out) < maxDifferences {
		one.File, one.About = d.file, about(d.file, one.Place)
		d.out = append(d.out, one)
	}
}

// compare compares two nodes at one place.
func (d *differ) compare(place string, a, b *document.Node) {
	switch {
	case a == nil && b == nil:
	case a == nil && b.Kind == document.Map && place == "":
		d.maps(place, &document.Node{}, b)
	case b == nil && a.Kind == document.Map && place == "":
		d.maps(place, a, &document.Node{})
	case a == nil && b.Kind == document.List && strings.HasPrefix(d.file, "lists/"): // each entry is looked at
		d.lists(place, &document.Node{}, b)
	case a == nil:
		d.say(Difference{Place: place, Op: "added", After: d.told(b)})
	case b == nil:
		d.say(Difference{Place: place, Op: "removed", Before: d.told(a)})
	case a.Kind == document.Map && b.Kind == document.Map:
		d.maps(place, a, b)
	case a.Kind == document.List && b.Kind == document.List:
		d.lists(place, a, b)
	case brief(a) != brief(b) || full(a) != full(b) || d.whole && d.told(a) != d.told(b):
		d.say(Difference{Place: place, Op: "changed", Before: d.told(a), After: d.told(b)})
	}
}

// told is a node as it is told of.
func (d *differ) told(n *document.Node) string {
	if d.whole {
		return fmt.Sprintf("%#v", n.Value())
	}
	return brief(n)
}

// maps compares two maps key by key.
func (d *differ) maps(place string, a, b *document.Node) {
	for _, e := range a.Entries {
		d.compare(below(place, e.Key), e.Value, b.Get(e.Key))
	}
	for _, e := range b.Entries {
		if a.Get(e.Key) == nil {
			d.compare(below(place, e.Key), nil, e.Value)
		}
	}
}

func below(place, key string) string {
	if place == "" {
		return key
	}
	return place + "." + key
}

// lists compares two lists: items that have a name by their names, others as values.
func (d *differ) lists(place string, a, b *document.Node) {
	before, after := named(a), named(b)
	var both [2][]string
	for _, name := range before.order {
		at := place + "[" + name + "]"
		d.compare(at, before.items[name], after.items[name])
		if after.items[name] != nil {
			both[0] = append(both[0], name)
		}
	}
	for _, name := range after.order {
		if before.items[name] == nil {
			d.compare(place+"["+name+"]", nil, after.items[name])
			continue
		}
		both[1] = append(both[1], name)
	}
	if !slices.Equal(both[0], both[1]) {
		d.say(Difference{Place: place, Op: "moved", Before: strings.Join(both[0], ", "), After: strings.Join(both[1], ", ")})
	}
}

// listed is a list whose items have names that are their own.
type listed struct {
	items map[string]*document.Node
	order []string
}

// named names the items of a list.
func named(n *document.Node) listed {
	l := listed{items: map[string]*document.Node{}}
	often := map[string]int{}
	for _, item := range n.Items {
		called := nameOf(item)
		name := called
		for l.items[name] != nil {
			often[called]++
			name = called + "#" + strconv.Itoa(often[called]+1)
		}
		l.items[name] = item
		l.order = append(l.order, name)
	}
	return l
}

// nameOf is what people call an item of a list.
func nameOf(n *document.Node) string {
	if name, key := titleOf(n); key != "" {
		return name
	}
	if n.Kind != document.Map {
		return brief(n)
	}
	if len(n.Entries) > 0 {
		return n.Entries[0].Key
	}
	return "{}"
}

// titleOf is the name that an item of a list gives itself, and the key that has
// it; both are empty where it gives none.
func titleOf(n *document.Node) (name, key string) {
	for _, key := range []string{"id", "name", "rule", "uses", "effect", "mapping", "value"} {
		if v := n.Get(key); v != nil && v.Kind == document.String {
			return v.Text, key
		}
	}
	return "", ""
}

// full is all of a node as text.
func full(n *document.Node) string { return fmt.Sprint(n.Value()) }

// brief is a node as text for one line.
func brief(n *document.Node) string {
	text := n.Text
	switch n.Kind {
	case document.Map, document.List:
		text = full(n)
	case document.String, document.Int, document.Float, document.Bool, document.Null:
	}
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > 120 {
		return string(r[:119]) + "…"
	}
	return text
}

// about says what sort of thing a place is.
func about(file, place string) string {
	if file == "guards.yaml" {
		return "guards"
	}
	if strings.HasPrefix(file, "lists/") && strings.HasPrefix(place, "entries[") {
		return "entries"
	}
	keys := strings.FieldsFunc(place, func(r rune) bool { return r == '.' || r == '[' || r == ']' })
	for i := len(keys) - 1; i >= 0; i-- {
		switch keys[i] {
		case "with", "connection", "via", "connection_of":
			return "targets"
		case "assign", "to":
			return "assignments"
		case "uses", "script", "lease":
			return "effects"
		case "approve", "covers", "late", "need", "limits":
			return "guards"
		case "trigger", "schedule":
			return "triggers"
		case "weight", "set", "at_least", "at_most":
			if strings.HasPrefix(file, "triage/") {
				return "weights"
			}
		case "when", "if", "for":
			return "conditions"
		}
	}
	if len(keys) > 0 && slices.Contains([]string{"steps", "on_failure", "always"}, keys[0]) {
		return "steps"
	}
	return "other"
}

// Text is the difference of all files line by line.
func Text(files []File) string {
	var b strings.Builder
	for _, f := range files {
		after := f.Text
		if f.Remove {
			after = nil
		}
		b.WriteString(Unified(f.Path, f.BaseText, after))
	}
	return b.String()
}
