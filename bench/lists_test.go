package bench

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/app"
	"github.com/harrier-soar/harrier/internal/store"
)

// How much is stored when lists are measured, and over how many days it came.
const (
	manyAlerts = 1_000_000
	manyCases  = 100_000
	manyDays   = 180
)

// listPages are the pages that are measured. A %d is another number each time.
func listPages() [][2]string {
	return [][2]string{
		{"newest alerts", "/v1/alerts"},
		{"open alerts", "/v1/alerts?q=status:open"},
		{"open and critical", "/v1/alerts?q=status:open sev:critical"},
		{"high of a week", "/v1/alerts?q=sev:>=high created:>-7d -cat:phishing"},
		{"of a source", "/v1/alerts?q=src:edr created:>-30d"},
		{"of a rule", "/v1/alerts?q=rule:r-%d"},
		{"about a host", "/v1/alerts?q=host:ws-%d"},
		{"about a host that is in a fifth of all", "/v1/alerts?q=host:proxy-1 sev:critical"},
		{"about an address", "/v1/alerts?q=ip:10.1.7.%d"},
		{"of a day half a year ago, few fit", "/v1/alerts?q=created:2026-06-10 sev:critical route:queue prio:2"},
		{"nothing fits", "/v1/alerts?q=sev:critical status:new cat:nothing"},
		{"open cases", "/v1/cases?q=status:open sev:>=high"},
	}
}

// textPages are searches in what alerts and cases say.
func textPages() [][2]string {
	return [][2]string{
		{"a rare word", "/v1/alerts?q=host%d"},
		{"a word that is everywhere", "/v1/alerts?q=process"},
		{"a phrase", "/v1/alerts?q=\"encoded command\" user%d"},
		{"everywhere, and few fit", "/v1/alerts?q=process sev:critical status:new"},
		{"the beginning of a word", "/v1/alerts?q=user17*"},
		{"in cases", "/v1/cases?q=investigation number%d"},
		{"everything", "/v1/search?q=ws-%d"},
		{"with a count", "/v1/alerts?q=powershell&count=true&limit=50"},
	}
}

// BenchmarkLists measures pages of lists, searches and cases with 1,000,000
// alerts and 100,000 cases stored, as they are asked over the API.
func BenchmarkLists(b *testing.B) {
	dir := dataDir(b)
	began := time.Now()
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	shelve(b, dir, now)
	b.Logf("stored in %s, on %s", time.Since(began).Round(time.Second), filesystem(b))
	a, err := app.Open(b.Context(), app.Options{Dir: dir, Now: func() time.Time { return now }})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	as := a.Server(api.Version{Version: "bench"}).InProcess(harrier.Operator())
	b.ResetTimer()
	b.ReportMetric(slowest(b, as, listPages()), "list-p95-ms")
	b.ReportMetric(slowest(b, as, textPages()), "text-p95-ms")
	b.ReportMetric(slowest(b, as, [][2]string{{"a case", "/v1/cases/%d"}}), "case-p95-ms")
	b.ReportMetric(0, "ns/op")
}

// slowest asks for every page b.N times and returns the p95 of the slowest in ms.
func slowest(b *testing.B, as http.RoundTripper, pages [][2]string) (worst float64) {
	b.Helper()
	for _, p := range pages {
		each := make([]time.Duration, b.N)
		bytes := 0
		for i := range each {
			at := time.Now()
			bytes += view(b, as, p[1], i)
			each[i] = time.Since(at)
		}
		slices.Sort(each)
		p95 := each[len(each)*95/100].Seconds() * 1e3
		b.Logf("%-40s p50 %7.2f ms  p95 %7.2f ms  %d bytes", p[0], each[len(each)/2].Seconds()*1e3, p95, bytes/b.N)
		worst = max(worst, p95)
	}
	return worst
}

// view asks for a page and returns how long it is.
func view(b *testing.B, as http.RoundTripper, path string, i int) int {
	b.Helper()
	if strings.Contains(path, "%d") {
		path = fmt.Sprintf(path, 1+i*37%200)
	}
	path, query, _ := strings.Cut(path, "?")
	if q, rest, _ := strings.Cut(strings.TrimPrefix(query, "q="), "&"); q != "" {
		path += "?q=" + url.QueryEscape(q) + "&" + rest
	}
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "http://harrier"+strings.TrimSuffix(path, "&"), nil)
	if err != nil {
		b.Fatal(err)
	}
	res, err := as.RoundTrip(req)
	if err != nil {
		b.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil || res.StatusCode != http.StatusOK {
		b.Fatalf("%s: %s %s %v", path, res.Status, text, err)
	}
	return len(text)
}

// shelve fills a data directory, in statements that add many rows.
func shelve(b *testing.B, dir string, now time.Time) {
	b.Helper()
	s, err := store.Open(b.Context(), store.Config{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	err = s.Write(b.Context(), func(tx harrier.Tx) error {
		if _, err := tx.Exec(b.Context(), `PRAGMA cache_size = -262144`); err != nil { // it is made for changes, not for filling
			return err
		}
		_, err := tx.Exec(b.Context(), `INSERT INTO sources (tenant_id, id, name, kind, created_at) VALUES ($1, randomblob(16), 'edr', 'file', 0), ($1, randomblob(16), 'siem', 'file', 0),
($1, randomblob(16), 'mail', 'file', 0)`, harrier.DefaultTenant[:])
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	const step = 50_000
	for from := 0; from < manyAlerts; from += step {
		shelveOne(b, s, alertRows(), span{from, min(from+step, manyAlerts), now})
	}
	for from := 0; from < manyCases; from += step {
		shelveOne(b, s, caseRows(), span{from, min(from+step, manyCases), now})
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

// span is a range of rows, and when the last of all came.
type span struct {
	from, to int
	now      time.Time
}

// shelveOne adds the rows of a range: $1 is the tenant, $2 and $3 the range, $4
// when the last came, $5 the time between two.
func shelveOne(b *testing.B, s *store.Store, texts []string, part span) {
	b.Helper()
	all := manyAlerts
	if strings.Contains(texts[0], "INTO cases") {
		all = manyCases
	}
	tenant := harrier.DefaultTenant
	gap := (manyDays * 24 * time.Hour / time.Duration(all)).Microseconds()
	err := s.Write(context.WithoutCancel(b.Context()), func(tx harrier.Tx) error {
		for _, text := range texts {
			text = strings.ReplaceAll(text, "{n}", "WITH RECURSIVE n (i) AS (SELECT $2 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $3)")
			text = strings.ReplaceAll(text, "{at}", "($4 - (("+fmt.Sprint(all)+" - i) * $5))")
			text = strings.ReplaceAll(text, "{id}", "unhex(printf('%012x7%03x8000%012x', ($4 - (("+fmt.Sprint(all)+" - i) * $5)) / 1000, i % 4096, i))")
			if _, err := tx.Exec(b.Context(), text, tenant[:], part.from, part.to, part.now.UnixMicro(), gap); err != nil {
				return fmt.Errorf("%s: %w", text[:min(len(text), 80)], err)
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// alertRows are the statements that add alerts with what is found by an index,
// and their words as they are read.
func alertRows() []string {
	return []string{
		`INSERT INTO alerts (tenant_id, id, source_id, external_id, title, category, severity, status, disposition, reason, data, created_at, updated_at,
description, event_at, fingerprint, rule_id, rule_name, priority, score, route, finding, picture, decision)
{n} SELECT $1, {id}, (SELECT id FROM sources WHERE tenant_id = $1 AND name = CASE i % 3 WHEN 0 THEN 'edr' WHEN 1 THEN 'siem' ELSE 'mail' END), 'x-' || i,
'Odd process on ws-' || (i % 10000), CASE i % 7 WHEN 0 THEN 'phishing' WHEN 1 THEN 'malware' ELSE 'intrusion' END,
CASE WHEN i % 100 = 0 THEN 'critical' WHEN i % 100 < 10 THEN 'high' WHEN i % 100 < 40 THEN 'medium' WHEN i % 100 < 80 THEN 'low' ELSE 'info' END,
CASE WHEN i % 50 = 7 THEN 'in_progress' WHEN i > 1000000 - 30000 AND i % 3 = 0 THEN 'new' ELSE 'closed' END, '', '', '{"message":"' || hex(randomblob(250)) || '"}', {at}, {at},
'powershell ran an encoded command for user' || (i % 2000) || ' as host' || (i % 100000), {at} - 60000000, '', 'r-' || (i % 500), 'Odd process', 1 + i % 4, i % 100,
CASE i % 4 WHEN 0 THEN 'queue' WHEN 1 THEN 'case' ELSE 'log' END, '{"entities":[{"type":"host","key":"ws-' || (i % 10000) || '"}]}', '{"p":"' || hex(randomblob(100)) || '"}', '{"d":1}' FROM n`,
		`INSERT INTO alert_entities (tenant_id, type, key, at, alert_id, role) {n} SELECT $1, 'host', 'ws-' || (i % 10000), {at} - 60000000, {id}, '' FROM n`,
		`INSERT INTO alert_entities (tenant_id, type, key, at, alert_id, role) {n} SELECT $1, 'host', 'proxy-1', {at} - 60000000, {id}, '' FROM n WHERE i % 5 = 0`,
		`INSERT INTO alert_observables (tenant_id, type, value, at, alert_id, role) {n} SELECT $1, 'ip', '10.1.' || (i % 200) || '.' || (i % 250), {at} - 60000000, {id}, '' FROM n`,
		`INSERT INTO text_docs (tenant, noun, thing) SELECT tenant, noun, thing FROM text_queue ORDER BY seq`,
		`INSERT INTO alert_text (rowid, scope, said) SELECT d.doc, 't' || lower(hex(tenant)), title || ' ' || description || ' ' || category || ' ' || rule_name || ' ' || external_id
FROM text_queue q JOIN text_docs d USING (tenant, noun, thing) JOIN alerts ON alerts.tenant_id = tenant AND alerts.id = thing WHERE noun = 'alerts' ORDER BY d.doc`,
		`DELETE FROM text_queue`,
	}
}

// caseRows are the same of cases, each with an alert and a timeline.
func caseRows() []string {
	return []string{
		`INSERT INTO cases (tenant_id, id, number, title, template, severity, status, summary, data, created_at, updated_at)
{n} SELECT $1, {id}, i + 1, 'Investigation of ws-' || (i % 10000), 'malware', CASE WHEN i % 50 = 0 THEN 'critical' WHEN i % 10 = 0 THEN 'high' ELSE 'medium' END,
CASE WHEN i % 40 = 0 OR i > 99000 THEN 'open' ELSE 'closed' END, 'An investigation with number' || i, '{}', {at}, {at} FROM n`,
		`INSERT INTO case_alerts (tenant_id, case_id, alert_id, added_at) {n} SELECT $1, {id}, (SELECT id FROM alerts WHERE tenant_id = $1 AND created_at >= {at} ORDER BY created_at LIMIT 1), {at} FROM n WHERE i < 99990`,
		`INSERT INTO case_entries (tenant_id, case_id, seq, at, kind, text, author) {n}, m (j) AS (SELECT 1 UNION ALL SELECT j + 1 FROM m WHERE j < 100)
SELECT $1, {id}, j, {at} + j, 'note', 'Something was seen and written down, at some length, so that others know', 'kim' FROM n CROSS JOIN m WHERE i < 200 OR j = 1`,
		`INSERT INTO text_docs (tenant, noun, thing) SELECT tenant, noun, thing FROM text_queue ORDER BY seq`,
		`INSERT INTO case_text (rowid, scope, said) SELECT d.doc, 't' || lower(hex(tenant)), title || ' ' || summary
FROM text_queue q JOIN text_docs d USING (tenant, noun, thing) JOIN cases ON cases.tenant_id = tenant AND cases.id = thing WHERE noun = 'cases' ORDER BY d.doc`,
		`DELETE FROM text_queue`,
	}
}
