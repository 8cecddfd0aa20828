package mapping

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/expr"
)

// reader reads one file and collects what is wrong with it.
type reader struct {
	file     *document.File
	env      *expr.Env
	problems document.Problems
	m        *Mapping
	// start is below what paths stand that are read now.
	start []string
}

// headKeys are the keys of a mapping, in the order in which they are written.
func headKeys() []string {
	return []string{
		"harrier", "mapping", "title", "docs", "vendor", "product", "loose", "fallback", "for", "skip", "json", "each", "finding",
		"entities", "observables", "ecs", "data", "extract", "known",
	}
}

// findingKeys are the fields of a finding that a mapping gives.
func findingKeys() []string {
	return []string{
		"id", "version", "time", "title", "description", "category", "severity", "status", "disposition",
		"rule.id", "rule.name", "tactics", "techniques", "link",
	}
}

// entityRoles are what an entity can be in an event.
func entityRoles() []string { return []string{"source", "destination", "actor", "target", "affected"} }

// observableRoles are what an observable can be in an event.
func observableRoles() []string {
	return []string{"source", "destination", "sender", "recipient", "file", "parent", "related"}
}

// read reads a mapping. It is not to be used where a problem is an error.
func read(name string, source []byte, env *expr.Env) (*Mapping, document.Problems) {
	file, problems := document.Parse(name, source)
	r := &reader{file: file, env: env, problems: problems, m: &Mapping{File: name}}
	if problems.Err() != nil || file.Root == nil {
		return r.m, problems
	}
	root := file.Root
	if !r.keys(root, headKeys()) {
		return r.m, r.problems
	}
	if v := root.Get("harrier"); v == nil || v.Text != "1" {
		r.say(cmp.Or(v, root), "version", "the version of the language is missing or another", "begin with harrier: 1")
	}
	r.head(root)
	r.patterns(root)
	r.each(root.Get("each"))
	r.finding(root)
	r.lists(root)
	r.ecs(root)
	r.known(root.Get("known"))
	if r.m.loose {
		r.m.known.fold()
	}
	slices.SortStableFunc(r.problems, func(a, b document.Problem) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	return r.m, r.problems
}

// head reads who the mapping is for.
func (r *reader) head(root *document.Node) {
	m := r.m
	m.Name = r.text(root, "mapping", true)
	m.Title = r.text(root, "title", true)
	m.Docs, m.Vendor, m.Product = r.text(root, "docs", false), r.text(root, "vendor", false), r.text(root, "product", false)
	m.loose, m.fallback = r.flag(root, "loose"), r.flag(root, "fallback")
	if m.Name == Auto || strings.Trim(m.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || strings.HasPrefix(m.Name, "-") {
		r.say(root.Get("mapping"), "bad-name", fmt.Sprintf("%q cannot name a mapping", m.Name), "use lower-case letters, digits and hyphens, as in wazuh or splunk-notable")
	}
}

// flag reads a key that is true or not there.
func (r *reader) flag(root *document.Node, key string) bool {
	v := root.Get(key)
	if v == nil {
		return false
	}
	if v.Kind != document.Bool || v.Value() != true {
		r.say(v, "wrong-kind", key+" can only be true", "write "+key+": true, or leave it out")
		return false
	}
	return true
}

// patterns reads how events are recognised, and what is no alert.
func (r *reader) patterns(root *document.Node) {
	v := root.Get("for")
	if v == nil {
		r.say(root, "missing-key", "there is no for", "add for: and below it fields that only this product's events have, as in - {rule.level: \"*\"}")
	}
	r.m.patterns = r.patternList(v)
	r.m.skips = r.patternList(root.Get("skip"))
	for _, n := range r.items(root.Get("json")) {
		if p := r.envelope(n); p != nil {
			r.m.unfolds = append(r.m.unfolds, p)
		}
	}
}

// patternList reads a list of patterns, or one.
func (r *reader) patternList(n *document.Node) []pattern {
	var out []pattern
	for _, item := range r.items(n) {
		out = append(out, r.pattern(item))
	}
	return out
}

// pattern reads conditions that must all hold.
func (r *reader) pattern(n *document.Node) pattern {
	p := pattern{}
	if n.Kind != document.Map {
		r.say(n, "wrong-kind", "a pattern is a map of paths and what stands there", `write {rule.level: "*", type: finding}; "*" is anything, none is nothing`)
		return p
	}
	for _, e := range n.Entries {
		c := condition{text: e.Key}
		for one := range strings.SplitSeq(e.Key, "|") {
			at, err := parsePath(strings.TrimSpace(one))
			if err != nil {
				r.place(written{e.KeyPos, e.Key}, "bad-path", err.Error(), "write a path such as rule.level, or several with | between them")
				continue
			}
			r.m.known.addPath(r.start, at)
			c.paths = append(c.paths, at)
		}
		for _, item := range r.items(e.Value) {
			if item.Kind == document.Map || item.Kind == document.List {
				r.say(item, "wrong-kind", "what a field must be is a text", `write a text, in which * stands for anything, or a list of such`)
				continue
			}
			if c.none = item.Text == "none" && !item.Quoted; !c.none {
				c.globs = append(c.globs, item.Text)
			}
		}
		p = append(p, c)
	}
	return p
}

// each reads where the alerts of an event are. What paths start from then is unknown by name.
func (r *reader) each(n *document.Node) {
	for _, item := range r.items(n) {
		r.m.each = append(r.m.each, r.together(item, r.envelope))
	}
}

// together reads paths with + between them, which are gone through one after the other.
func (r *reader) together(n *document.Node, read func(*document.Node) *fieldPath) []*fieldPath {
	var out []*fieldPath
	for text := range strings.SplitSeq(n.Text, " + ") {
		one := *n
		one.Text = strings.TrimSpace(text)
		if p := read(&one); p != nil {
			out = append(out, p)
		}
	}
	return out
}

// finding reads the fields of a finding.
func (r *reader) finding(root *document.Node) {
	n := root.Get("finding")
	if n == nil {
		r.say(root, "missing-key", "there is no finding", "add finding: and below it title, severity, time and others")
		return
	}
	if !r.keys(n, findingKeys()) {
		return
	}
	fs := &r.m.fields
	for key, into := range map[string]**value{
		"id": &fs.id, "version": &fs.version, "time": &fs.time, "title": &fs.title, "description": &fs.description, "category": &fs.category,
		"severity": &fs.severity, "status": &fs.status, "disposition": &fs.disposition, "rule.id": &fs.ruleID, "rule.name": &fs.ruleName,
		"tactics": &fs.tactics, "techniques": &fs.techniques, "link": &fs.link,
	} {
		if v := n.Get(key); v != nil {
			*into = r.value(v)
		}
	}
	for _, must := range []string{"title", "severity"} {
		if n.Get(must) == nil {
			r.say(n, "missing-key", "a finding has a "+must, "add "+must+": and where it stands, or an expression in ${{ }}")
		}
	}
	r.words(fs.severity, n.Get("severity"), vocabulary{"severity", severity, "critical, high, medium, low or info"})
	r.words(fs.status, n.Get("status"), vocabulary{"status", status, "new, in_progress or closed"})
	r.words(fs.disposition, n.Get("disposition"), vocabulary{"disposition", disposition, "true_positive, false_positive, benign or inconclusive"})
}

// vocabulary is what a field may say.
type vocabulary struct {
	field string
	// read returns Harrier's word for one, or "".
	read func(string) string
	want string
}

// words checks what tables and scales give.
func (r *reader) words(v *value, n *document.Node, words vocabulary) {
	if v == nil {
		return
	}
	given := map[string]bool{}
	for _, w := range v.ways {
		for _, word := range w.table {
			given[word] = true
		}
		for _, t := range w.scale {
			given[t.word] = true
		}
		if text, ok := w.fixed.(string); ok {
			given[text] = true
		}
	}
	if text, ok := v.otherwise.(string); ok {
		given[text] = true
	}
	for word := range given {
		if words.read(word) == "" {
			r.say(n, "unknown-word", fmt.Sprintf("%q is no %s", word, words.field), "use "+words.want)
		}
	}
}

// keys reports keys that a map does not have.
func (r *reader) keys(n *document.Node, known []string) bool {
	if n.Kind != document.Map {
		r.say(n, "wrong-kind", "this is not a map", "write it as key: value, with some of "+strings.Join(known, ", "))
		return false
	}
	for _, e := range n.Entries {
		if slices.Contains(known, e.Key) {
			continue
		}
		fix := "use one of " + strings.Join(known, ", ")
		if near := harrier.Suggest(e.Key, known); near != "" {
			fix = "did you mean " + near + "?"
		}
		r.place(written{e.KeyPos, e.Key}, "unknown-key", fmt.Sprintf("there is no key %s here", e.Key), fix)
	}
	return true
}

// text reads a text.
func (r *reader) text(n *document.Node, key string, required bool) string {
	v := n.Get(key)
	switch {
	case v == nil && required:
		r.say(n, "missing-key", "there is no "+key, "add "+key+": and a text")
	case v == nil:
	case v.Kind == document.Map || v.Kind == document.List || strings.TrimSpace(v.Text) == "":
		r.say(v, "wrong-kind", key+" is a text", "write "+key+": and a text")
	default:
		return v.Text
	}
	return ""
}

// items returns the items of a list; a value that is none stands for a list of one.
func (r *reader) items(n *document.Node) []*document.Node {
	switch {
	case n == nil:
		return nil
	case n.Kind == document.List:
		return n.Items
	}
	return []*document.Node{n}
}

// say notes a problem with a value.
func (r *reader) say(n *document.Node, code, message, fix string) {
	if n == nil {
		n = r.file.Root
	}
	line, _, _ := strings.Cut(n.Text, "\n")
	r.place(written{n.Pos, line}, code, message, fix)
}

// place notes a problem with a text at a place.
func (r *reader) place(at written, code, message, fix string) {
	if len(r.problems) < 100 {
		r.problems = append(r.problems, r.file.Problem(at.pos, max(1, utf8.RuneCountInString(at.text)), code, message, fix))
	}
}

// written is a text at a place of the file.
type written struct {
	pos  document.Pos
	text string
}
