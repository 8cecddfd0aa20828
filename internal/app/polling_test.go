package app

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
)

// kibana is a server in the shape of Kibana's API of detection alerts.
type kibana struct {
	mu     sync.Mutex // guards what follows
	hits   []map[string]any
	down   bool
	asked  []string
	denied int
}

func (k *kibana) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if r.Header.Get("Authorization") != "ApiKey secret-key-of-kibana" || r.Method == http.MethodPost && r.Header.Get("kbn-xsrf") == "" {
		k.denied++
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if k.down {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	var ask struct {
		Query struct {
			Bool struct {
				Filter []struct {
					Range map[string]struct{ Gte, Lt time.Time }
				}
			}
		}
	}
	text, _ := io.ReadAll(r.Body)
	if err := json.Unmarshal(text, &ask); err != nil || len(ask.Query.Bool.Filter) != 1 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	k.asked = append(k.asked, string(text))
	span := ask.Query.Bool.Filter[0].Range["@timestamp"]
	found := []map[string]any{}
	for _, hit := range k.hits {
		source, _ := hit["_source"].(map[string]any)
		at, err := time.Parse(time.RFC3339Nano, fmt.Sprint(source["@timestamp"]))
		if err == nil && !at.Before(span.Gte) && at.Before(span.Lt) {
			found = append(found, hit)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"hits": map[string]any{"total": map[string]any{"value": len(found)}, "hits": found}})
}

// alert adds an alert of a rule.
func (k *kibana) alert(id string, at time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.hits = append(k.hits, map[string]any{"_index": ".alerts-security.alerts-default", "_id": id, "_source": map[string]any{
		"@timestamp": at.UTC().Format(time.RFC3339Nano), "kibana.alert.uuid": id, "kibana.alert.rule.name": "Odd process", "kibana.alert.rule.uuid": "r1",
		"kibana.alert.severity": "high", "kibana.alert.workflow_status": "open", "kibana.alert.reason": "odd process on ws-" + id, "host": map[string]any{"name": "ws-" + id},
	}})
}

// DUR-20: a product is asked for what is new by its connection, with a cursor
// that is ours; what is old by then triggers nothing.
func TestPoll_asksAProductByItsConnection(t *testing.T) {
	t.Parallel()
	k := &kibana{}
	server := httptest.NewServer(k)
	t.Cleanup(server.Close)
	c := &clock{}
	a := running(t, Options{Now: c.now})
	by := harrier.Operator()
	r := reporters{a}
	if _, err := r.AddSource(t.Context(), by, api.AddSource{Name: "elastic", Product: "elastic-poll"}); harrier.KindOf(err) != harrier.Invalid || !strings.Contains(err.Error(), "connection") {
		t.Errorf("a source without its connection: %v", err)
	}
	err := a.Connect(t.Context(), api.AddConnection{
		Name: "kibana", Connector: "elastic", BaseURL: server.URL, AllowPrivate: []string{"127.0.0.0/8"},
		Secrets: api.Secrets{"api_key": harrier.NewSecret("secret-key-of-kibana")},
	})
	if err != nil {
		t.Fatal(err)
	}
	k.alert("old", c.now().Add(-5*time.Hour))
	k.alert("new", c.now().Add(-5*time.Minute))
	if _, err := r.AddSource(t.Context(), by, api.AddSource{Name: "elastic", Product: "elastic-poll", Settings: map[string]any{"connection": "kibana"}}); err != nil {
		t.Fatal(err)
	}
	src, err := a.store.SourceByName(t.Context(), by.Tenant, "elastic")
	if err != nil {
		t.Fatal(err)
	}
	ask := func() {
		t.Helper()
		c.ahead.Add(int64(2 * time.Minute))
		if err := a.poll.Round(t.Context(), src); err != nil {
			t.Fatal(err)
		}
	}
	events := func(n int) []api.SourceEvent {
		t.Helper()
		var list api.List[api.SourceEvent]
		poll(t, func() bool {
			if list, err = r.SourceEvents(t.Context(), by, api.EventsFilter{Source: "elastic", State: harrier.EventProcessed}, harrier.Page{Limit: 100}); err != nil {
				t.Fatal(err)
			}
			return len(list.Items) >= n
		})
		return list.Items
	}
	ask()
	ask()
	old := 0
	for _, e := range events(2) {
		if e.Backfill {
			old++
		}
	}
	if got := events(2); len(got) != 2 || old != 1 {
		t.Fatalf("taken %+v, %d old; want two, one of which is old", got, old)
	}
	k.alert("later", c.now().Add(-3*time.Minute)) // it is found late
	ask()
	if got := events(3); len(got) != 3 || k.denied > 0 {
		t.Errorf("taken %d, denied %d", len(got), k.denied)
	}
	detail, err := things{a}.Alert(t.Context(), by, events(3)[0].Alert)
	if err != nil || detail.Title == "" || detail.Severity != "high" {
		t.Errorf("the alert is %+v, %v", detail.Alert, err)
	}
}

// splunkd is a server in the shape of Splunk's management API.
type splunkd struct {
	mu    sync.Mutex // guards what follows
	rows  int
	fails int
	asked int
}

func (s *splunkd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	q := r.URL.Query()
	switch {
	case r.Header.Get("Authorization") != "Bearer splunk-token-of-a-test":
		w.WriteHeader(http.StatusUnauthorized)
		return
	case s.fails > 0:
		s.fails--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case r.URL.Path != "/services/search/v2/jobs/scheduler_admin_search_W2_at_1_132/results" || q.Get("output_mode") != "json":
		w.WriteHeader(http.StatusNotFound)
		return
	}
	var offset, count int
	_, _ = fmt.Sscan(q.Get("offset"), &offset)
	_, _ = fmt.Sscan(q.Get("count"), &count)
	rows := []map[string]any{}
	for i := offset; i < min(offset+count, s.rows); i++ {
		rows = append(rows, map[string]any{"user": fmt.Sprint("user", i), "src": "203.0.113.7"})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"results": rows})
}

// A webhook of Splunk brings the first row; the others are fetched by the id of the search.
func TestRows_thatSplunkLeavesOutAreFetched(t *testing.T) {
	t.Parallel()
	sp := &splunkd{rows: 1203, fails: 3}
	server := httptest.NewServer(sp)
	t.Cleanup(server.Close)
	c := &clock{}
	a := running(t, Options{Now: c.now})
	by := harrier.Operator()
	r := reporters{a}
	err := a.Connect(t.Context(), api.AddConnection{
		Name: "splunk", Connector: "splunk", BaseURL: server.URL, AllowPrivate: []string{"127.0.0.0/8"},
		Secrets: api.Secrets{"token": harrier.NewSecret("splunk-token-of-a-test")},
	})
	if err != nil {
		t.Fatal(err)
	}
	made, err := r.AddSource(t.Context(), by, api.AddSource{Name: "splunk", Product: "splunk", Settings: map[string]any{"rows_from": "splunk"}})
	if err != nil || made.Warning == "" || !strings.Contains(made.URL, made.Secret) {
		t.Fatalf("made %+v, %v; want the secret in the address, and a warning about that", made, err)
	}
	const body = `{"sid":"scheduler_admin_search_W2_at_1_132","search_name":"Brute force","result":{"user":"user0","src":"203.0.113.7"},"results_link":"http://s/x"}`
	at := strings.TrimPrefix(made.URL, "https://HARRIER")
	received(t, a.deliver(at, body))
	src, err := a.store.SourceByName(t.Context(), by.Tenant, "splunk")
	if err != nil {
		t.Fatal(err)
	}
	count := func() int64 {
		t.Helper()
		s, err := r.Source(t.Context(), by, "splunk")
		if err != nil {
			t.Fatal(err)
		}
		return s.Counts.Accepted
	}
	poll(t, func() bool {
		c.ahead.Add(int64(time.Minute))
		_ = a.poll.Complete(t.Context(), src) // what failed is asked again
		return count() >= 1203
	})
	for range 3 {
		if err := a.poll.Complete(t.Context(), src); err != nil {
			t.Error(err)
		}
	}
	if got := count(); got != 1203 {
		t.Errorf("%d events, want 1203: the first row and those that were fetched, once", got)
	}
	poll(t, func() bool {
		s, err := r.Source(t.Context(), by, "splunk")
		return err == nil && s.Counts.Pending == 0
	})
	s, err := r.Source(t.Context(), by, "splunk")
	if err != nil || s.Counts.Quarantined > 0 {
		t.Errorf("the counts are %+v, %v", s.Counts, err)
	}
}

// A mail in the mailbox that people report to is an alert, as if it were
// reported by hand; each once, also after a restart.
func TestMailbox_whatArrivesIsReportedOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Options{})
	o.connect(nil)
	o.clock.still.Store(true)
	by := harrier.Operator()
	copies := o.lab.Mail(reportedID)
	if len(copies) == 0 {
		t.Fatal("the lab has no mail")
	}
	mailbox := copies[0].Mailbox
	if _, err := (reporters{o.App}).AddSource(t.Context(), by, api.AddSource{Name: "reports", Product: "mailbox", Settings: map[string]any{"connection": "graph"}}); harrier.KindOf(err) != harrier.Invalid || !strings.Contains(err.Error(), "mailbox=") {
		t.Errorf("a source without its mailbox: %v", err)
	}
	var mail string
	names, err := o.ConnectionNames(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name := range names {
		if row, err := o.store.ConnectionByName(t.Context(), by.Tenant, name); err == nil && row.Connector == "msgraph" {
			mail = name
		}
	}
	_, err = reporters{o.App}.AddSource(t.Context(), by, api.AddSource{Name: "reports", Product: "mailbox", Settings: map[string]any{"connection": mail, "mailbox": mailbox, "first": "2160h"}})
	if err != nil {
		t.Fatal(err)
	}
	ask := func() int {
		t.Helper()
		src, err := o.store.SourceByName(t.Context(), by.Tenant, "reports")
		if err != nil {
			t.Fatal(err)
		}
		o.clock.ahead.Add(int64(2 * time.Minute))
		if err := o.poll.Round(t.Context(), src); err != nil {
			t.Fatal(err)
		}
		page, err := things{o.App}.Alerts(t.Context(), by, harrier.AlertFilter{Category: "phishing"}, harrier.Page{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		return len(page.Items)
	}
	first := ask()
	if first == 0 {
		t.Fatal("no mail of the mailbox became an alert")
	}
	if again := ask(); again != first {
		t.Errorf("asked again there are %d alerts, and were %d", again, first)
	}
	o.restart(func() {})
	if again := ask(); again != first {
		t.Errorf("after a restart there are %d alerts, and were %d", again, first)
	}
}
