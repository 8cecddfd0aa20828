package playbook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/schema"
)

// call is something that takes arguments: an action, a verb, a playbook.
type call struct {
	// name is what it is called in messages.
	name   string
	fields []schema.Field
	with   *document.Node
	// named is where it is named: problems of what is missing are told there.
	named *document.Node
}

// arguments checks what is given to a call against its inputs.
func (c *checker) arguments(in call, at site) *expr.Tree {
	var keys []string
	var values []*expr.Tree
	ok := true
	if in.with != nil {
		for _, e := range in.with.Entries {
			i := slices.IndexFunc(in.fields, func(f schema.Field) bool { return f.Name == e.Key })
			if i < 0 {
				c.unknownInput(e, in)
				ok = false
				continue
			}
			t := c.argument(e.Value, in.fields[i], at)
			ok = ok && t != nil
			keys, values = append(keys, e.Key), append(values, t)
		}
	}
	ok = c.missingInputs(in) && ok
	if !ok {
		return nil
	}
	return expr.MapTree(keys, values)
}

// unknownInput reports an argument that nothing takes.
func (c *checker) unknownInput(e document.Entry, in call) {
	var known []string
	for _, f := range in.fields {
		known = append(known, f.Name)
	}
	fix := "remove it"
	if len(known) > 0 {
		fix = "use one of " + orList(known)
	}
	if near := harrier.Suggest(e.Key, known); near != "" {
		fix = fmt.Sprintf("did you mean %s?", near)
	}
	c.report(e.KeyPos, widthOfText(e.Key), problem("unknown-input", fix, "%s has no input %s", in.name, e.Key))
}

// missingInputs reports the required inputs that are not given. Those that are
// probably given under a wrong name were reported there.
func (c *checker) missingInputs(in call) bool {
	var missing []string
	for _, f := range in.fields {
		if f.Required && f.Default == nil && in.with.Get(f.Name) == nil && !misspelt(in, f.Name) {
			missing = append(missing, f.Name)
		}
	}
	if len(missing) == 0 || in.named == nil {
		return true
	}
	var lines []string
	for _, name := range missing {
		lines = append(lines, name+": …")
	}
	c.at(in.named, problem("missing-input", "add under with: "+strings.Join(lines, ", "), "%s needs %s", in.name, andList(missing)))
	return false
}

// misspelt reports whether an unknown argument was probably meant to be name.
func misspelt(in call, name string) bool {
	if in.with == nil {
		return false
	}
	var known []string
	for _, f := range in.fields {
		known = append(known, f.Name)
	}
	for _, e := range in.with.Entries {
		if !slices.Contains(known, e.Key) && harrier.Suggest(e.Key, known) == name {
			return true
		}
	}
	return false
}

// argument checks one value against its field. It is nil where it is wrong.
func (c *checker) argument(n *document.Node, f schema.Field, at site) *expr.Tree {
	if f.Secret && !dynamic(n) {
		c.secretText(n, f.Name)
		return nil
	}
	if constant(n) {
		return c.constant(n, f)
	}
	switch n.Kind {
	case document.Map:
		return c.mapArgument(n, f, at)
	case document.List:
		return c.listArgument(n, f, at)
	case document.String, document.Int, document.Float, document.Bool, document.Null:
	}
	p := c.compile(n, true, at)
	if p == nil {
		return nil
	}
	c.fits(n, p.Type(), f)
	c.pasted(n, f)
	return expr.Dynamic(p)
}

// fits reports an expression whose type cannot be given to a field.
func (c *checker) fits(n *document.Node, t schema.Type, f schema.Field) {
	if t.Optional && f.Required && f.Default == nil {
		c.at(n, problem("may-be-absent", fmt.Sprintf("say what holds then: ${{ %s.orValue(%s) }}", brief(n.Text), zeroOf(t)),
			"%s is required, and this may be absent", f.Name))
		return
	}
	t.Optional = false
	if why := assignable(t, f.Type); why != "" {
		c.at(n, problem("type-mismatch", fmt.Sprintf("give %s %s", f.Name, sampleOf(f.Type)), "%s does not take this: %s", f.Name, why))
	}
}

// pasted warns where data becomes a part of an address: it belongs into inputs
// that the connector encodes.
func (c *checker) pasted(n *document.Node, f schema.Field) {
	text := strings.TrimSpace(n.Text)
	if f.Type.Kind != schema.URL || strings.HasPrefix(text, marker) && strings.HasSuffix(text, "}}") && strings.Count(text, marker) == 1 {
		return
	}
	c.at(n, warning("pasted-url", fmt.Sprintf("write the address as one expression, %s: ${{ … }}, and give parameters to inputs of their own", f.Name),
		"an address that is put together from text does not encode what is put in"))
}

// constant reports whether a value holds no expression.
func constant(n *document.Node) bool {
	switch n.Kind {
	case document.Map:
		return !slices.ContainsFunc(n.Entries, func(e document.Entry) bool { return !constant(e.Value) })
	case document.List:
		return !slices.ContainsFunc(n.Items, func(item *document.Node) bool { return !constant(item) })
	case document.String:
		return !dynamic(n)
	case document.Int, document.Float, document.Bool, document.Null:
	}
	return true
}

// constant checks a value without expressions completely, and returns it in
// canonical form.
func (c *checker) constant(n *document.Node, f schema.Field) *expr.Tree {
	value := n.Value()
	if n.Kind != document.String && n.Kind != document.Map && n.Kind != document.List && textual(f.Type.Kind) && n.Kind != document.Null {
		c.at(n, problem("constant", fmt.Sprintf("put quotes around it: \"%s\"", n.Text), "%s is text, and %s without quotes is %s", f.Name, n.Text, kindName(n.Kind)))
		return nil
	}
	out, found := schema.CheckFields(map[string]any{f.Name: value}, []schema.Field{f})
	for _, m := range found {
		below := strings.TrimPrefix(strings.TrimPrefix(m.Path, f.Name), ".")
		c.at(nodeAt(n, below), problem("constant", fmt.Sprintf("give %s %s", f.Name, sampleOf(f.Type)), "%s", m.String()))
	}
	if len(found) > 0 {
		return nil
	}
	return expr.Const(out[f.Name])
}

// mapArgument checks a map of which parts are expressions.
func (c *checker) mapArgument(n *document.Node, f schema.Field, at site) *expr.Tree {
	switch {
	case f.Type.Kind == schema.Object && len(f.Type.Fields) > 0:
		return c.arguments(call{name: f.Name, fields: f.Type.Fields, with: n, named: n}, at)
	case f.Type.Kind == schema.Any, f.Type.Kind == schema.Object, f.Type.Kind == schema.Map:
	default:
		c.at(n, problem("type-mismatch", fmt.Sprintf("give %s %s", f.Name, sampleOf(f.Type)), "%s is %s, and this is a map", f.Name, f.Type))
		return nil
	}
	keys, values := make([]string, 0, len(n.Entries)), make([]*expr.Tree, 0, len(n.Entries))
	for _, e := range n.Entries {
		t := c.argument(e.Value, elementOf(f, e.Key), at)
		if t == nil {
			return nil
		}
		keys, values = append(keys, e.Key), append(values, t)
	}
	return expr.MapTree(keys, values)
}

// listArgument checks a list of which items are expressions.
func (c *checker) listArgument(n *document.Node, f schema.Field, at site) *expr.Tree {
	if f.Type.Kind != schema.List && f.Type.Kind != schema.Any {
		c.at(n, problem("type-mismatch", fmt.Sprintf("give %s %s", f.Name, sampleOf(f.Type)), "%s is %s, and this is a list", f.Name, f.Type))
		return nil
	}
	items := make([]*expr.Tree, 0, len(n.Items))
	for _, item := range n.Items {
		t := c.argument(item, elementOf(f, "an item of "+f.Name), at)
		if t == nil {
			return nil
		}
		items = append(items, t)
	}
	return expr.ListTree(items)
}

// elementOf is the field of what a list or a map holds.
func elementOf(f schema.Field, name string) schema.Field {
	if f.Type.Elem == nil {
		return schema.Field{Name: name, Type: schema.TypeOf(schema.Any)}
	}
	return schema.Field{Name: name, Type: *f.Type.Elem, Required: true}
}

// sampleOf says which value a type takes.
func sampleOf(t schema.Type) string {
	if len(t.Values) > 0 {
		return orList(t.Values)
	}
	switch t.Kind {
	case schema.Boolean:
		return "true or false"
	case schema.Duration:
		return "a duration such as 15m"
	case schema.Timestamp:
		return `a time such as "2026-01-31T12:00:00Z"`
	case schema.Verdict:
		return orList(schema.Verdicts())
	case schema.IP:
		return `an address such as "192.0.2.7"`
	case schema.Any, schema.String, schema.Integer, schema.Number, schema.CIDR, schema.URL, schema.Domain, schema.Email, schema.Hash,
		schema.Host, schema.User, schema.EvidenceID, schema.List, schema.Map, schema.Object:
	}
	return "a value of type " + t.String()
}
