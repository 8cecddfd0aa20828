package judge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/schema"
)

// maxProblems is how many problems of a file are reported.
const maxProblems = 100

// reader holds a file against the keys it may have and keeps what is wrong.
type reader struct {
	file *document.File
	// broken are lines about which the reader of YAML has complained: more
	// about them would be an echo.
	broken   map[int]bool
	problems document.Problems
}

// read reads a file. Its root is nil where it cannot be used at all.
func read(name string, source []byte, fields []schema.Field) *reader {
	file, problems := document.Parse(name, source)
	r := &reader{file: file, broken: map[int]bool{}, problems: problems}
	for _, p := range problems {
		r.broken[p.Pos.Line] = true
	}
	if file.Root == nil {
		return r
	}
	r.value(file.Root, schema.Field{Type: schema.ObjectOf(fields...)}, "")
	if v := file.Root.Get("harrier"); v != nil && v.Kind == document.Int && v.Text != "1" {
		r.say(v, "version", "this version of Harrier reads format 1", "write harrier: 1")
	}
	return r
}

// done returns the problems in order of place.
func (r *reader) done() document.Problems {
	slices.SortStableFunc(r.problems, func(a, b document.Problem) int {
		return cmp.Or(a.Pos.Line-b.Pos.Line, a.Pos.Column-b.Pos.Column)
	})
	return r.problems
}

// at notes a problem at a place of some width.
func (r *reader) at(pos document.Pos, width int, p document.Problem) {
	if !r.broken[pos.Line] && len(r.problems) < maxProblems {
		r.problems = append(r.problems, r.file.Problem(pos, width, p.Code, p.Message, p.Fix))
	}
}

// say notes a problem with a value.
func (r *reader) say(n *document.Node, code, message, fix string) {
	text, _, _ := strings.Cut(n.Text, "\n")
	r.at(n.Pos, max(1, utf8.RuneCountInString(text)), document.Problem{Code: code, Message: message, Fix: fix})
}

// value checks a value against its type, and what is in it.
func (r *reader) value(n *document.Node, f schema.Field, path string) {
	switch t := f.Type; {
	case t.Kind == schema.Object && len(t.Fields) > 0:
		r.object(n, t.Fields, path)
	case t.Kind == schema.List:
		if n.Kind != document.List {
			r.say(n, "wrong-kind", path+" must be a list", "write one line with a dash for each, or [a, b]")
			return
		}
		for i, item := range n.Items {
			r.value(item, schema.Field{Name: f.Name, Type: *t.Elem, Help: f.Help}, fmt.Sprintf("%s[%d]", path, i))
		}
	case t.Kind == schema.Map:
		if n.Kind != document.Map {
			r.say(n, "wrong-kind", path+" must have names and values", "write name: value below it")
			return
		}
		for _, e := range n.Entries {
			r.value(e.Value, schema.Field{Name: e.Key, Type: *t.Elem, Help: f.Help}, below(path, e.Key))
		}
	case t.Kind == schema.Any:
	default:
		r.scalar(n, f, path)
	}
}

// scalar checks a value that has no parts.
func (r *reader) scalar(n *document.Node, f schema.Field, path string) {
	f.Type.Optional = false
	_, wrong := schema.CheckFields(map[string]any{f.Name: n.Value()}, []schema.Field{f})
	if len(wrong) == 0 {
		return
	}
	fix := f.Help
	switch {
	case len(f.Type.Values) > 0:
		fix = "write one of " + strings.Join(f.Type.Values, ", ")
		if near := harrier.Suggest(n.Text, f.Type.Values); near != "" {
			fix = "did you mean " + near + "?"
		}
	case n.Kind != document.String && f.Type.Kind == schema.String:
		fix = fmt.Sprintf("put it into quotes: %q", n.Text)
	}
	r.say(n, "wrong-value", fmt.Sprintf("%s %s", path, strings.TrimPrefix(wrong[0].Message, " ")), cmp.Or(fix, "write a "+string(f.Type.Kind)))
}

// object checks a map, and reports keys that are unknown or missing.
func (r *reader) object(n *document.Node, fields []schema.Field, path string) {
	shown := cmp.Or(path, "the file")
	if n.Kind != document.Map {
		r.say(n, "wrong-kind", shown+" must have keys and values", "write key: value")
		return
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
		if value := n.Get(f.Name); value != nil {
			r.value(value, f, below(path, f.Name))
		} else if f.Required {
			r.at(n.Pos, 1, document.Problem{Code: "missing-key", Message: fmt.Sprintf("%s lacks %s", shown, f.Name), Fix: fmt.Sprintf("add %s: %s", f.Name, f.Help)})
		}
	}
	for _, e := range n.Entries {
		if slices.Contains(names, e.Key) {
			continue
		}
		fix := "use one of " + strings.Join(names, ", ")
		if near := harrier.Suggest(e.Key, names); near != "" {
			fix = fmt.Sprintf("did you mean %s?", near)
		}
		r.at(e.KeyPos, max(1, utf8.RuneCountInString(e.Key)), document.Problem{Code: "unknown-key", Message: fmt.Sprintf("%s has no key %s", shown, e.Key), Fix: fix})
	}
}

// issues notes what is wrong with an expression, where it stands in the file.
func (r *reader) issues(n *document.Node, list []expr.Issue) {
	for _, i := range list {
		pos, width := n.Pos, 1
		line := r.file.Problem(n.Pos, 1, "", "", "").Line
		if before, _, ok := strings.Cut(line, n.Text); ok && n.Text != "" {
			pos.Column, width = utf8.RuneCountInString(before)+1+i.Offset, i.Width
		}
		r.at(pos, width, document.Problem{Code: "expression", Message: i.Message, Fix: i.Fix})
	}
}

// text is the text of a key, or nothing.
func text(n *document.Node, key string) string {
	if v := n.Get(key); v != nil {
		return v.Text
	}
	return ""
}

// items are the items of a list, or none.
func items(n *document.Node, key string) []*document.Node {
	if v := n.Get(key); v != nil {
		return v.Items
	}
	return nil
}

// below returns the path of a key.
func below(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
