package playbook

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite golden files")

// golden compares got with a golden file, or rewrites it under -update.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// source reads a file of testdata.
func source(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestCheck_reportsEveryMistakeWithPlaceAndFix(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/bad/*.playbook.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("found %d bad playbooks: %v", len(files), err)
	}
	cat := testCatalog()
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".playbook.yaml"), func(t *testing.T) {
			t.Parallel()
			plan, problems := Compile(filepath.Base(path), source(t, path), cat)
			if plan != nil || problems.Err() == nil {
				t.Errorf("a bad playbook gave a plan")
			}
			for _, p := range problems {
				if p.Pos.Line < 1 || p.Pos.Column < 1 || p.Fix == "" || p.Message == "" || p.Code == "" {
					t.Errorf("problem without place, code, message or fix: %+v", p)
				}
			}
			golden(t, strings.TrimSuffix(path, ".yaml")+".golden", problems.Error()+"\n")
		})
	}
}

func TestCheck_tellsTenMistakesAtOnce(t *testing.T) {
	t.Parallel()
	const path = "testdata/ten-mistakes.playbook.yaml"
	_, problems := Compile("ten-mistakes.playbook.yaml", source(t, path), testCatalog())
	places := map[string]bool{}
	for _, p := range problems {
		if p.Warning {
			t.Errorf("a warning among the mistakes: %v", p)
		}
		places[lineOf(p.Pos)] = true
	}
	if len(problems) != 10 || len(places) != 10 {
		t.Errorf("got %d problems on %d lines, want 10 on 10", len(problems), len(places))
	}
	golden(t, "testdata/ten-mistakes.playbook.golden", problems.Error()+"\n")
}
