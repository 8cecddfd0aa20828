package playbook

import (
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/schema"
)

// inputs compiles the declarations of inputs.
func (c *checker) inputs() { c.plan.Inputs = c.fields(c.doc.Inputs) }

// fields compiles the declarations of inputs or of a form.
func (c *checker) fields(docs []FieldDoc) []schema.Field {
	var out []schema.Field
	for _, d := range docs {
		out = append(out, c.field(d))
	}
	return out
}

// field compiles one declaration.
func (c *checker) field(d FieldDoc) schema.Field {
	f := schema.Field{Name: d.Name, Required: d.Required, Help: d.Help, Type: schema.TypeOf(schema.Any), Min: bound(d.Min), Max: bound(d.Max)}
	if d.Type != nil {
		t, err := schema.ParseType(d.Type.Text)
		if err != nil {
			c.at(d.Type, problem("unknown-type", c.suggestType(d.Type.Text), "%q is not a type", d.Type.Text))
			return f
		}
		f.Type = t
	}
	c.details(d, &f)
	if d.Default != nil && d.Default.Kind != document.Null {
		f.Default = c.defaultOf(d, f)
	}
	return f
}

// suggestType says which type may have been meant.
func (c *checker) suggestType(text string) string {
	var kinds []string
	for _, k := range schema.Kinds() {
		kinds = append(kinds, string(k))
	}
	aliases := map[string]string{"int": "integer", "bool": "boolean", "text": "string", "str": "string", "float": "number", "array": "list", "datetime": "timestamp", "enum": "string", "dict": "map"}
	if kind, ok := aliases[text]; ok {
		return "write type: " + kind
	}
	if near := harrier.Suggest(text, kinds); near != "" {
		return "did you mean " + near + "?"
	}
	return "use one of " + orList(kinds) + ", or list<…> or map<…> of one"
}

// details adds what is written beside the type.
func (c *checker) details(d FieldDoc, f *schema.Field) {
	inner := &f.Type
	for inner.Elem != nil {
		elem := *inner.Elem
		inner.Elem = &elem
		inner = inner.Elem
	}
	for _, v := range d.Values {
		inner.Values = append(inner.Values, v.Text)
	}
	switch {
	case len(d.Values) > 0 && inner.Kind != schema.String:
		c.at(d.Values[0], problem("values", "write type: string, or remove values", "values are for type string, and %s is %s", d.Name, f.Type.Kind))
		inner.Values = nil
	case len(d.Fields) > 0 && inner.Kind != schema.Object:
		c.report(d.Pos, widthOfText(d.Name), problem("fields", "write type: object or list<object>, or remove fields", "fields are for type object, and %s is %s", d.Name, f.Type.Kind))
	case len(d.Fields) > 0:
		inner.Fields = c.fields(d.Fields)
	}
	if f.Min != nil && f.Max != nil && *f.Min > *f.Max {
		c.at(d.Min, problem("out-of-range", "write a min that is not above max", "min is above max, so that no value fits"))
	}
}

// defaultOf checks a default against its field.
func (c *checker) defaultOf(d FieldDoc, f schema.Field) any {
	if dynamic(d.Default) {
		c.at(d.Default, problem("constant", "write a plain value, or compute it in a set step", "a default is not computed"))
		return nil
	}
	plain := f
	plain.Default = nil
	out, found := schema.CheckFields(map[string]any{f.Name: d.Default.Value()}, []schema.Field{plain})
	for _, m := range found {
		c.at(d.Default, problem("constant", "give it "+sampleOf(f.Type), "the default does not fit its own type: %s", m.String()))
	}
	if len(found) > 0 {
		return nil
	}
	return out[f.Name]
}

// bound returns a limit of a field.
func bound(n *document.Node) *float64 {
	if n == nil {
		return nil
	}
	return new(toFloat(n))
}

// triggers compiles the ways to start.
func (c *checker) triggers() {
	for _, t := range c.doc.Triggers {
		out := Trigger{Manual: t.Manual, Call: t.Call}
		out.Alert = c.bare(t.Alert, condition("alert"), site{only: []string{"alert"}})
		out.Case = c.bare(t.Case, condition("case"), site{only: []string{"case"}})
		out.Verdict = c.bare(t.Verdict, condition("verdict"), site{only: []string{"alert", "observable"}})
		out.Indicator = c.bare(t.Indicator, condition("indicator"), site{only: []string{"alert", "indicator"}})
		out.Schedule = c.schedule(t.Schedule)
		c.plan.Triggers = append(c.plan.Triggers, out)
		if t.Alert != nil || t.Case != nil || t.Schedule != nil || t.Verdict != nil || t.Indicator != nil {
			c.unattended(t)
		}
	}
	if len(c.doc.Triggers) == 0 {
		c.plan.Triggers = []Trigger{{Manual: "none"}}
	}
}

// unattended reports inputs that nobody is there to give.
func (c *checker) unattended(t TriggerDoc) {
	for i, f := range c.plan.Inputs {
		if f.Required && f.Default == nil {
			d := c.doc.Inputs[i]
			c.report(d.Pos, widthOfText(d.Name), problem("input-needs-default", "give it a default, or remove the trigger on line "+lineOf(t.Pos),
				"%s is required, and a run that starts by itself has nobody to give it", f.Name))
		}
	}
}

// blind reports whether no run of the playbook has an alert.
func (c *checker) blind() bool {
	return len(c.plan.Triggers) > 0 && !slices.ContainsFunc(c.plan.Triggers, func(t Trigger) bool {
		return t.Alert != nil || t.Verdict != nil || t.Indicator != nil || t.Case != nil || t.Call || t.Manual == "alert" || t.Manual == "case" || t == Trigger{}
	})
}

// limits compiles the bounds of runs.
func (c *checker) limits() {
	l := c.doc.Limits
	c.plan.Limits = Limits{
		Timeout: duration(l.Timeout), MaxAge: duration(l.MaxAge), Then: l.Then,
		OnePer: c.bare(l.Key, keyWanted("key"), site{only: []string{"alert", "case", "inputs"}}),
	}
	if l.Timeout != nil && l.MaxAge != nil && c.plan.Limits.Timeout > c.plan.Limits.MaxAge {
		c.at(l.Timeout, problem("out-of-range", "write a timeout that is not longer than max_age", "timeout is longer than max_age, which ends the run before"))
	}
	if most := 365 * 24 * time.Hour; c.plan.Limits.MaxAge > most {
		c.at(l.MaxAge, problem("out-of-range", "write max_age: 365d or less", "a run lives a year at most"))
	}
}

// declareOutputs compiles what the playbook gives to its caller.
func (c *checker) declareOutputs(after *scope) {
	if c.doc.Outputs != nil {
		c.plan.Outputs, c.outputs = c.treeFields(c.doc.Outputs, site{scope: after})
	}
	c.plan.Returns = c.outputs
}
