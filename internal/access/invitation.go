package access

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Invitation is a one-time token by which somebody sets the password of an
// account, or makes the first account of a tenant.
type Invitation struct {
	Digest []byte
	Tenant harrier.TenantID
	// Account is zero where the first account of the tenant is made.
	Account              harrier.PrincipalID
	CreatedAt, ExpiresAt time.Time
}

// Invited is an invitation with its token, which is told once.
type Invited struct {
	Token     harrier.Secret
	ExpiresAt time.Time
}

// invite makes an invitation, and ends those before it of the same account.
func (s *Service) invite(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, account harrier.PrincipalID) (Invited, error) {
	now, token := s.now(), newToken(setupPrefix)
	i := Invitation{Digest: digest(token), Tenant: tenant, Account: account, CreatedAt: now, ExpiresAt: now.Add(s.limits.Invitation)}
	return Invited{token, i.ExpiresAt}, s.store.PutInvitation(ctx, tx, i)
}

// InviteFirst makes the token by which the first administrator of the
// principal's tenant makes an account. Where a person has one it is Conflict.
func (s *Service) InviteFirst(ctx context.Context, by harrier.Principal) (Invited, error) {
	there, err := s.store.AnyAccount(ctx, by.Tenant)
	if err != nil {
		return Invited{}, err
	}
	if there {
		return Invited{}, harrier.Errorf(harrier.Conflict, "there are accounts already; let an administrator add one, or invite somebody again: harrier account invite NAME")
	}
	if err := within(by, Grants(by.Tenant, []string{Admin})); err != nil {
		return Invited{}, err
	}
	var invited Invited
	err = s.store.Write(ctx, func(tx harrier.Tx) (err error) {
		if invited, err = s.invite(ctx, tx, by.Tenant, harrier.PrincipalID{}); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, record{"account.invite_first", by.Tenant.String(), nil})
	})
	return invited, err
}

// Invite makes a token by which a person sets a new password. Its use removes
// their second factor and their passkeys, and ends their sessions.
func (s *Service) Invite(ctx context.Context, by harrier.Principal, key string) (Invited, error) {
	a, err := s.Find(ctx, by, key)
	if err != nil {
		return Invited{}, err
	}
	switch {
	case a.Kind != Person:
		return Invited{}, harrier.Errorf(harrier.Invalid, "%s is no person's account and has no password; make a key for it: harrier key new", a.Name)
	case a.Origin != "":
		return Invited{}, harrier.Errorf(harrier.Conflict, "%s is kept by a %s and has no password here", a.Name, a.Origin)
	case a.Disabled():
		return Invited{}, harrier.Errorf(harrier.Conflict, "%s is disabled; enable it first", a.Name)
	}
	if err := within(by, Grants(a.Tenant, a.Roles)); err != nil {
		return Invited{}, err
	}
	var invited Invited
	err = s.store.Write(ctx, func(tx harrier.Tx) (err error) {
		if invited, err = s.invite(ctx, tx, a.Tenant, a.ID); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, record{"account.invite", a.ID.String(), nil})
	})
	return invited, err
}

// SetUp is what somebody with a one-time token wants.
type SetUp struct {
	Token harrier.Secret
	// Name is that of the first account of a tenant; empty otherwise.
	Name     string
	Password harrier.Secret
	// From is where the request came from.
	From netip.Addr
}

// SetUp uses a one-time token: it makes the first account of a tenant, an
// administrator, or sets the password of an account. A token that is not known,
// was used or has expired is Unauthenticated.
func (s *Service) SetUp(ctx context.Context, in SetUp) (Account, error) {
	if !strings.HasPrefix(in.Token.Reveal(), setupPrefix) {
		return Account{}, errToken
	}
	if err := checkPassword(in.Password, fold(in.Name)); err != nil {
		return Account{}, err
	}
	trial, err := s.attempts.begin(s.now(), sourceKey(in.From))
	if err != nil {
		return Account{}, err
	}
	hash, err := s.hasher.hash(ctx, in.Password)
	if err != nil {
		return Account{}, err
	}
	var a Account
	err = s.store.Write(ctx, func(tx harrier.Tx) error {
		i, err := s.store.TakeInvitation(ctx, tx, digest(in.Token))
		if harrier.KindOf(err) == harrier.NotFound || err == nil && !s.now().Before(i.ExpiresAt) {
			return errToken
		}
		if err != nil {
			return err
		}
		if i.Account.IsZero() {
			a, err = s.first(ctx, tx, i, in.Name, hash)
		} else {
			a, err = s.reset(ctx, tx, i, in, hash)
		}
		if err != nil {
			return err
		}
		return s.audit(ctx, tx, a.principal(), record{"account.set_up", a.ID.String(), nil})
	})
	if err == nil {
		trial.succeed()
	}
	return a, err
}

// errToken is told of every token that cannot be used, so that it tells nothing else.
var errToken = &harrier.Error{Kind: harrier.Unauthenticated, Text: "this token is not known, was used or has expired; ask for a new one: harrier account setup, or harrier account invite NAME"}

// first makes the first account of a tenant.
func (s *Service) first(ctx context.Context, tx harrier.Tx, i Invitation, name, hash string) (Account, error) {
	a, err := NewAccount{Name: name, Roles: []string{Admin}}.check()
	if err != nil {
		return a, err
	}
	there, err := s.store.AnyAccount(ctx, i.Tenant)
	if err != nil {
		return a, err
	}
	if there { // somebody was added since the token was made
		return a, errToken
	}
	now := s.now()
	a.Tenant, a.ID, a.CreatedAt, a.Password = i.Tenant, harrier.NewID[harrier.PrincipalID](now), now, hash
	return a, s.store.AddAccount(ctx, tx, a)
}

// reset sets the password of an account.
func (s *Service) reset(ctx context.Context, tx harrier.Tx, i Invitation, in SetUp, hash string) (Account, error) {
	a, err := s.store.AccountIn(ctx, tx, i.Tenant, i.Account)
	if err != nil {
		return a, err
	}
	switch {
	case a.Disabled():
		return a, errToken
	case in.Name != "" && fold(in.Name) != a.Name:
		return a, harrier.Errorf(harrier.Invalid, "this token is of another account")
	}
	if err := checkPassword(in.Password, a.Name); err != nil {
		return a, err
	}
	if err := s.store.DropPasskeys(ctx, tx, a.Tenant, a.ID); err != nil {
		return a, err
	}
	a.Password, a.SecondFactor, a.Passkeys = hash, false, false
	if err := s.store.UpdateAccount(ctx, tx, a); err != nil {
		return a, err
	}
	a.Rev++
	tx.OnCommit(func() { s.live.end(func(f *follower) bool { return f.principal == a.ID && !f.session.IsZero() }) })
	return a, s.store.EndSessions(ctx, tx, Whose{Tenant: a.Tenant, Principal: a.ID})
}
