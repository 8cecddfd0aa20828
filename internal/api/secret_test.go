package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
)

// A secret that the other side dictates is sent as text.
func TestSecrets_areTakenAsText(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	for path, body := range map[string]string{
		"/v1/sources":              `{"name":"siem","product":"generic","secret":"dictated"}`,
		"/v1/sources/slack/rotate": `{"secret":"dictated"}`,
		"/v1/channels":             `{"name":"slack","kind":"slack","secret":"dictated"}`,
	} {
		rec := send(s, as(harrier.Operator()), sample{method: http.MethodPost, path: path, body: body, media: "application/json"})
		if rec.Code/100 != 2 || strings.Contains(rec.Body.String(), "dictated") {
			t.Errorf("%s answers %d: %s", path, rec.Code, rec.Body)
		}
	}
}
