package api

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
)

func TestDoorways_tellAStrangerNothing(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	for _, way := range s.doorways() {
		method, path, _ := strings.Cut(way.pattern, " ")
		path = strings.NewReplacer("{source}", "siem", "{channel}", "soc", "{rest...}", "guess", "{file}", "siem.txt").Replace(path)
		p := problem(t, send(s, nobody, sample{method: method, path: path, body: "{}", media: "application/json"}))
		if p.Status != http.StatusUnauthorized || len(p.Fixes) > 0 || strings.Contains(p.Detail, "siem") {
			t.Errorf("%s: a stranger got %d %q %q, want 401 without a word more", way.pattern, p.Status, p.Detail, p.Fixes)
		}
	}
	if got := w.changed(); len(got) > 0 {
		t.Errorf("strangers changed something: %v", got)
	}
}

func TestDoorHandler_hasNothingElseBehindIt(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	h := s.DoorHandler()
	ask := func(method, path string) int {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest(method, path, strings.NewReader("{}")))
		return rec.Code
	}
	if got := ask(http.MethodPost, "/v1/in/siem/open-sesame"); got != http.StatusAccepted {
		t.Errorf("a sender that proves itself got %d, want 202", got)
	}
	if got := w.changed(); !slices.Equal(got, []string{"Deliver siem"}) {
		t.Errorf("got %v, want the one delivery to siem", got)
	}
	for _, r := range s.routes() {
		path := strings.NewReplacer("{id}", fixed[harrier.RunID]("run").String(), "{name}", "slack").Replace(r.path())
		if got := ask(r.method(), path); got != http.StatusUnauthorized {
			t.Errorf("%s got %d from the door, want 401", r.pattern, got)
		}
	}
	for _, path := range []string{"/v1/in/../alerts", "/v1/in/siem/../../alerts", "/v1/in//open-sesame", "/v1/in/siem/open-sesame/", "/v1/in/siem%2fopen-sesame", "/v1/in/siem;a/open-sesame"} {
		if got := ask(http.MethodPost, path); got/100 == 2 {
			t.Errorf("%s got %d, want a refusal", path, got)
		}
	}
}

func TestShown_hidesWhatFollowsASource(t *testing.T) { // WH-06
	t.Parallel()
	for path, want := range map[string]string{
		"/v1/in/splunk/hin_secret/more": "/v1/in/splunk/…", "/v1/in/splunk": "/v1/in/splunk", "/l/secret": "/l/…", "/v1/cases/7": "/v1/cases/7",
	} {
		if got := shown(path); got != want {
			t.Errorf("shown(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestDoors_areListenedToBesideTheAPI(t *testing.T) {
	t.Parallel()
	ln := listening(t, Listening{Doors: DoorListening{Address: "127.0.0.1:0"}})
	for path, want := range map[string]int{"/v1/in/siem/open-sesame": http.StatusAccepted, "/v1/in/siem": http.StatusUnauthorized, "/v1/runs": http.StatusUnauthorized} {
		resp, err := http.Post(ln.Doors+path, "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode != want {
			t.Errorf("%s got %d %v, want %d", path, resp.StatusCode, err, want)
		}
	}
}

func TestDoors_wantTLSWhereOthersCanReachThem(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	for want, l := range map[string]DoorListening{
		"in the clear": {Address: ":0"}, "clear;": {Address: "192.0.2.1:0"}, "is not an address": {Address: "siem.example:1"},
		"checked with TLS": {Address: "127.0.0.1:0", ClientCA: "x"}, "cannot be used": {Address: "127.0.0.1:0", Certificate: "missing", Key: "missing"},
	} {
		_, err := s.Listen(t.Context(), Listening{Doors: l})
		if harrier.KindOf(err) != harrier.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %q", l, err, want)
		}
	}
}
