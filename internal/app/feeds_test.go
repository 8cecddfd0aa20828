package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
)

// intelSite is a server that gives feeds away in all the ways that are known.
type intelSite struct {
	*httptest.Server
	mu      sync.Mutex // guards what follows
	asked   []string
	list    string            // the file /list.txt
	objects []string          // of the collection, in pages of two
	events  map[string]string // of the feed of MISP
	broken  bool
}

func newIntelSite(t *testing.T) *intelSite {
	t.Helper()
	s := &intelSite{events: map[string]string{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *intelSite) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r.Method+" "+r.URL.RequestURI())
	if s.broken {
		http.Error(w, "try later", http.StatusServiceUnavailable)
		return
	}
	switch path := r.URL.Path; {
	case path == "/list.txt":
		tag := fmt.Sprintf(`"%d"`, len(s.list))
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write([]byte(s.list))
	case path == "/taxii2/":
		s.taxii(w, r, fmt.Sprintf(`{"title":"t","api_roots":["%s/api1/"]}`, s.URL))
	case path == "/api1/collections/":
		s.taxii(w, r, `{"collections":[{"id":"91a7b528","title":"High value","can_read":true},{"id":"secret","title":"x","can_read":false}]}`)
	case path == "/api1/collections/91a7b528/objects/":
		s.page(w, r)
	case path == "/attributes/restSearch":
		s.search(w, r)
	case path == "/misp/manifest.json":
		manifest := map[string]any{}
		for uuid := range s.events {
			manifest[uuid] = map[string]any{"info": "An event", "timestamp": "1760000000", "Orgc": map[string]any{}}
		}
		_ = json.NewEncoder(w).Encode(manifest)
	case strings.HasPrefix(path, "/misp/"):
		_, _ = w.Write([]byte(s.events[strings.TrimSuffix(strings.TrimPrefix(path, "/misp/"), ".json")]))
	default:
		http.NotFound(w, r)
	}
}

// taxii answers as TAXII 2.1 does, which wants to be asked so.
func (s *intelSite) taxii(w http.ResponseWriter, r *http.Request, body string) {
	user, password, _ := r.BasicAuth()
	switch {
	case r.Header.Get("Accept") != "application/taxii+json;version=2.1":
		w.WriteHeader(http.StatusNotAcceptable)
	case user != "me" || password != "s3cret":
		w.WriteHeader(http.StatusUnauthorized)
	default:
		w.Header().Set("Content-Type", "application/taxii+json;version=2.1")
		_, _ = w.Write([]byte(body))
	}
}

// page answers with two objects at most.
func (s *intelSite) page(w http.ResponseWriter, r *http.Request) {
	from := 0
	if after := r.URL.Query().Get("added_after"); after != "" {
		_, _ = fmt.Sscanf(after, "2026-01-01T00:00:%02dZ", &from)
	}
	if next := r.URL.Query().Get("next"); next != "" {
		_, _ = fmt.Sscanf(next, "n%d", &from)
	}
	to := min(from+2, len(s.objects))
	body := map[string]any{}
	if from < to {
		var list []json.RawMessage
		for _, o := range s.objects[from:to] {
			list = append(list, json.RawMessage(o))
		}
		body["objects"] = list
		w.Header().Set("X-TAXII-Date-Added-Last", fmt.Sprintf("2026-01-01T00:00:%02dZ", to))
	}
	if to < len(s.objects) {
		body["more"], body["next"] = true, fmt.Sprintf("n%d", to)
	}
	text, _ := json.Marshal(body)
	s.taxii(w, r, string(text))
}

// search answers a search of MISP for what has changed.
func (s *intelSite) search(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Timestamp int64 `json:"timestamp"`
		Page      int   `json:"page"`
	}
	if r.Header.Get("Authorization") != "k3y" || r.Method != http.MethodPost || json.NewDecoder(r.Body).Decode(&q) != nil {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	if q.Timestamp > 0 {
		_, _ = w.Write([]byte(`{"response":{"Attribute":[{"uuid":"a","type":"ip-dst","value":"203.0.113.50","to_ids":true,"deleted":true,"Event":{"info":"An event"}}]}}`))
		return
	}
	_, _ = w.Write([]byte(`{"response":{"Attribute":[{"uuid":"a","type":"ip-dst","value":"203.0.113.50","to_ids":true,"Event":{"info":"An event"},"Tag":[{"name":"tlp:amber"}]}]}}`))
}

// requests are those that came since it was asked last.
func (s *intelSite) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.asked
	s.asked = nil
	return out
}

func (s *intelSite) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// feeder is an installation that has a site for feeds.
type feeder struct {
	t     *testing.T
	app   *App
	known intelligence
	clock struct {
		mu sync.Mutex // guards at
		at time.Time
	}
}

func newFeeder(t *testing.T, s *intelSite) *feeder {
	t.Helper()
	f := &feeder{t: t}
	f.clock.at = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	now := func() time.Time {
		f.clock.mu.Lock()
		defer f.clock.mu.Unlock()
		return f.clock.at
	}
	a, err := Open(t.Context(), Options{Dir: blanktest.Dir(t), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	f.app, f.known = a, intelligence{a}
	for product, secrets := range map[string]api.Secrets{
		"feed": nil, "taxii": {"username": harrier.NewSecret("me"), "password": harrier.NewSecret("s3cret")}, "misp": {"api_key": harrier.NewSecret("k3y")},
	} {
		err := a.Connect(t.Context(), api.AddConnection{Name: product, Connector: product, BaseURL: s.URL, Secrets: secrets, AllowPrivate: []string{"127.0.0.0/8"},
			Limits: harrier.ConnectionLimits{Rate: 1000, Burst: 1000}})
		if err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func (f *feeder) set(in api.SetFeed) {
	f.t.Helper()
	in.Interval = "1h"
	if _, err := f.known.SetFeed(f.t.Context(), harrier.Operator(), in); err != nil {
		f.t.Fatal(err)
	}
}

// pull reads a feed and returns what came of it.
func (f *feeder) pull(name string) api.Taken {
	f.t.Helper()
	got, err := f.known.PullFeed(f.t.Context(), harrier.Operator(), name)
	if err != nil {
		f.t.Fatal(err)
	}
	return got
}

// says is the verdict on a value.
func (f *feeder) says(value string) string {
	f.t.Helper()
	got, err := f.known.MatchValues(f.t.Context(), harrier.Operator(), api.MatchValues{Values: []api.Value{{Value: value}}})
	if err != nil {
		f.t.Fatal(err)
	}
	return got[0].Verdict
}

func stixIP(n int, more string) string {
	return fmt.Sprintf(`{"type":"indicator","id":"indicator--%d","pattern":"[ipv4-addr:value='203.0.113.%d']"%s}`, n, n, more)
}

func TestFeeds_aFileIsReadAgainWhereItHasChanged(t *testing.T) {
	t.Parallel()
	s := newIntelSite(t)
	f := newFeeder(t, s)
	s.change(func() { s.list = "203.0.113.1\n203.0.113.2\n203.0.113.3\n" })
	f.set(api.SetFeed{Name: "bad", Connection: "feed", URL: "list.txt", Whole: true})
	if got := f.pull("bad"); got.New != 3 || f.says("203.0.113.2") != "malicious" {
		t.Errorf("first: %+v", got)
	}
	if got := f.pull("bad"); got.New+got.Changed+got.Ended != 0 {
		t.Errorf("what has not changed: %+v", got)
	}
	s.change(func() { s.list = "203.0.113.1\n203.0.113.9\n" })
	if got := f.pull("bad"); got.New != 1 || got.Ended != 2 || f.says("203.0.113.2") != "unknown" || f.says("203.0.113.9") != "malicious" {
		t.Errorf("what has changed: %+v", got)
	}
	s.change(func() { s.broken = true })
	if _, err := f.known.PullFeed(t.Context(), harrier.Operator(), "bad"); harrier.KindOf(err) != harrier.Unavailable {
		t.Errorf("a site that fails: %v", err)
	}
	feeds, err := f.known.Feeds(t.Context(), harrier.Operator())
	if err != nil || !strings.Contains(feeds[0].Problem, "503") || f.says("203.0.113.9") != "malicious" {
		t.Errorf("it is not told, or what was known is gone: %+v %v", feeds, err)
	}
}

func TestFeeds_aCollectionOfTAXIIIsReadPageByPageAndThenWhatIsNew(t *testing.T) {
	t.Parallel()
	s := newIntelSite(t)
	f := newFeeder(t, s)
	for i := range 5 {
		s.objects = append(s.objects, stixIP(i+1, ""))
	}
	f.set(api.SetFeed{Name: "isac", Connection: "taxii"})
	if _, err := f.known.PullFeed(t.Context(), harrier.Operator(), "isac"); err == nil || !strings.Contains(err.Error(), "api1/collections/91a7b528 (High value)") || strings.Contains(err.Error(), "secret") {
		t.Errorf("without a collection: %v; want those that may be read", err)
	}
	f.set(api.SetFeed{Name: "isac", Connection: "taxii", URL: "api1/collections/91a7b528/"})
	s.requests()
	if got := f.pull("isac"); got.New != 5 || f.says("203.0.113.5") != "malicious" || len(s.requests()) != 3 {
		t.Errorf("all pages: %+v", got)
	}
	if got := f.pull("isac"); got.New != 0 {
		t.Errorf("nothing new: %+v", got)
	}
	asked := s.requests()
	if len(asked) != 1 || !strings.Contains(asked[0], "added_after=2026-01-01T00%3A00%3A05Z") {
		t.Errorf("asked for %q, want what was added after the last", asked)
	}
	s.change(func() { s.objects = append(s.objects, stixIP(7, ""), stixIP(1, `,"revoked":true`)) })
	if got := f.pull("isac"); got.New != 1 || got.Ended != 1 || f.says("203.0.113.7") != "malicious" || f.says("203.0.113.1") != "unknown" {
		t.Errorf("what is new and what is taken back: %+v", got)
	}
}

func TestFeeds_aMISPIsAskedForWhatHasChanged(t *testing.T) {
	t.Parallel()
	s := newIntelSite(t)
	f := newFeeder(t, s)
	f.set(api.SetFeed{Name: "misp", Connection: "misp", Reliability: "B"})
	if got := f.pull("misp"); got.New != 1 || f.says("203.0.113.50") != "malicious" {
		t.Errorf("first: %+v", got)
	}
	list, err := f.known.Indicators(t.Context(), harrier.Operator(), api.IndicatorFilter{Value: "203.0.113.50"}, harrier.Page{})
	if err != nil || len(list.Items) != 1 || list.Items[0].Name != "An event" || list.Items[0].TLP != "AMBER" {
		t.Errorf("%+v %v", list.Items, err)
	}
	if got := f.pull("misp"); got.Ended != 1 || f.says("203.0.113.50") != "unknown" {
		t.Errorf("what was deleted there: %+v", got)
	}
}

func TestFeeds_aFeedOfMISPIsReadEventByEvent(t *testing.T) {
	t.Parallel()
	s := newIntelSite(t)
	f := newFeeder(t, s)
	for i := range 60 {
		s.events[fmt.Sprintf("57c4445b-c548-4654-af0b-4be3950d21%02d", i)] = fmt.Sprintf(`{"Event":{"info":"e","Attribute":[{"type":"ip-dst","value":"198.51.100.%d","to_ids":true}]}}`, i)
	}
	f.set(api.SetFeed{Name: "circl", Connection: "feed", URL: "misp/manifest.json"})
	if got := f.pull("circl"); got.New != 60 || f.says("198.51.100.59") != "malicious" {
		t.Errorf("first: %+v", got)
	}
	s.requests()
	if got := f.pull("circl"); got.New != 0 || len(s.requests()) != 1 {
		t.Errorf("again: %+v; want the manifest alone", got)
	}
}
