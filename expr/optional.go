package expr

import (
	"fmt"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"github.com/harrier-soar/harrier/schema"
)

// absent reports fields that may be absent and are read as if they were there.
func (c *check) absent(tree *ast.AST) {
	inner := map[int64]bool{}
	ast.PreOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if inner[e.ID()] {
			return
		}
		steps, ok := chain(e)
		if !ok {
			return
		}
		for _, s := range steps[1:] {
			inner[s.id] = true
		}
		c.absentIn(tree, e, steps)
	}))
}

// link is one step of a path: a name, how it is read, and the node that reads it.
type link struct {
	name string
	id   int64
	// operand is the node that the field is read from.
	operand ast.Expr
	// optional tells that it is read with .? or [?].
	optional, test bool
}

// chain returns the steps of a path from its last field to its first, and
// whether e is one.
func chain(e ast.Expr) ([]link, bool) {
	var steps []link
	for e != nil {
		switch e.Kind() {
		case ast.SelectKind:
			s := e.AsSelect()
			steps = append(steps, link{name: s.FieldName(), id: e.ID(), operand: s.Operand(), test: s.IsTestOnly()})
			e = s.Operand()
			continue
		case ast.CallKind:
			call := e.AsCall()
			if call.FunctionName() == operators.OptSelect && len(call.Args()) == 2 && call.Args()[1].Kind() == ast.LiteralKind {
				if name, ok := call.Args()[1].AsLiteral().(types.String); ok {
					steps = append(steps, link{name: string(name), id: e.ID(), operand: call.Args()[0], optional: true})
					e = call.Args()[0]
					continue
				}
			}
		}
		break
	}
	return steps, len(steps) > 0
}

// absentIn reports the first field of a path that may be absent.
func (c *check) absentIn(tree *ast.AST, e ast.Expr, steps []link) {
	for i := len(steps) - 1; i >= 0; i-- {
		s := steps[i]
		t := tree.GetType(s.operand.ID())
		if s.optional || s.test || t == nil || t.Kind() != types.StructKind {
			continue
		}
		o, ok := c.env.provider.known(t.TypeName())
		if !ok {
			continue
		}
		if f, ok := o.field(s.name); !ok || !f.Type.Optional {
			continue
		}
		before := c.pathText(s.operand)
		var after strings.Builder
		after.WriteString(before + ".?" + s.name)
		for j := i - 1; j >= 0; j-- {
			after.WriteString("." + steps[j].name)
		}
		offset, width := c.place(tree, s.id)
		c.issues = append(c.issues, Issue{
			Offset: offset, Width: width,
			Message: fmt.Sprintf("%s may be absent", strings.TrimPrefix(before+"."+s.name, ".")),
			Fix:     "write " + after.String() + fallback(tree.GetType(e.ID()), steps[0].test),
		})
		return
	}
}

// fallback returns the text that gives an optional value of a type a default.
func fallback(t *cel.Type, test bool) string {
	if test {
		return ".hasValue()"
	}
	value := `""`
	switch t.Kind() {
	case types.BoolKind:
		value = "false"
	case types.IntKind, types.UintKind, types.DoubleKind:
		value = "0"
	case types.ListKind:
		value = "[]"
	case types.MapKind, types.StructKind:
		value = "{}"
	case types.TimestampKind:
		value = "now()"
	case types.DurationKind:
		value = "0s"
	}
	if isOptional(t) {
		return fallback(t.Parameters()[0], false)
	}
	if t.Kind() == types.StructKind || t.Kind() == types.DynKind {
		return ", with the field you need and orValue(…) behind it"
	}
	return ".orValue(" + value + ")"
}

// pathText writes a node as the expression has it.
func (c *check) pathText(e ast.Expr) string {
	switch e.Kind() {
	case ast.IdentKind:
		return e.AsIdent()
	case ast.SelectKind:
		return c.pathText(e.AsSelect().Operand()) + "." + e.AsSelect().FieldName()
	case ast.CallKind:
		if steps, ok := chain(e); ok {
			return c.pathText(steps[0].operand) + ".?" + steps[0].name
		}
	}
	return "…"
}

// pathType returns the exact type of a plain path of declared fields.
func (e *Env) pathType(root ast.Expr) (schema.Type, bool) {
	if root.Kind() == ast.IdentKind {
		v, ok := e.vars[root.AsIdent()]
		return v.typ, ok
	}
	if root.Kind() != ast.SelectKind || root.AsSelect().IsTestOnly() {
		return schema.Type{}, false
	}
	t, ok := e.pathType(root.AsSelect().Operand())
	if !ok || t.Optional {
		return schema.Type{}, false
	}
	if t.Kind == schema.Object {
		f, ok := t.Field(root.AsSelect().FieldName())
		return f.Type, ok
	}
	if t.Kind == schema.Map && t.Elem != nil {
		return *t.Elem, true
	}
	return schema.Type{}, false
}
