package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
)

// pull asks for a block list as a firewall does.
func pull(t *testing.T, path string, head http.Header) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequest(http.MethodGet, path, nil)
	req.Header = head
	rec := httptest.NewRecorder()
	newWorld().server(t).DoorHandler().ServeHTTP(rec, req)
	return rec
}

func TestBlockList_isPulledByItsTokenInTheWaysOfFirewalls(t *testing.T) {
	t.Parallel()
	basic := &http.Request{Header: http.Header{}}
	basic.SetBasicAuth("anybody", "t0ken")
	for name, rec := range map[string]*httptest.ResponseRecorder{
		"a bearer":   pull(t, "/v1/lists/firewall.txt", http.Header{"Authorization": {"Bearer t0ken"}}),
		"a password": pull(t, "/v1/lists/firewall.txt", basic.Header),
		"an address": pull(t, "/v1/lists/firewall.txt?token=t0ken", http.Header{}),
	} {
		if rec.Code != http.StatusOK || rec.Body.String() != "198.51.100.1\n203.0.113.7\n" || rec.Header().Get("ETag") != `"r1"` ||
			!strings.HasPrefix(rec.Header().Get("Content-Type"), "text/plain") {
			t.Errorf("%s got %d %q %v", name, rec.Code, rec.Body, rec.Header())
		}
	}
	if rec := pull(t, "/v1/lists/firewall.txt", http.Header{"Authorization": {"Bearer t0ken"}, "If-None-Match": {`"r1"`}}); rec.Code != http.StatusNotModified || rec.Body.Len() > 0 {
		t.Errorf("what has not changed got %d %q, want 304 without a body", rec.Code, rec.Body)
	}
	for _, path := range []string{"/v1/lists/firewall.txt", "/v1/lists/firewall.txt?token=guess", "/v1/lists/other.txt?token=t0ken", "/v1/lists/firewall?token=t0ken"} {
		if rec := pull(t, path, http.Header{}); rec.Code != http.StatusUnauthorized {
			t.Errorf("%s got %d, want 401", path, rec.Code)
		}
	}
}

func TestImportFeed_refusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	w := newWorld()
	one := sample{method: http.MethodPost, path: "/v1/indicators/import?feed=a&fromat=csv", body: "x", media: "text/plain"}
	if p := problem(t, send(w.server(t), as(harrier.Operator()), one)); p.Status != http.StatusBadRequest && p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Detail, "fromat") {
		t.Errorf("a wrong parameter got %d %s", p.Status, p.Detail)
	}
	if got := w.changed(); len(got) > 0 {
		t.Errorf("it was read all the same: %v", got)
	}
}
