package mapping

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/schema"
)

// Suffix ends the names of files that hold a mapping.
const Suffix = ".mapping.yaml"

// environment is what expressions of mappings see.
func environment() (*expr.Env, error) {
	untyped := schema.TypeOf(schema.Any)
	return expr.NewEnv(map[string]schema.Type{"event": untyped, "item": untyped, "whole": untyped, "meta": untyped})
}

// Load reads all mappings of some trees; of two with one name the later wins.
// The Set holds those without errors, and is nil only where the language
// itself cannot be built. A tree that does not exist is empty.
func Load(trees ...fs.FS) (*Set, document.Problems) {
	s := &Set{byName: map[string]*Mapping{}, meanings: meanings(), env: sync.OnceValues(environment)}
	env, err := environment() // not that of the Set, which would keep what all mappings need
	if err != nil {
		return nil, document.Problems{{Code: "language", Message: err.Error(), Fix: "report this"}}
	}
	var problems document.Problems
	for _, tree := range trees {
		found := s.tree(tree, env)
		problems = append(problems, found...)
	}
	for _, m := range s.byName {
		s.order = append(s.order, m)
	}
	slices.SortFunc(s.order, func(a, b *Mapping) int { return strings.Compare(a.Name, b.Name) })
	return s, problems
}

// tree reads the mappings of one tree.
func (s *Set) tree(tree fs.FS, env *expr.Env) document.Problems {
	var problems document.Problems
	here := map[string]string{}
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, Suffix) {
			return err
		}
		source, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		m, found := read(name, source, env)
		if other := here[m.Name]; other != "" && m.Name != "" {
			found = append(found, document.Problem{File: name, Pos: document.Pos{Line: 1, Column: 1}, Width: 1, Code: "duplicate-name",
				Message: fmt.Sprintf("%s names its mapping %s too", other, m.Name), Fix: "give one of them another name"})
		}
		here[m.Name] = name
		problems = append(problems, found...)
		if found.Err() == nil {
			s.byName[m.Name] = s.head(m, source)
		}
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		problems = append(problems, document.Problem{File: ".", Pos: document.Pos{Line: 1, Column: 1}, Width: 1, Code: "unreadable", Message: err.Error(), Fix: "make the directory readable for Harrier"})
	}
	return problems
}

// head returns what an event is recognised by. Of the many mappings that there
// are few are ever used; the rest of one is read again when it is.
func (s *Set) head(m *Mapping, source []byte) *Mapping {
	head := *m
	head.making = making{}
	head.whole = sync.OnceValue(func() *Mapping {
		env, _ := s.env() // neither this nor what follows failed the first time
		m, _ := read(head.File, source, env)
		return m
	})
	return &head
}
