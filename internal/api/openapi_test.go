package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier/internal/clientgen"
)

var update = flag.Bool("update", false, "write the golden files again")

// golden compares with a file of the module.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("..", "..", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run go test ./internal/api -update", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is not current; run go test ./internal/api -update (-want +got):\n%s", name, diff)
	}
}

func TestOpenAPI_isCurrent(t *testing.T) {
	t.Parallel()
	text, err := newWorld().server(t).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		t.Fatal(err)
	}
	b.WriteByte('\n')
	golden(t, filepath.Join("docs", "openapi.json"), b.Bytes())
	files, err := clientgen.Files(b.Bytes(), os.DirFS(filepath.Join("..", "..")))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		golden(t, filepath.Join("client", name), text)
	}
}

func TestOpenAPI_namesEveryRouteWithItsPermission(t *testing.T) { // CFG-09
	t.Parallel()
	s := newWorld().server(t)
	text, err := s.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		OpenAPI    string
		Paths      map[string]map[string]map[string]any
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("version is %s", doc.OpenAPI)
	}
	names := map[string]bool{}
	for _, r := range s.routes() {
		op := doc.Paths[r.path()][strings.ToLower(r.method())]
		if op["x-permission"] != string(r.permission) || op["summary"] != r.about || op["operationId"] != r.name {
			t.Errorf("%s is described as %v", r.pattern, op)
		}
		if names[r.name] {
			t.Errorf("two operations are called %s", r.name)
		}
		names[r.name] = true
	}
	for _, leftover := range []string{"ErrorModel", "ErrorDetail"} {
		if doc.Components.Schemas[leftover] != nil || strings.Contains(string(text), leftover) {
			t.Errorf("the description has %s", leftover)
		}
	}
}
