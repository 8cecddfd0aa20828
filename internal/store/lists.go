package store

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/indicator"
)

const listColumns = `number, tenant_id, name, kind, description, token, created_at, updated_at, rev,
(SELECT COUNT(*) FROM list_entries WHERE list_entries.tenant_id = lists.tenant_id AND list_entries.list = lists.number)`

func scanList(r harrier.Rows) (l indicator.List, err error) {
	err = r.Scan(&l.Number, &l.Tenant, &l.Name, &l.Kind, &l.Description, &l.Token, &l.CreatedAt, &l.UpdatedAt, &l.Rev, &l.Count)
	return l, err
}

// Lists implements [indicator.Lists].
func (s *Store) Lists(ctx context.Context, tenant harrier.TenantID) ([]indicator.List, error) {
	const every = `SELECT ` + listColumns + ` FROM lists ORDER BY number`
	const own = `SELECT ` + listColumns + ` FROM lists WHERE tenant_id = $1 ORDER BY name`
	if tenant.IsZero() {
		return list(ctx, s.readers, sqlf(every), scanList)
	}
	return list(ctx, s.readers, sqlf(own, tenant[:]), scanList)
}

// PutList implements [indicator.Lists].
func (s *Store) PutList(ctx context.Context, tx harrier.Tx, l indicator.List) (indicator.List, error) {
	const put = `INSERT INTO lists (tenant_id, name, kind, description, token, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (tenant_id, name) DO UPDATE SET description = $4, token = $5, updated_at = $7, rev = rev + 1 RETURNING number, kind, rev`
	_, err := oneIn(ctx, tx, sqlf(put, l.Tenant[:], l.Name, l.Kind, l.Description, l.Token, l.CreatedAt, l.UpdatedAt), &l.Number, &l.Kind, &l.Rev)
	return l, err
}

// GovernList implements [indicator.Lists].
func (s *Store) GovernList(ctx context.Context, tx harrier.Tx, l indicator.List) (indicator.List, error) {
	const put = `INSERT INTO lists (tenant_id, name, kind, description, token, created_at, updated_at) VALUES ($1, $2, $3, $4, NULL, $5, $6)
ON CONFLICT (tenant_id, name) DO UPDATE SET description = $4, updated_at = $6, rev = rev + 1 RETURNING number, kind, token, created_at, rev`
	_, err := oneIn(ctx, tx, sqlf(put, l.Tenant[:], l.Name, l.Kind, l.Description, l.CreatedAt, l.UpdatedAt), &l.Number, &l.Kind, &l.Token, &l.CreatedAt, &l.Rev)
	return l, err
}

// DropList implements [indicator.Lists].
func (s *Store) DropList(ctx context.Context, tx harrier.Tx, l indicator.List) error {
	if _, err := tx.Exec(ctx, `DELETE FROM list_entries WHERE tenant_id = $1 AND list = $2`, l.Tenant[:], l.Number); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM lists WHERE tenant_id = $1 AND number = $2`, l.Tenant[:], l.Number)
	return err
}

const listEntryColumns = `tenant_id, list, how, type, value, reason, owner, added_at, expires_at`

func scanListEntry(r harrier.Rows) (e indicator.ListEntry, err error) {
	err = r.Scan(&e.Tenant, &e.List, &e.How, &e.Type, &e.Text, &e.Reason, &e.Owner, &e.AddedAt, &e.ExpiresAt)
	return e, err
}

// PutListEntries implements [indicator.Lists].
func (s *Store) PutListEntries(ctx context.Context, tx harrier.Tx, all []indicator.ListEntry) (changed int, err error) {
	const put = `INSERT INTO list_entries (` + listEntryColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (tenant_id, list, how, type, value) DO UPDATE SET reason = $6, owner = $7, added_at = $8, expires_at = $9
WHERE reason <> $6 OR owner <> $7 OR expires_at IS NOT $9`
	for _, e := range all {
		n, err := tx.Exec(ctx, put, e.Tenant[:], e.List, e.How, e.Type, e.Text, e.Reason, e.Owner, e.AddedAt, e.ExpiresAt)
		if err != nil {
			return changed, err
		}
		changed += int(n)
	}
	return changed, s.touchLists(ctx, tx, all)
}

// DropListEntries implements [indicator.Lists].
func (s *Store) DropListEntries(ctx context.Context, tx harrier.Tx, all []indicator.ListEntry) (changed int, err error) {
	const drop = `DELETE FROM list_entries WHERE tenant_id = $1 AND list = $2 AND how = $3 AND type = $4 AND value = $5`
	for _, e := range all {
		n, err := tx.Exec(ctx, drop, e.Tenant[:], e.List, e.How, e.Type, e.Text)
		if err != nil {
			return changed, err
		}
		changed += int(n)
	}
	return changed, s.touchLists(ctx, tx, all)
}

// touchLists counts a change of the lists that entries belong to.
func (s *Store) touchLists(ctx context.Context, tx harrier.Tx, all []indicator.ListEntry) error {
	done := map[int64]bool{}
	for _, e := range all {
		if done[e.List] {
			continue
		}
		done[e.List] = true
		const touch = `UPDATE lists SET rev = rev + 1, updated_at = $3 WHERE tenant_id = $1 AND number = $2`
		if _, err := tx.Exec(ctx, touch, e.Tenant[:], e.List, micros(s.now())); err != nil {
			return err
		}
	}
	return nil
}

// ListEntries implements [indicator.Lists].
func (s *Store) ListEntries(ctx context.Context, l indicator.List, after indicator.ListEntry, limit int) ([]indicator.ListEntry, error) {
	const some = `SELECT ` + listEntryColumns + ` FROM list_entries
WHERE tenant_id = $1 AND list = $2 AND (how, type, value) > ($3, $4, $5) ORDER BY how, type, value LIMIT $6`
	return list(ctx, s.readers, sqlf(some, l.Tenant[:], l.Number, after.How, after.Type, after.Text, limit), scanListEntry)
}

var _ indicator.Lookback = (*Store)(nil)

// PutLookback implements [indicator.Lookback].
func (s *Store) PutLookback(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, since time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO lookbacks (tenant_id, since) VALUES ($1, $2) ON CONFLICT DO NOTHING`, tenant[:], since)
	return err
}

// Lookbacks implements [indicator.Lookback].
func (s *Store) Lookbacks(ctx context.Context) (map[harrier.TenantID]time.Time, error) {
	out := map[harrier.TenantID]time.Time{}
	err := s.readers.each(ctx, sqlf(`SELECT tenant_id, MIN(since) FROM lookbacks GROUP BY tenant_id`), func(r *rows) error {
		var tenant harrier.TenantID
		var since time.Time
		err := r.Scan(&tenant, &since)
		out[tenant] = since
		return err
	})
	return out, err
}

// EndLookback implements [indicator.Lookback].
func (s *Store) EndLookback(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, upTo time.Time) error {
	_, err := tx.Exec(ctx, `DELETE FROM lookbacks WHERE tenant_id = $1 AND since <= $2`, tenant[:], upTo)
	return err
}

// SeenObservables implements [indicator.Lookback].
func (s *Store) SeenObservables(ctx context.Context, tenant harrier.TenantID, after indicator.Seen, limit int) ([]indicator.Seen, error) {
	const some = `SELECT type, value, at, alert_id FROM alert_observables
WHERE tenant_id = $1 AND (type, value, at, alert_id) > ($2, $3, $4, $5) ORDER BY type, value, at, alert_id LIMIT $6`
	at := int64(0)
	if !after.At.IsZero() {
		at = after.At.UnixMicro()
	}
	scan := func(r harrier.Rows) (o indicator.Seen, err error) {
		err = r.Scan(&o.Type, &o.Value, &o.At, &o.Alert)
		return o, err
	}
	return list(ctx, s.readers, sqlf(some, tenant[:], after.Type, after.Value, at, after.Alert[:], limit), scan)
}
