package store

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/rota"
)

var _ rota.Store = (*Store)(nil)

const onCallColumns = `tenant_id, id, kind, rota, person, cover, starts_at, ends_at, reason, created_by, created_by_name, created_at,
removed_at, removed_by, moved_at, rev, give_back, returned_at`

func scanOnCall(r harrier.Rows) (c rota.Change, err error) {
	err = r.Scan(&c.Tenant, &c.ID, &c.Kind, &c.Rota, &c.Person, &c.Cover, &c.From, &c.Until, &c.Reason, &c.CreatedBy, &c.CreatedByName, &c.CreatedAt,
		&c.RemovedAt, &c.RemovedBy, &c.Moved, &c.Rev, &c.GiveBack, &c.Returned)
	return c, err
}

// AddOnCall implements [rota.Store].
func (s *Store) AddOnCall(ctx context.Context, tx harrier.Tx, c rota.Change) error {
	const text = `INSERT INTO oncall_changes (` + onCallColumns + `)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1, $16, $17)`
	_, err := tx.Exec(ctx, text, c.Tenant[:], c.ID[:], c.Kind, c.Rota, c.Person, c.Cover, c.From, c.Until, c.Reason, c.CreatedBy[:], c.CreatedByName, c.CreatedAt,
		c.RemovedAt, c.RemovedBy, c.Moved, c.GiveBack, c.Returned)
	return err
}

// UpdateOnCall implements [rota.Store].
func (s *Store) UpdateOnCall(ctx context.Context, tx harrier.Tx, c rota.Change) error {
	const text = `UPDATE oncall_changes SET removed_at = $4, removed_by = $5, moved_at = $6, returned_at = $7, rev = rev + 1 WHERE tenant_id = $1 AND id = $2 AND rev = $3`
	n, err := tx.Exec(ctx, text, c.Tenant[:], c.ID[:], c.Rev, c.RemovedAt, c.RemovedBy, c.Moved, c.Returned)
	if err != nil || n == 1 {
		return err
	}
	return changed(ctx, tx, sqlf(`SELECT 1 FROM oncall_changes WHERE tenant_id = $1 AND id = $2`, c.Tenant[:], c.ID[:]), errNoOnCall(c.ID))
}

// OnCall implements [rota.Store].
func (s *Store) OnCall(ctx context.Context, tenant harrier.TenantID, id harrier.OnCallID) (rota.Change, error) {
	c, ok, err := first(ctx, s.readers, sqlf(`SELECT `+onCallColumns+` FROM oncall_changes WHERE tenant_id = $1 AND id = $2`, tenant[:], id[:]), scanOnCall)
	if err == nil && !ok {
		err = errNoOnCall(id)
	}
	return c, err
}

// OnCalls implements [rota.Store].
func (s *Store) OnCalls(ctx context.Context, tenant harrier.TenantID, f rota.Filter, p harrier.Page) ([]rota.Change, string, error) {
	l := newListing(onCallColumns, "oncall_changes", tenant).
		where("kind = $", f.Kind != "", f.Kind).
		where("rota = $", f.Rota != "", f.Rota).
		where("person = $", f.Person != "", f.Person).
		where("(removed_at IS NULL AND ends_at > $)", !f.After.IsZero(), f.After)
	if err := l.newest("created_at", p); err != nil {
		return nil, "", err
	}
	return page(ctx, s.readers, l, scanOnCall, func(c rota.Change) place { return at(c.CreatedAt, c.ID) })
}

// OnCallsBetween implements [rota.Store].
func (s *Store) OnCallsBetween(ctx context.Context, tenant harrier.TenantID, from, until time.Time) ([]rota.Change, error) {
	const text = `SELECT ` + onCallColumns + ` FROM oncall_changes
WHERE tenant_id = $1 AND removed_at IS NULL AND ends_at > $2 AND starts_at < $3 ORDER BY created_at, id LIMIT 2000`
	return list(ctx, s.readers, sqlf(text, tenant[:], from, until), scanOnCall)
}

func errNoOnCall(id harrier.OnCallID) error {
	return harrier.Errorf(harrier.NotFound, "the change %s of who is on call does not exist", id)
}
