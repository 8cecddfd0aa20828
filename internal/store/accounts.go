package store

import (
	"context"
	"encoding/json"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
)

var _ access.Store = (*Store)(nil)

const (
	accountColumns = `tenant_id, id, name, display, kind, roles, created_at, disabled_at, password, otp, origin, rev`
	accountFactors = `, factor_due_at, EXISTS (SELECT 1 FROM passkeys k WHERE k.tenant_id = principals.tenant_id AND k.principal_id = principals.id)`
)

func scanAccount(r harrier.Rows) (a access.Account, err error) {
	var roles json.RawMessage
	err = r.Scan(&a.Tenant, &a.ID, &a.Name, &a.Display, &a.Kind, &roles, &a.CreatedAt, &a.DisabledAt, &a.Password, &a.SecondFactor, &a.Origin, &a.Rev, &a.FactorDue, &a.Passkeys)
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(roles, &a.Roles); err != nil {
		return a, harrier.Errorf(harrier.Internal, "read the roles of account %s: %w", a.ID, err)
	}
	return a, nil
}

func errNoAccount(id harrier.PrincipalID) error {
	return harrier.Errorf(harrier.NotFound, "account %s does not exist", id)
}

const accountByID = `SELECT ` + accountColumns + accountFactors + ` FROM principals WHERE tenant_id = $1 AND id = $2`

// Account implements [access.Accounts].
func (s *Store) Account(ctx context.Context, tenant harrier.TenantID, id harrier.PrincipalID) (access.Account, error) {
	a, ok, err := first(ctx, s.readers, sqlf(accountByID, tenant[:], id[:]), scanAccount)
	if err == nil && !ok {
		err = errNoAccount(id)
	}
	return a, err
}

// AccountIn implements [access.Changing].
func (s *Store) AccountIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.PrincipalID) (access.Account, error) {
	a, ok, err := firstIn(ctx, tx, sqlf(accountByID, tenant[:], id[:]), scanAccount)
	if err == nil && !ok {
		err = errNoAccount(id)
	}
	return a, err
}

// AccountNamed implements [access.Accounts].
func (s *Store) AccountNamed(ctx context.Context, tenant harrier.TenantID, name string) (access.Account, error) {
	const text = `SELECT ` + accountColumns + accountFactors + ` FROM principals WHERE tenant_id = $1 AND name = $2`
	a, ok, err := first(ctx, s.readers, sqlf(text, tenant[:], name), scanAccount)
	if err == nil && !ok {
		err = harrier.Errorf(harrier.NotFound, "account %s does not exist", name)
	}
	return a, err
}

// Accounts implements [access.Accounts].
func (s *Store) Accounts(ctx context.Context, tenant harrier.TenantID, p harrier.Page) ([]access.Account, string, error) {
	l := newListing(accountColumns+accountFactors, "principals", tenant).where("kind <> $", true, access.System)
	if err := l.newest("created_at", p); err != nil {
		return nil, "", err
	}
	return page(ctx, s.readers, l, scanAccount, func(a access.Account) place { return at(a.CreatedAt, a.ID) })
}

// AddAccount implements [access.Accounts].
func (s *Store) AddAccount(ctx context.Context, tx harrier.Tx, a access.Account) error {
	const text = `INSERT INTO principals (` + accountColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)`
	roles, err := json.Marshal(a.Roles)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode the roles of account %s: %w", a.ID, err)
	}
	_, err = tx.Exec(ctx, text, a.Tenant[:], a.ID[:], a.Name, a.Display, a.Kind, string(roles), a.CreatedAt, a.DisabledAt, a.Password, a.SecondFactor, a.Origin)
	if duplicate(err) {
		return harrier.Errorf(harrier.Conflict, "there is an account %s already", a.Name)
	}
	return err
}

// UpdateAccount implements [access.Accounts]. Its name and kind stay.
func (s *Store) UpdateAccount(ctx context.Context, tx harrier.Tx, a access.Account) error {
	const text = `UPDATE principals SET display = $4, roles = $5, disabled_at = $6, password = $7, otp = $8, rev = rev + 1
WHERE tenant_id = $1 AND id = $2 AND rev = $3`
	roles, err := json.Marshal(a.Roles)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode the roles of account %s: %w", a.ID, err)
	}
	n, err := tx.Exec(ctx, text, a.Tenant[:], a.ID[:], a.Rev, a.Display, string(roles), a.DisabledAt, a.Password, a.SecondFactor)
	if err != nil || n == 1 {
		return err
	}
	return changed(ctx, tx, sqlf(`SELECT 1 FROM principals WHERE tenant_id = $1 AND id = $2`, a.Tenant[:], a.ID[:]), errNoAccount(a.ID))
}

// UseCode implements [access.Changing].
func (s *Store) UseCode(ctx context.Context, tx harrier.Tx, a access.Account, step int64) (bool, error) {
	const text = `UPDATE principals SET otp_step = $3 WHERE tenant_id = $1 AND id = $2 AND otp_step < $3`
	n, err := tx.Exec(ctx, text, a.Tenant[:], a.ID[:], step)
	return n == 1, err
}

// AnyAccount implements [access.Accounts].
func (s *Store) AnyAccount(ctx context.Context, tenant harrier.TenantID) (bool, error) {
	var n int
	return s.readers.one(ctx, sqlf(`SELECT 1 FROM principals WHERE tenant_id = $1 AND kind = 'person' LIMIT 1`, tenant[:]), &n)
}

// PutInvitation implements [access.Invitations].
func (s *Store) PutInvitation(ctx context.Context, tx harrier.Tx, i access.Invitation) error {
	const drop = `DELETE FROM invitations WHERE tenant_id = $1 AND principal_id IS $2`
	const add = `INSERT INTO invitations (digest, tenant_id, principal_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)`
	var of any
	if !i.Account.IsZero() {
		of = i.Account[:]
	}
	if _, err := tx.Exec(ctx, drop, i.Tenant[:], of); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, add, i.Digest, i.Tenant[:], of, i.CreatedAt, i.ExpiresAt)
	return err
}

// TakeInvitation implements [access.Invitations].
func (s *Store) TakeInvitation(ctx context.Context, tx harrier.Tx, digest []byte) (access.Invitation, error) {
	const text = `DELETE FROM invitations WHERE digest = $1 RETURNING digest, tenant_id, principal_id, created_at, expires_at`
	i, ok, err := firstIn(ctx, tx, sqlf(text, digest), func(r harrier.Rows) (i access.Invitation, err error) {
		err = r.Scan(&i.Digest, &i.Tenant, &i.Account, &i.CreatedAt, &i.ExpiresAt)
		return i, err
	})
	if err == nil && !ok {
		err = harrier.Errorf(harrier.NotFound, "the invitation does not exist")
	}
	return i, err
}

// DropInvitations implements [access.Invitations].
func (s *Store) DropInvitations(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, of harrier.PrincipalID) error {
	_, err := tx.Exec(ctx, `DELETE FROM invitations WHERE tenant_id = $1 AND principal_id = $2`, tenant[:], of[:])
	return err
}
