package lab_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/lab"
)

// seedOf is the connection to a product that the lab offers.
func seedOf(t *testing.T, l *lab.Lab, connector string) lab.ConnectionSeed {
	t.Helper()
	for _, seed := range l.Connections() {
		if seed.Connector == connector {
			return seed
		}
	}
	t.Fatalf("the lab offers no connection to %s", connector)
	return lab.ConnectionSeed{}
}

func TestSources_refuseStrangersInTheirOwnShape(t *testing.T) {
	t.Parallel()
	b := start(t, lab.Config{Seed: 7, Sources: true})
	for _, of := range []struct {
		vendor, method, path string
		header               []string
		status               int
		says                 string
	}{
		{"splunk", "GET", "/services/server/info", nil, 401, "call not properly authenticated"},
		{"splunk", "GET", "/services/server/info", []string{"Authorization", "Bearer wrong"}, 401, "call not properly authenticated"},
		{"elastic", "GET", "/api/detection_engine/privileges", []string{"Authorization", "ApiKey wrong"}, 401, `"statusCode":401`},
		{"elastic", "POST", "/api/detection_engine/signals/search", []string{"Authorization", "ApiKey " + seedOf(t, b.Lab, "elastic").Secrets["api_key"].Reveal()}, 400, "kbn-xsrf"},
		{"taxii", "GET", "/taxii2/", []string{"Accept", "application/taxii+json;version=2.1"}, 401, `"http_status":"401"`},
		{"misp", "GET", "/servers/getVersion", []string{"Authorization", "wrong"}, 403, "Authentication failed"},
	} {
		r := b.ask(of.method, b.URL(of.vendor)+of.path, nil, of.header...)
		if r.status != of.status || !strings.Contains(string(r.raw), of.says) {
			t.Errorf("%s %s: %d %s; want %d with %s", of.vendor, of.path, r.status, r.raw, of.status, of.says)
		}
	}
}

// taxii asks the server of TAXII.
func (b *bench) taxii(path string) reply {
	b.t.Helper()
	s := seedOf(b.t, b.Lab, "taxii").Secrets
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.URL("taxii")+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	req.SetBasicAuth(s["username"].Reveal(), s["password"].Reveal())
	return b.ask("GET", b.URL("taxii")+path, nil, "Authorization", req.Header.Get("Authorization"), "Accept", "application/taxii+json;version=2.1")
}

func TestTAXII_givesEachObjectOnceInPages(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	b := start(t, lab.Config{Seed: 7, Sources: true, Now: func() time.Time { return now }})
	for _, value := range []string{"203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4", "203.0.113.5"} {
		if err := b.List(lab.Listed{Type: "ip", Value: value, Name: "Botnet"}); err != nil { // all at the same moment
			t.Fatal(err)
		}
	}
	collection := at(t, b.taxii("/api1/collections/").json(t), "collections", 0, "id").(string)
	closed := at(t, b.taxii("/api1/collections/").json(t), "collections", 1, "id").(string)
	if r := b.taxii("/api1/collections/" + closed + "/objects/"); r.status != 403 {
		t.Errorf("a collection that may not be read: %d", r.status)
	}
	seen, next := map[string]int{}, ""
	for range 10 {
		r := b.taxii("/api1/collections/" + collection + "/objects/?limit=2&next=" + url.QueryEscape(next))
		page := r.json(t)
		for _, o := range page["objects"].([]any) {
			seen[at(t, o, "pattern").(string)]++
		}
		if page["more"] != true {
			break
		}
		next = page["next"].(string)
	}
	if len(seen) != 5 || seen["[ipv4-addr:value = '203.0.113.3']"] != 1 {
		t.Errorf("seen %v, want each of five once", seen)
	}
	r := b.taxii("/api1/collections/" + collection + "/objects/?added_after=2026-11-23T09:00:00.000000Z")
	if page := r.json(t); len(page) != 0 {
		t.Errorf("after the last: %v, want an empty envelope", page)
	}
	if r := b.taxii("/api1/collections/" + collection + "/objects/?added_after=yesterday"); r.status != 400 {
		t.Errorf("a time that is none: %d", r.status)
	}
}

func TestAlerts_areShownFromWhenTheyAreShown(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	b := start(t, lab.Config{Seed: 7, Sources: true, Now: func() time.Time { return now }})
	err := b.Alert(lab.Alert{Product: "elastic", ID: "1", Title: "Odd", Severity: "high", At: now, Shown: now.Add(time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	ask := func() any {
		key := seedOf(t, b.Lab, "elastic").Secrets["api_key"].Reveal()
		r := b.ask("POST", b.URL("elastic")+"/api/detection_engine/signals/search", map[string]any{"size": 10}, "Authorization", "ApiKey "+key, "kbn-xsrf", "x")
		return at(t, r.json(t), "hits", "total", "value")
	}
	if got := ask(); got != 0.0 {
		t.Errorf("before it is shown there are %v", got)
	}
	now = now.Add(2 * time.Minute)
	if got := ask(); got != 1.0 {
		t.Errorf("after it is shown there are %v", got)
	}
	for _, wrong := range []lab.Alert{{Product: "splunk", ID: "1", Title: "x", Severity: "high"}, {Product: "elastic", Title: "x", Severity: "high"}, {Product: "elastic", ID: "1", Title: "x", Severity: "urgent"}} {
		if err := b.Alert(wrong); harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
	if err := b.List(lab.Listed{Type: "mutex", Value: "x"}); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("an indicator of another type: %v", err)
	}
}
