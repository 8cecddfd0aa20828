package archtest

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// emptyNames say nothing about the product (rule 8).
func emptyNames() []string {
	return []string{
		"util", "utils", "common", "helper", "helpers", "type", "types", "model", "models",
		"base", "manager", "managers", "misc", "lib", "shared", "pkg", "core", "interfaces",
	}
}

func packageNames(t *Tree) (found []Finding) {
	seen := make(map[string]bool)
	for f := range t.written() {
		name := strings.TrimSuffix(f.Syntax.Name.Name, "_test")
		for _, word := range []string{name, path.Base(f.Dir)} {
			if !slices.Contains(emptyNames(), word) || seen[f.Dir] {
				continue
			}
			seen[f.Dir] = true
			found = append(found, Finding{
				Pos: t.at(f.Syntax.Name), Rule: "8", Subject: word,
				Message: fmt.Sprintf("package %s is named after nothing", word),
				Fix:     "name it after a noun of the product or a technology, or move its parts to where they are used",
			})
		}
	}
	return found
}

// blankImports are the packages that may be imported for what they do when they load (rule 16).
func blankImports() []string {
	return []string{"embed", "time/tzdata", "modernc.org/sqlite", "github.com/jackc/pgx/v5/stdlib"}
}

func importAliases(t *Tree) (found []Finding) {
	for f := range t.written() {
		for _, imp := range f.Syntax.Imports {
			from := importPath(imp.Path.Value)
			if imp.Name == nil || imp.Name.Name == "_" && slices.Contains(blankImports(), from) {
				continue
			}
			finding := Finding{
				Pos: t.at(imp), Rule: "13", Subject: from,
				Message: fmt.Sprintf("import of %s has the alias %s", from, imp.Name.Name),
				Fix:     "use the package's own name; where two collide, rename ours or move the use to another file",
			}
			if imp.Name.Name == "_" {
				finding.Rule = "16"
				finding.Message = fmt.Sprintf("%s is imported for its side effects", from)
				finding.Fix = "pass what it would register; only embed and database drivers may be imported so"
			}
			found = append(found, finding)
		}
	}
	return found
}

// importPath returns the path in an import's quotes; the parser has checked them.
func importPath(quoted string) string {
	text, err := strconv.Unquote(quoted)
	if err != nil {
		return quoted
	}
	return text
}
