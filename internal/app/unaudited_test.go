package app

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
)

// attempted is a request that changed something and was audited.
type attempted struct{ method, path, body string }

// rows reads a query's rows as texts, through the writer.
func (o *office) rows(query string) (list []string) {
	o.t.Helper()
	err := o.store.Write(o.t.Context(), func(tx harrier.Tx) error {
		list = nil // it runs again where another change of its batch fails
		found, err := tx.Query(o.t.Context(), query)
		if err != nil {
			return err
		}
		defer func() { _ = found.Close() }()
		for found.Next() {
			var text string
			if err := found.Scan(&text); err != nil {
				return err
			}
			list = append(list, text)
		}
		return found.Err()
	})
	if err != nil {
		o.t.Fatalf("%s: %v", query, err)
	}
	return list
}

// content is a code of every table but those in which machines note what they
// see: who was here, what was tried, how far somebody got. Secrets are sealed
// before the row that names them, and are nothing without it.
func (o *office) content() map[string]string {
	o.t.Helper()
	noted := []string{"idempotency", "sessions", "attempts", "api_keys", "door_requests", "feed_states", "probes", "secrets", "call_counts"}
	codes := map[string]string{}
	for _, table := range o.rows(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '%_words%' AND name NOT LIKE 'audit%'`) {
		if slices.Contains(noted, table) {
			continue
		}
		columns := o.rows(`SELECT name FROM pragma_table_info('` + table + `')`)
		for i, c := range columns {
			columns[i] = "quote(" + c + ")"
		}
		all := o.rows(`SELECT ` + strings.Join(columns, " || ',' || ") + ` FROM ` + table)
		slices.Sort(all)
		codes[table] = fmt.Sprintf("%d rows %x", len(all), sha256.Sum256([]byte(strings.Join(all, "\n"))))
	}
	return codes
}

// audited finds the requests that leave an audit row, by asking all that write.
func (o *office) audited(b browser, left relics) (list []attempted) {
	o.t.Helper()
	routes, forms := b.writings()
	by := harrier.Operator().ID
	own := fmt.Sprintf(`SELECT CAST(count(*) AS TEXT) FROM audit WHERE actor = x'%x'`, by[:]) // not of what goes on behind
	count := func() string { return o.rows(own)[0] }
	for _, w := range routes {
		path := w.path
		if strings.Contains(path, "{") {
			path = left.fill(o.t, path)[0]
		}
		q := attempted{w.method, path, o.body(w, forms, left)}
		before := count()
		if status, _ := b.ask(q.method, q.path, q.body); status < 300 && count() != before {
			list = append(list, q)
		}
	}
	return list
}

// AUD-01: where the audit row of a change cannot be written, nothing of the
// change is made, by whatever route.
func TestAudit_withoutItsRowNothingIsChanged(t *testing.T) {
	t.Parallel()
	open := func() (*office, browser, relics) {
		o := newOffice(t, Options{})
		o.connect(nil)
		left := o.story()
		return o, o.browser(harrier.Operator()), left
	}
	o, b, left := open()
	list := o.audited(b, left)
	if len(list) < 35 {
		t.Fatalf("only %d routes left an audit row: %v", len(list), list)
	}
	o, b, left = open()
	routes, forms := b.writings()
	err := o.store.Write(t.Context(), func(tx harrier.Tx) error {
		_, err := tx.Exec(t.Context(), `CREATE TRIGGER audit_fails BEFORE INSERT ON audit BEGIN SELECT raise(ABORT, 'no audit row today'); END`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range routes {
		path := w.path
		if strings.Contains(path, "{") {
			path = left.fill(t, path)[0]
		}
		i := slices.IndexFunc(list, func(q attempted) bool { return q.method == w.method && o.sameRoute(q.path, w.path) })
		if i < 0 {
			continue
		}
		before := o.content()
		status, text := b.ask(w.method, path, o.body(w, forms, left))
		if status < http.StatusBadRequest && !strings.Contains(text, `"done":0,"unchanged":0`) { // of many things each fails by itself
			t.Errorf("%s %s answers %d without its audit row: %.200s", w.method, path, status, text)
		}
		for table, code := range o.content() {
			if code != before[table] {
				t.Errorf("%s %s changed %s without its audit row: %s, then %s", w.method, path, table, before[table], code)
			}
		}
	}
}

// sameRoute reports whether a path is one of a route's.
func (o *office) sameRoute(path, route string) bool {
	parts, want := strings.Split(path, "/"), strings.Split(route, "/")
	if len(parts) != len(want) {
		return false
	}
	for i := range parts {
		if parts[i] != want[i] && !strings.HasPrefix(want[i], "{") {
			return false
		}
	}
	return true
}
