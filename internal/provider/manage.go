package provider

import (
	"context"
	"slices"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
)

// secretField is the field of the vault that holds a client's secret.
const secretField = "client_secret"

// Offered lists what a log-in page offers; a tenant that is not there offers nothing.
func (s *Service) Offered(ctx context.Context, tenant string) ([]Settings, error) {
	id, err := s.people.TenantCalled(ctx, tenant)
	if harrier.KindOf(err) == harrier.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return s.store.Providers(ctx, id)
}

// List lists the providers of the principal's tenant, by name.
func (s *Service) List(ctx context.Context, by harrier.Principal) ([]Settings, error) {
	return s.store.Providers(ctx, by.Tenant)
}

// Find returns a provider by its name.
func (s *Service) Find(ctx context.Context, by harrier.Principal, name string) (Settings, error) {
	return s.find(ctx, by.Tenant, func(p Settings) bool { return p.Name == name })
}

// Add sets a provider up. Nobody lets its groups grant more than they hold.
func (s *Service) Add(ctx context.Context, by harrier.Principal, p Settings, secret harrier.Secret) (Settings, error) {
	p = p.withDefaults()
	if err := p.check(by); err != nil {
		return p, err
	}
	now := s.now()
	p.Tenant, p.ID, p.CreatedAt, p.Rev = by.Tenant, harrier.NewID[harrier.ConnectionID](now), now, 1
	if err := s.web.Check(p); err != nil {
		return p, err
	}
	all, err := s.store.Providers(ctx, by.Tenant)
	if err != nil {
		return p, err
	}
	if len(all) >= maxProviders {
		return p, harrier.Errorf(harrier.Conflict, "a tenant has %d providers at most", maxProviders)
	}
	if p.Directory && slices.ContainsFunc(all, func(o Settings) bool { return o.Directory }) {
		return p, harrier.Errorf(harrier.Conflict, "another provider's directory keeps the accounts of this tenant")
	}
	if err := s.keep(ctx, p, secret); err != nil {
		return p, err
	}
	return p, s.store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.store.AddProvider(ctx, tx, p); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, record{"provider.add", p.ID, map[string]any{"name": p.Name, "issuer": p.Issuer, "groups": p.Groups, "roles": p.Roles}})
	})
}

// keep puts a client's secret into the vault.
func (s *Service) keep(ctx context.Context, p Settings, secret harrier.Secret) error {
	if secret.IsZero() {
		return nil
	}
	return s.vault.Put(ctx, p.Tenant, p.ID.String(), secretField, secret)
}

// Change changes a provider: what edit makes of its settings, and its secret
// where there is a new one. Its issuer stays, for it is who people are.
func (s *Service) Change(ctx context.Context, by harrier.Principal, name string, edit func(*Settings) error, secret harrier.Secret) (Settings, error) {
	old, err := s.Find(ctx, by, name)
	if err != nil {
		return old, err
	}
	if err := old.checkRoles(by); err != nil { // nobody rules over what grants more than they hold
		return old, err
	}
	p := old
	if err := edit(&p); err != nil {
		return old, err
	}
	p.Tenant, p.ID, p.Name, p.Issuer, p.Rev = old.Tenant, old.ID, old.Name, old.Issuer, old.Rev
	if err := p.check(by); err != nil {
		return old, err
	}
	if err := s.web.Check(p); err != nil {
		return old, err
	}
	err = s.store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.store.UpdateProvider(ctx, tx, p); err != nil {
			return err
		}
		if err := s.told(ctx, tx, p); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, record{"provider.change", p.ID, map[string]any{"groups": p.Groups, "roles": p.Roles, "secret": !secret.IsZero()}})
	})
	if err != nil {
		return old, err
	}
	p.Rev++
	return p, s.keep(ctx, p, secret)
}

// Remove takes a provider away, and ends the sessions of those whom it knows.
func (s *Service) Remove(ctx context.Context, by harrier.Principal, name string) error {
	p, err := s.Find(ctx, by, name)
	if err != nil {
		return err
	}
	err = s.store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.store.RemoveProvider(ctx, tx, p); err != nil {
			return err
		}
		if err := s.people.Unvouch(ctx, tx, p.Tenant, p.Issuer); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, record{"provider.remove", p.ID, map[string]any{"name": p.Name}})
	})
	if err != nil {
		return err
	}
	s.forget(p.ID)
	return s.vault.Delete(ctx, p.Tenant, p.ID.String(), secretField)
}

// Link lets the person of an account come by a provider too: subject is who they
// are to it. The account keeps its roles.
func (s *Service) Link(ctx context.Context, by harrier.Principal, name string, who [2]string) (access.Account, error) {
	p, err := s.Find(ctx, by, name)
	if err != nil {
		return access.Account{}, err
	}
	account, subject := who[0], who[1]
	if subject == "" || len(subject) > 255 || !printable(subject) {
		return access.Account{}, harrier.Errorf(harrier.Invalid, "the subject is what the provider has in %s of this person's tokens, and no mail address", p.SubjectClaim)
	}
	return s.people.Link(ctx, by, account, access.Vouched{ID: p.ID, Issuer: p.Issuer, Subject: subject})
}

// Test asks a provider what it is, and for its keys. It says how many it has.
func (s *Service) Test(ctx context.Context, by harrier.Principal, name string) (keys int, err error) {
	p, err := s.Find(ctx, by, name)
	if err != nil {
		return 0, err
	}
	s.forget(p.ID)
	r := s.remote(p)
	done, err := r.hold(ctx)
	if err != nil {
		return 0, err
	}
	defer done()
	if err := r.discover(ctx); err != nil {
		return 0, err
	}
	if len(r.algorithms()) == 0 {
		return 0, harrier.Errorf(harrier.Unavailable, "provider %s signs by no algorithm that is taken: RS256 and its kin, PS256, ES256, EdDSA", name)
	}
	if err := r.fetchKeys(ctx, s.now()); err != nil {
		return 0, err
	}
	return len(r.keys.list), nil
}
