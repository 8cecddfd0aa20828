package archtest

import (
	"fmt"
	"go/ast"
)

// The caps of rule 5.
const (
	maxFunction   = 80
	maxFile       = 500
	maxInterface  = 7
	maxParameters = 4
)

// longFunctions finds functions whose body is longer than the cap. Function
// literals count with the function that holds them.
func longFunctions(t *Tree) (found []Finding) {
	for f := range t.written() {
		for _, decl := range f.Syntax.Decls {
			for name, body := range bodies(decl) {
				lines := t.fset.Position(body.Rbrace).Line - t.fset.Position(body.Lbrace).Line - 1
				if lines > maxFunction {
					found = append(found, Finding{
						Pos: t.at(decl), Rule: "5", Subject: name,
						Message: fmt.Sprintf("function %s is %d lines long, at most %d", name, lines, maxFunction),
						Fix:     "give a part of it a name and a function of its own",
					})
				}
			}
		}
	}
	return found
}

// bodies returns the outermost function bodies of a declaration, by name.
func bodies(decl ast.Decl) map[string]*ast.BlockStmt {
	all := make(map[string]*ast.BlockStmt)
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Body != nil {
			all[funcName(d)] = d.Body
		}
	case *ast.GenDecl:
		ast.Inspect(d, func(n ast.Node) bool {
			lit, ok := n.(*ast.FuncLit)
			if ok {
				all[fmt.Sprintf("literal %d", len(all)+1)] = lit.Body
			}
			return !ok
		})
	}
	return all
}

// funcName returns a function's name, a method's with its receiver: Store.Put.
func funcName(d *ast.FuncDecl) string {
	if recv := receiver(d); recv != "" {
		return recv + "." + d.Name.Name
	}
	return d.Name.Name
}

// receiver returns the name of a method's type, or "".
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return ""
	}
	return baseName(d.Recv.List[0].Type)
}

// baseName returns the name under pointers and type arguments.
func baseName(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.StarExpr:
		return baseName(x.X)
	case *ast.ParenExpr:
		return baseName(x.X)
	case *ast.IndexExpr:
		return baseName(x.X)
	case *ast.IndexListExpr:
		return baseName(x.X)
	case *ast.SelectorExpr:
		return x.Sel.Name
	}
	return ""
}

func longFiles(t *Tree) (found []Finding) {
	for f := range t.written() {
		if f.Lines > maxFile {
			found = append(found, Finding{
				Pos: start(f.Path), Rule: "5", Subject: "file",
				Message: fmt.Sprintf("the file has %d lines, at most %d", f.Lines, maxFile),
				Fix:     "one idea per file: move the second one to a file named after it",
			})
		}
	}
	return found
}

// largeInterfaces finds interfaces with too many methods. An embedded one
// counts as one, because the embedded one is checked by itself.
func largeInterfaces(t *Tree) (found []Finding) {
	for f := range t.written() {
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			i, ok := spec.Type.(*ast.InterfaceType)
			if ok && i.Methods.NumFields() > maxInterface {
				found = append(found, Finding{
					Pos: t.at(spec), Rule: "5", Subject: spec.Name.Name,
					Message: fmt.Sprintf("interface %s has %d methods, at most %d", spec.Name.Name, i.Methods.NumFields(), maxInterface),
					Fix:     "declare, next to each use, only the methods used there",
				})
			}
			return true
		})
	}
	return found
}

// manyParameters finds functions and interface methods with too many
// parameters. A receiver and a leading context do not count.
func manyParameters(t *Tree) (found []Finding) {
	report := func(n ast.Node, name string, typ *ast.FuncType) {
		if count := parameters(typ); count > maxParameters {
			found = append(found, Finding{
				Pos: t.at(n), Rule: "5", Subject: name,
				Message: fmt.Sprintf("%s has %d parameters, at most %d beside the context", name, count, maxParameters),
				Fix:     "put those that belong together into a struct",
			})
		}
	}
	for f := range t.written() {
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.FuncDecl:
				report(x, funcName(x), x.Type)
			case *ast.TypeSpec:
				reportMethods(x, report)
			}
			return true
		})
	}
	return found
}

// reportMethods hands over the methods of an interface, or a function type.
func reportMethods(spec *ast.TypeSpec, report func(ast.Node, string, *ast.FuncType)) {
	switch typ := spec.Type.(type) {
	case *ast.FuncType:
		report(spec, spec.Name.Name, typ)
	case *ast.InterfaceType:
		for _, m := range typ.Methods.List {
			if fn, ok := m.Type.(*ast.FuncType); ok && len(m.Names) > 0 {
				report(m, spec.Name.Name+"."+m.Names[0].Name, fn)
			}
		}
	}
}

func parameters(typ *ast.FuncType) int {
	count := 0
	for i, p := range typ.Params.List {
		if i == 0 && isSelector(p.Type, "context", "Context") {
			continue
		}
		count += max(1, len(p.Names))
	}
	return count
}

// isSelector tells whether e is pkg.name.
func isSelector(e ast.Expr, pkg, name string) bool {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return false
	}
	id, ok := sel.X.(*ast.Ident)
	return ok && id.Name == pkg
}
