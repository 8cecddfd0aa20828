package feed_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/feed"
)

// corpus lists the files of one collection of third parties' feeds.
func corpus(tb testing.TB, name string) []string {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "shared", "corpus", name, "*"))
	if err != nil {
		tb.Fatal(err)
	}
	if len(files) == 0 {
		tb.Skipf("the collection %s is not on this machine", name)
	}
	return files
}

// Every file of a third party is read, or says why not.
func TestRead_understandsOrExplainsEveryFileOfOthers(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"stix-oasis", "taxii-medallion", "mitre-cti", "misp-pymisp", "misp-stix", "misp-taxonomies", "abusech", "eset-ioc", "misp-warninglists"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			total := 0
			for _, file := range corpus(t, name) {
				content, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				n := 0
				report, err := feed.Read(bytes.NewReader(content), feed.Options{}, func(r feed.Record) error {
					n++
					if r.Value == "" || r.Verdict == "" || r.Type == "" {
						t.Errorf("%s: a record lacks something: %+v", filepath.Base(file), r)
					}
					return nil
				})
				total += n
				switch {
				case err != nil && harrier.KindOf(err) != harrier.Invalid:
					t.Errorf("%s: %v is no explanation", filepath.Base(file), err)
				case err != nil && len(strings.TrimSpace(err.Error())) < 20:
					t.Errorf("%s: %v says too little", filepath.Base(file), err)
				case err == nil && n == 0 && len(report.Skipped) == 0:
					t.Errorf("%s: nothing was read and nothing was said: %+v", filepath.Base(file), report)
				}
				t.Logf("%s: %s, %d records of %d, %v %v", filepath.Base(file), report.Format, n, report.Items, report.Reasons(), err)
			}
			t.Logf("%s: %d records", name, total)
		})
	}
}

// open opens a file that the test closes.
func open(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}
