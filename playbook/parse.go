package playbook

import (
	"cmp"
	"slices"

	"github.com/harrier-soar/harrier/document"
)

// Parse reads a playbook and reports everything that is wrong with its form.
// The Doc holds what could be understood, so that [Check] can go on with it;
// it is nil where nothing could.
func Parse(name string, source []byte) (*Doc, document.Problems) {
	file, problems := document.Parse(name, source)
	if file == nil || file.Root == nil {
		return nil, problems
	}
	v := &validator{
		file: file, grammar: language(), problems: problems, read: len(problems),
		bad: map[*document.Node]bool{}, kinds: map[*document.Node]Kind{},
	}
	v.value(file.Root, ref("playbook"), placeOf("the playbook", file.Root))
	sortProblems(v.problems)
	if file.Root.Kind != document.Map {
		return nil, v.problems
	}
	r := &reading{bad: v.bad, kinds: v.kinds}
	doc := r.doc(file)
	doc.problems = v.problems
	return doc, v.problems
}

// sortProblems puts problems in order of place.
func sortProblems(p document.Problems) {
	slices.SortStableFunc(p, func(a, b document.Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
}

// reading turns what passed the grammar into a Doc.
type reading struct {
	bad   map[*document.Node]bool
	kinds map[*document.Node]Kind
}

// get returns the usable value of a key, or nil.
func (r *reading) get(n *document.Node, name string) *document.Node {
	value := n.Get(name)
	if value == nil || r.bad[value] || value.Kind == document.Null {
		return nil
	}
	return value
}

// text returns the text of a key, or "".
func (r *reading) text(n *document.Node, name string) string {
	if value := r.get(n, name); value != nil {
		return value.Text
	}
	return ""
}

// items returns the usable items of a list.
func (r *reading) items(n *document.Node, name string) []*document.Node {
	list := r.get(n, name)
	if list == nil {
		return nil
	}
	var out []*document.Node
	for _, item := range list.Items {
		if !r.bad[item] && item.Kind != document.Null {
			out = append(out, item)
		}
	}
	return out
}

// doc reads the file.
func (r *reading) doc(f *document.File) *Doc {
	n := f.Root
	d := &Doc{
		Name: f.Name, Source: f.Source, file: f,
		ID: r.text(n, "playbook"), Title: r.text(n, "title"), Description: r.text(n, "description"), Owner: r.text(n, "owner"),
		Inputs: r.fields(r.get(n, "inputs")), Outputs: r.get(n, "outputs"),
		Steps: r.steps(n, "steps"), OnFailure: r.steps(n, "on_failure"), Always: r.steps(n, "always"),
	}
	for _, tag := range r.items(n, "tags") {
		d.Tags = append(d.Tags, tag.Text)
	}
	if minutes := r.get(n, "manual_minutes"); minutes != nil {
		d.ManualMinutes = toFloat(minutes)
	}
	for _, item := range r.items(n, "trigger") {
		d.Triggers = append(d.Triggers, r.trigger(item))
	}
	if limits := r.get(n, "limits"); limits != nil {
		one := r.get(limits, "one_per")
		d.Limits = LimitsDoc{Timeout: r.get(limits, "timeout"), MaxAge: r.get(limits, "max_age"), Key: r.get(one, "key"), Then: r.text(one, "then")}
	}
	return d
}

// trigger reads one way to start.
func (r *reading) trigger(n *document.Node) TriggerDoc {
	t := TriggerDoc{Pos: n.Pos, Alert: r.get(n, "alert"), Case: r.get(n, "case"), Schedule: r.get(n, "schedule"), Verdict: r.get(n, "verdict"), Indicator: r.get(n, "indicator")}
	if manual := r.get(n, "manual"); manual != nil {
		t.Manual = r.text(manual, "on")
	}
	t.Call = r.text(n, "call") == "true"
	return t
}

// fields reads declarations of inputs or of a form.
func (r *reading) fields(n *document.Node) []FieldDoc {
	if n == nil {
		return nil
	}
	var out []FieldDoc
	for _, e := range n.Entries {
		if r.bad[e.Value] || e.Value.Kind != document.Map {
			continue
		}
		v := e.Value
		out = append(out, FieldDoc{
			Name: e.Key, Pos: e.KeyPos, Type: r.get(v, "type"), Required: r.text(v, "required") == "true", Default: v.Get("default"),
			Help: r.text(v, "help"), Values: r.items(v, "values"), Min: r.get(v, "min"), Max: r.get(v, "max"), Fields: r.fields(r.get(v, "fields")),
		})
	}
	return out
}

// steps reads a list of steps. Steps that could not be understood are kept
// with their id, so that what refers to them is not blamed.
func (r *reading) steps(n *document.Node, name string) []*StepDoc {
	list := r.get(n, name)
	if list == nil {
		return nil
	}
	out := []*StepDoc{}
	for _, item := range list.Items {
		if item.Kind == document.Map {
			out = append(out, r.step(item))
		}
	}
	return out
}
