package store

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/door"
)

// DoorSources returns the enabled sources of kind webhook of all tenants.
func (s *Store) DoorSources(ctx context.Context) ([]harrier.Source, error) {
	return list(ctx, s.readers, sqlf(`SELECT `+sourceColumns+` FROM sources WHERE kind = 'webhook' AND enabled = 1 ORDER BY tenant_id, id`), scanSource)
}

// SyslogSources returns the enabled sources of kind syslog of all tenants.
func (s *Store) SyslogSources(ctx context.Context) ([]harrier.Source, error) {
	return list(ctx, s.readers, sqlf(`SELECT `+sourceColumns+` FROM sources WHERE kind = 'syslog' AND enabled = 1 ORDER BY tenant_id, id`), scanSource)
}

// EnabledSources returns the enabled sources of all tenants.
func (s *Store) EnabledSources(ctx context.Context) ([]harrier.Source, error) {
	return list(ctx, s.readers, sqlf(`SELECT `+sourceColumns+` FROM sources WHERE enabled = 1 ORDER BY tenant_id, id`), scanSource)
}

// EnsureSource adds a source of Harrier's own, unless it is there.
func (s *Store) EnsureSource(ctx context.Context, tx harrier.Tx, src harrier.Source) error {
	var n int
	known, err := oneIn(ctx, tx, sqlf(`SELECT 1 FROM sources WHERE tenant_id = $1 AND name = $2`, src.Tenant[:], src.Name), &n)
	if err != nil || known {
		return err
	}
	return s.AddSource(ctx, tx, src)
}

// ClaimDelivery claims the name of a delivery for an event. Where it was
// claimed before, the event of then comes back and claimed is false.
func (s *Store) ClaimDelivery(ctx context.Context, tx harrier.Tx, e harrier.RawEvent, name string) (event harrier.EventID, claimed bool, err error) {
	const claim = `INSERT INTO deliveries (tenant_id, source_id, name, event_id, at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant_id, source_id, name) DO NOTHING`
	const find = `SELECT event_id FROM deliveries WHERE tenant_id = $1 AND source_id = $2 AND name = $3`
	hash := sha256.Sum256([]byte(name))
	n, err := tx.Exec(ctx, claim, e.Tenant[:], e.Source[:], hash[:], e.ID[:], e.Received)
	if err != nil || n == 1 {
		return e.ID, n == 1, err
	}
	_, err = oneIn(ctx, tx, sqlf(find, e.Tenant[:], e.Source[:], hash[:]), &event)
	return event, false, err
}

// DeliveryKnown reports whether the name of a delivery was claimed.
func (s *Store) DeliveryKnown(ctx context.Context, e harrier.RawEvent, name string) (bool, error) {
	const find = `SELECT event_id FROM deliveries WHERE tenant_id = $1 AND source_id = $2 AND name = $3`
	hash := sha256.Sum256([]byte(name))
	_, ok, err := first(ctx, s.readers, sqlf(find, e.Tenant[:], e.Source[:], hash[:]), func(r harrier.Rows) (id harrier.EventID, err error) {
		return id, r.Scan(&id)
	})
	return ok, err
}

// ForgetDeliveries removes up to limit names of deliveries older than a time,
// and returns how many.
func (s *Store) ForgetDeliveries(ctx context.Context, tx harrier.Tx, before time.Time, limit int) (int64, error) {
	const text = `DELETE FROM deliveries WHERE (tenant_id, source_id, name) IN
(SELECT tenant_id, source_id, name FROM deliveries WHERE at < $1 ORDER BY at LIMIT $2)`
	return tx.Exec(ctx, text, before, limit)
}

// PutRequest keeps what a sender asks a person for, instead of what it asked before.
func (s *Store) PutRequest(ctx context.Context, tx harrier.Tx, r door.Request) error {
	const text = `INSERT INTO source_requests (tenant_id, source_id, kind, url, at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant_id, source_id, kind) DO UPDATE SET url = excluded.url, at = excluded.at`
	_, err := tx.Exec(ctx, text, r.Tenant[:], r.Source[:], r.Kind, r.URL, r.At)
	return err
}

// Requests returns what the sender of a source asks a person for.
func (s *Store) Requests(ctx context.Context, tenant harrier.TenantID, source harrier.SourceID) ([]door.Request, error) {
	const text = `SELECT tenant_id, source_id, kind, url, at FROM source_requests WHERE tenant_id = $1 AND source_id = $2 ORDER BY kind`
	return list(ctx, s.readers, sqlf(text, tenant[:], source[:]), func(r harrier.Rows) (q door.Request, err error) {
		err = r.Scan(&q.Tenant, &q.Source, &q.Kind, &q.URL, &q.At)
		return q, err
	})
}

// DropEvent ends an event that is quarantined for good: somebody has decided
// that nothing is to be made of it.
func (s *Store) DropEvent(ctx context.Context, tx harrier.Tx, e harrier.RawEvent) error {
	const text = `UPDATE inbox SET state = 'suppressed', reason = $3 WHERE tenant_id = $1 AND id = $2 AND state = 'quarantined'`
	const count = `UPDATE source_counts SET quarantined = quarantined - 1, suppressed = suppressed + 1 WHERE tenant_id = $1 AND source_id = $2`
	n, err := tx.Exec(ctx, text, e.Tenant[:], e.ID[:], e.Reason)
	if err != nil {
		return err
	}
	if n == 0 {
		return harrier.Errorf(harrier.Conflict, "event %s is not quarantined; only such can be dropped", e.ID)
	}
	_, err = tx.Exec(ctx, count, e.Tenant[:], e.Source[:])
	return err
}
