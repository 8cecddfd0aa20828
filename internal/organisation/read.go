package organisation

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

// Read reads a file. All problems come at once; the profile is not to be used
// where one of them is an error.
func Read(name string, source []byte) (Profile, document.Problems) {
	file, problems := document.Parse(name, source)
	if file.Root == nil {
		return Profile{}, problems
	}
	r := &reader{file: file, broken: map[int]bool{}}
	for _, p := range problems {
		r.broken[p.Pos.Line] = true
	}
	in := r.file.Root
	version := schema.Field{Name: "harrier", Type: schema.TypeOf(schema.Integer), Required: true, Help: "Version of the format: 1."}
	value := r.object(in, append([]schema.Field{version}, fields()...), "the file")
	r.version(in.Get("harrier"))
	r.contradictions()
	problems = append(problems, r.problems...)
	slices.SortStableFunc(problems, func(a, b document.Problem) int {
		return cmp.Or(a.Pos.Line-b.Pos.Line, a.Pos.Column-b.Pos.Column)
	})
	if problems.Err() != nil {
		return Profile{}, problems
	}
	delete(value, "harrier")
	var p Profile
	if err := p.fill(value); err != nil {
		r.node(in, "unusable", err.Error(), "report this; the file passed every check")
		return Profile{}, r.problems
	}
	return p, problems
}

// reader holds a document against the fields and keeps what is wrong.
type reader struct {
	file *document.File
	// broken are lines about which the reader of YAML has complained: more
	// about them would be an echo.
	broken   map[int]bool
	problems document.Problems
}

// at notes a problem at a place of some width.
func (r *reader) at(pos document.Pos, width int, p document.Problem) {
	if !r.broken[pos.Line] && len(r.problems) < 100 {
		r.problems = append(r.problems, r.file.Problem(pos, width, p.Code, p.Message, p.Fix))
	}
}

// node notes a problem with a value.
func (r *reader) node(n *document.Node, code, message, fix string) {
	text, _, _ := strings.Cut(n.Text, "\n")
	r.at(n.Pos, max(1, utf8.RuneCountInString(text)), document.Problem{Code: code, Message: message, Fix: fix})
}

// version checks which format the file is written in.
func (r *reader) version(n *document.Node) {
	if n != nil && n.Kind == document.Int && n.Text != "1" {
		r.node(n, "version", "this version of Harrier reads format 1", "write harrier: 1")
	}
}

// object reads a map and reports keys that are unknown or missing.
func (r *reader) object(n *document.Node, fields []schema.Field, path string) map[string]any {
	out := map[string]any{}
	if n.Kind != document.Map {
		r.node(n, "wrong-kind", path+" must have keys and values", "write key: value")
		return out
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
		value := n.Get(f.Name)
		switch {
		case value != nil:
			out[f.Name] = r.value(value, f, below(path, f.Name))
		case f.Required:
			r.node(n, "missing-key", fmt.Sprintf("%s lacks %s", path, f.Name), fmt.Sprintf("add %s: %s", f.Name, f.Help))
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
		r.at(e.KeyPos, max(1, utf8.RuneCountInString(e.Key)), document.Problem{Code: "unknown-key", Message: fmt.Sprintf("%s has no key %s", path, e.Key), Fix: fix})
	}
	return out
}

// value reads one value.
func (r *reader) value(n *document.Node, f schema.Field, path string) any {
	switch {
	case f.Type.Kind == schema.Object:
		return r.object(n, f.Type.Fields, path)
	case f.Type.Kind == schema.List:
		return r.list(n, f, path)
	case f.Type.Kind == schema.Map:
		return r.mapping(n, f, path)
	}
	v, wrong := schema.CheckFields(map[string]any{f.Name: n.Value()}, []schema.Field{f})
	if len(wrong) > 0 {
		fix := f.Help
		if n.Kind != document.String && f.Type.Kind == schema.String {
			fix = fmt.Sprintf("put it into quotes: %q", n.Text)
		}
		r.node(n, "wrong-value", fmt.Sprintf("%s %s", path, strings.TrimPrefix(wrong[0].Message, " ")), fix)
		return nil
	}
	if f.Name == "language" && !isLanguage(n.Text) {
		r.node(n, "wrong-value", fmt.Sprintf("%s is %q, which is no language", path, n.Text), "write a tag such as en, de or pt-BR")
	}
	return v[f.Name]
}

// list reads the items of a list.
func (r *reader) list(n *document.Node, f schema.Field, path string) any {
	if n.Kind != document.List {
		r.node(n, "wrong-kind", path+" must be a list", fmt.Sprintf("write %s: and below it one line with a dash for each: %s", f.Name, f.Help))
		return nil
	}
	out := make([]any, 0, len(n.Items))
	for i, item := range n.Items {
		out = append(out, r.value(item, schema.Field{Name: f.Name, Type: *f.Type.Elem, Help: f.Help}, fmt.Sprintf("%s[%d]", path, i)))
	}
	return out
}

// mapping reads the values of a map with free keys.
func (r *reader) mapping(n *document.Node, f schema.Field, path string) any {
	if n.Kind != document.Map {
		r.node(n, "wrong-kind", path+" must have keys and values", fmt.Sprintf("write %s: and below it name: value. %s", f.Name, f.Help))
		return nil
	}
	out := map[string]any{}
	for _, e := range n.Entries {
		out[e.Key] = r.value(e.Value, schema.Field{Name: e.Key, Type: *f.Type.Elem, Help: f.Help}, below(path, e.Key))
	}
	return out
}

// contradictions reports what cannot all be meant.
func (r *reader) contradictions() {
	said := map[string]string{}
	for _, list := range []string{"own_domains", "partner_domains", "freemail_domains", "shared_hosts"} {
		n := r.file.Root.Get(list)
		if n == nil {
			continue
		}
		for _, item := range n.Items {
			name := ASCII(item.Text)
			if other := said[name]; other != "" {
				r.node(item, "contradiction", fmt.Sprintf("%s is in %s and in %s", item.Text, other, list), "leave it in one of them")
			}
			said[name] = list
			if list != "freemail_domains" && list != "shared_hosts" && slices.Contains(freemail(), name) {
				r.node(item, "contradiction", item.Text+" is a domain where anybody gets an address", "remove it: everybody there would count as known")
			}
			if list == "own_domains" && slices.Contains(shared(), name) {
				r.node(item, "contradiction", item.Text+" is shared by many organisations", "write the name that is yours alone, such as corp.sharepoint.com")
			}
		}
	}
	for i, s := range r.items("simulations") {
		if len(items(s.Get("domains")))+len(items(s.Get("addresses"))) == 0 {
			r.node(s, "unproven", fmt.Sprintf("simulations[%d] says neither domains nor addresses", i),
				"add what it sends from: a header alone can be written by anybody, and would never be believed")
		}
	}
}

// items returns the items of a list at the top of the file.
func (r *reader) items(key string) []*document.Node { return items(r.file.Root.Get(key)) }

func items(n *document.Node) []*document.Node {
	if n == nil {
		return nil
	}
	return n.Items
}

// isLanguage reports whether text looks like a language tag.
func isLanguage(s string) bool {
	parts := strings.Split(s, "-")
	for i, p := range parts {
		if len(p) < 2 || len(p) > 8 || i == 0 && (len(p) > 3 || strings.Trim(p, "abcdefghijklmnopqrstuvwxyz") != "") ||
			strings.Trim(strings.ToLower(p), "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			return false
		}
	}
	return true
}

// below returns the path of a key.
func below(path, key string) string {
	if path == "the file" {
		return key
	}
	return path + "." + key
}
