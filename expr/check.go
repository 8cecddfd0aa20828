package expr

import (
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
)

// check checks one expression and collects what is wrong.
type check struct {
	env    *Env
	source rewritten
	// text is the expression as it was given.
	text   []rune
	issues []Issue
	// made holds the nodes that were put into the tree.
	made map[int64]bool
}

// run parses and checks; the result is nil where there are issues.
func (c *check) run() *cel.Ast {
	parsed, issues := c.env.cel.Parse(c.source.text)
	if issues.Err() != nil {
		c.syntax(issues.Errors())
		return nil
	}
	c.made = map[int64]bool{}
	checked, issues := c.env.cel.Check(parsed)
	for range 20 {
		if issues.Err() == nil {
			if !c.untyped(parsed.NativeRep(), checked.NativeRep()) {
				break
			}
		} else if !c.relax(parsed.NativeRep(), issues.Errors()) {
			break
		}
		checked, issues = c.env.cel.Check(parsed)
	}
	if issues.Err() != nil {
		c.explainAll(parsed, issues.Errors())
		return nil
	}
	c.absent(checked.NativeRep())
	return checked
}

// relax makes comparisons and choices work between integers and numbers and
// with null, which CEL's types forbid although its values allow it. It reports
// whether it changed something.
func (c *check) relax(tree *ast.AST, errors []*cel.Error) bool {
	changed := false
	for _, err := range errors {
		name, args, ok := noOverload(err.Message)
		if !ok || !relaxable(name, args) {
			continue
		}
		node := find(tree.Expr(), err.ExprID)
		if node == nil || node.Kind() != ast.CallKind || node.AsCall().FunctionName() != name {
			continue
		}
		c.loosen(tree, node)
		changed = true
	}
	return changed
}

// relaxable reports whether the arguments of an operator differ only by
// integer and number, or by null.
func relaxable(name string, args []string) bool {
	switch name {
	case operators.Equals, operators.NotEquals:
		return len(args) == 2 && (args[0] == "null" || args[1] == "null" || sameNumbers(args[0], args[1]))
	case operators.In, operators.OldIn:
		return len(args) == 2 && sameNumbers("list("+args[0]+")", args[1])
	case operators.Conditional:
		return len(args) == 3 && args[0] == "bool" && (sameNumbers(args[1], args[2]) || args[1] == "null" || args[2] == "null")
	case "orValue":
		return len(args) == 2 && (sameNumbers(args[0], "optional_type("+args[1]+")") || args[1] == "null")
	}
	return false
}

// sameNumbers reports whether two types are equal up to integer and number.
func sameNumbers(a, b string) bool {
	r := strings.NewReplacer("double", "int", "uint", "int")
	return a != b && r.Replace(a) == r.Replace(b)
}

// loosen makes the last arguments of a call untyped.
func (c *check) loosen(tree *ast.AST, node ast.Expr) {
	factory := ast.NewExprFactory()
	call := node.AsCall()
	args := append([]ast.Expr(nil), call.Args()...)
	for i := range args {
		if i == 0 && len(args) == 3 {
			continue
		}
		id := ast.MaxID(tree) + int64(i)
		if r, ok := tree.SourceInfo().GetOffsetRange(args[i].ID()); ok {
			tree.SourceInfo().SetOffsetRange(id, r)
		}
		args[i] = factory.NewCall(id, "dyn", args[i])
	}
	if call.IsMemberFunction() {
		node.SetKindCase(factory.NewMemberCall(node.ID(), call.FunctionName(), call.Target(), args...))
		return
	}
	node.SetKindCase(factory.NewCall(node.ID(), call.FunctionName(), args...))
}

// find returns the node with an id.
func find(root ast.Expr, id int64) ast.Expr {
	var found ast.Expr
	ast.PreOrderVisit(root, ast.NewExprVisitor(func(e ast.Expr) {
		if e.ID() == id && found == nil {
			found = e
		}
	}))
	return found
}
