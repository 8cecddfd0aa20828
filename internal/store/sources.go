package store

import (
	"context"
	"encoding/json"

	"github.com/harrier-soar/harrier"
)

const sourceColumns = `tenant_id, id, name, kind, mapping, live, time_zone, reliability, allows, settings, enabled, created_at, updated_at, rev`

func scanSource(r harrier.Rows) (s harrier.Source, err error) {
	var allows json.RawMessage
	err = r.Scan(&s.Tenant, &s.ID, &s.Name, &s.Kind, &s.Mapping, &s.Live, &s.TimeZone, &s.Reliability, &allows, &s.Settings, &s.Enabled,
		&s.CreatedAt, &s.UpdatedAt, &s.Rev)
	if err == nil && len(allows) > 0 {
		err = json.Unmarshal(allows, &s.Allows)
	}
	return s, err
}

// AddSource adds a source; one of the same name or id is Conflict.
func (s *Store) AddSource(ctx context.Context, tx harrier.Tx, src harrier.Source) error {
	const add = `INSERT INTO sources (` + sourceColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1)`
	allows, err := textOfList(src.Allows)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, add, src.Tenant[:], src.ID[:], src.Name, src.Kind, src.Mapping, src.Live, src.TimeZone, src.Reliability, allows,
		settingsOf(src), src.Enabled, src.CreatedAt, src.UpdatedAt)
	if duplicate(err) {
		return harrier.Errorf(harrier.Conflict, "source %s exists already", src.Name)
	}
	return err
}

// UpdateSource stores what may change of a source; its rev must be the stored
// one, otherwise it is Conflict. The name, the kind and the creation stay.
func (s *Store) UpdateSource(ctx context.Context, tx harrier.Tx, src harrier.Source) error {
	const text = `UPDATE sources SET mapping = $4, live = $5, time_zone = $6, reliability = $7, allows = $8, settings = $9, enabled = $10,
updated_at = $11, rev = rev + 1 WHERE tenant_id = $1 AND id = $2 AND rev = $3`
	allows, err := textOfList(src.Allows)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, text, src.Tenant[:], src.ID[:], src.Rev, src.Mapping, src.Live, src.TimeZone, src.Reliability, allows, settingsOf(src),
		src.Enabled, src.UpdatedAt)
	if err != nil || n == 1 {
		return err
	}
	return changed(ctx, tx, sqlf(`SELECT 1 FROM sources WHERE tenant_id = $1 AND id = $2`, src.Tenant[:], src.ID[:]), errNoSource(src.Name))
}

// Source returns one source.
func (s *Store) Source(ctx context.Context, tenant harrier.TenantID, id harrier.SourceID) (harrier.Source, error) {
	src, ok, err := first(ctx, s.readers, sqlf(`SELECT `+sourceColumns+` FROM sources WHERE tenant_id = $1 AND id = $2`, tenant[:], id[:]), scanSource)
	if err == nil && !ok {
		err = errNoSource(id.String())
	}
	return src, err
}

// SourceByName returns the source that a tenant calls by a name.
func (s *Store) SourceByName(ctx context.Context, tenant harrier.TenantID, name string) (harrier.Source, error) {
	src, ok, err := first(ctx, s.readers, sqlf(`SELECT `+sourceColumns+` FROM sources WHERE tenant_id = $1 AND name = $2`, tenant[:], name), scanSource)
	if err == nil && !ok {
		err = errNoSource(name)
	}
	return src, err
}

// Sources returns a tenant's sources by name, all of them: there are few.
func (s *Store) Sources(ctx context.Context, tenant harrier.TenantID) ([]harrier.Source, error) {
	return list(ctx, s.readers, sqlf(`SELECT `+sourceColumns+` FROM sources WHERE tenant_id = $1 ORDER BY name`, tenant[:]), scanSource)
}

// SourceCounts returns how many events each source delivered, and what became of them.
func (s *Store) SourceCounts(ctx context.Context, tenant harrier.TenantID) ([]harrier.SourceCounts, error) {
	const text = `SELECT tenant_id, source_id, accepted, processed, suppressed, quarantined, last_at FROM source_counts WHERE tenant_id = $1`
	return list(ctx, s.readers, sqlf(text, tenant[:]), func(r harrier.Rows) (c harrier.SourceCounts, err error) {
		err = r.Scan(&c.Tenant, &c.Source, &c.Accepted, &c.Processed, &c.Suppressed, &c.Quarantined, &c.LastAt)
		return c, err
	})
}

func errNoSource(name string) error {
	return harrier.Errorf(harrier.NotFound, "source %s does not exist", name)
}

// textOfList is a list of texts as it is stored.
func textOfList(list []string) (string, error) {
	if len(list) == 0 {
		return "[]", nil
	}
	text, err := json.Marshal(list)
	return string(text), err
}

// settingsOf are the settings of a source as they are stored.
func settingsOf(src harrier.Source) string {
	if len(src.Settings) == 0 {
		return "{}"
	}
	return string(src.Settings)
}
