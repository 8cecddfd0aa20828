package content_test

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
