package app

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/lab"
)

// supplied is an installation whose products report and list.
type supplied struct{ *office }

func newSupplied(t *testing.T) *supplied {
	t.Helper()
	var shared atomic.Pointer[clock] // products live in the time of the installation
	s := &supplied{newOfficeWith(t, Options{}, lab.Config{Seed: 11, Sources: true, Now: func() time.Time {
		if c := shared.Load(); c != nil {
			return c.now()
		}
		return time.Now()
	}})}
	shared.Store(&s.clock)
	s.clock.still.Store(true)
	for _, seed := range s.lab.Connections() {
		switch seed.Connector {
		case "splunk", "elastic", "graph_security", "taxii", "misp":
		default:
			continue
		}
		err := s.Connect(t.Context(), api.AddConnection{
			Name: seed.Connector, Connector: seed.Connector, BaseURL: seed.BaseURL, Settings: seed.Settings, Secrets: seed.Secrets,
			AllowHosts: seed.AllowHosts, AllowPrivate: []string{"127.0.0.0/8"}, Limits: seed.Limits,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// source makes a source and returns it.
func (s *supplied) source(product string, settings map[string]any) harrier.Source {
	s.t.Helper()
	if _, err := (reporters{s.App}).AddSource(s.t.Context(), harrier.Operator(), api.AddSource{Name: product, Product: product, Settings: settings}); err != nil {
		s.t.Fatal(err)
	}
	src, err := s.store.SourceByName(s.t.Context(), harrier.DefaultTenant, product)
	if err != nil {
		s.t.Fatal(err)
	}
	return src
}

// ask asks a source once, two minutes later.
func (s *supplied) ask(src harrier.Source) error {
	s.clock.ahead.Add(int64(2 * time.Minute))
	return s.poll.Round(s.t.Context(), src)
}

// titles are those of the alerts of a source, each with how often it came.
func (s *supplied) titles(src string, events int64) map[string]int {
	s.t.Helper()
	poll(s.t, func() bool {
		got, err := (reporters{s.App}).Source(s.t.Context(), harrier.Operator(), src)
		return err == nil && got.Counts.Pending == 0 && got.Counts.Accepted >= events
	})
	page, err := things{s.App}.Alerts(s.t.Context(), harrier.Operator(), harrier.AlertFilter{}, harrier.Page{Limit: 100})
	if err != nil {
		s.t.Fatal(err)
	}
	out := map[string]int{}
	for _, a := range page.Items {
		out[a.Title]++
	}
	return out
}

// report makes a product of the lab report something.
func (s *supplied) report(a lab.Alert) {
	s.t.Helper()
	if a.At.IsZero() {
		a.At = s.clock.now()
	}
	if err := s.lab.Alert(a); err != nil {
		s.t.Fatal(err)
	}
}

// DUR-20: products that are asked give each alert once: over pages, restarts,
// refusals, and where they show it late.
func TestSources_takeEachAlertOfAProductOnce(t *testing.T) {
	t.Parallel()
	for product, of := range map[string]struct{ source, vendor, path string }{
		"Elastic Security": {"elastic-poll", "elastic", "signals/search"},
		"Defender":         {"defender", "msgraph", "alerts_v2"},
	} {
		t.Run(product, func(t *testing.T) {
			t.Parallel()
			s := newSupplied(t)
			connection := map[string]string{"elastic-poll": "elastic", "defender": "graph_security"}[of.source]
			src := s.source(of.source, map[string]any{"connection": connection})
			begin := s.clock.now()
			for i := range 20 {
				s.report(lab.Alert{
					Product: of.vendor, ID: fmt.Sprintf("a-%02d", i), Title: fmt.Sprintf("Odd process %02d", i), Severity: "high",
					Host: fmt.Sprintf("ws-%02d.corp.example", i), User: "alice", IP: "203.0.113.7", At: begin.Add(-time.Duration(i) * time.Minute),
				})
			}
			// What it says is made in a moment, and shown nine minutes later.
			s.report(lab.Alert{Product: of.vendor, ID: "late", Title: "Shown late", Severity: "medium", Host: "ws-late", At: begin.Add(time.Second), Shown: begin.Add(9 * time.Minute)})
			if err := s.lab.Fault(of.vendor, lab.Rule{Kind: lab.Limited, Path: of.path, RetryAfter: time.Second}); err != nil {
				t.Fatal(err)
			}
			if err := s.ask(src); err == nil {
				t.Error("the product asked us to slow down, and nobody heard it")
			}
			for range 3 { // what failed is left alone for a while
				_ = s.ask(src)
			}
			s.restart(func() {})
			for range 4 {
				_ = s.ask(src)
			}
			got := s.titles(of.source, 21)
			for i := range 20 {
				if title := fmt.Sprintf("Odd process %02d", i); got[title] != 1 {
					t.Errorf("%s came %d times", title, got[title])
				}
			}
			if got["Shown late"] != 1 || len(got) != 21 {
				t.Errorf("%d alerts, what was late came %d times", len(got), got["Shown late"])
			}
			// What is changed there is the same alert, changed.
			s.report(lab.Alert{Product: of.vendor, ID: "a-03", Title: "Odd process 03", Severity: "low", Host: "ws-03.corp.example", User: "alice"})
			_ = s.ask(src)
			if err := s.ask(src); err != nil {
				t.Error(err)
			}
			if got := s.titles(of.source, 22); got["Odd process 03"] != 1 {
				t.Errorf("a changed alert is there %d times", got["Odd process 03"])
			}
		})
	}
}

// Pages of a product are read to their end, and one that refuses in the middle
// is asked again for that page.
func TestSources_readPagesToTheirEnd(t *testing.T) {
	t.Parallel()
	s := newSupplied(t)
	src := s.source("defender", map[string]any{"connection": "graph_security"})
	begin := s.clock.now()
	const many = 1203 // three pages of 500
	for i := range many {
		s.report(lab.Alert{Product: "msgraph", ID: fmt.Sprintf("a-%04d", i), Title: "Storm", Severity: "low", Host: fmt.Sprintf("h%d", i), At: begin.Add(-time.Duration(i) * time.Second)})
	}
	if err := s.lab.Fault("msgraph", lab.Rule{Kind: lab.Limited, Path: "skiptoken", Nth: 2, RetryAfter: time.Second}); err != nil {
		t.Fatal(err)
	}
	for range 8 {
		_ = s.ask(src)
	}
	got, err := (reporters{s.App}).Source(t.Context(), harrier.Operator(), "defender")
	if err != nil || got.Counts.Accepted != many {
		t.Errorf("the counts are %+v, %v; want each of %d once", got.Counts, err, many)
	}
}

// The webhook of Splunk brings the first row, and the lab's Splunk the others.
func TestSources_takeEachRowOfSplunkOnce(t *testing.T) {
	t.Parallel()
	s := newSupplied(t)
	made, err := (reporters{s.App}).AddSource(t.Context(), harrier.Operator(), api.AddSource{Name: "splunk", Product: "splunk", Settings: map[string]any{"rows_from": "splunk"}})
	if err != nil {
		t.Fatal(err)
	}
	src, err := s.store.SourceByName(t.Context(), harrier.DefaultTenant, "splunk")
	if err != nil {
		t.Fatal(err)
	}
	const sid, many = "scheduler__admin__search__RMD5_at_1764234000_7", 2101 // three pages of 1000
	rows := make([]map[string]any, many)
	for i := range rows {
		rows[i] = map[string]any{"user": fmt.Sprint("user", i), "src": "203.0.113.7", "count": "7"}
	}
	if err := s.lab.Found(sid, rows); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []lab.Kind{lab.Limited, lab.Unavailable} {
		if err := s.lab.Fault("splunk", lab.Rule{Kind: kind, Path: "results", Nth: 2, RetryAfter: time.Second}); err != nil {
			t.Fatal(err)
		}
	}
	body := `{"sid":"` + sid + `","search_name":"Brute force","result":{"user":"user0","src":"203.0.113.7"},"results_link":"http://s/x"}`
	received(t, s.deliver(strings.TrimPrefix(made.URL, "https://HARRIER"), body))
	count := func() int64 {
		got, err := (reporters{s.App}).Source(t.Context(), harrier.Operator(), "splunk")
		if err != nil {
			t.Fatal(err)
		}
		return got.Counts.Accepted
	}
	complete := func() {
		s.clock.ahead.Add(int64(time.Minute))
		_ = s.poll.Complete(t.Context(), src) // what failed is asked again
	}
	complete()
	s.restart(func() {})
	poll(t, func() bool { complete(); return count() >= many })
	for range 3 {
		complete()
	}
	if got := count(); got != many {
		t.Errorf("%d events, want each row of %d once", got, many)
	}
}

// feed makes a feed and returns what pulls it until it succeeds.
func (s *supplied) feed(in api.SetFeed) func() (taken api.Taken) {
	s.t.Helper()
	in.Interval = "1h"
	if _, err := (intelligence{s.App}).SetFeed(s.t.Context(), harrier.Operator(), in); err != nil {
		s.t.Fatal(err)
	}
	return func() (taken api.Taken) {
		s.t.Helper()
		for range 20 {
			s.clock.ahead.Add(int64(2 * time.Minute))
			got, err := (intelligence{s.App}).PullFeed(s.t.Context(), harrier.Operator(), in.Name)
			taken.New, taken.Changed, taken.Ended = taken.New+got.New, taken.Changed+got.Changed, taken.Ended+got.Ended
			if err == nil {
				return taken
			}
		}
		s.t.Fatalf("feed %s was never read to its end", in.Name)
		return taken
	}
}

// known counts the indicators that hold.
func (s *supplied) known(t *testing.T) (n int) {
	t.Helper()
	page := harrier.Page{Limit: 500}
	for {
		list, err := (intelligence{s.App}).Indicators(t.Context(), harrier.Operator(), api.IndicatorFilter{}, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range list.Items {
			if i.EndedAt.IsZero() {
				n++
			}
		}
		if page.Cursor = list.Next; page.Cursor == "" {
			return n
		}
	}
}

// says is the verdict on a value.
func (s *supplied) says(value string) string {
	s.t.Helper()
	got, err := (intelligence{s.App}).MatchValues(s.t.Context(), harrier.Operator(), api.MatchValues{Values: []api.Value{{Value: value}}})
	if err != nil {
		s.t.Fatal(err)
	}
	return got[0].Verdict
}

// Indicators of a community come once, by TAXII and by MISP, over pages, a
// refusal and a restart; what is new comes next time, and what is taken back ends.
func TestFeeds_takeEachIndicatorOfACommunityOnce(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]struct {
		connector, path string
		many            int
	}{
		"TAXII": {"taxii", "objects", 250},               // three pages of 100
		"MISP":  {"misp", "attributes/restSearch", 2100}, // two pages of 2000
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSupplied(t)
			begin := s.clock.now()
			for i := range of.many {
				err := s.lab.List(lab.Listed{Type: "ip", Value: fmt.Sprintf("203.0.%d.%d", i/200, i%200+1), Name: "Botnet", Added: begin.Add(time.Duration(i-of.many) * time.Second)})
				if err != nil {
					t.Fatal(err)
				}
			}
			if err := s.lab.Fault(of.connector, lab.Rule{Kind: lab.Limited, Path: of.path, Nth: 2, RetryAfter: time.Second}); err != nil {
				t.Fatal(err)
			}
			in := api.SetFeed{Name: "community", Connection: of.connector, Reliability: "B"}
			if of.connector == "taxii" {
				in.URL = collectionOf(t, s)
			}
			pull := s.feed(in)
			pull()
			if got := s.known(t); got != of.many || s.says("203.0.1.7") != "malicious" {
				t.Errorf("%d are known, want %d; it says %s", got, of.many, s.says("203.0.1.7"))
			}
			s.restart(func() {})
			pull = s.feed(in)
			if got := pull(); got.New != 0 || got.Ended != 0 || s.known(t) != of.many {
				t.Errorf("after a restart %+v, %d are known, want nothing new", got, s.known(t))
			}
			now := s.clock.now()
			for _, i := range []lab.Listed{{Type: "domain", Value: "login.evil.example", Name: "Phishing", Added: now}, {Type: "ip", Value: "203.0.1.7", Name: "Botnet", Gone: true, Added: now}} {
				if err := s.lab.List(i); err != nil {
					t.Fatal(err)
				}
			}
			pull()
			if got := s.known(t); got != of.many || s.says("login.evil.example") != "malicious" || s.says("203.0.1.7") == "malicious" {
				t.Errorf("one is new and one is taken back: %d are known, and it says %s and %s", got, s.says("login.evil.example"), s.says("203.0.1.7"))
			}
		})
	}
}

// collectionOf asks which collections there are, and takes the one that may be read.
func collectionOf(t *testing.T, s *supplied) string {
	t.Helper()
	known := intelligence{s.App}
	if _, err := known.SetFeed(t.Context(), harrier.Operator(), api.SetFeed{Name: "which", Connection: "taxii", Interval: "1h"}); err != nil {
		t.Fatal(err)
	}
	_, err := known.PullFeed(context.WithoutCancel(t.Context()), harrier.Operator(), "which")
	if err == nil || strings.Contains(err.Error(), "Of the board") {
		t.Fatalf("without a collection: %v; want those that may be read", err)
	}
	_, text, _ := strings.Cut(err.Error(), "one of ")
	path, _, ok := strings.Cut(text, " (")
	if !ok {
		t.Fatalf("%q names no collection", err)
	}
	return path
}
