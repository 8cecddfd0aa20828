package app

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
)

const reports = `harrier: 1
connector: reports
title: Reports
category: other
settings:
  base_url: {type: url, required: true}
check: large
actions:
  large:
    title: Read a large report
    effect: read
    request: {get: /report}
    response: {max: 16MiB}
    output: {n: {type: integer, from: body.n}}
    example: {n: 1}
  usual:
    title: Read a report of the usual size
    effect: read
    request: {get: /report}
    output: {n: {type: integer, from: body.n}}
    example: {n: 1}
`

// A manifest that expects large answers gets them, and no other does.
func TestCaller_takesAnswersAsLargeAsTheManifestSays(t *testing.T) {
	t.Parallel()
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"n": 1` + strings.Repeat(" ", 9<<20) + `}`))
	}))
	t.Cleanup(vendor.Close)
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "connectors", "reports"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "connectors", "reports", "connector.yaml"), []byte(reports), 0o600); err != nil {
		t.Fatal(err)
	}
	o := newOffice(t, Options{Dir: dir})
	err := o.Connect(t.Context(), api.AddConnection{Name: "reports", Connector: "reports", BaseURL: vendor.URL, AllowPrivate: []string{"127.0.0.0/8"}})
	if err != nil {
		t.Fatal(err)
	}
	for action, want := range map[string]harrier.RunStatus{"large": harrier.RunSucceeded, "usual": harrier.RunFailed} {
		source := "harrier: 1\nplaybook: read-report\ntitle: Read a report\nsteps:\n  - id: read\n    uses: reports." + action + "\n    retry: {attempts: 1}\n"
		started, err := runs{o.App}.StartRun(t.Context(), harrier.Operator(), api.StartRun{Source: source, Name: "r.playbook.yaml", Mode: harrier.Live})
		if err != nil {
			t.Fatal(err)
		}
		if run := o.until(started.ID, ended); run.Status != want {
			t.Errorf("%s: the run %s, want %s: %v", action, run.Status, want, refusals(run, "read"))
		}
	}
}
