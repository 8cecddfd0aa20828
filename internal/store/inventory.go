package store

import (
	"context"
	"encoding/json"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/inventory"
)

var _ inventory.Store = (*Store)(nil)

// InventoryRecords implements [inventory.Records].
func (s *Store) InventoryRecords(ctx context.Context, tenant harrier.TenantID, after inventory.Record, limit int) ([]inventory.Record, error) {
	const text = `SELECT kind, source, key, data, seen, gone_at FROM inventory_records
WHERE tenant_id = $1 AND (kind, source, key) > ($2, $3, $4) ORDER BY kind, source, key LIMIT $5`
	return list(ctx, s.readers, sqlf(text, tenant[:], string(after.Kind), after.Source, after.Key, limit), scanInventoryRecord)
}

func scanInventoryRecord(r harrier.Rows) (out inventory.Record, err error) {
	var place inventory.Record
	var data json.RawMessage
	if err := r.Scan(&place.Kind, &place.Source, &place.Key, &data, &place.Seen, &place.Gone); err != nil {
		return out, err
	}
	if err := json.Unmarshal(data, &out); err != nil {
		return out, harrier.Errorf(harrier.Internal, "what %s says of %s is stored damaged: %w", place.Source, place.Key, err)
	}
	out.Kind, out.Source, out.Key, out.Seen, out.Gone = place.Kind, place.Source, place.Key, place.Seen, place.Gone
	return out, nil
}

// PutInventoryRecord implements [inventory.Records].
func (s *Store) PutInventoryRecord(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, r inventory.Record) error {
	const text = `INSERT INTO inventory_records (tenant_id, kind, source, key, data, seen, gone_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (tenant_id, kind, source, key) DO UPDATE SET data = excluded.data, seen = excluded.seen, gone_at = excluded.gone_at`
	const keep = `INSERT INTO inventory_past (tenant_id, kind, source, key, until_at, from_at, data, gone_at)
SELECT tenant_id, kind, source, key, $5, max(seen, COALESCE(gone_at, 0)), data, gone_at FROM inventory_records
WHERE tenant_id = $1 AND kind = $2 AND source = $3 AND key = $4 AND max(seen, COALESCE(gone_at, 0)) < $5
ON CONFLICT (tenant_id, kind, source, key, until_at) DO NOTHING`
	data, err := json.Marshal(r)
	if err != nil {
		return harrier.Errorf(harrier.Invalid, "what %s says of %s cannot be stored: %w", r.Source, r.Key, err)
	}
	if _, err := tx.Exec(ctx, keep, tenant[:], string(r.Kind), r.Source, r.Key, r.Changed()); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, text, tenant[:], string(r.Kind), r.Source, r.Key, string(data), r.Seen, r.Gone)
	return err
}

// InventoryRecordAt implements [inventory.Records].
func (s *Store) InventoryRecordAt(ctx context.Context, tenant harrier.TenantID, r inventory.Record, at time.Time) (inventory.Record, bool, error) {
	const text = `SELECT kind, source, key, data, from_at, gone_at FROM inventory_past
WHERE tenant_id = $1 AND kind = $2 AND source = $3 AND key = $4 AND until_at > $5 AND from_at <= $5 ORDER BY until_at LIMIT 1`
	found, err := list(ctx, s.readers, sqlf(text, tenant[:], string(r.Kind), r.Source, r.Key, at), scanInventoryRecord)
	if err != nil || len(found) == 0 {
		return inventory.Record{}, false, err
	}
	return found[0], true, nil
}

// ForgetInventoryPast removes what sources said until a time, at most limit records.
func (s *Store) ForgetInventoryPast(ctx context.Context, tx harrier.Tx, until time.Time, limit int) (int64, error) {
	const text = `DELETE FROM inventory_past WHERE (tenant_id, kind, source, key, until_at) IN (
SELECT tenant_id, kind, source, key, until_at FROM inventory_past WHERE until_at < $1 LIMIT $2)`
	return tx.Exec(ctx, text, until, limit)
}

// InventorySources implements [inventory.Records].
func (s *Store) InventorySources(ctx context.Context, tenant harrier.TenantID) ([]inventory.Source, error) {
	const text = `SELECT kind, name, rank, imported_at FROM inventory_sources WHERE tenant_id = $1 ORDER BY kind, name`
	scan := func(r harrier.Rows) (src inventory.Source, err error) {
		return src, r.Scan(&src.Kind, &src.Name, &src.Rank, &src.ImportedAt)
	}
	return list(ctx, s.readers, sqlf(text, tenant[:]), scan)
}

// PutInventorySource implements [inventory.Records].
func (s *Store) PutInventorySource(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, src inventory.Source) error {
	const text = `INSERT INTO inventory_sources (tenant_id, kind, name, rank, imported_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant_id, kind, name) DO UPDATE SET rank = excluded.rank, imported_at = excluded.imported_at`
	_, err := tx.Exec(ctx, text, tenant[:], string(src.Kind), src.Name, src.Rank, src.ImportedAt)
	return err
}

// leasesAtOnce is how many leases one statement adds: what a statement costs by
// itself is most of what a lease costs.
const leasesAtOnce = 50

// addLeases is the statement that adds n leases. A later word about a lease that
// leaves the name out, as that of its end does, does not take it away.
func addLeases(n int) string {
	const columns = 8
	var b strings.Builder
	b.WriteString("INSERT INTO address_leases (tenant_id, address, start_at, source, end_at, host, mac, user) VALUES ")
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		for c := range columns {
			b.WriteString(map[bool]string{true: "($", false: ", $"}[c == 0])
			b.WriteString(strconv.Itoa(i*columns + c + 1))
		}
		b.WriteString(")")
	}
	b.WriteString(` ON CONFLICT (tenant_id, address, start_at, source) DO UPDATE SET end_at = excluded.end_at,
host = CASE WHEN excluded.host = '' AND excluded.mac <> '' AND excluded.mac = address_leases.mac THEN address_leases.host ELSE excluded.host END,
mac = excluded.mac, user = excluded.user`)
	return b.String()
}

// AddLeases implements [inventory.Leases].
func (s *Store) AddLeases(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, leases []inventory.Lease) error {
	many, one := addLeases(leasesAtOnce), addLeases(1)
	add := func(text string, leases []inventory.Lease) error {
		args := make([]any, 0, 8*len(leases))
		for _, l := range leases {
			args = append(args, tenant[:], l.Address.AsSlice(), l.Start, l.Source, l.End, l.Host, l.MAC, l.User)
		}
		_, err := tx.Exec(ctx, text, args...)
		return err
	}
	for len(leases) >= leasesAtOnce {
		if err := add(many, leases[:leasesAtOnce]); err != nil {
			return err
		}
		leases = leases[leasesAtOnce:]
	}
	for i := range leases {
		if err := add(one, leases[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}

// LeasesBefore implements [inventory.Leases].
func (s *Store) LeasesBefore(ctx context.Context, tenant harrier.TenantID, a netip.Addr, w inventory.LeaseWindow) ([]inventory.Lease, error) {
	const columns = `SELECT start_at, source, end_at, host, mac, user FROM address_leases WHERE tenant_id = $1 AND address = $2`
	const latest = ` ORDER BY start_at DESC, source DESC LIMIT $3`
	q := sqlf(columns+latest, tenant[:], a.AsSlice(), w.Limit)
	if !w.Until.IsZero() {
		q = sqlf(columns+` AND start_at <= $4`+latest, tenant[:], a.AsSlice(), w.Limit, w.Until)
	}
	return list(ctx, s.readers, q, func(r harrier.Rows) (l inventory.Lease, err error) {
		l.Address = a
		return l, r.Scan(&l.Start, &l.Source, &l.End, &l.Host, &l.MAC, &l.User)
	})
}
