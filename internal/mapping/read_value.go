package mapping

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/harrier-soar/harrier/document"
)

// wayKeys are the keys of a value that is more than where it stands.
func wayKeys() []string {
	return []string{"when", "is", "from", "find", "split", "table", "scale", "else"}
}

// value reads where a value comes from: a path, a text with ${{ }}, a map with
// from, or a list of such, of which the first that gives something counts.
func (r *reader) value(n *document.Node) *value {
	v := &value{}
	for _, item := range r.items(n) {
		r.way(v, item)
	}
	return v
}

// way reads one way to a value.
func (r *reader) way(v *value, n *document.Node) {
	switch n.Kind {
	case document.Map:
		r.formed(v, n)
	case document.List:
		r.say(n, "wrong-kind", "a list inside of a list says nothing", "write all alternatives in one list")
	case document.Null:
		r.say(n, "wrong-kind", "there is no value", "write a path or an expression in ${{ }}")
	case document.Int, document.Float, document.Bool:
		v.otherwise = n.Value()
	case document.String:
		r.plain(v, n)
	}
}

// plain reads a path or a text with ${{ }}.
func (r *reader) plain(v *value, n *document.Node) {
	if !strings.Contains(n.Text, "${{") {
		if p := r.path(n); p != nil {
			v.ways = append(v.ways, way{path: p})
		}
		return
	}
	program, issues := r.env.CompileText(n.Text)
	for _, issue := range issues {
		pos := n.Pos
		if line, _, _ := strings.Cut(n.Text, "\n"); issue.Offset <= utf8.RuneCountInString(line) && !strings.Contains(n.Text, "\n") {
			if pos.Column += issue.Offset; n.Quoted {
				pos.Column++
			}
		}
		r.problems = append(r.problems, r.file.Problem(pos, issue.Width, "bad-expression", issue.Message, issue.Fix))
	}
	if program == nil {
		return
	}
	if fixed, ok := program.Const(); ok {
		v.otherwise = fixed
		return
	}
	for _, ref := range program.Refs() {
		if len(ref) < 2 || ref[0] != "event" && ref[0] != "item" && ref[0] != "whole" {
			continue
		}
		names := slices.Clone(ref[1:])
		if ref[0] == "item" {
			names = append(slices.Clone(r.start), names...)
		}
		names = slices.DeleteFunc(names, func(name string) bool { return name == "*" })
		if len(names) > 0 {
			r.m.known.add(names)
		}
	}
	v.ways = append(v.ways, way{program: program})
}

// path reads a path and makes it known.
func (r *reader) path(n *document.Node) *fieldPath {
	p := r.envelope(n)
	if p != nil {
		r.m.known.addPath(r.start, p)
	}
	return p
}

// envelope reads a path of what holds the alert: knowing it is not knowing what it holds.
func (r *reader) envelope(n *document.Node) *fieldPath {
	if n.Kind != document.String {
		r.say(n, "bad-path", "a path is a text", "write a path such as rule.description")
		return nil
	}
	p, err := parsePath(n.Text)
	if err != nil {
		r.say(n, "bad-path", fmt.Sprintf("%s is no path: %s", n.Text, err), "write a path such as rule.description, or an expression in ${{ }}")
		return nil
	}
	return p
}

// formed reads a value with from, and what is done to it.
func (r *reader) formed(v *value, n *document.Node) {
	if !r.keys(n, wayKeys()) {
		return
	}
	var when pattern
	if n.Get("when") != nil {
		when = r.pattern(n.Get("when"))
	}
	if is := n.Get("is"); is != nil {
		r.fixed(v, n, when)
		return
	}
	if n.Get("from") == nil {
		r.say(n, "missing-key", "there is neither from nor is", "add from: and a path, or is: and the value")
	}
	inner := &value{}
	if from := n.Get("from"); from != nil {
		inner = r.value(from)
	}
	w := way{split: textOf(n.Get("split")), table: r.table(n.Get("table")), scale: r.scale(n.Get("scale"))}
	if find := n.Get("find"); find != nil {
		var err error
		if w.find, err = regexp.Compile(find.Text); err != nil || w.find.NumSubexp() > 1 {
			r.say(find, "bad-find", "find is a regular expression (RE2) with at most one group", `write one such as user=(\S+)`)
			w.find = nil
		}
	}
	if w.table != nil && w.scale != nil {
		r.say(n, "wrong-kind", "a value has a table or a scale, not both", "keep table for words or scale for numbers")
	}
	for _, one := range inner.ways {
		one.find, one.split, one.table, one.scale = w.find, w.split, w.table, w.scale
		if when != nil {
			one.when = when
		}
		v.ways = append(v.ways, one)
	}
	if inner.otherwise != nil {
		v.otherwise = inner.otherwise
	}
	if e := n.Get("else"); e != nil {
		v.otherwise = e.Value()
	}
}

// fixed reads a value that stands in the mapping itself.
func (r *reader) fixed(v *value, n *document.Node, when pattern) {
	is := n.Get("is")
	if is.Kind == document.Map || is.Kind == document.List || is.Text == "" {
		r.say(is, "wrong-kind", "is has a text, a number or a boolean", "write is: and the value itself")
		return
	}
	for _, e := range n.Entries {
		if e.Key != "is" && e.Key != "when" {
			r.place(written{e.KeyPos, e.Key}, "unknown-key", e.Key+" has no meaning beside is", "remove it, or write from: instead of is:")
		}
	}
	v.ways = append(v.ways, way{when: when, fixed: is.Value()})
}

func textOf(n *document.Node) string {
	if n == nil {
		return ""
	}
	return n.Text
}

// table reads words for words; upper and lower case of what is replaced are one.
func (r *reader) table(n *document.Node) map[string]string {
	if n == nil {
		return nil
	}
	if n.Kind != document.Map || len(n.Entries) == 0 {
		r.say(n, "wrong-kind", "a table has words and what they mean", "write table: {sev1: critical, sev2: high}")
		return nil
	}
	out := make(map[string]string, len(n.Entries))
	for _, e := range n.Entries {
		if e.Value.Kind == document.Map || e.Value.Kind == document.List {
			r.say(e.Value, "wrong-kind", "what a word means is a word", "write "+e.Key+": and a word")
			continue
		}
		key := strings.ToLower(e.Key)
		if _, twice := out[key]; twice {
			r.place(written{e.KeyPos, e.Key}, "duplicate-key", e.Key+" is in the table already, in other letters", "remove one of them")
		}
		out[key] = e.Value.Text
	}
	return out
}

// scale reads words and the least number of each.
func (r *reader) scale(n *document.Node) []threshold {
	if n == nil {
		return nil
	}
	if n.Kind != document.Map || len(n.Entries) == 0 {
		r.say(n, "wrong-kind", "a scale has words and the least number of each", "write scale: {critical: 9, high: 7, medium: 4, low: 0}")
		return nil
	}
	var out []threshold
	for _, e := range n.Entries {
		least, err := strconv.ParseFloat(e.Value.Text, 64)
		if err != nil {
			r.say(e.Value, "wrong-kind", "the least number of "+e.Key+" is no number", "write a number such as 7")
			continue
		}
		out = append(out, threshold{least, e.Key})
	}
	slices.SortFunc(out, func(a, b threshold) int {
		switch {
		case a.least < b.least:
			return -1
		case a.least > b.least:
			return 1
		}
		return 0
	})
	return out
}
