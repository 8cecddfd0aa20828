package store

import (
	"context"
	"encoding/json"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/provider"
)

var _ provider.Store = (*Store)(nil)

// Providers implements [provider.Store].
func (s *Store) Providers(ctx context.Context, tenant harrier.TenantID) ([]provider.Settings, error) {
	const text = `SELECT tenant_id, id, name, issuer, settings, created_at, rev FROM providers WHERE tenant_id = $1 ORDER BY name`
	return list(ctx, s.readers, sqlf(text, tenant[:]), func(r harrier.Rows) (p provider.Settings, err error) {
		var settings json.RawMessage
		row := p
		if err := r.Scan(&row.Tenant, &row.ID, &row.Name, &row.Issuer, &settings, &row.CreatedAt, &row.Rev); err != nil {
			return p, err
		}
		if err := json.Unmarshal(settings, &p); err != nil {
			return p, harrier.Errorf(harrier.Internal, "read the settings of provider %s: %w", row.ID, err)
		}
		p.Tenant, p.ID, p.Name, p.Issuer, p.CreatedAt, p.Rev = row.Tenant, row.ID, row.Name, row.Issuer, row.CreatedAt, row.Rev
		return p, nil
	})
}

// AddProvider implements [provider.Store].
func (s *Store) AddProvider(ctx context.Context, tx harrier.Tx, p provider.Settings) error {
	const text = `INSERT INTO providers (tenant_id, id, name, issuer, settings, created_at, rev) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	settings, err := json.Marshal(p)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode the settings of a provider: %w", err)
	}
	_, err = tx.Exec(ctx, text, p.Tenant[:], p.ID[:], p.Name, p.Issuer, string(settings), p.CreatedAt, p.Rev)
	if duplicate(err) {
		return harrier.Errorf(harrier.Conflict, "there is a provider %s, or one of this issuer, already", p.Name)
	}
	return err
}

func errNoProvider(name string) error {
	return harrier.Errorf(harrier.NotFound, "there is no provider %s", name)
}

// UpdateProvider implements [provider.Store].
func (s *Store) UpdateProvider(ctx context.Context, tx harrier.Tx, p provider.Settings) error {
	const text = `UPDATE providers SET settings = $4, rev = rev + 1 WHERE tenant_id = $1 AND id = $2 AND rev = $3`
	settings, err := json.Marshal(p)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode the settings of a provider: %w", err)
	}
	n, err := tx.Exec(ctx, text, p.Tenant[:], p.ID[:], p.Rev, string(settings))
	if err != nil || n == 1 {
		return err
	}
	return changed(ctx, tx, sqlf(`SELECT 1 FROM providers WHERE tenant_id = $1 AND id = $2`, p.Tenant[:], p.ID[:]), errNoProvider(p.Name))
}

// RemoveProvider implements [provider.Store].
func (s *Store) RemoveProvider(ctx context.Context, tx harrier.Tx, p provider.Settings) error {
	n, err := tx.Exec(ctx, `DELETE FROM providers WHERE tenant_id = $1 AND id = $2`, p.Tenant[:], p.ID[:])
	if err == nil && n == 0 {
		err = errNoProvider(p.Name)
	}
	return err
}
