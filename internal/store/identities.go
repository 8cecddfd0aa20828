package store

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
)

// IdentityOf implements [access.Identities].
func (s *Store) IdentityOf(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, who [2]string) (access.Identity, bool, error) {
	const text = `SELECT tenant_id, issuer, subject, principal_id, created_at, used_at FROM identities WHERE tenant_id = $1 AND issuer = $2 AND subject = $3`
	return firstIn(ctx, tx, sqlf(text, tenant[:], who[0], who[1]), func(r harrier.Rows) (i access.Identity, err error) {
		err = r.Scan(&i.Tenant, &i.Issuer, &i.Subject, &i.Account, &i.CreatedAt, &i.UsedAt)
		return i, err
	})
}

// AddIdentity implements [access.Identities].
func (s *Store) AddIdentity(ctx context.Context, tx harrier.Tx, i access.Identity) error {
	const text = `INSERT INTO identities (tenant_id, issuer, subject, principal_id, created_at, used_at) VALUES ($1, $2, $3, $4, $5, $6)`
	_, err := tx.Exec(ctx, text, i.Tenant[:], i.Issuer, i.Subject, i.Account[:], i.CreatedAt, i.UsedAt)
	if duplicate(err) {
		return harrier.Errorf(harrier.Conflict, "this subject belongs to an account already")
	}
	return err
}

// UseIdentity implements [access.Identities].
func (s *Store) UseIdentity(ctx context.Context, tx harrier.Tx, i access.Identity) error {
	const text = `UPDATE identities SET used_at = $4 WHERE tenant_id = $1 AND issuer = $2 AND subject = $3`
	_, err := tx.Exec(ctx, text, i.Tenant[:], i.Issuer, i.Subject, i.UsedAt)
	return err
}

// AdoptAccount implements [access.Identities].
func (s *Store) AdoptAccount(ctx context.Context, tx harrier.Tx, a access.Account) error {
	_, err := tx.Exec(ctx, `UPDATE principals SET origin = $3 WHERE tenant_id = $1 AND id = $2`, a.Tenant[:], a.ID[:], a.Origin)
	return err
}

// Identified implements [access.Identities].
func (s *Store) Identified(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, issuer string) ([]harrier.PrincipalID, error) {
	const text = `SELECT DISTINCT principal_id FROM identities WHERE tenant_id = $1 AND issuer = $2`
	return listIn(ctx, tx, sqlf(text, tenant[:], issuer), func(r harrier.Rows) (id harrier.PrincipalID, err error) {
		err = r.Scan(&id)
		return id, err
	})
}

// NameTaken implements [access.Identities].
func (s *Store) NameTaken(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, name string) (bool, error) {
	var n int
	return oneIn(ctx, tx, sqlf(`SELECT 1 FROM principals WHERE tenant_id = $1 AND name = $2`, tenant[:], name), &n)
}

// AdminBeside implements [access.Identities].
func (s *Store) AdminBeside(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.PrincipalID) (bool, error) {
	const text = `SELECT 1 FROM principals WHERE tenant_id = $1 AND id <> $2 AND kind = $3 AND disabled_at IS NULL AND roles LIKE $4 LIMIT 1`
	var n int
	return oneIn(ctx, tx, sqlf(text, tenant[:], id[:], string(access.Person), `%"`+access.Admin+`"%`), &n)
}

// UseOnce notes that something was used that is good once; it reports false where
// it was used before. The note is kept until a time.
func (s *Store) UseOnce(ctx context.Context, tx harrier.Tx, digest []byte, until time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `INSERT INTO used_once (digest, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING`, digest, until)
	return n == 1, err
}
