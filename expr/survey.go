package expr

import (
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// facts are what a checked expression reads and does.
type facts struct {
	// refs are the paths of variables that are read.
	refs [][]string
	// cheap tells that the work is bounded by the length of the expression and
	// of its operands, so that it need not be counted.
	cheap bool
	// now tells that the time is read.
	now   bool
	nodes int
}

// survey collects the facts of an expression.
func survey(checked *cel.Ast) facts {
	f := facts{cheap: true}
	f.visit(checked.NativeRep().Expr(), nil)
	f.cheap = f.cheap && f.nodes <= 200
	slices.SortFunc(f.refs, slices.Compare[[]string])
	f.refs = slices.CompactFunc(f.refs, slices.Equal[[]string])
	return f
}

// visit looks at a node; bound are the variables of comprehensions around it.
func (f *facts) visit(e ast.Expr, bound []string) {
	f.nodes++
	if path, rest, ok := refPath(e); ok {
		for _, r := range rest {
			f.visit(r, bound)
		}
		switch {
		case path[0] == nowVariable:
			f.now = true
		case !slices.Contains(bound, path[0]) && !strings.HasPrefix(path[0], "@"):
			f.refs = append(f.refs, path)
		}
		return
	}
	switch e.Kind() {
	case ast.SelectKind:
		f.visit(e.AsSelect().Operand(), bound)
	case ast.CallKind:
		call := e.AsCall()
		f.cheap = f.cheap && isCheap(call.FunctionName())
		if call.IsMemberFunction() {
			f.visit(call.Target(), bound)
		}
		for _, a := range call.Args() {
			f.visit(a, bound)
		}
	case ast.ListKind:
		for _, item := range e.AsList().Elements() {
			f.visit(item, bound)
		}
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			f.visit(entry.AsMapEntry().Key(), bound)
			f.visit(entry.AsMapEntry().Value(), bound)
		}
	case ast.ComprehensionKind:
		f.cheap = false
		f.comprehension(e.AsComprehension(), bound)
	}
}

// comprehension looks at a loop, whose variables hide those outside.
func (f *facts) comprehension(c ast.ComprehensionExpr, bound []string) {
	f.visit(c.IterRange(), bound)
	f.visit(c.AccuInit(), bound)
	inner := append(slices.Clone(bound), c.IterVar(), c.IterVar2(), c.AccuVar())
	f.visit(c.LoopCondition(), inner)
	f.visit(c.LoopStep(), inner)
	f.visit(c.Result(), append(slices.Clone(bound), c.AccuVar()))
}

// refPath returns the path of a variable that a node reads, such as
// steps.mail.output, and the nodes of indexes that are not constant.
func refPath(e ast.Expr) (path []string, rest []ast.Expr, ok bool) {
	switch e.Kind() {
	case ast.IdentKind:
		return []string{e.AsIdent()}, nil, true
	case ast.SelectKind:
		path, rest, ok = refPath(e.AsSelect().Operand())
		return append(path, e.AsSelect().FieldName()), rest, ok
	case ast.CallKind:
		call := e.AsCall()
		if call.IsMemberFunction() || len(call.Args()) != 2 {
			return nil, nil, false
		}
		switch call.FunctionName() {
		case operators.OptSelect, operators.Index, operators.OptIndex:
		default:
			return nil, nil, false
		}
		if path, rest, ok = refPath(call.Args()[0]); !ok {
			return nil, nil, false
		}
		index := call.Args()[1]
		if index.Kind() == ast.LiteralKind {
			if name, isText := index.AsLiteral().(types.String); isText {
				return append(path, string(name)), rest, true
			}
		}
		return append(path, "*"), append(rest, index), true
	}
	return nil, nil, false
}

// isCheap reports whether a function's work is at most proportional to its
// operands, and its result not larger.
func isCheap(name string) bool {
	switch name {
	case operators.Conditional, operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Equals, operators.NotEquals,
		operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals, operators.In, operators.Negate,
		operators.Add, operators.Subtract, operators.Multiply, operators.Divide, operators.Modulo,
		operators.Index, operators.OptIndex, operators.OptSelect,
		"size", "startsWith", "endsWith", "contains", "dyn", "int", "double", "string", "bool", "duration", "timestamp",
		"or", "orValue", "hasValue", "value", "lower", "upper", "trim", "cidr", "domain_of", "worst",
		"getHours", "getMinutes", "getSeconds", "getDayOfWeek", "getDate", "getMonth", "getFullYear":
		return true
	}
	return false
}
