package document

import (
	"testing"
	"unicode/utf8"
)

func seed(f *testing.F) {
	for _, tc := range traps() {
		f.Add([]byte(tc.source))
	}
	for _, s := range []string{
		"a: 1 # c\n# d\nb:\n  - x # e\n  # f\n", "a: |+\n  x\n\n\nb: >2\n    y\n", "- - - a\n", "a: [b, {c: d, e: [f]}]\n", "\"a\\u0041\\n\": 'it''s'\n", "a: |\n  x\n # c\n",
		"{a: 1, # c\n b: 2}\n", "a: \"x\\\n  y\"\n", "a: x\n  y # c\n", "...\n", "%YAML 1.2\n---\na: 1\n", "a: !!binary |\n  x\n", "? - a\n: - b\n", "- # c\n  # d\n  - 1\n",
	} {
		f.Add([]byte(s))
	}
}

func FuzzParse(f *testing.F) { // FIL-06
	seed(f)
	f.Fuzz(func(t *testing.T, source []byte) {
		file, problems := Parse("x.yaml", source)
		if file == nil {
			t.Fatal("no file")
		}
		if problems.Err() == nil && file.Root == nil {
			t.Fatalf("%q: neither a tree nor a problem", source)
		}
		for _, p := range problems {
			if p.Pos.Line < 1 || p.Pos.Column < 1 || p.Width < 1 || p.Fix == "" || p.Message == "" || p.Code == "" {
				t.Fatalf("%q: %+v", source, p)
			}
			if n := utf8.RuneCountInString(p.Line); utf8.Valid(source) && n <= 500 && p.Pos.Column > n+1 {
				t.Fatalf("%q: column %d behind a line of %d", source, p.Pos.Column, n)
			}
		}
		checkPlaces(t, source, file.Root, problems)
	})
}

// checkPlaces checks that a tree without errors lies inside its file and has
// unique keys.
func checkPlaces(t *testing.T, source []byte, n *Node, problems Problems) {
	t.Helper()
	if n == nil || problems.Err() != nil {
		return
	}
	if n.Pos.Line < 1 || n.Pos.Column < 1 || n.Kind == 0 {
		t.Fatalf("%q: node %+v", source, n)
	}
	seen := map[string]bool{}
	for _, e := range n.Entries {
		if seen[e.Key] || e.Value == nil {
			t.Fatalf("%q: key %q twice or without a value", source, e.Key)
		}
		seen[e.Key] = true
		checkPlaces(t, source, e.Value, problems)
	}
	for _, item := range n.Items {
		checkPlaces(t, source, item, problems)
	}
}

func FuzzFormat(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, source []byte) { checkFormat(t, source) })
}
