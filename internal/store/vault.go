package store

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/vault"
)

var _ vault.Rows = (*Store)(nil)

//nolint:gosec // G101 takes the columns of a table for a credential
const secretColumns = `tenant_id, name, field, version, ciphertext`

func scanSecret(r harrier.Rows) (row vault.Row, err error) {
	err = r.Scan(&row.Tenant, &row.Name, &row.Field, &row.Version, &row.Ciphertext)
	return row, err
}

// Secret implements [vault.Rows].
func (s *Store) Secret(ctx context.Context, tenant harrier.TenantID, name, field string) (vault.Row, error) {
	const text = `SELECT ` + secretColumns + ` FROM secrets WHERE tenant_id = $1 AND name = $2 AND field = $3`
	row, ok, err := first(ctx, s.readers, sqlf(text, tenant[:], name, field), scanSecret)
	if err == nil && !ok {
		err = harrier.Errorf(harrier.NotFound, "secret %s of %s does not exist", field, name)
	}
	return row, err
}

// PutSecret implements [vault.Rows].
func (s *Store) PutSecret(ctx context.Context, row vault.Row) error {
	const add = `INSERT INTO secrets (tenant_id, name, field, version, ciphertext, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant_id, name, field) DO NOTHING`
	const replace = `UPDATE secrets SET version = $4, ciphertext = $5, updated_at = $6
WHERE tenant_id = $1 AND name = $2 AND field = $3 AND version = $4 - 1`
	text := replace
	if row.Version == 1 {
		text = add
	}
	return s.Write(ctx, func(tx harrier.Tx) error {
		n, err := tx.Exec(ctx, text, row.Tenant[:], row.Name, row.Field, row.Version, row.Ciphertext, s.now())
		if err == nil && n == 0 {
			err = harrier.Errorf(harrier.Conflict, "secret %s of %s was changed meanwhile; repeat the change", row.Field, row.Name)
		}
		return err
	})
}

// DeleteSecret implements [vault.Rows].
func (s *Store) DeleteSecret(ctx context.Context, tenant harrier.TenantID, name, field string) error {
	const text = `DELETE FROM secrets WHERE tenant_id = $1 AND name = $2 AND ($3 = '' OR field = $3)`
	return s.Write(ctx, func(tx harrier.Tx) error {
		_, err := tx.Exec(ctx, text, tenant[:], name, field)
		return err
	})
}

// Secrets implements [vault.Rows].
func (s *Store) Secrets(ctx context.Context, tenant harrier.TenantID, name string) ([]vault.Row, error) {
	const text = `SELECT ` + secretColumns + ` FROM secrets WHERE tenant_id = $1 AND ($2 = '' OR name = $2) ORDER BY name, field`
	return list(ctx, s.readers, sqlf(text, tenant[:], name), scanSecret)
}

// TenantKeys implements [vault.Rows].
func (s *Store) TenantKeys(ctx context.Context) ([]vault.KeyRow, error) {
	const text = `SELECT tenant_id, version, root, wrapped FROM tenant_keys ORDER BY tenant_id, version`
	return list(ctx, s.readers, sqlf(text), func(r harrier.Rows) (row vault.KeyRow, err error) {
		err = r.Scan(&row.Tenant, &row.Version, &row.Root, &row.Wrapped)
		return row, err
	})
}

// PutTenantKey implements [vault.Rows].
func (s *Store) PutTenantKey(ctx context.Context, row vault.KeyRow, oldRoot string) error {
	const add = `INSERT INTO tenant_keys (tenant_id, version, root, wrapped, updated_at) SELECT $1, $2, $3, $4, $6 WHERE $5 = ''
ON CONFLICT (tenant_id, version) DO NOTHING`
	const replace = `UPDATE tenant_keys SET root = $3, wrapped = $4, updated_at = $6 WHERE tenant_id = $1 AND version = $2 AND root = $5`
	text := replace
	if oldRoot == "" {
		text = add
	}
	return s.Write(ctx, func(tx harrier.Tx) error {
		n, err := tx.Exec(ctx, text, row.Tenant[:], row.Version, row.Root, row.Wrapped, oldRoot, s.now())
		if err == nil && n == 0 {
			err = harrier.Errorf(harrier.Conflict, "key %d of tenant %s was changed meanwhile", row.Version, row.Tenant)
		}
		return err
	})
}
