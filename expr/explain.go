package expr

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"github.com/harrier-soar/harrier"
)

// place returns where a node stands in the expression as it was given.
func (c *check) place(tree *ast.AST, id int64) (offset, width int) {
	r, ok := tree.SourceInfo().GetOffsetRange(id)
	if !ok {
		return 0, max(1, len(c.text))
	}
	start := c.source.original(int(r.Start))
	stop := c.source.original(int(r.Stop))
	return c.token(start, stop)
}

// token widens a place to the token that begins there; at a dot it is the name
// behind it, at the bracket of a call the name before it.
func (c *check) token(start, stop int) (offset, width int) {
	if start < len(c.text) && (c.text[start] == '.' || c.text[start] == '?') {
		for start < len(c.text) && !isWordPart(c.text[start]) {
			start++
		}
		stop = start
	}
	var before lexeme
	for _, t := range scan(c.text) {
		if t.start <= start && start < t.end {
			if t.text == "(" && before.kind == word && before.end == t.start {
				return before.start, before.end - before.start
			}
			return start, max(stop, t.end) - start
		}
		before = t
	}
	return min(start, len(c.text)), max(1, stop-start)
}

// explainAll turns the errors of CEL's checker into issues.
func (c *check) explainAll(parsed *cel.Ast, errors []*cel.Error) {
	first := len(c.issues)
	for _, err := range errors {
		c.issues = append(c.issues, c.explain(parsed.NativeRep(), err))
	}
	undefined := func(err *cel.Error) bool { return strings.HasPrefix(err.Message, "undefined field ") }
	if !slices.ContainsFunc(errors, undefined) {
		return
	}
	// What is known of a field must be read before objects spoils the tree.
	copied := ast.Copy(parsed.NativeRep())
	objects := c.objects(parsed, errors)
	for i, err := range errors {
		if undefined(err) {
			c.explainField(copied, err, objects[err.ExprID], &c.issues[first+i])
		}
	}
}

// explain turns an error of CEL's checker into an issue.
func (c *check) explain(tree *ast.AST, err *cel.Error) Issue {
	offset, width := c.place(tree, err.ExprID)
	issue := Issue{Offset: offset, Width: width, Message: describe(err.Message), Fix: "correct the expression; functions and their arguments are in the reference"}
	switch {
	case strings.HasPrefix(err.Message, "undeclared reference to "):
		name := strings.TrimPrefix(between(err.Message, "'"), "@")
		issue.Message = name + " is not known here"
		issue.Fix = c.otherName(name, c.env.names())
	case strings.HasPrefix(err.Message, "found no matching overload for "):
		explainOverload(err.Message, &issue)
	case strings.Contains(err.Message, "does not support field selection"):
		issue.Message = "a " + strings.TrimPrefix(describe(between(err.Message, "'")), "list(") + " has no fields"
		if strings.Contains(err.Message, "'list(") {
			issue.Message = "a list has no fields"
			issue.Fix = "take an item with [0], or go through the items with map, filter or exists"
			break
		}
		issue.Fix = "use the value itself"
	}
	return issue
}

// between returns the part of a message in the first pair of quotes.
func between(message, q string) string {
	_, rest, _ := strings.Cut(message, q)
	part, _, _ := strings.Cut(rest, q)
	return part
}

// otherName says which of the known names was probably meant.
func (c *check) otherName(name string, known []string) string {
	if near := harrier.Suggest(name, known); near != "" {
		return "did you mean " + near + "?"
	}
	vars := sortedNames(c.env.vars)
	if len(vars) == 0 {
		return "put quotes around it if it is a text"
	}
	return "use one of " + strings.Join(vars[:min(len(vars), 12)], ", ") + ", or put quotes around it if it is a text"
}

// explainField explains a field that an object does not have; o is nil where
// it is not known which object.
func (c *check) explainField(tree *ast.AST, err *cel.Error, o *object, issue *Issue) {
	name := between(err.Message, "'")
	issue.Message = "there is no field " + name
	if steps, ok := chain(find(tree.Expr(), err.ExprID)); ok {
		issue.Message = fmt.Sprintf("%s has no field %s", c.pathText(steps[0].operand), name)
	}
	if o == nil {
		return
	}
	if near := harrier.Suggest(name, o.names()); near != "" {
		issue.Fix = "did you mean " + near + "?"
		return
	}
	issue.Fix = "use one of " + strings.Join(o.names()[:min(len(o.typ.Fields), 12)], ", ")
}

// objects returns the objects whose fields were not found, by the node that
// reads them. The checker does not tell, so each operand is given to a function
// that takes nothing of the kind: the error names its type. It spoils the tree.
func (c *check) objects(parsed *cel.Ast, errors []*cel.Error) map[int64]*object {
	root := parsed.NativeRep().Expr()
	for _, err := range errors {
		if !strings.HasPrefix(err.Message, "undefined field ") {
			continue
		}
		node := find(root, err.ExprID)
		if steps, ok := chain(node); ok {
			node.SetKindCase(ast.NewExprFactory().NewCall(node.ID(), probeFunction, steps[0].operand))
		}
	}
	_, issues := c.env.cel.Check(parsed)
	found := map[int64]*object{}
	for _, err := range issues.Errors() {
		if name, args, ok := noOverload(err.Message); ok && name == probeFunction && len(args) == 1 {
			t := strings.TrimSuffix(strings.TrimPrefix(args[0], "optional_type("), ")")
			found[err.ExprID], _ = c.env.provider.known(t)
		}
	}
	return found
}

// explainOverload explains an operator or function that does not take what it
// was given.
func explainOverload(message string, issue *Issue) {
	name, args, ok := noOverload(message)
	if !ok {
		return
	}
	shown := make([]string, len(args))
	absent := false
	for i, a := range args {
		shown[i] = describe(a)
		absent = absent || strings.HasPrefix(a, "optional_type(")
	}
	what, isOperator := operators.FindReverse(name)
	switch {
	case name == orderedFunction:
		issue.Message = fmt.Sprintf("%s cannot be gone through, only lists and maps", strings.Join(shown, ""))
	case isOperator && what != "" && len(shown) == 2:
		issue.Message = fmt.Sprintf("%s does not work between %s and %s", what, shown[0], shown[1])
	case isOperator && what != "":
		issue.Message = fmt.Sprintf("%s does not work on %s", what, strings.Join(shown, ", "))
	case name == operators.Conditional:
		issue.Message = fmt.Sprintf("? : needs a condition and two values of one type, not %s", strings.Join(shown, ", "))
	case name == operators.Index:
		issue.Message = fmt.Sprintf("[ ] does not work on %s", strings.Join(shown, " with "))
	default:
		issue.Message = fmt.Sprintf("%s does not take %s", strings.TrimPrefix(name, "@"), strings.Join(shown, ", "))
	}
	issue.Fix = overloadFix(name, args)
	if absent {
		issue.Message += ": a value may be absent"
		issue.Fix = "write .orValue(…) behind the value that may be absent, with what to use instead"
	}
}

// overloadFix says how to make the arguments of a call fit.
func overloadFix(name string, args []string) string {
	switch {
	case name == operators.LogicalNot || name == operators.LogicalAnd || name == operators.LogicalOr || name == operators.Conditional:
		return "write a condition that is true or false, such as x != \"\" or size(x) > 0"
	case slices.Contains(args, "string") && (slices.Contains(args, "int") || slices.Contains(args, "double")):
		return "convert one of them: string(…), int(…) or double(…)"
	case slices.Contains(args, "string") && slices.Contains(args, "timestamp"):
		return "convert the text: timestamp(…)"
	case slices.Contains(args, "string") && slices.Contains(args, "duration"):
		return "write a duration without quotes, such as 30d, or convert the text: duration(…)"
	case name == orderedFunction:
		return "use a list or a map here"
	case name == operators.Index && len(args) == 2 && args[1] == "string":
		return "read the field with a dot: value.field"
	}
	return "look the function up in the reference and give it what it takes"
}

// noOverload reads the name and the argument types from an error of the checker.
func noOverload(message string) (name string, args []string, ok bool) {
	rest, ok := strings.CutPrefix(message, "found no matching overload for '")
	if !ok {
		return "", nil, false
	}
	name, rest, ok = strings.Cut(rest, "' applied to '")
	if !ok {
		return "", nil, false
	}
	list := strings.TrimPrefix(strings.TrimSuffix(rest, "'"), "(")
	if i := strings.LastIndex(list, ".("); i > 0 { // a call on a target: string.(int)
		args = append(args, list[:i])
		list = list[i+2:]
	}
	return name, append(args, splitTypes(strings.TrimSuffix(list, ")"))...), true
}

// splitTypes splits a list of types at the commas that are not in brackets.
func splitTypes(list string) []string {
	var out []string
	depth, start := 0, 0
	for i, c := range list {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			out = append(out, strings.TrimSpace(list[start:i]))
			start = i + 1
		}
	}
	if rest := strings.TrimSpace(list[start:]); rest != "" {
		out = append(out, rest)
	}
	return out
}
