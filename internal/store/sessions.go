package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
)

const sessionColumns = `tenant_id, id, principal_id, digest, created_at, proved_at, used_at, ends_at, source, agent`

func scanSession(r harrier.Rows) (ses access.Session, err error) {
	err = r.Scan(&ses.Tenant, &ses.ID, &ses.Account, &ses.Digest, &ses.CreatedAt, &ses.ProvedAt, &ses.UsedAt, &ses.EndsAt, &ses.Source, &ses.Agent)
	return ses, err
}

// AddSession implements [access.Sessions].
func (s *Store) AddSession(ctx context.Context, tx harrier.Tx, ses access.Session, most int) error {
	const add = `INSERT INTO sessions (` + sessionColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	const trim = `DELETE FROM sessions WHERE tenant_id = $1 AND principal_id = $2 AND id NOT IN
(SELECT id FROM sessions WHERE tenant_id = $1 AND principal_id = $2 ORDER BY created_at DESC, id DESC LIMIT $3)`
	_, err := tx.Exec(ctx, add, ses.Tenant[:], ses.ID[:], ses.Account[:], ses.Digest, ses.CreatedAt, ses.ProvedAt, ses.UsedAt, ses.EndsAt, ses.Source, ses.Agent)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, trim, ses.Tenant[:], ses.Account[:], most)
	return err
}

// SessionOf implements [access.Sessions].
func (s *Store) SessionOf(ctx context.Context, digest []byte) (access.Session, access.Account, error) {
	ses, ok, err := first(ctx, s.readers, sqlf(`SELECT `+sessionColumns+` FROM sessions WHERE digest = $1`, digest), scanSession)
	if err == nil && !ok {
		err = harrier.Errorf(harrier.NotFound, "the session does not exist")
	}
	if err != nil {
		return ses, access.Account{}, err
	}
	a, err := s.Account(ctx, ses.Tenant, ses.Account)
	return ses, a, err
}

// Sessions implements [access.Sessions].
func (s *Store) Sessions(ctx context.Context, tenant harrier.TenantID, of harrier.PrincipalID) ([]access.Session, error) {
	const text = `SELECT ` + sessionColumns + ` FROM sessions WHERE tenant_id = $1 AND principal_id = $2 ORDER BY created_at DESC, id DESC`
	return list(ctx, s.readers, sqlf(text, tenant[:], of[:]), scanSession)
}

// TouchSession implements [access.Sessions].
func (s *Store) TouchSession(ctx context.Context, tx harrier.Tx, ses access.Session) error {
	_, err := tx.Exec(ctx, `UPDATE sessions SET used_at = $3 WHERE tenant_id = $1 AND id = $2 AND used_at < $3`, ses.Tenant[:], ses.ID[:], ses.UsedAt)
	return err
}

// EndSessions implements [access.Sessions].
func (s *Store) EndSessions(ctx context.Context, tx harrier.Tx, w access.Whose) error {
	const all = `DELETE FROM sessions WHERE tenant_id = $1 AND principal_id = $2 AND id <> $3`
	const one = `DELETE FROM sessions WHERE tenant_id = $1 AND principal_id = $2 AND id = $3`
	if !w.Only.IsZero() {
		_, err := tx.Exec(ctx, one, w.Tenant[:], w.Principal[:], w.Only[:])
		return err
	}
	_, err := tx.Exec(ctx, all, w.Tenant[:], w.Principal[:], w.But[:])
	return err
}

// ForgetSessions implements [access.Sessions].
func (s *Store) ForgetSessions(ctx context.Context, tx harrier.Tx, before time.Time, limit int) (int64, error) {
	const sessions = `DELETE FROM sessions WHERE rowid IN (SELECT rowid FROM sessions WHERE ends_at < $1 LIMIT $2)`
	const invitations = `DELETE FROM invitations WHERE digest IN (SELECT digest FROM invitations WHERE expires_at < $1 LIMIT $2)`
	const used = `DELETE FROM used_once WHERE digest IN (SELECT digest FROM used_once WHERE expires_at < $1 LIMIT $2)`
	n, err := tx.Exec(ctx, sessions, before, limit)
	if err != nil {
		return n, err
	}
	m, err := tx.Exec(ctx, invitations, before, limit)
	if err != nil {
		return n + m, err
	}
	u, err := tx.Exec(ctx, used, before, limit)
	return n + m + u, err
}

const keyColumns = `tenant_id, id, principal_id, name, prefix, digest, permissions, networks, created_at, created_by, expires_at, used_at, revoked_at`

func scanKey(r harrier.Rows) (k access.Key, err error) {
	var permissions, networks json.RawMessage
	err = r.Scan(&k.Tenant, &k.ID, &k.Account, &k.Name, &k.Prefix, &k.Digest, &permissions, &networks, &k.CreatedAt, &k.CreatedBy, &k.ExpiresAt, &k.UsedAt, &k.RevokedAt)
	if err != nil {
		return k, err
	}
	if err := json.Unmarshal(permissions, &k.Permissions); err != nil {
		return k, harrier.Errorf(harrier.Internal, "read what key %s may do: %w", k.ID, err)
	}
	if err := json.Unmarshal(networks, &k.Networks); err != nil {
		return k, harrier.Errorf(harrier.Internal, "read the networks of key %s: %w", k.ID, err)
	}
	return k, nil
}

func errNoKey(id harrier.KeyID) error {
	return harrier.Errorf(harrier.NotFound, "key %s does not exist", id)
}

// AddKey implements [access.Keys].
func (s *Store) AddKey(ctx context.Context, tx harrier.Tx, k access.Key) error {
	const text = `INSERT INTO api_keys (` + keyColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	permissions, err := json.Marshal(k.Permissions)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode what key %s may do: %w", k.ID, err)
	}
	networks, err := json.Marshal(k.Networks)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode the networks of key %s: %w", k.ID, err)
	}
	_, err = tx.Exec(ctx, text, k.Tenant[:], k.ID[:], k.Account[:], k.Name, k.Prefix, k.Digest, string(permissions), string(networks),
		k.CreatedAt, k.CreatedBy[:], k.ExpiresAt, k.UsedAt, k.RevokedAt)
	return err
}

// KeyOf implements [access.Keys].
func (s *Store) KeyOf(ctx context.Context, digest []byte) (access.Key, access.Account, error) {
	k, ok, err := first(ctx, s.readers, sqlf(`SELECT `+keyColumns+` FROM api_keys WHERE digest = $1`, digest), scanKey)
	if err == nil && !ok {
		err = harrier.Errorf(harrier.NotFound, "the key does not exist")
	}
	if err != nil {
		return k, access.Account{}, err
	}
	a, err := s.Account(ctx, k.Tenant, k.Account)
	return k, a, err
}

// Key implements [access.Keys].
func (s *Store) Key(ctx context.Context, tenant harrier.TenantID, id harrier.KeyID) (access.Key, error) {
	k, ok, err := first(ctx, s.readers, sqlf(`SELECT `+keyColumns+` FROM api_keys WHERE tenant_id = $1 AND id = $2`, tenant[:], id[:]), scanKey)
	if err == nil && !ok {
		err = errNoKey(id)
	}
	return k, err
}

// Keys implements [access.Keys].
func (s *Store) Keys(ctx context.Context, tenant harrier.TenantID, of harrier.PrincipalID, p harrier.Page) ([]access.Key, string, error) {
	l := newListing(keyColumns, "api_keys", tenant).where("principal_id = $", !of.IsZero(), of)
	if err := l.newest("created_at", p); err != nil {
		return nil, "", err
	}
	return page(ctx, s.readers, l, scanKey, func(k access.Key) place { return at(k.CreatedAt, k.ID) })
}

// UpdateKey implements [access.Keys]. A key that was revoked stays so.
func (s *Store) UpdateKey(ctx context.Context, tx harrier.Tx, k access.Key) error {
	const text = `UPDATE api_keys SET used_at = coalesce($3, used_at), revoked_at = coalesce(revoked_at, $4) WHERE tenant_id = $1 AND id = $2`
	_, err := tx.Exec(ctx, text, k.Tenant[:], k.ID[:], k.UsedAt, k.RevokedAt)
	return err
}

// EndKeys implements [access.Keys].
func (s *Store) EndKeys(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, of harrier.PrincipalID, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE api_keys SET revoked_at = $3 WHERE tenant_id = $1 AND principal_id = $2 AND revoked_at IS NULL`, tenant[:], of[:], now)
	return err
}
