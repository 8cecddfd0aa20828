package playbook

import "regexp"

// form is how a value is written in a file.
type form int

// The forms of values.
const (
	anyForm      form = iota // any constant
	textForm                 // text, taken as it is
	nameForm                 // a name that expressions can use
	exprForm                 // bare CEL
	templateForm             // text that may hold ${{ }}
	treeForm                 // values that may hold ${{ }} anywhere
	boolForm
	intForm
	numberForm
	durationForm // 90s, 15m, 2h, 30d
	listForm     // items of elem
	mapForm      // the keys listed
	dictForm     // names of the author's choice, values of elem
	stepForm     // a step: keys by its kind
)

// shape says what may stand at a place of a file. The parser, the suggestions,
// the JSON Schema and the reference are all made from shapes.
type shape struct {
	form form
	// ref names another shape of the grammar; everything else is empty then.
	ref string
	// values are the only texts allowed; pattern is what the text must match,
	// and example is shown where it does not.
	values  []string
	pattern *regexp.Regexp
	example string
	// min and max bound numbers; max is ignored where it is zero.
	min, max int64
	keys     []key
	// one lists keys of which exactly one must be there.
	one []string
	// elem is the shape of items of a list and of values of a dict.
	elem *shape
	// filled lists and maps have at least one item.
	filled bool
	// raw text may hold ${{ without meaning an expression.
	raw bool
	// free dicts take any name: what it names is checked against something else.
	free bool
	// or is what may stand here instead, written as another kind of value.
	or *shape
}

// key is one key of a map.
type key struct {
	name     string
	required bool
	shape    shape
	help     string
}

// stepKind is one kind of step: the key that makes a step of this kind, and
// what else belongs to it.
type stepKind struct {
	kind Kind
	key  string
	help string
	keys []key
	// one lists keys of which exactly one must be there.
	one []string
}

// grammar is what a sort of file may hold.
type grammar struct {
	shapes map[string]shape
	// common are the keys of every step.
	common []key
	kinds  []stepKind
}

// resolve follows references.
func (g *grammar) resolve(s shape) shape {
	for s.ref != "" {
		s = g.shapes[s.ref]
	}
	return s
}

// allowed returns every key that a step of a kind may have: the common ones,
// unless the kind has its own of that name, and then the kind's.
func (g *grammar) allowed(sk stepKind) []key {
	var out []key
	for _, k := range g.common {
		if _, own := find(sk.keys, k.name); !own {
			out = append(out, k)
		}
	}
	return append(out, sk.keys...)
}

// names returns the names of keys.
func names(keys []key) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = k.name
	}
	return out
}

// find returns the key of a name.
func find(keys []key, name string) (key, bool) {
	for _, k := range keys {
		if k.name == name {
			return k, true
		}
	}
	return key{}, false
}

// must returns a key that has to be there.
func must(name string, s shape, help string) key {
	return key{name: name, required: true, shape: s, help: help}
}

// may returns a key that can be left out.
func may(name string, s shape, help string) key { return key{name: name, shape: s, help: help} }

// of returns a shape of a form that needs no more.
func of(f form) shape { return shape{form: f} }

// ref returns the shape of that name in the grammar.
func ref(name string) shape { return shape{ref: name} }

// oneOf returns the shape of a choice between texts.
func oneOf(values ...string) shape { return shape{form: textForm, values: values} }

// matching returns the shape of text of a pattern.
func matching(pattern, example string) shape {
	return shape{form: textForm, pattern: regexp.MustCompile(pattern), example: example}
}

// upTo returns the shape of whole numbers from 1 to a greatest one.
func upTo(high int64) shape { return shape{form: intForm, min: 1, max: high} }

// listOf returns the shape of lists.
func listOf(elem shape) shape { return shape{form: listForm, elem: &elem} }

// filledListOf returns the shape of lists with at least one item.
func filledListOf(elem shape) shape { return shape{form: listForm, elem: &elem, filled: true} }

// mapOf returns the shape of maps with these keys.
func mapOf(keys ...key) shape { return shape{form: mapForm, keys: keys} }

// choiceOf returns the shape of maps with exactly one of these keys.
func choiceOf(keys ...key) shape { return shape{form: mapForm, keys: keys, one: names(keys)} }

// dictOf returns the shape of maps whose names the author chooses.
func dictOf(elem shape) shape { return shape{form: dictForm, elem: &elem} }

// orElse returns s, or t where another kind of value stands there.
func (s shape) orElse(t shape) shape { s.or = &t; return s }
