package playbook

import (
	"os"
	"path/filepath"
	"testing"
)

// seeds adds every file of testdata to a fuzz test.
func seeds(f *testing.F, patterns ...string) {
	f.Helper()
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatalf("no seeds in %s: %v", pattern, err)
		}
		for _, path := range files {
			text, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
}

func FuzzCompile(f *testing.F) {
	seeds(f, "testdata/*.yaml", "testdata/good/*.yaml", "testdata/bad/*.yaml")
	cat := testCatalog()
	f.Fuzz(func(t *testing.T, text []byte) {
		p, problems := Compile("fuzz.playbook.yaml", text, cat)
		if (p == nil) != (problems.Err() != nil) {
			t.Fatalf("plan %v with problems %v", p != nil, problems)
		}
		for _, q := range problems {
			if q.Fix == "" || q.Code == "" || q.Message == "" || q.Pos.Line < 1 || q.Pos.Column < 1 {
				t.Errorf("a problem without place, code, message or fix: %+v", q)
			}
		}
		if p == nil {
			return
		}
		if again, _ := Compile("fuzz.playbook.yaml", text, cat); again.Hash != p.Hash {
			t.Errorf("the hash depends on more than the content")
		}
		_ = Explain(p).String()
		_ = Branches(p)
	})
}

func FuzzFormat(f *testing.F) {
	seeds(f, "testdata/good/*.yaml", "testdata/bad/*.yaml")
	f.Fuzz(func(t *testing.T, text []byte) {
		once, problems := Format("fuzz.playbook.yaml", text)
		if problems.Err() != nil {
			return
		}
		twice, problems := Format("fuzz.playbook.yaml", once)
		if problems.Err() != nil || string(once) != string(twice) {
			t.Errorf("formatting twice changes it: %v\nonce:\n%s\ntwice:\n%s", problems, once, twice)
		}
	})
}

func FuzzParseTest(f *testing.F) {
	seeds(f, "testdata/tests/*.yaml")
	text, err := os.ReadFile("testdata/good/phishing-response.playbook.yaml")
	if err != nil {
		f.Fatal(err)
	}
	p, problems := Compile("x.playbook.yaml", text, testCatalog())
	if p == nil {
		f.Fatal(problems)
	}
	f.Fuzz(func(_ *testing.T, text []byte) {
		if file, _ := ParseTest("fuzz.test.yaml", text); file != nil {
			_ = file.Check(p)
		}
	})
}

func FuzzMentions(f *testing.F) {
	for _, text := range []string{"steps.a", `"\`, "${{ steps.?a[", "'''", "${{ {}}", "r'\\'"} {
		f.Add(text, true)
		f.Add(text, false)
	}
	f.Fuzz(func(t *testing.T, text string, template bool) {
		runes := len([]rune(text))
		for _, m := range mentions(text, template, "steps", "inputs") {
			if m.start < 0 || m.end > runes || m.offset+m.width > runes || m.width < 1 {
				t.Errorf("%q: out of range: %+v", text, m)
			}
		}
	})
}
