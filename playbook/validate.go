package playbook

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
)

// validator holds a file against its grammar.
type validator struct {
	file     *document.File
	grammar  *grammar
	problems document.Problems
	// read counts the problems that the reader of the file found.
	read int
	// bad are values that cannot be used; they were reported.
	bad map[*document.Node]bool
	// kinds are those of the steps that were found; a step without one is bad.
	kinds map[*document.Node]Kind
	steps int
}

// place is what a value is called in messages, and where that name stands.
type place struct {
	name  string
	pos   document.Pos
	width int
}

// placeOf is the place of a value that is named by what it is.
func placeOf(name string, n *document.Node) place {
	width := 1
	if len(n.Entries) > 0 {
		width = widthOfText(n.Entries[0].Key)
	}
	return place{name: name, pos: n.Pos, width: width}
}

// placeAt is the place of the value of a key.
func placeAt(e document.Entry) place {
	return place{name: e.Key, pos: e.KeyPos, width: widthOfText(e.Key)}
}

// report adds a problem, unless the reader of the file found one at that place.
func (v *validator) report(pos document.Pos, width int, p document.Problem) {
	if full(v.problems, p.Warning) {
		return
	}
	for _, q := range v.problems {
		if q.Pos == pos && !q.Warning {
			return
		}
	}
	v.problems = append(v.problems, v.file.Problem(pos, width, p.Code, p.Message, p.Fix))
}

// reject reports what is wrong with a value and marks it unusable.
func (v *validator) reject(n *document.Node, code, message, fix string) {
	v.bad[n] = true
	v.report(n.Pos, widthOf(n), document.Problem{Code: code, Message: message, Fix: fix})
}

// value holds a value against a shape.
func (v *validator) value(n *document.Node, s shape, at place) {
	s = v.grammar.resolve(s)
	if n == nil || n.Kind == document.Null {
		v.null(n, s, at)
		return
	}
	if !s.takes(n.Kind) && s.or != nil && v.grammar.resolve(*s.or).takes(n.Kind) {
		s = v.grammar.resolve(*s.or)
	}
	if !s.takes(n.Kind) && v.misread(at.pos) {
		v.bad[n] = true
		return
	}
	if !s.takes(n.Kind) {
		v.reject(n, "wrong-kind", fmt.Sprintf("%s must be %s, and this is %s", at.name, s.want(v.grammar), kindName(n.Kind)), "write "+s.howTo(at.name))
		return
	}
	switch s.form {
	case listForm:
		v.list(n, s, at)
	case mapForm:
		v.keys(n, s.keys, s.one, at)
	case dictForm:
		v.dict(n, s, at)
	case stepForm:
		v.step(n)
	case intForm, numberForm:
		v.number(n, s, at)
	case durationForm:
		v.duration(n, at)
	case nameForm:
		v.name(n, at)
	case exprForm:
		v.bare(n, at)
	case textForm, boolForm:
		v.text(n, s, at)
	case anyForm, templateForm, treeForm:
	}
}

// misread reports whether the reader of the file found a trap on a line, so
// that what it took the value for says nothing.
func (v *validator) misread(pos document.Pos) bool {
	return slices.ContainsFunc(v.problems[:v.read], func(p document.Problem) bool { return p.Pos.Line == pos.Line && !p.Warning })
}

// null reports a value that is missing where the reader accepts null.
func (v *validator) null(n *document.Node, s shape, at place) {
	if n == nil || s.form == anyForm || s.form == treeForm {
		return
	}
	if n.Text == "" { // the reader of the file told it
		v.bad[n] = true
		return
	}
	v.reject(n, "null", at.name+" is null", "write "+s.howTo(at.name)+", or remove the line")
}

// takes reports whether values of a kind can have the shape.
func (s shape) takes(k document.Kind) bool {
	switch s.form {
	case anyForm, treeForm:
		return true
	case listForm:
		return k == document.List
	case mapForm, dictForm, stepForm:
		return k == document.Map
	case boolForm:
		return k == document.Bool
	case intForm, numberForm:
		return k == document.Int || k == document.Float
	case durationForm:
		return k == document.Int || k == document.Float || k == document.String
	case textForm, nameForm, exprForm, templateForm:
		return k != document.Map && k != document.List && k != document.Null
	}
	return false
}

// list holds every item against the shape of items.
func (v *validator) list(n *document.Node, s shape, at place) {
	if s.filled && len(n.Items) == 0 {
		v.reject(n, "empty", at.name+" is empty", "write at least one item, or remove "+at.name)
		return
	}
	for _, item := range n.Items {
		v.value(item, *s.elem, placeOf("an item of "+at.name, item))
	}
}

// dict holds every value against the shape of values.
func (v *validator) dict(n *document.Node, s shape, at place) {
	if s.filled && len(n.Entries) == 0 {
		v.reject(n, "empty", at.name+" is empty", "write at least one entry, or remove "+at.name)
		return
	}
	for _, e := range n.Entries {
		if why := badField(e.Key); why != "" && !s.free {
			v.bad[e.Value] = true
			v.report(e.KeyPos, widthOfText(e.Key), document.Problem{
				Code: "name", Message: fmt.Sprintf("%q cannot be a name in %s: %s", e.Key, at.name, why),
				Fix: "name it " + nameLike(e.Key),
			})
			continue
		}
		v.value(e.Value, *s.elem, placeAt(e))
	}
}

// keys holds the entries of a map against its keys.
func (v *validator) keys(n *document.Node, keys []key, one []string, at place) {
	for _, e := range n.Entries {
		k, known := find(keys, e.Key)
		if !known {
			v.unknown(e, keys, at.name)
			continue
		}
		v.value(e.Value, k.shape, placeAt(e))
	}
	for _, k := range keys {
		if k.required && !has(n, k.name) && !v.nearMiss(n, keys, k.name) {
			v.missing(k, at)
		}
	}
	v.exactlyOne(n, one, at)
}

// missing reports a key that has to be there.
func (v *validator) missing(k key, at place) {
	v.report(at.pos, at.width, document.Problem{
		Code: "missing-key", Message: fmt.Sprintf("%s has no key %s", at.name, k.name),
		Fix: fmt.Sprintf("add %s (%s)", v.grammar.resolve(k.shape).howTo(k.name), lowerFirst(k.help)),
	})
}

// exactlyOne reports where none or several of some keys are there.
func (v *validator) exactlyOne(n *document.Node, one []string, at place) {
	if len(one) == 0 {
		return
	}
	var first string
	for _, e := range n.Entries {
		switch {
		case !slices.Contains(one, e.Key):
		case first == "":
			first = e.Key
		default:
			v.report(e.KeyPos, widthOfText(e.Key), document.Problem{
				Code: "too-many-keys", Message: fmt.Sprintf("%s and %s cannot stand together in %s", first, e.Key, at.name),
				Fix: fmt.Sprintf("keep one of %s", orList(one)),
			})
		}
	}
	if first == "" && !slices.ContainsFunc(n.Entries, func(e document.Entry) bool { return harrier.Suggest(e.Key, one) != "" }) {
		v.report(at.pos, at.width, document.Problem{
			Code: "missing-key", Message: fmt.Sprintf("%s has none of %s", at.name, orList(one)), Fix: "add one of them",
		})
	}
}

// unknown reports a key that is not in the grammar.
func (v *validator) unknown(e document.Entry, keys []key, in string) {
	v.bad[e.Value] = true
	known := names(keys)
	fix := "use one of " + orList(known)
	if near := harrier.Suggest(e.Key, known); near != "" {
		fix = fmt.Sprintf("did you mean %s?", near)
	}
	v.report(e.KeyPos, widthOfText(e.Key), document.Problem{
		Code: "unknown-key", Message: fmt.Sprintf("%s has no key %q", in, e.Key), Fix: fix,
	})
}

// nearMiss reports whether an unknown key was probably meant to be name, so
// that the same mistake is not told twice.
func (v *validator) nearMiss(n *document.Node, keys []key, name string) bool {
	for _, e := range n.Entries {
		if _, known := find(keys, e.Key); !known && harrier.Suggest(e.Key, names(keys)) == name {
			return true
		}
	}
	return false
}

// number checks a number and its bounds.
func (v *validator) number(n *document.Node, s shape, at place) {
	if s.form == intForm && n.Kind != document.Int {
		v.reject(n, "wrong-kind", fmt.Sprintf("%s must be %s, and this is %s", at.name, s.want(v.grammar), kindName(n.Kind)), "write "+s.howTo(at.name))
		return
	}
	value := toFloat(n)
	if value < float64(s.min) && s.bounded() || s.max != 0 && value > float64(s.max) {
		v.reject(n, "out-of-range", fmt.Sprintf("%s must be %s", at.name, s.want(v.grammar)), "write "+s.howTo(at.name))
	}
}

// bounded reports whether the least value of a number means something.
func (s shape) bounded() bool { return s.min != 0 || s.max != 0 }

// text checks text against its values and its pattern.
func (v *validator) text(n *document.Node, s shape, at place) {
	switch {
	case s.form == textForm && !s.raw && strings.Contains(n.Text, marker):
		v.reject(n, "not-evaluated", at.name+" is taken as it is: ${{ }} is not evaluated here", "write plain text")
	case len(s.values) > 0 && !slices.Contains(s.values, n.Text):
		fix := "write " + orList(s.values)
		if near := harrier.Suggest(n.Text, s.values); near != "" {
			fix = fmt.Sprintf("did you mean %s?", near)
		}
		v.reject(n, "unknown-value", fmt.Sprintf("%s cannot be %q", at.name, n.Text), fix)
	case s.pattern != nil && !s.pattern.MatchString(n.Text):
		v.reject(n, "malformed", fmt.Sprintf("%q is not well-formed for %s", n.Text, at.name), fmt.Sprintf("write it like %s", s.example))
	case s.form == textForm && strings.TrimSpace(n.Text) == "":
		v.reject(n, "empty", at.name+" is empty", "write a text, or remove the line")
	}
}

// bare checks that an expression is written without ${{ }}.
func (v *validator) bare(n *document.Node, at place) {
	text := strings.TrimSpace(n.Text)
	if inner, ok := strings.CutPrefix(text, "${{"); ok {
		inner = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(inner), "}}"))
		v.reject(n, "bare-expression", at.name+" takes an expression without ${{ }}", fmt.Sprintf("write %s: %s", at.name, inner))
		return
	}
	if text == "" {
		v.reject(n, "empty", at.name+" is empty", "write an expression, or remove the line")
	}
}

// widthOf returns how many characters a caret under a value underlines.
func widthOf(n *document.Node) int {
	if n.Kind == document.Map || n.Kind == document.List {
		return 1
	}
	quotes := 0
	if n.Quoted {
		quotes = 2
	}
	return widthOfText(n.Text) + quotes
}

// widthOfText returns how many characters the first line of a text has.
func widthOfText(text string) int {
	first, _, _ := strings.Cut(text, "\n")
	return max(1, utf8.RuneCountInString(first))
}

// toFloat returns a number's value.
func toFloat(n *document.Node) float64 {
	switch value := n.Value().(type) {
	case int64:
		return float64(value)
	case float64:
		return value
	}
	return math.NaN()
}

// has reports whether a map has a key, usable or not.
func has(n *document.Node, name string) bool { return n.Get(name) != nil }
