package archtest

import (
	"go/ast"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// requirement is a line of docs/requirements.md.
type requirement struct {
	id string
	// tests are "package: Test" and missing is why there are none yet.
	tests   []string
	missing string
}

var rowPattern = regexp.MustCompile(`^\| ([A-Z]+-[0-9]{2}) \| [^|]+ \| ([^|]+) \|$`)

// requirements reads the page.
func requirements(t *testing.T) (list []requirement) {
	t.Helper()
	text, err := os.ReadFile("../../docs/requirements.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		m := rowPattern.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		r := requirement{id: m[1]}
		if why, ok := strings.CutPrefix(m[2], "not yet: "); ok {
			r.missing = why
		} else {
			r.tests = strings.Split(m[2], ", ")
		}
		list = append(list, r)
	}
	return list
}

// testsOf returns, for every test of the module as "package: Test", what its
// comment, its name and its first line say.
func testsOf(t *testing.T) map[string]string {
	t.Helper()
	tree, err := Read(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, f := range tree.Files {
		if !strings.HasSuffix(f.Path, "_test.go") {
			continue
		}
		for _, d := range f.Syntax.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv != nil {
				continue
			}
			var said strings.Builder
			said.WriteString(fn.Name.Name + " " + fn.Doc.Text())
			for _, c := range f.Syntax.Comments {
				if c.Pos() > fn.Body.Pos() && c.End() < fn.Body.End() {
					said.WriteString(" " + c.Text())
				}
			}
			found[path.Dir(f.Path)+": "+fn.Name.Name] = said.String()
		}
	}
	return found
}

// Whoever reads the page of requirements can rely on it: each names tests that
// are there and that carry its id, or says why there are none yet.
func TestRequirements_areShownOrSaidToBeMissing(t *testing.T) {
	t.Parallel()
	tests := testsOf(t)
	list := requirements(t)
	if len(list) < 80 {
		t.Fatalf("docs/requirements.md has %d requirements", len(list))
	}
	var seen []string
	for _, r := range list {
		if slices.Contains(seen, r.id) {
			t.Errorf("%s is there twice", r.id)
		}
		seen = append(seen, r.id)
		if r.missing == "" && len(r.tests) == 0 {
			t.Errorf("%s names neither tests nor why there are none", r.id)
		}
		for _, name := range r.tests {
			said, ok := tests[name]
			switch {
			case !ok:
				t.Errorf("%s: there is no test %q", r.id, name)
			case !strings.Contains(said, r.id) && !strings.Contains(said, strings.ReplaceAll(r.id, "-", "")):
				t.Errorf("%s: the test %q does not carry its id", r.id, name)
			}
		}
	}
}
