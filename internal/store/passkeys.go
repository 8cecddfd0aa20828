package store

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/harrier-soar/harrier/internal/passkey"
)

var _ passkey.Store = (*Store)(nil)

const passkeyColumns = `tenant_id, id, principal_id, credential_id, user_handle, public_key, aaguid, transports, flags, sign_count, name, created_at, used_at, copied_at` //nolint:gosec // G101 takes the names of columns for a password

func scanPasskey(r harrier.Rows) (p passkey.Passkey, err error) {
	var transports json.RawMessage
	var flags, count int64
	err = r.Scan(&p.Tenant, &p.ID, &p.Account, &p.Credential, &p.Handle, &p.Key, &p.AAGUID, &transports, &flags, &count, &p.Name, &p.CreatedAt, &p.UsedAt, &p.CopiedAt)
	if err != nil {
		return p, err
	}
	p.Credential, p.Handle, p.Key, p.AAGUID = slices.Clone(p.Credential), slices.Clone(p.Handle), slices.Clone(p.Key), slices.Clone(p.AAGUID)
	p.Flags, p.Count = byte(flags), uint32(count)
	if err := json.Unmarshal(transports, &p.Transports); err != nil {
		return p, harrier.Errorf(harrier.Internal, "read the transports of passkey %s: %w", p.ID, err)
	}
	return p, nil
}

// Passkeys implements [passkey.Rows].
func (s *Store) Passkeys(ctx context.Context, tenant harrier.TenantID, of harrier.PrincipalID) ([]passkey.Passkey, error) {
	const text = `SELECT ` + passkeyColumns + ` FROM passkeys WHERE tenant_id = $1 AND principal_id = $2 ORDER BY created_at, id`
	return list(ctx, s.readers, sqlf(text, tenant[:], of[:]), scanPasskey)
}

// PasskeyCalled implements [passkey.Rows].
func (s *Store) PasskeyCalled(ctx context.Context, credential []byte) (passkey.Passkey, bool, error) {
	return first(ctx, s.readers, sqlf(`SELECT `+passkeyColumns+` FROM passkeys WHERE credential_id = $1`, credential), scanPasskey)
}

// Passkey implements [passkey.Rows].
func (s *Store) Passkey(ctx context.Context, tenant harrier.TenantID, id harrier.PasskeyID) (passkey.Passkey, bool, error) {
	return first(ctx, s.readers, sqlf(`SELECT `+passkeyColumns+` FROM passkeys WHERE tenant_id = $1 AND id = $2`, tenant[:], id[:]), scanPasskey)
}

// PasskeyIn implements [passkey.Rows].
func (s *Store) PasskeyIn(ctx context.Context, tx harrier.Tx, p passkey.Passkey) (passkey.Passkey, bool, error) {
	const text = `SELECT ` + passkeyColumns + ` FROM passkeys WHERE tenant_id = $1 AND id = $2`
	return firstIn(ctx, tx, sqlf(text, p.Tenant[:], p.ID[:]), scanPasskey)
}

// AddPasskey implements [passkey.Rows].
func (s *Store) AddPasskey(ctx context.Context, tx harrier.Tx, p passkey.Passkey, most int) error {
	const count = `SELECT count(*) FROM passkeys WHERE tenant_id = $1 AND principal_id = $2`
	const text = `INSERT INTO passkeys (` + passkeyColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`
	var n int
	if _, err := oneIn(ctx, tx, sqlf(count, p.Tenant[:], p.Account[:]), &n); err != nil {
		return err
	}
	if n >= most {
		return harrier.Errorf(harrier.Conflict, "an account has %d passkeys at most; remove one first", most)
	}
	transports, err := json.Marshal(p.Transports)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode the transports of passkey %s: %w", p.ID, err)
	}
	_, err = tx.Exec(ctx, text, p.Tenant[:], p.ID[:], p.Account[:], p.Credential, p.Handle, p.Key, p.AAGUID, string(transports), int64(p.Flags), int64(p.Count), p.Name,
		p.CreatedAt, p.UsedAt, p.CopiedAt)
	if duplicate(err) {
		return harrier.Errorf(harrier.Conflict, "this passkey is registered already")
	}
	return err
}

// UpdatePasskey implements [passkey.Rows]. Its key and whose it is stay.
func (s *Store) UpdatePasskey(ctx context.Context, tx harrier.Tx, p passkey.Passkey) error {
	const text = `UPDATE passkeys SET flags = $3, sign_count = $4, name = $5, used_at = $6, copied_at = $7 WHERE tenant_id = $1 AND id = $2`
	_, err := tx.Exec(ctx, text, p.Tenant[:], p.ID[:], int64(p.Flags), int64(p.Count), p.Name, p.UsedAt, p.CopiedAt)
	return err
}

// RemovePasskey implements [passkey.Rows].
func (s *Store) RemovePasskey(ctx context.Context, tx harrier.Tx, p passkey.Passkey) error {
	_, err := tx.Exec(ctx, `DELETE FROM passkeys WHERE tenant_id = $1 AND id = $2`, p.Tenant[:], p.ID[:])
	return err
}

// DropPasskeys implements [access.Factors].
func (s *Store) DropPasskeys(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, of harrier.PrincipalID) error {
	_, err := tx.Exec(ctx, `DELETE FROM passkeys WHERE tenant_id = $1 AND principal_id = $2`, tenant[:], of[:])
	return err
}

// PasskeyLives implements [access.Factors].
func (s *Store) PasskeyLives(ctx context.Context, tx harrier.Tx, a access.Account, id harrier.PasskeyID) (bool, error) {
	const text = `SELECT 1 FROM passkeys WHERE tenant_id = $1 AND principal_id = $2 AND id = $3 AND copied_at IS NULL`
	var n int
	return oneIn(ctx, tx, sqlf(text, a.Tenant[:], a.ID[:], id[:]), &n)
}

// SetFactorDue implements [access.Factors].
func (s *Store) SetFactorDue(ctx context.Context, tx harrier.Tx, a access.Account) error {
	_, err := tx.Exec(ctx, `UPDATE principals SET factor_due_at = $3 WHERE tenant_id = $1 AND id = $2`, a.Tenant[:], a.ID[:], a.FactorDue)
	return err
}
