package store

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/query"
)

// library is a store with alerts that differ in all that is asked about.
type library struct {
	*Store
	t      *testing.T
	now    time.Time
	tenant harrier.TenantID
	titles map[harrier.AlertID]string
}

func newLibrary(t *testing.T) *library {
	t.Helper()
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	s, err := Open(t.Context(), Config{Dir: blankDir(t), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &library{Store: s, t: t, now: now, tenant: harrier.DefaultTenant, titles: map[harrier.AlertID]string{}}
}

// write makes a change.
func (l *library) write(change func(tx harrier.Tx) error) {
	l.t.Helper()
	if err := l.Write(l.t.Context(), change); err != nil {
		l.t.Fatal(err)
	}
}

// alert adds an alert that came some hours ago.
func (l *library) alert(title string, hours int, with func(a *harrier.Alert, f *harrier.Finding)) harrier.Alert {
	l.t.Helper()
	at := l.now.Add(-time.Duration(hours) * time.Hour)
	a := harrier.Alert{
		Tenant: l.tenant, ID: harrier.NewID[harrier.AlertID](at), Source: harrier.DeriveID[harrier.SourceID]("edr"), ExternalID: title, Title: title,
		Category: "malware", Severity: "medium", Status: "new", Data: json.RawMessage("{}"), CreatedAt: at, UpdatedAt: at,
	}
	f := harrier.Finding{}
	if with != nil {
		with(&a, &f)
	}
	finding, err := json.Marshal(f)
	if err != nil {
		l.t.Fatal(err)
	}
	a.Finding = finding
	l.write(func(tx harrier.Tx) error {
		if _, _, err := l.Submit(l.t.Context(), tx, a); err != nil {
			return err
		}
		return l.IndexAlert(l.t.Context(), tx, a, f)
	})
	l.titles[a.ID] = title
	return a
}

// words reads all words that changed.
func (l *library) words() {
	l.t.Helper()
	for {
		n, err := l.ReadWords(l.t.Context())
		if err != nil {
			l.t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// asked returns the titles of the alerts that a query selects, page by page.
func (l *library) asked(source string, limit int) (titles []string) {
	l.t.Helper()
	q, err := query.Parse(query.Alerts, source)
	if err != nil {
		l.t.Fatal(err)
	}
	a := Asked{Tenant: l.tenant, Viewer: harrier.LocalOperator, Query: q, Page: harrier.Page{Limit: limit}}
	for range 100 {
		found, err := l.AskAlerts(l.t.Context(), a)
		if err != nil {
			l.t.Fatalf("%s: %v", source, err)
		}
		if len(found.Items) > limit {
			l.t.Fatalf("%s: a page of %d holds %d", source, limit, len(found.Items))
		}
		for _, one := range found.Items {
			titles = append(titles, one.Title)
		}
		if found.Next == "" {
			return titles
		}
		a.Page.Cursor = found.Next
	}
	l.t.Fatalf("%s: it never ends", source)
	return nil
}

// fill adds the alerts that the queries of the tests are about.
func (l *library) fill() {
	l.alert("one", 1, func(a *harrier.Alert, f *harrier.Finding) {
		a.Severity, a.Rule = "critical", harrier.Rule{ID: "R-1", Name: "Credential dumping"}
		f.Entities = []harrier.Entity{{Type: harrier.HostEntity, Key: "ws-17", Name: "WS-17"}}
		f.Observables = []harrier.Observable{{Type: "ip", Value: "203.0.113.7"}, {Type: "sha256", Value: strings.Repeat("ab", 32)}}
	})
	l.alert("two", 30, func(a *harrier.Alert, f *harrier.Finding) {
		a.Severity, a.Status, a.Disposition, a.EventAt = "high", "closed", "benign", l.now.Add(-100*time.Hour)
		a.Description = "A café in São Paulo said it's \"fine\""
		f.Entities = []harrier.Entity{{Type: harrier.HostEntity, Key: "ws-17"}, {Type: harrier.UserEntity, Key: "kim@corp.example"}}
	})
	l.alert("three", 300, func(a *harrier.Alert, f *harrier.Finding) {
		a.Severity, a.Status, a.Category, a.Priority, a.Score = "low", "in_progress", "Phishing", 2, 71.5
		f.Observables = []harrier.Observable{{Type: "domain", Value: "evil.example"}, {Type: "url", Value: "https://evil.example/A?b=(c)"}}
	})
	l.alert("four powershell started", 301, func(a *harrier.Alert, _ *harrier.Finding) { a.Severity, a.Observed = "info", true })
}

func TestAsk_findsWhatTheQuerySays(t *testing.T) {
	t.Parallel()
	l := newLibrary(t)
	l.fill()
	l.words()
	for _, c := range []struct {
		query string
		want  []string
	}{
		{"", []string{"one", "two", "three", "four powershell started"}},
		{"sev:>=high", []string{"one", "two"}},
		{"sev:<high -sev:info", []string{"three"}},
		{"status:open", []string{"one", "three", "four powershell started"}},
		{"status:closed,in_progress", []string{"two", "three"}},
		{"created:>-2d", []string{"one", "two"}},
		{"created:2026-11-26", []string{"two"}},
		{"created:2026-11-01..2026-11-15", []string{"three", "four powershell started"}},
		{"happened:<-3d created:>-2d", []string{"two"}},
		{"host:WS-17", []string{"one", "two"}},
		{"host:ws-* -status:closed", []string{"one"}},
		{"host:ws-17 OR domain:evil.example", []string{"one", "two", "three"}},
		{"-host:ws-17 user:kim@corp.example", nil},
		{"ip:203.0.113.7", []string{"one"}},
		{"hash:" + strings.Repeat("AB", 32), []string{"one"}},
		{`url:"https://evil.example/A?b=(c)"`, []string{"three"}},
		{"ioc:evil.example", []string{"three"}},
		{"rule:r-1", []string{"one"}},
		{"rule:none sev:high", []string{"two"}},
		{"rule:*", []string{"one"}},
		{"cat:phishing prio:2 score:>71 score:<=71.5", []string{"three"}},
		{"observed:yes", []string{"four powershell started"}},
		{"disposition:none -sev:info", []string{"one", "three"}},
		{"ref:two", []string{"two"}},
		{"owner:none status:new", []string{"one", "four powershell started"}},
		{"owner:me", nil},
		{"case:none sev:critical", []string{"one"}},
		{"case:7", nil},
		{"powershell", []string{"four powershell started"}},
		{"power*", []string{"four powershell started"}},
		{"shell", nil},
		{`"credential dumping"`, []string{"one"}},
		{`"dumping credential"`, nil},
		{"cafe sao", []string{"two"}},
		{`"it's \"fine\""`, []string{"two"}},
		{"ws-17", []string{"two", "one"}}, // with words, in the order in which they were read
		{"ws-17 -one", []string{"two"}},
		{"powershell OR sev:critical", []string{"one", "four powershell started"}},
		{"203.0.113.7 status:new", []string{"one"}},
		{"said OR scope", []string{"two"}},
		{`") OR said : "`, nil},
	} {
		for _, limit := range []int{1, 50} {
			got := l.asked(c.query, limit)
			want := c.want
			if strings.HasPrefix(c.query, "ws-17") {
				slices.Sort(got)
				want = slices.Sorted(slices.Values(want))
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s by %d (-want +got):\n%s", c.query, limit, d)
			}
		}
	}
}

// Every field that the language has is one that the store knows.
func TestAsk_knowsEveryField(t *testing.T) {
	t.Parallel()
	l := newLibrary(t)
	for _, n := range query.Nouns() {
		noun, listed := sought(n)
		if !listed {
			continue
		}
		for _, f := range query.Fields(n) {
			for _, value := range valuesOf(f, n) {
				source := f.Name + ":" + value
				q, err := query.Parse(n, source)
				if err != nil {
					t.Errorf("%s %s: %v", n, source, err)
					continue
				}
				if _, err := l.Count(t.Context(), Asked{Tenant: l.tenant, Query: q}); err != nil {
					t.Errorf("%s %s cannot be asked: %v", n, source, err)
				}
			}
			if c := noun.criterion(f.Name); c.sql == "" || f.Optional && c.none == "" || f.Type == query.ID && c.read == nil {
				t.Errorf("%s: the store has no criterion for %s, or not the whole", n, f.Name)
			}
		}
	}
}

// valuesOf are values that a field may have.
func valuesOf(f query.Field, n query.Noun) []string {
	list := map[query.Type][]string{
		query.Choice: f.Values, query.Text: {"x", "x*", "a,b"}, query.Number: {"1", ">=1.5", "1..2"}, query.Moment: {">-7d", "2026-11-27", "2026-11-01..-1d"},
		query.Flag: {"yes", "no"}, query.Person: {"me", "kim"}, query.ID: {"5"},
	}[f.Type]
	if f.Ordered {
		list = append(list, ">="+f.Values[1])
	}
	if f.Optional {
		list = append(list, "none", "*")
	}
	if f.Type != query.ID || f.Name == "case" {
		return list
	}
	id := harrier.LocalOperator.String()
	id = id[strings.LastIndex(id, "_")+1:]
	for _, prefix := range []string{"alert", "case", "run", "evidence", "approval", "audit"} {
		if f.Name == prefix || f.Name == "id" && (string(n) == prefix || strings.HasPrefix(string(n), prefix)) {
			return append(list[1:], prefix+"_"+id)
		}
	}
	return list[1:]
}

// What is said anew is found anew, and what is removed is found no more.
func TestReadWords_followsChanges(t *testing.T) {
	t.Parallel()
	l := newLibrary(t)
	a := l.alert("a zebra", 1, func(a *harrier.Alert, _ *harrier.Finding) { a.ExternalID = "41" })
	c := harrier.Case{Tenant: l.tenant, ID: harrier.NewID[harrier.CaseID](l.now), Title: "The giraffe", Severity: "low", Status: "open", CreatedAt: l.now, UpdatedAt: l.now}
	l.write(func(tx harrier.Tx) (err error) { c, err = l.OpenCase(t.Context(), tx, c); return err })
	l.words()
	l.write(func(tx harrier.Tx) error {
		a.Title, a.Rev = "an okapi", 1
		if err := l.UpdateAlert(t.Context(), tx, a); err != nil {
			return err
		}
		_, err := l.AddEntry(t.Context(), tx, harrier.CaseEntry{Tenant: l.tenant, Case: c.ID, At: l.now, Kind: "comment", Text: "It is a lion", Author: "kim"})
		return err
	})
	l.words()
	if got := l.asked("zebra", 5); got != nil {
		t.Errorf("what an alert said before is found: %v", got)
	}
	if got := l.asked("okapi", 5); len(got) != 1 {
		t.Errorf("what an alert says now is found %d times", len(got))
	}
	for _, source := range []string{"giraffe", "lion", "lion giraffe status:open"} {
		q, err := query.Parse(query.Cases, source)
		if err != nil {
			t.Fatal(err)
		}
		found, err := l.AskCases(t.Context(), Asked{Tenant: l.tenant, Viewer: harrier.LocalOperator, Query: q})
		if err != nil || len(found.Items) != 1 {
			t.Errorf("%s finds %d cases, %v", source, len(found.Items), err)
		}
	}
	l.write(func(tx harrier.Tx) error {
		_, err := tx.Exec(t.Context(), `DELETE FROM alerts WHERE id = $1`, a.ID[:])
		return err
	})
	l.words()
	var n int
	if _, err := l.readers.one(t.Context(), sqlf(`SELECT (SELECT count(*) FROM text_docs WHERE noun = 'alerts') + (SELECT count(*) FROM alert_text WHERE alert_text MATCH 'okapi')`), &n); err != nil || n != 0 {
		t.Errorf("%d rows are left of a removed alert, %v", n, err)
	}
}

// AZ-07: no query shows a tenant what is another's, and no cursor does.
func TestAsk_staysInItsTenant(t *testing.T) {
	t.Parallel()
	l := newLibrary(t)
	l.fill()
	l.tenant = harrier.NewID[harrier.TenantID](l.now)
	l.alert("theirs powershell", 2, func(_ *harrier.Alert, f *harrier.Finding) {
		f.Entities = []harrier.Entity{{Type: harrier.HostEntity, Key: "ws-17"}}
	})
	l.words()
	for _, source := range []string{"", "powershell", "host:ws-17", "host:ws-*", "-sev:critical", "powershell OR one", `"x\") OR (scope" OR powershell`, "-nothing", "rule:none"} {
		if got := l.asked(source, 1); !slices.Equal(got, []string{"theirs powershell"}) {
			t.Errorf("%s shows %v", source, got)
		}
	}
}

// A long list in which little fits is read in bounded parts, and nothing is
// lost or told twice between them; counts say where they are reckoned.
func TestAsk_looksAtLongListsInParts(t *testing.T) {
	t.Parallel()
	l := newLibrary(t)
	const n = 12_000
	l.many(n)
	for _, source := range []string{"sev:critical", "common sev:critical", "host:everywhere sev:critical", "host:every* sev:critical"} {
		q, err := query.Parse(query.Alerts, source)
		if err != nil {
			t.Fatal(err)
		}
		got := l.asked(source, 7)
		if want := n / 400; len(got) != want || len(slices.Compact(slices.Sorted(slices.Values(got)))) != want {
			t.Errorf("%s finds %d, want %d, each once", source, len(got), want)
		}
		c, err := l.Count(t.Context(), Asked{Tenant: l.tenant, Query: q})
		if err != nil || c != (Count{N: n / 400}) {
			t.Errorf("%s counts %+v, %v", source, c, err)
		}
	}
	q, err := query.Parse(query.Alerts, "sev:low")
	if err != nil {
		t.Fatal(err)
	}
	c, err := l.Count(t.Context(), Asked{Tenant: l.tenant, Query: q})
	if err != nil || !c.Estimated || c.N < n*9/10 || c.N > n*11/10 {
		t.Errorf("of about %d it counts %+v, %v", n, c, err)
	}
}

// many adds alerts in bulk, of which one in 400 is critical.
func (l *library) many(n int) {
	l.t.Helper()
	l.write(func(tx harrier.Tx) error {
		for i := range n {
			at := l.now.Add(-time.Duration(n-i) * time.Minute)
			a := harrier.Alert{
				Tenant: l.tenant, ID: harrier.NewID[harrier.AlertID](at), ExternalID: fmt.Sprint("bulk ", i), Title: fmt.Sprint("common ", i),
				Severity: "low", Status: "new", Data: json.RawMessage("{}"), CreatedAt: at, UpdatedAt: at,
			}
			if i%400 == 0 {
				a.Severity = "critical"
			}
			if _, _, err := l.Submit(l.t.Context(), tx, a); err != nil {
				return err
			}
			if err := l.IndexAlert(l.t.Context(), tx, a, harrier.Finding{Entities: []harrier.Entity{{Type: harrier.HostEntity, Key: "everywhere"}}}); err != nil {
				return err
			}
		}
		return nil
	})
	l.words()
}

// AZ-07: what belongs to a restricted case is in no answer, count or sighting of
// anybody but its members, whatever is asked; the answers of all are a part of
// what they see without a query.
func TestAsk_showsNobodyWhatTheyMayNotSee(t *testing.T) {
	t.Parallel()
	l := newLibrary(t)
	l.fill()
	secret := l.alert("the secret", 2, func(a *harrier.Alert, f *harrier.Finding) {
		a.Severity, a.Description = "critical", "insider powershell"
		f.Entities = []harrier.Entity{{Type: harrier.HostEntity, Key: "ws-17"}}
		f.Observables = []harrier.Observable{{Type: "domain", Value: "evil.example"}}
	})
	c := harrier.Case{Tenant: l.tenant, ID: harrier.NewID[harrier.CaseID](l.now), Title: "The insider", Severity: "high", Status: "open", CreatedAt: l.now, UpdatedAt: l.now, Restricted: true}
	member := harrier.NewID[harrier.PrincipalID](l.now)
	l.write(func(tx harrier.Tx) (err error) {
		if c, err = l.OpenCase(t.Context(), tx, c); err != nil {
			return err
		}
		if _, err := tx.Exec(t.Context(), `UPDATE cases SET restricted = 1 WHERE id = $1`, c.ID[:]); err != nil {
			return err
		}
		if _, err := l.LinkAlert(t.Context(), tx, CaseLink{Tenant: l.tenant, Case: c.ID, Alert: secret.ID, At: l.now}); err != nil {
			return err
		}
		_, err = tx.Exec(t.Context(), `INSERT INTO case_members (tenant_id, case_id, principal_id, name, added_at, added_by) VALUES ($1, $2, $3, 'm', 0, $3)`, l.tenant[:], c.ID[:], member[:])
		return err
	})
	l.words()
	r := rand.New(rand.NewPCG(1, 2))
	terms := []string{
		"sev:critical", "host:ws-17", "host:ws-*", "powershell", "insider", "ioc:evil.example", "domain:evil.example", "case:" + c.ID.String(), "case:*", "case:1",
		"id:" + secret.ID.String(), "status:open", "created:>-1d", `"the secret"`, "secret*", "ref:\"the secret\"",
	}
	for range 300 {
		var parts []string
		for range 1 + r.IntN(3) {
			parts = append(parts, []string{"", "", "-"}[r.IntN(3)]+terms[r.IntN(len(terms))])
		}
		source := strings.Join(parts, []string{" ", " OR "}[r.IntN(2)])
		if got := l.asked(source, 1+r.IntN(3)); slices.Contains(got, "the secret") {
			t.Fatalf("%s shows it", source)
		}
		q, err := query.Parse(query.Alerts, source)
		if err != nil {
			t.Fatal(err)
		}
		n, err := l.Count(t.Context(), Asked{Tenant: l.tenant, Viewer: harrier.LocalOperator, Query: q})
		if err != nil || int(n.N) != len(l.asked(source, 50)) {
			t.Fatalf("%s counts %+v of %d, %v", source, n, len(l.asked(source, 50)), err)
		}
	}
	for _, c := range []struct {
		viewer       harrier.PrincipalID
		cases, sight int
	}{{harrier.LocalOperator, 0, 1}, {member, 1, 2}} {
		q, err := query.Parse(query.Cases, "insider")
		if err != nil {
			t.Fatal(err)
		}
		a := Asked{Tenant: l.tenant, Viewer: c.viewer, Query: q}
		cases, err := l.AskCases(t.Context(), a)
		if err != nil || len(cases.Items) != c.cases {
			t.Errorf("%s finds %d cases, %v", c.viewer, len(cases.Items), err)
		}
		seen, err := l.Sightings(t.Context(), a, "evil.example")
		if err != nil || len(seen) != 1 || seen[0].Alerts != c.sight {
			t.Errorf("%s has the sightings %+v, %v", c.viewer, seen, err)
		}
	}
}
