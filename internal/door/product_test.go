package door_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/content"
	"github.com/harrier-soar/harrier/internal/door"
)

func TestCatalogue_thatShipsIsWholeAndNamesMappingsThatShip(t *testing.T) {
	t.Parallel()
	c, err := door.LoadCatalogue(content.FS)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	folders, err := os.ReadDir(filepath.Join("..", "..", "content", "mappings"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		known[f.Name()] = true
	}
	for _, p := range c.All() {
		if len(p.Steps) == 0 || p.Title == "" {
			t.Errorf("%s tells nobody what to do", p.Name)
		}
		if p.Mapping != "" && !known[p.Mapping] {
			t.Errorf("%s names the mapping %s, which does not ship", p.Name, p.Mapping)
		}
	}
	for _, name := range []string{"generic", "splunk", "elastic", "wazuh", "sentinel", "thehive"} {
		if _, err := c.Product(name); err != nil {
			t.Error(err)
		}
	}
}

func TestCatalogue_suggestsWhatWasMeant(t *testing.T) {
	t.Parallel()
	c, err := door.LoadCatalogue(content.FS)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Product("splunkk"); harrier.KindOf(err) != harrier.NotFound || !strings.Contains(err.Error(), "did you mean splunk?") {
		t.Errorf("got %v", err)
	}
}

func TestCatalogue_tellsWhatIsWrongWithAnEntry(t *testing.T) {
	t.Parallel()
	const start = "harrier: 1\nsource: x\ntitle: X\nkind: webhook\n"
	for text, want := range map[string]string{
		start: "auth.kind: use one of",
		start + "settings:\n  auth:\n    kind: bearer\n  hand: okta\n":        `unknown field "hand"`,
		start + "settings:\n  auth:\n    kind: signature\n":                   "auth.header",
		start + "settings:\n  auth:\n    kind: bearer\nstep:\n  - Do it.\n":   "did you mean steps?",
		"harrier: 1\nsource: x\ntitle: X\nkind: webhok\n":                     "use one of webhook",
		"source: x\ntitle: X\nkind: file\n":                                   "begin with harrier: 1",
		"harrier: 1\ntitle: X\nkind: file\n":                                  "there is no text for source",
		start + "settings:\n  auth:\n    kind: bearer\nsnippets:\n  - a: b\n": "unknown-key",
	} {
		_, err := door.LoadCatalogue(fstest.MapFS{"sources/x.source.yaml": {Data: []byte(text), Mode: fs.ModePerm}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}
