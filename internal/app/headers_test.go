package app

import (
	"bytes"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
)

// WH-10: nothing of what a sender proves itself with, or says in a header, is on
// the disk after events were taken, were refused, and became an alert. Only the
// name of its program is, to find who is refused.
func TestDoors_storeNothingOfHeaders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a := running(t, Options{Dir: dir})
	r := reporters{a}
	made, err := r.AddSource(t.Context(), harrier.Operator(), api.AddSource{Name: "siem", Product: "generic"})
	if err != nil {
		t.Fatal(err)
	}
	headers := []string{
		"Cookie", "session=canary-cookie", "X-Api-Key", "canary-key", "User-Agent", "canary-agent", "X-Forwarded-For", "canary-address", "Proxy-Authorization", "Basic canary-proxy",
	}
	id := received(t, a.deliver("/v1/in/siem?token=canary-query", `{"id":"a-1","title":"canary-body","severity":"low"}`, append(headers, "Authorization", "Bearer "+made.Secret)...))[0]
	if e := r.awaitEvent(t, id); e.State != harrier.EventProcessed {
		t.Fatalf("the event ended as %+v", e)
	}
	if rec := a.deliver("/v1/in/siem", `{"id":"a-2"}`, append(headers, "Authorization", "Bearer canary-guess")...); rec.Code != http.StatusUnauthorized {
		t.Fatalf("a guess got %d", rec.Code)
	}
	found := map[string]string{}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		for _, canary := range []string{"canary-cookie", "canary-key", "canary-address", "canary-proxy", "canary-query", "canary-guess", "canary-body", strings.TrimSpace(made.Secret)} {
			if bytes.Contains(text, []byte(canary)) {
				found[canary] = d.Name()
			}
		}
		return err
	})
	if err != nil || found["canary-body"] == "" {
		t.Fatalf("the body is nowhere, so that this looks in the wrong place: %v, %v", found, err)
	}
	delete(found, "canary-body")
	if len(found) > 0 {
		t.Errorf("on the disk: %v", found)
	}
}
