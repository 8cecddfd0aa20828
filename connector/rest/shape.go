package rest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/schema"
)

// problem notes what is wrong with a node. Where the reader of YAML has
// complained about a line, nothing is added: it would be an echo.
func (l *loader) problem(n *document.Node, code, message, fix string) {
	if n == nil {
		n = l.file.Root
	}
	width := 1
	if n.Kind != document.Map && n.Kind != document.List {
		text, _, _ := strings.Cut(n.Text, "\n")
		width = max(1, utf8.RuneCountInString(text))
		if n.Quoted {
			width += 2
		}
	}
	l.at(span{n.Pos, width}, code, message, fix)
}

// span is a place of some width.
type span struct {
	pos   document.Pos
	width int
}

// keySpan returns where a key of a map stands.
func keySpan(e document.Entry) span { return span{e.KeyPos, max(1, utf8.RuneCountInString(e.Key))} }

// at notes a problem at a place, once.
func (l *loader) at(where span, code, message, fix string) {
	key := fmt.Sprintf("%d:%d:%s", where.pos.Line, where.pos.Column, message)
	if l.yamlLines[where.pos.Line] || l.said[key] {
		return
	}
	l.said[key] = true
	l.problems = append(l.problems, l.file.Problem(where.pos, where.width, code, message, fix))
}

// shape checks a node against a rule of the grammar; path is for messages.
func (l *loader) shape(n *document.Node, r rule, path string) {
	r = r.resolve()
	switch r.form {
	case objectForm:
		l.shapeObject(n, r, path)
	case mapForm:
		if l.isKind(n, document.Map, path) {
			for _, e := range n.Entries {
				l.shape(e.Value, *r.elem, below(path, e.Key))
			}
		}
	case listForm:
		if l.isKind(n, document.List, path) {
			for i, item := range n.Items {
				l.shape(item, *r.elem, fmt.Sprintf("%s[%d]", path, i))
			}
		}
	case eitherForm:
		l.shapeEither(n, r, path)
	case treeForm, dataForm, refForm: // anything; references are resolved
	case textForm, integerForm, booleanForm, durationForm, rateForm, sizeForm, celForm, typeForm, statusForm:
		l.shapeScalar(n, r, path)
	}
}

// wholeFile is the path of a whole manifest in messages.
const wholeFile = "the connector"

// below returns the path of a key.
func below(path, key string) string {
	if path == wholeFile {
		return key
	}
	return path + "." + key
}

// isKind notes a problem where a node is of another kind.
func (l *loader) isKind(n *document.Node, want document.Kind, path string) bool {
	if n.Kind == want {
		return true
	}
	l.problem(n, "wrong-kind", fmt.Sprintf("%s must be %s", path, kindName(want)), kindFix(want))
	return false
}

// shapeObject checks the keys of a map.
func (l *loader) shapeObject(n *document.Node, r rule, path string) {
	if !l.isKind(n, document.Map, path) {
		return
	}
	names := make([]string, len(r.keys))
	for i, k := range r.keys {
		names[i] = k.name
		if v := n.Get(k.name); v != nil {
			l.shape(v, k.rule, below(path, k.name))
		} else if k.required {
			l.problem(n, "missing-key", fmt.Sprintf("%s lacks %q", path, k.name), fmt.Sprintf("add %q: %s", k.name, k.rule.resolve().help))
		}
	}
	for _, e := range n.Entries {
		if slices.Contains(names, e.Key) {
			continue
		}
		fix := "use one of " + strings.Join(names, ", ")
		if s := harrier.Suggest(e.Key, names); s != "" {
			fix = fmt.Sprintf("did you mean %q?", s)
		}
		l.at(keySpan(e), "unknown-key", fmt.Sprintf("%s has no key %q", path, e.Key), fix)
	}
	for _, c := range r.choose {
		l.shapeChoice(n, c, path)
	}
}

// shapeChoice checks that at most one of some keys is there, or exactly one.
func (l *loader) shapeChoice(n *document.Node, c choice, path string) {
	var found []string
	for _, name := range c.of {
		if n.Get(name) != nil {
			found = append(found, name)
		}
	}
	switch {
	case len(found) > 1:
		l.problem(n.Get(found[1]), "conflicting-keys", fmt.Sprintf("%s has both %s", path, strings.Join(found, " and ")),
			"keep one of them")
	case len(found) == 0 && c.exactly:
		l.problem(n, "missing-key", fmt.Sprintf("%s needs one of %s", path, strings.Join(c.of, ", ")),
			fmt.Sprintf("add one of %s", strings.Join(c.of, ", ")))
	}
}

// shapeEither checks a node against the alternative of its kind.
func (l *loader) shapeEither(n *document.Node, r rule, path string) {
	for _, alternative := range r.either {
		a := alternative.resolve()
		isMap := a.form == objectForm || a.form == mapForm
		if isMap == (n.Kind == document.Map) && (a.form == listForm) == (n.Kind == document.List) {
			l.shape(n, a, path)
			return
		}
	}
	l.problem(n, "wrong-kind", path+" is neither of what may stand here", r.help)
}

// shapeScalar checks a text, number, duration and the like.
func (l *loader) shapeScalar(n *document.Node, r rule, path string) {
	if n.Kind == document.Map || n.Kind == document.List || n.Kind == document.Null {
		l.problem(n, "wrong-kind", path+" must be a single value", cmp.Or(r.help, "write one value"))
		return
	}
	if len(r.values) > 0 && !slices.Contains(r.values, n.Text) {
		fix := "write one of " + strings.Join(r.values, ", ")
		if s := harrier.Suggest(n.Text, r.values); s != "" {
			fix = fmt.Sprintf("did you mean %q? %s", s, fix)
		}
		l.problem(n, "bad-value", fmt.Sprintf("%s cannot be %q", path, n.Text), fix)
		return
	}
	if fix, ok := scalarFits(n, r.form); !ok {
		l.problem(n, "bad-value", fmt.Sprintf("%s cannot be %q", path, n.Text), fix)
	}
}

// scalarFits reports whether a scalar is of a form, and what to write where not.
func scalarFits(n *document.Node, f form) (fix string, ok bool) {
	switch f {
	case integerForm:
		v, isInt := n.Value().(int64)
		return "write a whole number above 0 or 0", isInt && v >= 0 && v < 1<<31
	case booleanForm:
		return "write true or false", n.Kind == document.Bool
	case durationForm:
		_, err := schema.ParseDuration(n.Text)
		return "write a duration such as 90s, 15m, 2h or 30d", err == nil
	case rateForm:
		_, ok := parseRate(n.Text)
		return "write calls per time, such as 1/s, 100/m, 5/h or 1000/d", ok
	case sizeForm:
		_, ok := parseSize(n.Text)
		return "write a size such as 64KiB or 8MiB, at most 64MiB", ok
	case statusForm:
		_, ok := parseStatus(n.Text)
		return "write an HTTP status such as 404, or 4xx or 5xx", ok
	case typeForm:
		if _, err := schema.ParseType(n.Text); err != nil {
			if s := harrier.Suggest(n.Text, typeNames()); s != "" {
				return fmt.Sprintf("did you mean %q?", s), false
			}
			return "write one of " + strings.Join(typeNames(), ", ") + ", list<T> or map<T>", false
		}
		return "", true
	case textForm, celForm:
		return "write some text", strings.TrimSpace(n.Text) != "" || n.Quoted && f == textForm
	case treeForm, dataForm, listForm, mapForm, objectForm, eitherForm, refForm: // no scalars
	}
	return "", true
}

// kindName names a kind of node for people.
func kindName(k document.Kind) string {
	if k == document.List {
		return "a list"
	}
	return "a map of keys and values"
}

// kindFix says how to write a kind of node.
func kindFix(k document.Kind) string {
	if k == document.List {
		return "write a list: one item per line, each after a dash"
	}
	return "write keys and values, one per line, indented by two spaces"
}
