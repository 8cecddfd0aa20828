package enrich_test

import (
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier/internal/enrich"
)

func TestReadSettings_takesTheExampleThatShips(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/enrich.yaml")
	if err != nil {
		t.Fatal(err)
	}
	got, problems := enrich.ReadSettings("enrich.yaml", text)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	want, _ := enrich.ReadSettings("enrich.yaml", []byte("harrier: 1\n"))
	want.Inside = []string{"misp"}
	want.Searches = []enrich.Search{{
		Name: "sign-ins", Connection: "splunk", For: "user", Query: `search index=auth user="{entity}" | fields _time src action`,
		Before: 30 * time.Minute, After: 15 * time.Minute, Rows: 50,
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the example is not the defaults with what it says (-want +got):\n%s", diff)
	}
}

func TestReadSettings_reportsEveryMistakeWithPlaceAndFix(t *testing.T) {
	t.Parallel()
	_, problems := enrich.ReadSettings("enrich.yaml", []byte(`harrier: 2
lookup: 5
lookups: 0
deadline: soon
keep: {high: 5, critical: 0}
max_tlp: pink
inside: misp
searches:
  - name: a
    connection: splunk
    query: all
  - name: b
  - nothing
`))
	var got []string
	for _, p := range problems {
		if p.Fix == "" || p.Message == "" || p.Pos.Line < 1 {
			t.Errorf("a problem without place, message or fix: %+v", p)
		}
		got = append(got, p.Code)
	}
	want := []string{"version", "unknown-key", "wrong-value", "wrong-value", "wrong-value", "unknown-key", "wrong-value", "wrong-kind", "no-entity", "missing-key", "wrong-kind"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s\n%s", diff, problems.Error())
	}
}

func FuzzReadSettings(f *testing.F) {
	f.Add([]byte("harrier: 1\nlookups: 5\nkeep: {high: 30}\n"))
	f.Add([]byte("searches:\n  - {name: a, connection: b, query: \"{entity}\"}\n"))
	f.Add([]byte("- a\n"))
	f.Fuzz(func(t *testing.T, source []byte) {
		s, problems := enrich.ReadSettings("f.yaml", source)
		if problems.Err() == nil && (s.Most < 1 || s.Deadline <= 0 || s.Kept["high"] < 20) {
			t.Errorf("a file without problems gives %+v", s)
		}
	})
}
