package playbook

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/schema"
)

// site is where an expression stands: what it sees, and the step it belongs to.
type site struct {
	scope *scope
	// entry is nil outside steps.
	entry *entry
	// only names the variables beside loop variables that the place has; nil
	// means all.
	only []string
}

// marker begins an expression inside text.
const marker = "${{"

// dynamic reports whether a text holds an expression.
func dynamic(n *document.Node) bool {
	return n != nil && n.Kind == document.String && strings.Contains(n.Text, marker)
}

// want is a type that a place needs, and how to say so.
type want struct {
	what  string
	is    func(schema.Type) bool
	fix   string
	place string
}

// bare compiles an expression that is written without ${{ }} and needs a type.
func (c *checker) bare(n *document.Node, w want, at site) *expr.Program {
	if n == nil {
		return nil
	}
	p := c.compile(n, false, at)
	c.expect(n, p, w)
	return p
}

// template compiles a text that may hold expressions.
func (c *checker) template(n *document.Node, w want, at site) *expr.Program {
	if n == nil {
		return nil
	}
	p := c.compile(n, true, at)
	if w.is != nil {
		c.expect(n, p, w)
	}
	return p
}

// expect reports an expression whose type is not the one needed.
func (c *checker) expect(n *document.Node, p *expr.Program, w want) {
	if p == nil {
		return
	}
	t := p.Type()
	switch {
	case t.Kind == schema.Any && !t.Optional, w.is(t) && !t.Optional:
	case t.Optional && (t.Kind == schema.Any || w.is(t)):
		c.at(n, problem("may-be-absent", fmt.Sprintf("say what holds then: %s.orValue(%s)", brief(n.Text), zeroOf(t)),
			"%s needs %s, and this may be absent", w.place, w.what))
	default:
		c.at(n, problem("type-mismatch", w.fix, "%s needs %s, and this is %s", w.place, w.what, t))
	}
}

// compile compiles an expression and reports what is wrong with it.
func (c *checker) compile(n *document.Node, template bool, at site) *expr.Program {
	if c.misread(n) {
		return nil
	}
	found := mentions(n.Text, template, "steps", "inputs")
	before := len(c.problems)
	c.references(n, found, at)
	c.blindly(n, template, at)
	env, err := c.env(at, found)
	if err != nil {
		c.at(n, problem("expression", "simplify the step that it refers to", "the expression cannot be checked: %v", err))
		return nil
	}
	compileText := env.Compile
	if template {
		compileText = env.CompileText
	}
	p, issues := compileText(n.Text)
	for _, issue := range issues {
		fix := issue.Fix
		if fix == "" {
			fix = "correct the expression"
		}
		c.report(c.locate(n, issue.Offset), issue.Width, document.Problem{Code: "expression", Message: issue.Message, Fix: fix})
	}
	if len(issues) > 0 || len(c.problems) > before {
		return nil
	}
	return p
}

// misread reports whether the reader of the file found that a value is not
// what was meant; what is wrong with the rest of it would only confuse.
func (c *checker) misread(n *document.Node) bool {
	return slices.ContainsFunc(c.doc.problems, func(p document.Problem) bool { return p.Pos == n.Pos && !p.Warning })
}

// env returns the types of what an expression can see. Of the steps only those
// that it mentions are declared, so that large playbooks cost no more than
// small ones; what is hidden or unknown has been reported and is of any type.
func (c *checker) env(at site, found []mention) (*expr.Env, error) {
	vars := map[string]schema.Type{
		"alert": schema.TypeOf(schema.Object), "case": schema.TypeOf(schema.Object),
		"inputs": schema.ObjectOf(visibleInputs(c.plan.Inputs)...), "run": runType(),
	}
	if at.only != nil {
		all := vars
		vars = map[string]schema.Type{}
		for _, name := range at.only {
			t, ok := all[name]
			if !ok { // what a trigger alone knows
				t = schema.TypeOf(schema.Object)
			}
			vars[name] = t
		}
	}
	var key strings.Builder
	key.WriteString(strings.Join(at.only, ","))
	for s := at.scope; s != nil; s = s.outer {
		if _, shadowed := vars[s.name]; s.variable && !shadowed {
			vars[s.name] = s.typ
			key.WriteString(" v" + strconv.Itoa(s.serial))
		}
	}
	var steps []schema.Field
	for _, m := range found {
		if m.root != "steps" || len(m.path) == 0 {
			continue
		}
		field, serial := c.stepField(at.scope, m.path[0])
		if !slices.ContainsFunc(steps, func(f schema.Field) bool { return f.Name == field.Name }) {
			steps = append(steps, field)
			key.WriteString(" s" + field.Name + strconv.Itoa(serial))
		}
	}
	if at.only == nil || len(steps) > 0 {
		vars["steps"] = schema.ObjectOf(steps...)
	}
	if env, ok := c.envs[key.String()]; ok {
		return env, nil
	}
	env, err := expr.NewEnv(vars)
	if err == nil {
		c.envs[key.String()] = env
	}
	return env, err
}

// stepField is the declaration of a step in an expression.
func (c *checker) stepField(s *scope, id string) (schema.Field, int) {
	if line := s.step(id); line != nil {
		return schema.Field{Name: id, Type: line.typ}, line.serial
	}
	return schema.Field{Name: id, Type: schema.TypeOf(schema.Any)}, 0
}

// visibleInputs are inputs as expressions see them: what has neither a value
// nor a default may be absent.
func visibleInputs(inputs []schema.Field) []schema.Field {
	out := slices.Clone(inputs)
	for i, f := range out {
		if !f.Required && f.Default == nil {
			out[i].Type = schema.OptionalOf(f.Type)
		}
	}
	return out
}

// brief shortens an expression for a message.
func brief(text string) string {
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(text), marker), "}}"))
	if strings.ContainsAny(text, " \n") || len(text) > 60 {
		return "(…)"
	}
	return text
}

// zeroOf is what stands for an absent value of a type.
func zeroOf(t schema.Type) string {
	switch t.Kind {
	case schema.Integer, schema.Number:
		return "0"
	case schema.Boolean:
		return "false"
	case schema.List:
		return "[]"
	case schema.Map, schema.Object:
		return "{}"
	case schema.Verdict:
		return `"unknown"`
	case schema.Any, schema.String, schema.IP, schema.CIDR, schema.URL, schema.Domain, schema.Email, schema.Hash, schema.Host,
		schema.User, schema.Timestamp, schema.Duration, schema.EvidenceID:
	}
	return `""`
}
