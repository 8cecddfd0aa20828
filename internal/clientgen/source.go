package clientgen

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// source is what the server's own declarations say beyond JSON: comments, the
// spelling of names, which fields tell absent from empty, what is embedded.
type source struct {
	module   string
	fsys     fs.FS
	packages map[string]*declared
}

// declared is what one package declares.
type declared struct {
	types map[string]*declaration
	// imports are the module's own packages by the name that files use.
	imports map[string]string
}

type declaration struct {
	about string
	expr  ast.Expr
	home  *declared
}

// member is a field of a struct.
type member struct {
	// name is the field in Go, key the one in JSON.
	name, key, about string
	expr             ast.Expr
	pointer          bool
	// embeds names the type that is embedded here.
	embeds string
}

// readSource reads a package of the module in the tree.
func readSource(fsys fs.FS, module string) *source {
	return &source{module: module, fsys: fsys, packages: map[string]*declared{}}
}

// load reads the declarations of a folder once.
func (s *source) load(dir string) (*declared, error) {
	if d := s.packages[dir]; d != nil {
		return d, nil
	}
	d := &declared{types: map[string]*declaration{}, imports: map[string]string{}}
	s.packages[dir] = d
	entries, err := fs.ReadDir(s.fsys, dir)
	if err != nil {
		return nil, fmt.Errorf("read the server's declarations: %w", err)
	}
	for _, e := range entries {
		if path.Ext(e.Name()) != ".go" || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		text, err := fs.ReadFile(s.fsys, path.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(token.NewFileSet(), e.Name(), text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		d.read(file, s.module)
	}
	return d, nil
}

func (d *declared) read(file *ast.File, module string) {
	for _, imp := range file.Imports {
		if p, err := strconv.Unquote(imp.Path.Value); err == nil {
			if dir, ours := strings.CutPrefix(p, module); ours {
				d.imports[path.Base(p)] = path.Clean("./" + dir)
			}
		}
	}
	for _, decl := range file.Decls {
		g, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, one := range g.Specs {
			if t, ok := one.(*ast.TypeSpec); ok && t.TypeParams == nil {
				about := t.Doc.Text()
				if about == "" && !g.Lparen.IsValid() {
					about = g.Doc.Text()
				}
				d.types[t.Name.Name] = &declaration{about, t.Type, d}
			}
		}
	}
}

// find returns the declaration behind a schema's name, or nil: a type of that
// name, or the body of a handler's input.
func (s *source) find(dir, schema string) *declaration {
	home, err := s.load(dir)
	if err != nil {
		return nil
	}
	for _, name := range []string{schema, strings.ToLower(schema[:1]) + schema[1:]} {
		if d := home.types[name]; d != nil {
			return d
		}
	}
	if op, ok := strings.CutSuffix(schema, "InBody"); ok {
		if in := home.types[strings.ToLower(op[:1])+op[1:]+"In"]; in != nil {
			if st, ok := in.expr.(*ast.StructType); ok {
				for _, f := range st.Fields.List {
					if len(f.Names) == 1 && f.Names[0].Name == "Body" {
						return &declaration{"", f.Type, home}
					}
				}
			}
		}
		return nil
	}
	for _, other := range slices.Sorted(maps.Keys(home.imports)) {
		if d, err := s.load(home.imports[other]); err == nil && d.types[schema] != nil {
			return d.types[schema]
		}
	}
	return nil
}

// members lists the fields of a declaration as JSON sees them. What is embedded
// and no schema of its own is laid open.
func (s *source) members(d *declaration, known func(string) bool) []member {
	if d == nil {
		return nil
	}
	switch t := d.expr.(type) {
	case *ast.StructType:
		return s.fields(t, d.home, known)
	case *ast.Ident: // type A B
		return s.members(d.home.types[t.Name], known)
	case *ast.SelectorExpr:
		return s.members(s.selected(t, d.home), known)
	}
	return nil
}

// selected is the declaration of a type of another package of the module.
func (s *source) selected(sel *ast.SelectorExpr, home *declared) *declaration {
	pkg, ok := sel.X.(*ast.Ident)
	if !ok {
		return nil
	}
	dir, ok := home.imports[pkg.Name]
	if !ok {
		return nil
	}
	other, err := s.load(dir)
	if err != nil {
		return nil
	}
	return other.types[sel.Sel.Name]
}

func (s *source) fields(st *ast.StructType, home *declared, known func(string) bool) (list []member) {
	for _, f := range st.Fields.List {
		tag := ""
		if f.Tag != nil {
			text, _ := strconv.Unquote(f.Tag.Value)
			tag = reflect.StructTag(text).Get("json")
		}
		key, _, _ := strings.Cut(tag, ",")
		if len(f.Names) == 0 && key == "" {
			list = append(list, s.embedded(f.Type, home, known)...)
			continue
		}
		for _, n := range f.Names {
			if !n.IsExported() || key == "-" {
				continue
			}
			m := member{name: n.Name, key: key, about: f.Doc.Text(), expr: f.Type}
			if m.key == "" {
				m.key = n.Name
			}
			if star, ok := m.expr.(*ast.StarExpr); ok {
				m.pointer, m.expr = true, star.X
			}
			list = append(list, m)
		}
	}
	return list
}

// embedded is what an embedded type brings: itself where it has a schema, its fields otherwise.
func (s *source) embedded(e ast.Expr, home *declared, known func(string) bool) []member {
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	var d *declaration
	name := ""
	switch x := e.(type) {
	case *ast.Ident:
		name, d = x.Name, home.types[x.Name]
	case *ast.SelectorExpr:
		name, d = x.Sel.Name, s.selected(x, home)
	}
	if known(name) {
		return []member{{name: name, embeds: name, expr: e}}
	}
	return s.members(d, known)
}

// own is the name of a type of the root package that an expression, or what it
// is a list of, is; empty where it is none.
func own(e ast.Expr, root string) string {
	switch x := e.(type) {
	case *ast.SelectorExpr:
		if pkg, ok := x.X.(*ast.Ident); ok && pkg.Name == root {
			return x.Sel.Name
		}
	case *ast.ArrayType:
		return own(x.Elt, root)
	case *ast.MapType:
		return own(x.Value, root)
	case *ast.StarExpr:
		return own(x.X, root)
	}
	return ""
}

// plainInt tells that an expression, or what it is a list of, is an int.
func plainInt(e ast.Expr) bool {
	switch x := e.(type) {
	case *ast.Ident:
		return x.Name == "int"
	case *ast.ArrayType:
		return plainInt(x.Elt)
	case *ast.MapType:
		return plainInt(x.Value)
	case *ast.StarExpr:
		return plainInt(x.X)
	}
	return false
}
