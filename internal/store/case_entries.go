package store

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
)

// AddEntry adds a line to a case's timeline and returns its number there.
func (s *Store) AddEntry(ctx context.Context, tx harrier.Tx, e harrier.CaseEntry) (int64, error) {
	const text = `INSERT INTO case_entries (tenant_id, case_id, seq, at, kind, text, author, data)
SELECT tenant_id, id, (SELECT coalesce(max(seq), 0) + 1 FROM case_entries WHERE tenant_id = $1 AND case_id = $2), $3, $4, $5, $6, $7
FROM cases WHERE tenant_id = $1 AND id = $2 RETURNING seq`
	var seq int64
	ok, err := oneIn(ctx, tx, sqlf(text, e.Tenant[:], e.Case[:], e.At, e.Kind, e.Text, e.Author, e.Data), &seq)
	if err == nil && !ok {
		err = errNoCase(e.Case)
	}
	return seq, err
}

// Entries returns a case's timeline, the first line first.
func (s *Store) Entries(ctx context.Context, tenant harrier.TenantID, id harrier.CaseID, p harrier.Page) ([]harrier.CaseEntry, string, error) {
	const columns = `tenant_id, case_id, seq, at, kind, text, author, data`
	l := newListing(columns, "case_entries", tenant).where("case_id = $", true, id)
	if err := l.oldest("seq", "case_id", p); err != nil {
		return nil, "", err
	}
	return page(ctx, s.readers, l, scanEntry, func(e harrier.CaseEntry) place { return place{e.Seq, e.Case} })
}

func scanEntry(r harrier.Rows) (e harrier.CaseEntry, err error) {
	err = r.Scan(&e.Tenant, &e.Case, &e.Seq, &e.At, &e.Kind, &e.Text, &e.Author, &e.Data)
	return e, err
}

// CaseLink says that an alert belongs to a case.
type CaseLink struct {
	Tenant harrier.TenantID
	Case   harrier.CaseID
	Alert  harrier.AlertID
	At     time.Time
}

// LinkAlert puts an alert into a case, once; added is false where it was there.
func (s *Store) LinkAlert(ctx context.Context, tx harrier.Tx, l CaseLink) (added bool, err error) {
	const text = `INSERT INTO case_alerts (tenant_id, case_id, alert_id, added_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, case_id, alert_id) DO NOTHING`
	n, err := tx.Exec(ctx, text, l.Tenant[:], l.Case[:], l.Alert[:], l.At)
	if codeOf(err) == codeForeignKey {
		err = harrier.Errorf(harrier.NotFound, "case %s or alert %s does not exist", l.Case, l.Alert)
	}
	return n == 1, err
}
