package archtest

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

func initFunctions(t *Tree) (found []Finding) {
	for f := range t.written() {
		for _, decl := range f.Syntax.Decls {
			if d, ok := decl.(*ast.FuncDecl); ok && d.Recv == nil && d.Name.Name == "init" {
				found = append(found, Finding{
					Pos: t.at(d), Rule: "16", Subject: "init", Message: "the package has an init function",
					Fix: "do the work in a constructor that its owner calls",
				})
			}
		}
	}
	return found
}

// packageVariables finds package variables that could change: all but guards
// (var _ I = …), embedded files, errors to compare with, and unexported values
// that their constructors make unchangeable and nothing assigns.
func packageVariables(t *Tree) (found []Finding) {
	for f := range t.written() {
		for _, decl := range f.Syntax.Decls {
			d, ok := decl.(*ast.GenDecl)
			if !ok || d.Tok != token.VAR {
				continue
			}
			for _, spec := range d.Specs {
				if v, ok := spec.(*ast.ValueSpec); ok && !embeds(d, v) {
					found = append(found, t.variables(f, v)...)
				}
			}
		}
	}
	return found
}

func (t *Tree) variables(f *File, v *ast.ValueSpec) (found []Finding) {
	for i, name := range v.Names {
		var value ast.Expr
		if i < len(v.Values) {
			value = v.Values[i]
		}
		if name.Name == "_" || (f.fixed(name.Name, value) && !t.assigned(f.Dir, name)) {
			continue
		}
		found = append(found, Finding{
			Pos: t.at(name), Rule: "16", Subject: name.Name,
			Message: "package variable " + name.Name + " could change",
			Fix:     "make it a constant, a function that returns the literal, or a field of the value that uses it",
		})
	}
	return found
}

// embeds tells whether go:embed fills the variable.
func embeds(d *ast.GenDecl, v *ast.ValueSpec) bool {
	for _, group := range []*ast.CommentGroup{d.Doc, v.Doc} {
		if group == nil {
			continue
		}
		for _, c := range group.List {
			if strings.HasPrefix(c.Text, "//go:embed ") {
				return true
			}
		}
	}
	return false
}

// fixed tells whether a variable's initial value cannot change by itself.
func (f *File) fixed(name string, value ast.Expr) bool {
	if strings.HasPrefix(name, "Err") || strings.HasPrefix(name, "err") {
		return isError(value)
	}
	call, ok := value.(*ast.CallExpr)
	if !ok || ast.IsExported(name) {
		return false
	}
	for from, names := range unchangeable() {
		if _, ok := f.selects(call.Fun, from, names); ok {
			return true
		}
	}
	// A test's flags, such as -update.
	_, flag := f.selects(call.Fun, "flag", []string{"Bool", "Duration", "Int", "String"})
	return flag && f.Test
}

// unchangeable lists, by package, constructors of values that cannot change.
func unchangeable() map[string][]string {
	return map[string][]string{
		"regexp":          {"MustCompile", "MustCompilePOSIX"},
		"strings":         {"NewReplacer"},
		"sync":            {"OnceValue", "OnceValues", "OnceFunc"},
		"net/netip":       {"MustParseAddr", "MustParsePrefix", "AddrFrom4", "AddrFrom16", "PrefixFrom"},
		"encoding/base32": {"NewEncoding"},
		"encoding/base64": {"NewEncoding"},
		"html/template":   {"Must"},
		"text/template":   {"Must"},
	}
}

// isError tells whether an expression makes an error: errors.New, Errorf or a
// literal of an error's type.
func isError(e ast.Expr) bool {
	switch x := e.(type) {
	case *ast.CallExpr:
		name := baseName(x.Fun)
		return isSelector(x.Fun, "errors", "New") || name == "Errorf"
	case *ast.UnaryExpr:
		return isError(x.X)
	case *ast.CompositeLit:
		return strings.HasSuffix(baseName(x.Type), "Error")
	}
	return false
}

// assigned tells whether a file of the folder assigns the variable, changes an
// element of it or takes its address.
func (t *Tree) assigned(dir string, name *ast.Ident) bool {
	is := func(e ast.Expr) bool {
		if index, ok := e.(*ast.IndexExpr); ok {
			e = index.X
		}
		id, ok := e.(*ast.Ident)
		return ok && id.Name == name.Name
	}
	hit := false
	for _, f := range t.Files {
		if f.Dir != dir {
			continue
		}
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.AssignStmt:
				hit = hit || x.Tok != token.DEFINE && slices.ContainsFunc(x.Lhs, is)
			case *ast.IncDecStmt:
				hit = hit || is(x.X)
			case *ast.UnaryExpr:
				hit = hit || x.Op == token.AND && is(x.X)
			}
			return !hit
		})
	}
	return hit
}
