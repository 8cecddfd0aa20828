package content_test

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/content"
	"github.com/harrier-soar/harrier/internal/mapping"
)

var update = flag.Bool("update", false, "write what samples become to their goldens")

// mappings loads the mappings that ship.
func mappings(tb testing.TB) *mapping.Set {
	tb.Helper()
	set, problems := mapping.Load(content.FS)
	if len(problems) > 0 {
		tb.Fatal(problems)
	}
	return set
}

func TestMappings_makeOfTheirSamplesWhatTheGoldensSay(t *testing.T) {
	t.Parallel()
	set := mappings(t)
	samples, err := set.Samples(t.Context(), content.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range samples {
		t.Run(strings.TrimPrefix(s.File, "mappings/"), func(t *testing.T) {
			t.Parallel()
			if s.Detected != s.Mapping {
				t.Errorf("%s is recognised as %q, not %q", s.File, s.Detected, s.Mapping)
			}
			if *update {
				if err := os.WriteFile(filepath.FromSlash(s.Golden), s.Got, 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(s.Want), string(s.Got)); diff != "" {
				t.Errorf("%s becomes something else than %s says (-want +got); go test ./content -run Mappings -update writes it:\n%s", s.File, s.Golden, diff)
			}
		})
	}
}

func TestMappings_readHostileEventsInTime(t *testing.T) {
	t.Parallel()
	set := mappings(t)
	many := func(n int, part string) string { return strings.TrimSuffix(strings.Repeat(part+",", n), ",") }
	for name, body := range map[string]string{
		"a list of lists":            `{"title":"x","severity":"low","evidence":[` + many(200_000, "[]") + `]}`,
		"many fields":                `{"title":"x","severity":"low",` + strings.ReplaceAll(many(60_000, `"fN":1`), "N", "") + `}`,
		"many names":                 `{"title":"x","severity":"low",` + names(60_000) + `}`,
		"deep":                       `{"title":"x","severity":"low","a":` + strings.Repeat(`{"a":`, 60) + "1" + strings.Repeat("}", 60) + `}`,
		"a long text":                `{"title":"` + strings.Repeat("user=a ", 500_000) + `","severity":"low","message":"` + strings.Repeat("1.2.3.4 ", 300_000) + `"}`,
		"many alerts":                `{"receiver":"x","alerts":[` + many(9_000, `{"labels":{"alertname":"a"},"startsAt":"2026-01-15T10:00:00Z"}`) + `]}`,
		"many alerts too many":       `{"receiver":"x","alerts":[` + many(11_000, `{"labels":{"alertname":"a"},"startsAt":"2026-01-15T10:00:00Z"}`) + `]}`,
		"evidence of the same":       `{"title":"x","severity":"low","serviceSource":"s","createdDateTime":"2026-01-15T10:00:00Z","evidence":[` + many(40_000, `{"ipAddress":"198.51.100.1","url":"https://x.example/"}`) + `]}`,
		"lines":                      strings.Repeat(`{"title":"x","severity":"low"}`+"\n", 9_000),
		"a text of JSON in a text":   `{"Type":"Notification","Message":"` + strings.Repeat(`{\"a\":`, 3000) + `"}`,
		"brackets that do not close": strings.Repeat("[", 1_000_000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			got, err := set.Map(t.Context(), harrier.Source{}, harrier.RawEvent{Body: []byte(body), Received: began})
			if took := time.Since(began); took > time.Minute {
				t.Errorf("%d bytes took %v", len(body), took)
			}
			if err != nil && harrier.KindOf(err) != harrier.Invalid {
				t.Errorf("got %d findings and %v", len(got), err)
			}
		})
	}
}

// names returns fields of different names.
func names(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"f%d":%d,`, i, i)
	}
	return strings.TrimSuffix(b.String(), ",")
}

func FuzzMappings(f *testing.F) {
	set := mappings(f)
	samples, err := fs.Glob(content.FS, "mappings/*/*.sample.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range samples {
		body, err := fs.ReadFile(content.FS, name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := set.Map(t.Context(), harrier.Source{}, harrier.RawEvent{Body: body, Received: time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)})
		if err != nil && harrier.KindOf(err) != harrier.Invalid {
			t.Fatalf("got %v, which is no quarantine", err)
		}
		for _, one := range got {
			if one.ExternalID == "" || one.Title == "" || one.Severity == "" {
				t.Fatalf("half a finding: %+v", one)
			}
		}
	})
}

func TestMappings_eachHaveASampleAndAPage(t *testing.T) {
	t.Parallel()
	for _, m := range mappings(t).List() {
		folder := filepath.ToSlash(filepath.Dir(m.File))
		if filepath.Base(folder) != m.Name {
			t.Errorf("%s is named %s: its folder must have that name", m.File, m.Name)
		}
		samples, err := fs.Glob(content.FS, folder+"/*.sample.*")
		if err != nil || len(samples) == 0 {
			t.Errorf("%s has no sample beside it", m.File)
		}
		if !strings.HasPrefix(m.Docs, "https://") {
			t.Errorf("%s names no page about the format", m.File)
		}
	}
}
