package rest

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/schema"
)

// output is one output and where it comes from.
type output struct {
	field  schema.Field
	from   *program
	each   *program
	nested []output
}

// outputs reads the outputs of an action or of an object in it.
func (l *loader) outputs(n *document.Node, s *scope) []output {
	var out []output
	for _, e := range entries(n) {
		l.name(e.Value, e.KeyPos, e.Key)
		if e.Value.Kind == document.Map {
			out = append(out, l.output(e, s))
		}
	}
	return out
}

// output reads one output.
func (l *loader) output(e document.Entry, s *scope) output {
	n := e.Value
	o := output{field: schema.Field{Name: e.Key, Help: text(n, "help")}}
	o.each = l.cel(n.Get("each"), s)
	o.from = l.cel(n.Get("from"), s)
	inner := s
	if n.Get("each") != nil {
		inner = l.and(s, map[string]schema.Type{"item": schema.TypeOf(schema.Any)})
	}
	whole := n.Get("from") != nil
	o.field.Type = l.typeOf(n, func(fields *document.Node) []schema.Field {
		if whole {
			return l.plainFields(fields)
		}
		o.nested = l.outputs(fields, inner)
		return outputFields(o.nested)
	})
	o.field.Type.Optional = truth(n, "optional")
	o.field.Required = !o.field.Type.Optional
	l.outputSource(o, n, e)
	return o
}

// plainFields reads the types of an object that one expression gives whole.
func (l *loader) plainFields(n *document.Node) []schema.Field {
	var out []schema.Field
	for _, e := range entries(n) {
		if from := e.Value.Get("from"); from != nil {
			l.problem(from, "conflicting-keys", e.Key+" has from inside an output that has it too", "keep one of them; for lists use each")
		}
		f := schema.Field{Name: e.Key, Help: text(e.Value, "help"), Type: l.typeOf(e.Value, l.plainFields)}
		f.Type.Optional = truth(e.Value, "optional")
		f.Required = !f.Type.Optional
		out = append(out, f)
	}
	return out
}

// outputSource checks that an output comes from somewhere, and that what comes
// can be of its type.
func (l *loader) outputSource(o output, n *document.Node, e document.Entry) {
	from, each := n.Get("from"), n.Get("each")
	switch {
	case from == nil && each == nil && len(o.nested) == 0:
		l.at(keySpan(e), "missing-key", "the output "+e.Key+" comes from nowhere", "add from: an expression such as body."+e.Key)
	case each != nil && o.field.Type.Kind != schema.List:
		l.problem(each, "wrong-type", "each is for type list<object>", "change the type, or use from")
	case o.from != nil:
		if got := o.from.Type(); !mayBe(got, o.field.Type) {
			l.problem(from, "wrong-type", fmt.Sprintf("%s is %s, and this expression gives %s", e.Key, o.field.Type, got),
				"convert it, as in string(…), int(…) or a comparison")
		} else if got.Optional && !o.field.Type.Optional {
			l.problem(from, "wrong-type", e.Key+" must come, and this expression may give nothing", "add .orValue(…) or optional: true")
		}
	}
}

// mayBe reports whether a value of static type got may be of type want.
func mayBe(got, want schema.Type) bool {
	group := func(k schema.Kind) string {
		switch k {
		case schema.Any:
			return ""
		case schema.Integer, schema.Number:
			return "number"
		case schema.Boolean, schema.List, schema.Timestamp:
			return string(k)
		case schema.Map, schema.Object:
			return "object"
		case schema.String, schema.IP, schema.CIDR, schema.URL, schema.Domain, schema.Email, schema.Hash, schema.Host,
			schema.User, schema.Duration, schema.Verdict, schema.EvidenceID:
		}
		return "text"
	}
	g, w := group(got.Kind), group(want.Kind)
	if g == "" || w == "" || g == w {
		return true
	}
	return g == "text" && w == string(schema.Timestamp) || w == "text" && g == string(schema.Timestamp)
}

// outputFields returns the declared fields of outputs.
func outputFields(outputs []output) []schema.Field {
	out := make([]schema.Field, len(outputs))
	for i, o := range outputs {
		out[i] = o.field
	}
	return out
}

// mapped evaluates the outputs over an answer and checks their types. All that
// does not fit is told in one Drift.
func (a *action) mapped(ctx context.Context, at instant) (map[string]any, error) {
	out, wrong := mapOutputs(ctx, a.outputs, at, "")
	if len(wrong) == 0 {
		var found []schema.Mismatch
		out, found = schema.CheckFields(out, outputFields(a.outputs))
		for _, m := range found {
			wrong = append(wrong, m.String())
		}
	}
	if len(wrong) > 0 {
		return nil, connector.Errorf(connector.Drift, "the answer is not what %s declares: %s", a.spec.Name, strings.Join(wrong[:min(5, len(wrong))], "; "))
	}
	if body, _ := at.scope.Lookup("body"); a.raw && body != nil {
		out["raw"] = body
	}
	return out, nil
}

// mapOutputs evaluates outputs; wrong tells those that cannot be evaluated.
func mapOutputs(ctx context.Context, outputs []output, at instant, path string) (out map[string]any, wrong []string) {
	out = make(map[string]any, len(outputs))
	for _, o := range outputs {
		where := strings.TrimPrefix(path+"."+o.field.Name, ".")
		v, bad := o.value(ctx, at, where)
		wrong = append(wrong, bad...)
		if v != nil {
			out[o.field.Name] = v
		}
	}
	return out, wrong
}

// value evaluates one output.
func (o output) value(ctx context.Context, at instant, path string) (v any, wrong []string) {
	source := cmp.Or(o.from, o.each)
	if source == nil {
		m, wrong := mapOutputs(ctx, o.nested, at, path)
		if o.field.Type.Optional && len(m) == 0 {
			return nil, wrong
		}
		return m, wrong
	}
	v, err := source.Eval(ctx, at.scope, at.now)
	if err != nil {
		return nil, []string{path + ": " + err.Error()}
	}
	if o.each == nil || v == nil {
		return v, nil
	}
	list, ok := v.([]any)
	if !ok {
		return nil, []string{path + ": is no list"}
	}
	mapped := make([]any, len(list))
	for i, item := range list {
		m, bad := mapOutputs(ctx, o.nested, at.and("item", item), fmt.Sprintf("%s[%d]", path, i))
		if wrong = append(wrong, bad...); len(wrong) > 5 {
			return nil, wrong
		}
		mapped[i] = m
	}
	return mapped, wrong
}
