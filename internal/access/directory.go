package access

import (
	"context"
	"slices"

	"github.com/harrier-soar/harrier"
)

// Enrolled is a person whom a directory keeps.
type Enrolled struct {
	// Name is what a new account is called; Display is what is shown.
	Name, Display string
	// Issuer and Subject are how the directory's provider knows the person; an
	// account that is known so already is taken over. Both may be empty.
	Issuer, Subject string
	Active          bool
}

// Enroll makes the account of a person whom a directory keeps, or takes over the
// one that its provider knows. An account of the same name that nobody linked
// is left alone: it is Conflict.
func (s *Service) Enroll(ctx context.Context, tx harrier.Tx, by harrier.Principal, e Enrolled) (Account, error) {
	if e.Subject != "" && e.Issuer != "" {
		i, known, err := s.store.IdentityOf(ctx, tx, by.Tenant, [2]string{e.Issuer, e.Subject})
		if err != nil {
			return Account{}, err
		}
		if known {
			return s.takeOver(ctx, tx, by, i, e)
		}
	}
	a := Account{Name: fold(e.Name), Display: cut(e.Display, 200), Kind: Person, Roles: []string{}, Origin: OfDirectory, Rev: 1}
	if err := checkName(e.Name); err != nil {
		return a, err
	}
	taken, err := s.store.NameTaken(ctx, tx, by.Tenant, a.Name)
	if err != nil {
		return a, err
	}
	if taken {
		return a, harrier.Errorf(harrier.Conflict, "an account %s is there that the directory does not keep; link it first: harrier provider link", a.Name)
	}
	now := s.now()
	a.Tenant, a.ID, a.CreatedAt = by.Tenant, harrier.NewID[harrier.PrincipalID](now), now
	if !e.Active {
		a.DisabledAt = now
	}
	if err := s.store.AddAccount(ctx, tx, a); err != nil {
		return a, err
	}
	if err := s.audit(ctx, tx, by, record{"account.add", a.ID.String(), map[string]any{"roles": a.Roles, "kind": a.Kind}}); err != nil {
		return a, err
	}
	return a, s.Reidentify(ctx, tx, a, [2]string{e.Issuer, e.Subject})
}

// takeOver lets a directory keep an account that its provider knows. One that was
// linked by hand keeps its roles.
func (s *Service) takeOver(ctx context.Context, tx harrier.Tx, by harrier.Principal, i Identity, e Enrolled) (Account, error) {
	a, err := s.store.AccountIn(ctx, tx, by.Tenant, i.Account)
	if err != nil {
		return a, err
	}
	if a.Origin == OfProvider {
		a.Origin = OfDirectory
		if err := s.store.AdoptAccount(ctx, tx, a); err != nil {
			return a, err
		}
	}
	if err := s.audit(ctx, tx, by, record{"account.enroll", a.ID.String(), nil}); err != nil {
		return a, err
	}
	return s.Switch(ctx, tx, by, a, Enrolled{Display: e.Display, Active: e.Active})
}

// Switch lets an account be active or not, as its directory says, and be shown by
// a name. Whoever becomes inactive loses sessions, keys and undecided votes with
// that; the last administrator of a tenant does not: that is Conflict.
func (s *Service) Switch(ctx context.Context, tx harrier.Tx, by harrier.Principal, a Account, e Enrolled) (Account, error) {
	before := a
	if e.Display != "" {
		a.Display = cut(e.Display, 200)
	}
	a, err := Change{Disabled: new(!e.Active)}.apply(a, s.now())
	if err != nil {
		return a, err
	}
	if a.Disabled() == before.Disabled() && a.Display == before.Display {
		return a, nil
	}
	if a.Disabled() && !before.Disabled() {
		last, err := s.last(ctx, tx, a)
		if err == nil && last {
			err = harrier.Errorf(harrier.Conflict, "%s is the last administrator; make another one first", a.Name)
		}
		if err != nil {
			return before, err
		}
	}
	if err := s.become(ctx, tx, by, [2]Account{before, a}); err != nil {
		return before, err
	}
	a.Rev++
	return a, nil
}

// last reports whether nobody beside an account may do everything.
func (s *Service) last(ctx context.Context, tx harrier.Tx, a Account) (bool, error) {
	if !slices.Contains(a.Roles, Admin) {
		return false, nil
	}
	other, err := s.store.AdminBeside(ctx, tx, a.Tenant, a.ID)
	return !other, err
}

// Regroup gives an account that a directory keeps the roles that its groups
// grant now. One that was linked by hand keeps its own.
func (s *Service) Regroup(ctx context.Context, tx harrier.Tx, a Account, roles []string) (Account, error) {
	if a.Origin != OfDirectory {
		return a, nil
	}
	return s.regroup(ctx, tx, a, roles)
}

// Reidentify notes how a directory's provider knows the person of an account:
// issuer and subject. Empty ones note nothing; what is another's is Conflict.
func (s *Service) Reidentify(ctx context.Context, tx harrier.Tx, a Account, who [2]string) error {
	if who[0] == "" || who[1] == "" {
		return nil
	}
	i, known, err := s.store.IdentityOf(ctx, tx, a.Tenant, who)
	switch {
	case err != nil:
		return err
	case known && i.Account != a.ID:
		return harrier.Errorf(harrier.Conflict, "the provider knows somebody else by this externalId")
	case known:
		return nil
	}
	return s.store.AddIdentity(ctx, tx, Identity{Tenant: a.Tenant, Issuer: who[0], Subject: who[1], Account: a.ID, CreatedAt: s.now()})
}

// AccountIn returns an account inside a change.
func (s *Service) AccountIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.PrincipalID) (Account, error) {
	return s.store.AccountIn(ctx, tx, tenant, id)
}
