package judge

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/internal/picture"
	"github.com/harrier-soar/harrier/schema"
)

// Tests are cases that say what rules must come to.
type Tests struct{ cases []testCase }

// testCase is one alert and what must come of it.
type testCase struct {
	file, name string
	line       int
	subject    Subject
	expect     expectation
}

// expectation is what must come of a case; what it does not say is not looked at.
type expectation struct {
	// by name of what is expected, such as route, the values that are right.
	values       map[string][]string
	fired, quiet []string
	says, change []string
}

// testFields are the keys of a file of tests.
func testFields(w *words) []schema.Field {
	given := []schema.Field{
		may("alert", w.alert.typ(), "The finding, in JSON names."),
		may("context", w.context.typ(), "The picture, in JSON names."),
		may("source", w.source.typ(), "The source."),
		may("now", schema.TypeOf(schema.Timestamp), "When it is judged."),
	}
	name := must("name", schema.TypeOf(schema.String), "What the case shows, as a sentence.")
	return []schema.Field{
		must("harrier", schema.TypeOf(schema.Integer), "Version of the language; always 1."),
		must("tests", schema.TypeOf(schema.String), "What the file is about, as a title."),
		may("given", schema.ObjectOf(given...), "What holds in every case that does not say otherwise."),
		must("cases", schema.ListOf(schema.ObjectOf(append(append([]schema.Field{name}, given...), must("expect", expectType(), "What must come of it."))...)), "What is tried."),
	}
}

// expectType is what can be expected.
func expectType() schema.Type {
	anything, names := schema.TypeOf(schema.Any), schema.ListOf(schema.TypeOf(schema.String))
	return schema.ObjectOf(
		may("route", anything, "Where it goes: one, or a list of those that are right."),
		may("severity", anything, "How bad it is."),
		may("priority", anything, "From 1 to 4."),
		may("category", anything, "What sort of alert it is."),
		may("disposition", anything, "As what it is closed; \"\" for not at all."),
		may("provisional", anything, "Whether it waits for answers."),
		may("fired", names, "Rules that must hold, and count."),
		may("quiet", names, "Rules that must not hold, or not count."),
		may("guards", names, "What must guard it, and nothing else; [] for nothing."),
		may("says", names, "Parts of what people are told."),
		may("change", names, "Parts of what would change it."),
	)
}

// LoadTests reads triage/*.test.yaml of several trees and checks that the rules
// that they name are there.
func (r *Rules) LoadTests(trees ...fs.FS) (*Tests, document.Problems) {
	t := &Tests{}
	var problems document.Problems
	for _, tree := range trees {
		names, err := fs.Glob(tree, "triage/*"+testSuffix)
		if err != nil || len(names) > maxFiles {
			problems = append(problems, unreadable("triage", fmt.Sprintf("the directory cannot be read, or has more than %d files", maxFiles)))
			continue
		}
		for _, name := range names {
			source, err := readFile(tree, name)
			if err != nil {
				problems = append(problems, unreadable(name, "it cannot be read: "+err.Error()))
				continue
			}
			cases, found := r.parseTests(name, source)
			t.cases, problems = append(t.cases, cases...), append(problems, found...)
		}
	}
	return t, problems
}

// parseTests reads one file.
func (r *Rules) parseTests(name string, source []byte) ([]testCase, document.Problems) {
	in := read(name, source, testFields(r.words))
	if in.file.Root == nil || in.problems.Err() != nil {
		return nil, in.done()
	}
	given := in.file.Root.Get("given")
	var out []testCase
	for _, n := range items(in.file.Root, "cases") {
		c := testCase{file: name, name: text(n, "name"), line: n.Pos.Line, subject: in.subject(given, n), expect: r.expectation(in, n.Get("expect"))}
		out = append(out, c)
	}
	return out, in.done()
}

// subject reads what a case is about; what it does not say is as given.
func (r *reader) subject(given, n *document.Node) Subject {
	s := Subject{Now: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)}
	for _, from := range []*document.Node{given, n} {
		if now := text(from, "now"); now != "" {
			if at, err := time.Parse(time.RFC3339Nano, now); err == nil {
				s.Now = at.UTC()
			}
		}
	}
	s.Source.Name, s.Source.Reliability = "source", "B"
	r.fill(given.Get("source"), n.Get("source"), &s.Source)
	r.fill(given.Get("alert"), n.Get("alert"), &s.Finding)
	r.fill(given.Get("context"), n.Get("context"), &s.Picture)
	for i := range s.Picture.Observables {
		if o := &s.Picture.Observables[i]; o.Verdict == "" {
			o.Verdict = worst(o.Opinions)
		}
	}
	return s
}

// fill reads objects into a struct; keys of the second take the place of those
// of the first.
func (r *reader) fill(below, above *document.Node, into any) {
	merged := map[string]any{}
	for _, n := range []*document.Node{below, above} {
		if m, ok := n.Value().(map[string]any); ok {
			maps.Copy(merged, m)
		}
	}
	raw, err := json.Marshal(merged)
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if n := above; err != nil {
		if n == nil {
			n = below
		}
		r.say(n, "wrong-value", "this cannot be read: "+err.Error(), "write what the source and the lookups give, in JSON names")
	}
}

// expectation reads what must come of a case.
func (r *Rules) expectation(in *reader, n *document.Node) expectation {
	e := expectation{values: map[string][]string{}}
	for _, name := range []string{"route", "severity", "priority", "category", "disposition", "provisional"} {
		v := n.Get(name)
		switch {
		case v == nil:
		case v.Kind == document.List:
			e.values[name] = textsOf(v)
		case v.Kind == document.Map:
			in.say(v, "wrong-kind", name+" is a value or a list of values", "write "+name+": queue, or a list of all that are right")
		default:
			e.values[name] = []string{v.Text}
		}
	}
	if v := n.Get("guards"); v != nil {
		e.values["guards"] = []string{strings.Join(textsOf(v), ", ")}
	}
	known := slices.Collect(maps.Keys(r.byID))
	for _, key := range []string{"fired", "quiet"} {
		for _, item := range items(n, key) {
			if _, ok := r.byID[item.Text]; !ok {
				fix := "remove it"
				if near := harrier.Suggest(item.Text, known); near != "" {
					fix = "did you mean " + near + "?"
				}
				in.say(item, "unknown-rule", "there is no rule "+item.Text, fix)
			}
		}
	}
	e.fired, e.quiet = textsOf(n.Get("fired")), textsOf(n.Get("quiet"))
	e.says, e.change = textsOf(n.Get("says")), textsOf(n.Get("change"))
	return e
}

// textsOf are the texts of a list.
func textsOf(n *document.Node) []string {
	if n == nil {
		return nil
	}
	out := make([]string, len(n.Items))
	for i, item := range n.Items {
		out[i] = item.Text
	}
	return out
}

// check holds a decision against what was expected.
func (e *expectation) check(d picture.Decision) (wrong []string) {
	got := map[string]string{
		"route": d.Route, "severity": d.Severity, "priority": fmt.Sprint(d.Priority), "category": d.Category,
		"disposition": d.Disposition, "provisional": fmt.Sprint(d.Provisional), "guards": strings.Join(d.Guards, ", "),
	}
	for _, name := range slices.Sorted(maps.Keys(e.values)) {
		if !slices.Contains(e.values[name], got[name]) {
			wrong = append(wrong, fmt.Sprintf("%s is %s, want %s", name, orNothing(got[name]), orNothing(strings.Join(e.values[name], " or "))))
		}
	}
	counted := map[string]bool{}
	var told strings.Builder
	told.WriteString(d.Reason)
	for _, l := range d.Proof {
		counted[l.Rule] = l.Void == ""
		told.WriteString("\n" + l.Says + "\n" + l.Void)
	}
	for _, id := range e.fired {
		if on, found := counted[id]; !found {
			wrong = append(wrong, "rule "+id+" did not hold")
		} else if !on {
			wrong = append(wrong, "rule "+id+" held and did not count")
		}
	}
	for _, id := range e.quiet {
		if counted[id] {
			wrong = append(wrong, "rule "+id+" held")
		}
	}
	return append(append(wrong, lacks("people are told nothing of", told.String(), e.says)...), lacks("nothing would change it like", strings.Join(d.Change, "\n"), e.change)...)
}

// lacks tells which parts a text does not have.
func lacks(what, text string, parts []string) (wrong []string) {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			wrong = append(wrong, fmt.Sprintf("%s %q", what, part))
		}
	}
	return wrong
}

// orNothing shows an empty text.
func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}
