package store

import (
	"context"

	"github.com/harrier-soar/harrier"
)

const auditColumns = `tenant_id, id, at, actor, actor_name, action, target, run_id, path, data`

func scanAudit(r harrier.Rows) (e harrier.AuditEntry, err error) {
	err = r.Scan(&e.Tenant, &e.ID, &e.At, &e.Actor, &e.ActorName, &e.Action, &e.Target, &e.Run, &e.Path, &e.Data)
	return e, err
}

// Audit implements [engine.Ledger]. What people wrote is kept beside the row,
// which names it by its code. Rows are never changed or removed; the database
// itself refuses it.
func (s *Store) Audit(ctx context.Context, tx harrier.Tx, e harrier.AuditEntry) error {
	const text = `INSERT INTO audit (` + auditColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	e, words := s.said.words.Take(e)
	if err := s.said.keep(ctx, tx, e, words); err != nil {
		return err
	}
	row := []any{e.Tenant[:], e.ID[:], e.At, e.Actor[:], e.ActorName, e.Action, e.Target, e.Run, e.Path, e.Data}
	if t, ok := tx.(*transaction); ok && t.later(t.writer.audit, row...) {
		return nil
	}
	_, err := tx.Exec(ctx, text, row...)
	if duplicate(err) {
		return harrier.Errorf(harrier.Conflict, "the audit trail has %s already", e.ID)
	}
	return err
}

// AuditTrail returns a tenant's audit rows with what is still known of their
// words, the newest first.
func (s *Store) AuditTrail(ctx context.Context, tenant harrier.TenantID, f harrier.AuditFilter, p harrier.Page) ([]harrier.AuditEntry, string, error) {
	var targets []string // the rows' own, or the code of one that somebody wrote
	if f.Target != "" {
		targets = []string{f.Target, s.said.words.Token(tenant, f.Target)}
	}
	l := newListing(auditColumns, "audit", tenant).
		where("actor = $", !f.Actor.IsZero(), f.Actor).
		where("action = $", f.Action != "", f.Action).
		where("target IN (SELECT value FROM json_each($))", f.Target != "", listText(targets)).
		where("run_id = $", !f.Run.IsZero(), f.Run)
	if err := l.newest("at", p); err != nil {
		return nil, "", err
	}
	rows, next, err := page(ctx, s.readers, l, scanAudit, func(e harrier.AuditEntry) place { return at(e.At, e.ID) })
	if err != nil {
		return nil, "", err
	}
	rows, err = s.shown(ctx, tenant, f.Viewer, rows, f != harrier.AuditFilter{Viewer: f.Viewer})
	return rows, next, err
}
