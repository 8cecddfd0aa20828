package email

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// One mail in testdata is one golden: what a playbook sees of it.
func TestOutput_isWhatAPlaybookSees(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(names) < 5 {
		t.Fatalf("mails in testdata: %v, %v", names, err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			out := parseFile(t, name).Output()
			checkOutput(t, name, out)
			got := prettyJSON(t, out)
			golden := strings.TrimSuffix(name, ".eml") + ".golden.json"
			if *update {
				if err := os.WriteFile(golden, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", golden, diff)
			}
		})
	}
}

// prettyJSON encodes an output for people.
func prettyJSON(t *testing.T, out map[string]any) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(out); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// parseFile reads a mail of testdata.
func parseFile(t *testing.T, name string) *Message {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(data))
}

// parse reads a mail with the default limits.
func parse(tb testing.TB, text string) *Message {
	tb.Helper()
	m, err := Parse(strings.NewReader(text), Limits{})
	if err != nil {
		tb.Fatalf("Parse(%.200q): %v", text, err)
	}
	return m
}
