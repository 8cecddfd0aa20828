package archtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const goMod = `module example.com/m

go 1.26.0

require (
	example.org/big v1.0.0
	example.org/big/v2 v2.0.0 // indirect
)
require example.org/other v1.0.0
`

// tree reads a module of some files.
func tree(t *testing.T, files map[string]string) *Tree {
	t.Helper()
	fsys := fstest.MapFS{"go.mod": {Data: []byte(goMod)}}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	read, err := Read(fsys)
	if err != nil {
		t.Fatalf("read the snippet: %v", err)
	}
	return read
}

// lines returns n lines.
func lines(n int) string { return strings.Repeat("\tprintln()\n", n) }

// rule returns a rule by its name.
func rule(t *testing.T, name string) Rule {
	t.Helper()
	at := slices.IndexFunc(Rules(), func(r Rule) bool { return r.Name == name })
	if at < 0 {
		t.Fatalf("no rule is called %q", name)
	}
	return Rules()[at]
}

// snippet is a small module and what a rule says about it.
type snippet struct {
	rule, name string
	files      map[string]string
	// want are the places and subjects of the findings; none means that all is well.
	want []string
}

func TestRules_catchBadCodeOnly(t *testing.T) { // SBX-03, NET-01, SEC-15
	t.Parallel()
	covered := make(map[string][2]bool) // by rule: a bad snippet, a good one
	for _, s := range slices.Concat(
		sizeSnippets(), nameSnippets(), layerSnippets(), puritySnippets(), moduleSnippets(), stateSnippets(), docSnippets(), textSnippets(),
	) {
		seen := covered[s.rule]
		seen[0], seen[1] = seen[0] || len(s.want) > 0, seen[1] || len(s.want) == 0
		covered[s.rule] = seen
		t.Run(s.rule+"/"+s.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range rule(t, s.rule).Check(tree(t, s.files)) {
				got = append(got, fmt.Sprintf("%s:%d %s", f.Pos.Filename, f.Pos.Line, f.Subject))
				if f.Rule == "" || f.Message == "" || f.Fix == "" {
					t.Errorf("finding lacks a rule, a message or a fix: %+v", f)
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(s.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
	for _, r := range Rules() {
		reviewed := strings.HasPrefix(r.Name, "modules of others") // modules_test.go
		if covered[r.Name] != [2]bool{true, true} && !reviewed {
			t.Errorf("rule %q lacks a bad or a good snippet", r.Name)
		}
	}
}

func TestCheck_waivesWhatIsListedAndReportsStaleWaivers(t *testing.T) {
	t.Parallel()
	m := tree(t, map[string]string{"doc.go": "// Package m is a sample.\npackage m\n\nvar a, b int\n"})
	waivers := map[string]string{"16 doc.go a": "wanted", "16 doc.go gone": "not there"}
	var got []string
	for _, f := range Check(m, waivers) {
		got = append(got, f.Key())
	}
	// The modules that the tree reviews are not used by the sample.
	got = slices.DeleteFunc(got, func(k string) bool { return strings.HasPrefix(k, "6 internal/archtest/dependencies.go") })
	want := []string{"16 doc.go b", "waiver internal/archtest/waivers.go 16 doc.go gone"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestFinding_saysWhereWhichRuleAndHowToFix(t *testing.T) {
	t.Parallel()
	m := tree(t, map[string]string{"internal/x/x.go": "package x\n\nfunc init() {}\n"})
	got := initFunctions(m)[0].String()
	want := "internal/x/x.go:3: STYLE 16: the package has an init function. Fix: do the work in a constructor that its owner calls"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestRead_leavesOutWhatIsNotTheModule(t *testing.T) {
	t.Parallel()
	m := tree(t, map[string]string{
		"a.go":                         "package m\n",
		"internal/x/testdata/bad.go":   "not go",
		"node_modules/y/y.go":          "not go",
		".cache/z.go":                  "not go",
		"tools/go.mod":                 "module example.com/tools\n",
		"tools/tools.go":               "not go",
		"_old/o.go":                    "not go",
		".ci/run":                      "echo",
		"docs/decisions/0001-thing.md": "# thing",
	})
	var got []string
	for _, f := range m.Files {
		got = append(got, f.Path)
	}
	for name := range m.Texts {
		got = append(got, name)
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{".ci/run", "a.go", "docs/decisions/0001-thing.md", "go.mod"}, got); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"example.org/big/v2", "example.org/other", "example.org/big"}, m.Requires); diff != "" {
		t.Errorf("requirements (-want +got):\n%s", diff)
	}
}

func TestRead_refusesGoThatDoesNotParse(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{"go.mod": {Data: []byte(goMod)}, "a.go": {Data: []byte("packag m")}}
	if _, err := Read(fsys); err == nil || !strings.Contains(err.Error(), "a.go:1") {
		t.Errorf("got %v, want an error at a.go:1", err)
	}
}
