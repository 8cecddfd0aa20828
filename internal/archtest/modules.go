package archtest

import (
	"cmp"
	"fmt"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
)

// maxCoreModules is how many modules of others all core packages together may use (rule 6).
const maxCoreModules = 6

// module is a module of others that was reviewed.
type module struct {
	path string
	// note is the number of the decision note that names it.
	note string
	// tests tells that only tests use it.
	tests bool
	// shared says why more than one package may import it.
	shared string
}

// useOf is one import of a module of others.
type useOf struct {
	pos  token.Position
	file *File
}

// outside returns the imports of other modules, by module. An import that no
// requirement of go.mod covers stands under its own path.
func (t *Tree) outside() map[string][]useOf {
	uses := make(map[string][]useOf)
	for _, f := range t.Files {
		for _, imp := range f.Syntax.Imports {
			name := importPath(imp.Path.Value)
			first, _, _ := strings.Cut(name, "/")
			if _, ours := t.ownDir(name); ours || !strings.Contains(first, ".") {
				continue
			}
			mod := name
			for _, required := range t.Requires {
				if name == required || strings.HasPrefix(name, required+"/") {
					mod = required
					break
				}
			}
			uses[mod] = append(uses[mod], useOf{t.at(imp), f})
		}
	}
	return uses
}

// unknownModules compares the imports with the reviewed list and its notes.
func unknownModules(t *Tree) []Finding { return t.reviewModules(reviewedModules()) }

func (t *Tree) reviewModules(list []module) (found []Finding) {
	const fix = "add a row to docs/decisions/0004-dependencies.md (what it saves, who keeps it, how we would leave it) " +
		"and a line to internal/archtest/dependencies.go, or do without it"
	uses := t.outside()
	known := make(map[string]bool)
	for _, m := range list {
		known[m.path] = true
		if !t.noteNames(m) {
			found = append(found, Finding{
				Pos: start("internal/archtest/dependencies.go"), Rule: "6", Subject: m.path,
				Message: fmt.Sprintf("decision note %s does not exist or does not name `%s`", m.note, m.path), Fix: fix,
			})
		}
		if len(uses[m.path]) == 0 {
			found = append(found, Finding{
				Pos: start("internal/archtest/dependencies.go"), Rule: "6", Subject: m.path,
				Message: m.path + " is reviewed but nothing imports it", Fix: "remove its line, and its row in the decision note",
			})
		}
		for _, use := range uses[m.path] {
			if m.tests && !use.file.Test && !testSupport(use.file.Dir) {
				found = append(found, Finding{
					Pos: use.pos, Rule: "6", Subject: m.path, Message: m.path + " is reviewed for tests only",
					Fix: "move the use to a test, or review the module for the product",
				})
			}
		}
	}
	for name, imports := range uses {
		if !known[name] {
			found = append(found, Finding{Pos: imports[0].pos, Rule: "6", Subject: name, Message: name + " was not reviewed", Fix: fix})
		}
	}
	return append(found, t.staleRows(known)...)
}

// staleRows finds rows of decision notes about modules that are not reviewed any more.
func (t *Tree) staleRows(known map[string]bool) (found []Finding) {
	row := regexp.MustCompile("(?m)^\\| `([a-z0-9-]+\\.[^`]*/[^`]*)` \\|")
	for name, text := range t.Texts {
		if path.Dir(name) != "docs/decisions" {
			continue
		}
		for _, m := range row.FindAllStringSubmatchIndex(text, -1) {
			if mod := text[m[2]:m[3]]; !known[mod] {
				found = append(found, Finding{
					Pos: lineOf(name, text, m[0]), Rule: "6", Subject: mod, Message: "the row about " + mod + " has no line in the reviewed list",
					Fix: "remove the row, or add the module to internal/archtest/dependencies.go",
				})
			}
		}
	}
	return found
}

// noteNames tells whether the module's decision note exists and names it.
func (t *Tree) noteNames(m module) bool {
	for name, text := range t.Texts {
		if strings.HasPrefix(name, "docs/decisions/"+m.note+"-") && strings.Contains(text, "`"+m.path+"`") {
			return true
		}
	}
	return false
}

// sharedModules finds modules that more than one package imports.
func sharedModules(t *Tree) []Finding { return t.reviewSharing(reviewedModules()) }

func (t *Tree) reviewSharing(list []module) (found []Finding) {
	for name, imports := range t.outside() {
		shared := slices.ContainsFunc(list, func(m module) bool { return m.path == name && (m.shared != "" || m.tests) })
		var dirs []string
		for _, use := range imports {
			if !use.file.Test && !testSupport(use.file.Dir) {
				dirs = append(dirs, use.file.Dir)
			}
		}
		slices.Sort(dirs)
		if dirs = slices.Compact(dirs); shared || len(dirs) < 2 {
			continue
		}
		found = append(found, Finding{
			Pos: imports[0].pos, Rule: "6", Subject: name,
			Message: fmt.Sprintf("%s is imported by %s", name, strings.Join(dirs, ", ")),
			Fix:     "let one package import it and the others call that one",
		})
	}
	return found
}

func coreModules(t *Tree) []Finding {
	var names []string
	for name, imports := range t.outside() {
		if slices.ContainsFunc(imports, func(u useOf) bool { return !u.file.Test && isCore(u.file.Dir) && !testSupport(u.file.Dir) }) {
			names = append(names, name)
		}
	}
	if len(names) <= maxCoreModules {
		return nil
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(path.Base(a), path.Base(b)), cmp.Compare(a, b)) })
	return []Finding{{
		Pos: start("go.mod"), Rule: "6", Subject: "core",
		Message: fmt.Sprintf("core packages use %d modules, at most %d: %s", len(names), maxCoreModules, strings.Join(names, ", ")),
		Fix:     "move the use under internal, or write the part that is needed",
	}}
}

// publicModules finds modules of others in packages for programs of others, who
// would have to take them too.
func publicModules(t *Tree) (found []Finding) {
	for name, imports := range t.outside() {
		for _, use := range imports {
			if l, _ := layerOf(use.file.Dir); l.kind != public || use.file.Test {
				continue
			}
			found = append(found, Finding{
				Pos: use.pos, Rule: "6", Subject: name, Message: fmt.Sprintf("%s is for programs of others and imports %s", use.file.Dir, name),
				Fix: "use the standard library and package harrier, or write the part that is needed",
			})
		}
	}
	return found
}

func isCore(dir string) bool {
	l, ok := layerOf(dir)
	return ok && l.kind == core
}
