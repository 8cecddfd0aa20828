package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strings"
)

// guessable finds comparisons of secrets that take longer the more is right:
// whoever measures guesses them piece by piece.
func guessable(t *Tree) (found []Finding) {
	for f := range t.product() {
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			what, operands := compared(n)
			for i, o := range operands {
				name := lastName(o)
				if !secretName(name) || f.constant(o) || f.constant(operands[1-i]) {
					continue
				}
				found = append(found, Finding{
					Pos: t.at(n), Rule: "32", Subject: name,
					Message: fmt.Sprintf("%s is compared by %s, which tells how much of it is right", name, what),
					Fix:     "use harrier.Secret.Equal, hmac.Equal or subtle.ConstantTimeCompare, or look it up by its hash",
				})
				break
			}
			return true
		})
	}
	return found
}

// compared is the comparison that a node makes, with what it compares.
func compared(n ast.Node) (what string, operands []ast.Expr) {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		if n.Op == token.EQL || n.Op == token.NEQ {
			return n.Op.String(), []ast.Expr{n.X, n.Y}
		}
	case *ast.CallExpr:
		sel, ok := n.Fun.(*ast.SelectorExpr)
		if !ok || len(n.Args) != 2 {
			return "", nil
		}
		pkg, _ := sel.X.(*ast.Ident)
		what = lastName(sel.X) + "." + sel.Sel.Name
		if pkg != nil && slices.Contains([]string{"bytes.Equal", "bytes.Compare", "strings.EqualFold", "strings.Compare", "slices.Equal", "reflect.DeepEqual"}, what) {
			return what, n.Args
		}
	}
	return "", nil
}

// lastName is the last name of an expression: of a field, a method or a variable.
func lastName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.CallExpr:
		if fun, ok := e.Fun.(*ast.Ident); ok && fun.Name == "len" {
			return ""
		}
		if len(e.Args) == 1 { // a conversion
			if name := lastName(e.Args[0]); secretName(name) {
				return name
			}
		}
		return lastName(e.Fun)
	case *ast.SliceExpr:
		return lastName(e.X)
	case *ast.ParenExpr:
		return lastName(e.X)
	}
	return ""
}

// secretName reports whether a name is that of something which authenticates.
func secretName(name string) bool {
	name = strings.ToLower(name)
	if slices.Contains([]string{"mac", "sig", "hmac", "nonce", "otp"}, name) {
		return true
	}
	return slices.ContainsFunc([]string{"secret", "password", "token", "verifier"}, func(end string) bool { return strings.HasSuffix(name, end) })
}

// constant reports whether an expression is written out, so that it tells
// nothing that is secret: a literal, nil, or a constant by its name.
func (f *File) constant(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return true
	case *ast.Ident: // an exported name is a constant: there are no such variables
		return e.Name == "nil" || e.Name == "true" || e.Name == "false" || e.IsExported()
	case *ast.SelectorExpr:
		pkg, ok := e.X.(*ast.Ident)
		return ok && slices.ContainsFunc(f.Syntax.Imports, func(i *ast.ImportSpec) bool { return path.Base(importPath(i.Path.Value)) == pkg.Name })
	case *ast.CompositeLit:
		return true
	case *ast.ParenExpr:
		return f.constant(e.X)
	}
	return false
}
