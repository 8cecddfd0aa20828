package store

import (
	"math"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/figures"
)

// Of more cases than are looked at, figures are reckoned from a part, near to
// what there is.
func TestCaseFacts_ofManyAreReckonedFromAPart(t *testing.T) {
	t.Parallel()
	const many = 60_000
	l := newLibrary(t)
	l.write(func(tx harrier.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO cases (tenant_id, id, number, title, template, severity, status, summary, data, created_at, updated_at, rev)
SELECT $1, randomblob(16), n, 'c', CASE WHEN n % 3 = 0 THEN 'phishing' ELSE 'malware' END, 'high', 'open', '', '{}', $2, $2, 1
FROM (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < $3) SELECT n FROM c)`, l.tenant[:], micros(l.now.Add(-time.Hour)), many)
		return err
	})
	win, err := figures.Span(l.now, 2, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	facts, err := l.CaseFacts(t.Context(), figures.Asked{Tenant: l.tenant, Viewer: harrier.LocalOperator, Window: win})
	if err != nil || !facts.Estimated() || len(facts.Rows) > 2*lookedAt {
		t.Fatalf("looked at %d, %t, %v", len(facts.Rows), facts.Estimated(), err)
	}
	all, groups := figures.OfCases(facts, win, "category")
	near := func(got, want int64) bool { return math.Abs(float64(got-want)) < 0.05*float64(want) }
	if !near(all.Opened, many) || len(groups) != 2 || !near(groups[0].Opened, many*2/3) || !near(groups[1].Opened, many/3) {
		t.Errorf("of %d there are said to be %d: %+v", many, all.Opened, groups)
	}
}
