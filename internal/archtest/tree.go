package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Tree is the source of one module.
type Tree struct {
	// Module is the module's path, as in go.mod.
	Module string
	// Requires lists the paths of the modules that go.mod requires, longest first.
	Requires []string
	// Files are the Go files, in order of path.
	Files []*File
	// Texts are other text files that people write, by path.
	Texts map[string]string

	fset *token.FileSet
}

// File is one Go file.
type File struct {
	// Path is relative to the module, with slashes.
	Path string
	// Dir is the package's folder: "." for the root package.
	Dir string
	// Test tells that the file is only compiled for tests.
	Test bool
	// Generated tells that no person writes the file.
	Generated bool
	Lines     int
	Source    string
	Syntax    *ast.File
}

// Read reads the module whose go.mod stands at the root of fsys. Folders that
// the go command ignores, nested modules and data are left out. A file that
// does not parse is an error.
func Read(fsys fs.FS) (*Tree, error) {
	t := &Tree{Texts: make(map[string]string), fset: token.NewFileSet()}
	if err := t.readModule(fsys); err != nil {
		return nil, err
	}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return enter(fsys, name)
		case path.Ext(name) == ".go":
			return t.readGo(fsys, name)
		case isText(name):
			return t.readText(fsys, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the module: %w", err)
	}
	return t, nil
}

// readModule takes the module's path and requirements from go.mod.
func (t *Tree) readModule(fsys fs.FS) error {
	src, err := fs.ReadFile(fsys, "go.mod")
	if err != nil {
		return fmt.Errorf("find the module: %w", err)
	}
	block := ""
	for line := range strings.Lines(string(src)) {
		text, _, _ := strings.Cut(line, "//")
		words := strings.Fields(text)
		switch {
		case len(words) == 0:
		case words[0] == ")":
			block = ""
		case len(words) > 1 && words[1] == "(":
			block = words[0]
		case words[0] == "module" && len(words) == 2:
			t.Module = words[1]
		case words[0] == "require" && len(words) == 3:
			t.Requires = append(t.Requires, words[1])
		case block == "require":
			t.Requires = append(t.Requires, words[0])
		}
	}
	if t.Module == "" {
		return fmt.Errorf("find the module: go.mod names none")
	}
	slices.SortFunc(t.Requires, func(a, b string) int { return len(b) - len(a) })
	return nil
}

// enter decides whether the walk goes into a folder.
func enter(fsys fs.FS, name string) error {
	base := path.Base(name)
	if name == "." || name == ".ci" {
		return nil
	}
	if base == "testdata" || base == "node_modules" || name == "bin" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return fs.SkipDir
	}
	if _, err := fs.Stat(fsys, path.Join(name, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

func (t *Tree) readGo(fsys fs.FS, name string) error {
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	syntax, err := parser.ParseFile(t.fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	t.Files = append(t.Files, &File{
		Path: name, Dir: path.Dir(name), Test: strings.HasSuffix(name, "_test.go"), Generated: ast.IsGenerated(syntax),
		Lines: strings.Count(string(src), "\n"), Source: string(src), Syntax: syntax,
	})
	return nil
}

func (t *Tree) readText(fsys fs.FS, name string) error {
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	t.Texts[name] = string(src)
	return nil
}

// isText tells whether people write the file and other people read it.
func isText(name string) bool {
	switch path.Ext(name) {
	case ".md", ".yaml", ".yml", ".toml", ".json", ".sql", ".ts", ".tsx", ".sh", ".html", ".css", ".mod":
		return true
	}
	return path.Base(name) == "Makefile" || path.Dir(name) == ".ci"
}

// written yields the files that people write.
func (t *Tree) written() func(yield func(*File) bool) {
	return func(yield func(*File) bool) {
		for _, f := range t.Files {
			if !f.Generated && !yield(f) {
				return
			}
		}
	}
}

// product yields the files that are part of the product or of a package that tests import.
func (t *Tree) product() func(yield func(*File) bool) {
	return func(yield func(*File) bool) {
		for _, f := range t.Files {
			if !f.Test && !yield(f) {
				return
			}
		}
	}
}

// at returns where a node stands.
func (t *Tree) at(n ast.Node) token.Position { return t.fset.Position(n.Pos()) }

// start is the first line of a file, where a finding about all of it is shown.
func start(name string) token.Position { return token.Position{Filename: name, Line: 1} }

// testSupport tells whether the package in dir exists for tests only: connectortest, storetest, and the like.
func testSupport(dir string) bool { return strings.HasSuffix(path.Base(dir), "test") }
