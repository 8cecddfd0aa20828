package expr

import (
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/decls"
	"cel.dev/cel-go/common/types"
)

// untyped makes the results of generic functions over untyped data untyped.
// The checker gives alert.tags.slice(0, 2) the type list(T) with a T that the
// next function fixes to whatever it knows first, and the evaluation then fails
// on data of another type. It reports whether it changed something.
func (c *check) untyped(parsed, checked *ast.AST) bool {
	var guessed []int64
	ast.PreOrderVisit(checked.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() == ast.CallKind && c.guesses(checked, e) {
			guessed = append(guessed, e.ID())
		}
	}))
	factory := ast.NewExprFactory()
	for _, id := range guessed {
		node := find(parsed.Expr(), id)
		if node == nil || node.Kind() != ast.CallKind {
			continue
		}
		call, inner := node.AsCall(), ast.MaxID(parsed)
		if r, ok := parsed.SourceInfo().GetOffsetRange(id); ok {
			parsed.SourceInfo().SetOffsetRange(inner, r)
		}
		copied := factory.NewCall(inner, call.FunctionName(), call.Args()...)
		if call.IsMemberFunction() {
			copied = factory.NewMemberCall(inner, call.FunctionName(), call.Target(), call.Args()...)
		}
		c.made[inner] = true
		node.SetKindCase(factory.NewCall(id, "dyn", copied))
	}
	return len(guessed) > 0
}

// guesses reports whether the result of a call has a type that the checker
// made up: an untyped argument stands where a list of T or the like is taken.
func (c *check) guesses(checked *ast.AST, e ast.Expr) bool {
	call := e.AsCall()
	ids := checked.GetOverloadIDs(e.ID())
	f := c.env.cel.Functions()[call.FunctionName()]
	if len(ids) != 1 || f == nil || c.made[e.ID()] {
		return false
	}
	i := slices.IndexFunc(f.OverloadDecls(), func(o *decls.OverloadDecl) bool { return o.ID() == ids[0] })
	if i < 0 || !generic(f.OverloadDecls()[i].ResultType()) {
		return false
	}
	args := call.Args()
	if call.IsMemberFunction() {
		args = append([]ast.Expr{call.Target()}, args...)
	}
	for j, param := range f.OverloadDecls()[i].ArgTypes() {
		if j < len(args) && param.Kind() != types.TypeParamKind && generic(param) && checked.GetType(args[j].ID()).IsDyn() {
			return true
		}
	}
	return false
}

// generic reports whether a type has a parameter in it.
func generic(t *cel.Type) bool {
	return t.Kind() == types.TypeParamKind || slices.ContainsFunc(t.Parameters(), generic)
}
