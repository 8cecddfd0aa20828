package expr

import (
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/ext"
	"cel.dev/cel-go/parser"
)

// nowVariable holds the time of an evaluation. It cannot be written in an
// expression; now() stands for it.
const nowVariable = "@now"

// language is what all environments share: the functions and macros.
var language = sync.OnceValues(newLanguage)

// newLanguage builds the language: CEL, parts of its extensions, and our own.
func newLanguage() (*cel.Env, error) {
	options := []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(&env.LibrarySubset{ExcludeFunctions: arithmeticNames()})),
		cel.CustomTypeAdapter(adapter{}),
		cel.OptionalTypes(),
		cel.CrossTypeNumericComparisons(true),
		cel.DefaultUTCTimeZone(true),
		cel.EnableHiddenAccumulatorName(true),
		cel.ParserRecursionLimit(100),
		cel.ParserErrorRecoveryLimit(10),
		cel.ExpressionNodeLimit(5000),
		cel.RegexProgramSizeLimit(maxRegex),
		ext.Strings(), ext.Lists(ext.ListsMaxRangeSize(MaxItems)), ext.Math(), ext.Encoders(ext.EncodersVersion(0)), ext.Bindings(),
		cel.Variable(nowVariable, cel.TimestampType),
		cel.Macros(macros()...),
	}
	for _, more := range [][]cel.EnvOption{arithmetic(), textFunctions(), listFunctions(), securityFunctions()} {
		options = append(options, more...)
	}
	return cel.NewCustomEnv(options...)
}

// macros are the words that stand for others, and CEL's own macros over maps
// and lists, which here visit the keys of a map in order.
func macros() []cel.Macro {
	return []cel.Macro{
		cel.GlobalMacro("now", 0, func(f cel.MacroExprFactory, _ ast.Expr, _ []ast.Expr) (ast.Expr, *common.Error) {
			return f.NewIdent(nowVariable), nil
		}),
		cel.GlobalMacro("summary", 0, func(f cel.MacroExprFactory, _ ast.Expr, _ []ast.Expr) (ast.Expr, *common.Error) {
			return f.NewSelect(f.NewIdent("run"), "summary"), nil
		}),
		cel.GlobalMacro("matches", 2, func(f cel.MacroExprFactory, _ ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
			return f.NewMemberCall("matches", f.NewCall(shortFunction, args[0]), args[1]), nil
		}),
		cel.ReceiverMacro("matches", 1, func(f cel.MacroExprFactory, target ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
			return f.NewMemberCall("matches", f.NewCall(shortFunction, target), args[0]), nil
		}),
		cel.ReceiverMacro("format", 1, func(f cel.MacroExprFactory, target ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
			return f.NewMemberCall("format", f.NewCall(shortFunction, target), f.NewCall(fitsFunction, args[0])), nil
		}),
		cel.ReceiverMacro("all", 2, inOrder(parser.MakeAll)),
		cel.ReceiverMacro("exists", 2, inOrder(parser.MakeExists)),
		cel.ReceiverMacro("exists_one", 2, inOrder(parser.MakeExistsOne)),
		cel.ReceiverMacro("existsOne", 2, inOrder(parser.MakeExistsOne)),
		cel.ReceiverMacro("map", 2, inOrder(parser.MakeMap)),
		cel.ReceiverMacro("map", 3, inOrder(parser.MakeMap)),
		cel.ReceiverMacro("filter", 2, inOrder(parser.MakeFilter)),
		cel.GlobalMacro("has", 1, parser.MakeHas),
	}
}

// inOrder makes a macro visit what it ranges over in a fixed order.
func inOrder(expand cel.MacroFactory) cel.MacroFactory {
	return func(f cel.MacroExprFactory, target ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
		return expand(f, f.NewCall(orderedFunction, target), args)
	}
}
