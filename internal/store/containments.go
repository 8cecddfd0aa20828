package store

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
)

const containmentColumns = `tenant_id, id, run_id, path, alert_id, case_id, action, verb, connection_id, connection_name, target,
args, before_state, undo, undo_verb, undo_args, undo_problem, undo_key, approval_id, found_by, at, state, ended_at, ended_by,
after_state, lease_until, lease_ask, lease_run`

func scanContainment(r harrier.Rows) (c harrier.Containment, err error) {
	err = r.Scan(&c.Tenant, &c.ID, &c.Run, &c.Path, &c.Alert, &c.Case, &c.Action, &c.Verb, &c.Connection, &c.ConnectionName, &c.Target,
		&c.Args, &c.Before, &c.Undo, &c.UndoVerb, &c.UndoArgs, &c.UndoProblem, &c.UndoKey, &c.Approval, &c.By, &c.At, &c.State,
		&c.EndedAt, &c.EndedBy, &c.After, &c.LeaseUntil, &c.LeaseAsk, &c.LeaseRun)
	return c, err
}

// AddContainment implements [engine.Ledger]. It is called in the transaction in
// which the effect's intent is settled, which proves the run's fence.
func (s *Store) AddContainment(ctx context.Context, tx harrier.Tx, c harrier.Containment) error {
	const add = `INSERT INTO containments (` + containmentColumns + `)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)
ON CONFLICT (tenant_id, id) DO NOTHING`
	if _, err := s.EndContainments(ctx, tx, harrier.ContainmentEnd{
		Tenant: c.Tenant, Connection: c.Connection, Undo: c.Undo, UndoKey: c.UndoKey,
		State: harrier.ContainmentSuperseded, At: c.At, By: c.Run,
	}); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, add, c.Tenant[:], c.ID[:], c.Run[:], c.Path, c.Alert, c.Case, c.Action, c.Verb, c.Connection[:],
		c.ConnectionName, c.Target, string(c.Args), string(c.Before), c.Undo, c.UndoVerb, c.UndoArgs, c.UndoProblem, c.UndoKey,
		c.Approval, c.By, c.At, string(c.State), c.EndedAt, c.EndedBy, c.After, c.LeaseUntil, c.LeaseAsk, c.LeaseRun)
	if err != nil || n == 0 {
		return err
	}
	return s.emitContainment(ctx, tx, c)
}

// EndContainments implements [engine.Ledger]. A thing without a key is none
// that another could be the same as. What the run undoes that sees to the end
// of a lease has expired.
func (s *Store) EndContainments(ctx context.Context, tx harrier.Tx, e harrier.ContainmentEnd) (int64, error) {
	const text = `UPDATE containments SET state = CASE WHEN $5 = 'undone' AND lease_run = $7 THEN 'expired' ELSE $5 END, ended_at = $6, ended_by = $7, after_state = $8
WHERE tenant_id = $1 AND connection_id = $2 AND undo = $3 AND undo_key = $4 AND state = 'active' RETURNING ` + containmentColumns
	if e.UndoKey == "" {
		return 0, nil
	}
	ended, err := listIn(ctx, tx, sqlf(text, e.Tenant[:], e.Connection[:], e.Undo, e.UndoKey, string(e.State), e.At, e.By, e.After), scanContainment)
	for _, c := range ended {
		if err == nil {
			err = s.emitContainment(ctx, tx, c)
		}
	}
	return int64(len(ended)), err
}

// Containments returns a tenant's containments, the newest first.
func (s *Store) Containments(ctx context.Context, tenant harrier.TenantID, f harrier.ContainmentFilter, p harrier.Page) ([]harrier.Containment, string, error) {
	const family = `run_id IN (WITH RECURSIVE family (id) AS (SELECT $ UNION SELECT runs.id FROM runs JOIN family ON runs.parent_id = family.id)
SELECT id FROM family)`
	const about = `(case_id = $ OR alert_id IN (SELECT alert_id FROM case_alerts WHERE case_alerts.tenant_id = containments.tenant_id AND
case_alerts.case_id = $))`
	l := newListing(containmentColumns, "containments", tenant).
		where("state = $", f.State != "", f.State).
		where("alert_id = $", !f.Alert.IsZero(), f.Alert).
		where("(action = $ OR verb = $)", f.Action != "", f.Action).
		where(family, !f.Run.IsZero(), f.Run).
		where(about, !f.Case.IsZero(), f.Case).
		seen(s, f.Viewer)
	if err := l.newest("at", p); err != nil {
		return nil, "", err
	}
	return page(ctx, s.readers, l, scanContainment, func(c harrier.Containment) place { return at(c.At, c.ID) })
}

const dueLease = ` FROM containments WHERE state = 'active' AND lease_until IS NOT NULL AND lease_run IS NULL`

// DueLeases returns active containments whose time is over and to whose end
// nobody sees, the longest over first.
func (s *Store) DueLeases(ctx context.Context, now time.Time, limit int) ([]harrier.Containment, error) {
	const text = `SELECT ` + containmentColumns + dueLease + ` AND lease_until <= $1 ORDER BY lease_until, id LIMIT $2`
	return list(ctx, s.readers, sqlf(text, now, limit), scanContainment)
}

// NextLease returns when the next lease ends; ok is false where none does.
func (s *Store) NextLease(ctx context.Context) (at time.Time, ok bool, err error) {
	const text = `SELECT lease_until` + dueLease + ` ORDER BY lease_until LIMIT 1`
	scan := func(r harrier.Rows) (t time.Time, err error) { return t, r.Scan(&t) }
	return first(ctx, s.readers, sqlf(text), scan)
}

// EndLease notes which run sees to the end of a lease. Where another one does,
// or the containment is not active any more, it is Conflict.
func (s *Store) EndLease(ctx context.Context, tx harrier.Tx, c harrier.Containment) error {
	const text = `UPDATE containments SET lease_run = $3 WHERE tenant_id = $1 AND id = $2 AND state = 'active' AND lease_run IS NULL`
	n, err := tx.Exec(ctx, text, c.Tenant[:], c.ID[:], c.LeaseRun)
	if err == nil && n == 0 {
		err = harrier.Errorf(harrier.Conflict, "the lease of containment %s is seen to already", c.ID)
	}
	return err
}
