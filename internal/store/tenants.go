package store

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
)

// LocalSource returns the source of alerts that people and playbooks submit
// themselves. Every tenant has it.
func LocalSource() harrier.SourceID { return harrier.DeriveID[harrier.SourceID]("source", "local") }

// AddTenant implements [access.Tenants].
func (s *Store) AddTenant(ctx context.Context, tx harrier.Tx, t access.Tenant) error {
	_, err := tx.Exec(ctx, `INSERT INTO tenants (id, name, created_at) VALUES ($1, $2, $3)`, t.ID[:], t.Name, t.CreatedAt)
	if duplicate(err) {
		return harrier.Errorf(harrier.Conflict, "there is a tenant %s already", t.Name)
	}
	if err != nil {
		return err
	}
	local := LocalSource()
	_, err = tx.Exec(ctx, `INSERT INTO sources (tenant_id, id, name, kind, live, created_at) VALUES ($1, $2, 'local', 'local', 1, $3)`, t.ID[:], local[:], t.CreatedAt)
	return err
}

const tenantColumns = `id, name, created_at`

func scanTenant(r harrier.Rows) (t access.Tenant, err error) {
	err = r.Scan(&t.ID, &t.Name, &t.CreatedAt)
	return t, err
}

// TenantNamed implements [access.Tenants].
func (s *Store) TenantNamed(ctx context.Context, name string) (access.Tenant, error) {
	t, ok, err := first(ctx, s.readers, sqlf(`SELECT `+tenantColumns+` FROM tenants WHERE name = $1`, name), scanTenant)
	if err == nil && !ok {
		err = harrier.Errorf(harrier.NotFound, "tenant %s does not exist", name)
	}
	return t, err
}

// Tenants implements [access.Tenants].
func (s *Store) Tenants(ctx context.Context) ([]access.Tenant, error) {
	return list(ctx, s.readers, sqlf(`SELECT `+tenantColumns+` FROM tenants ORDER BY name`), scanTenant)
}
