package access

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
)

// Tenant is an isolated customer or organisation.
type Tenant struct {
	ID        harrier.TenantID
	Name      string
	CreatedAt time.Time
}

// AddTenant makes a tenant, and the token by which its first administrator
// makes their account. Only the tenant that runs the installation may.
func (s *Service) AddTenant(ctx context.Context, by harrier.Principal, name string) (Tenant, Invited, error) {
	if err := ruling(by); err != nil {
		return Tenant{}, Invited{}, err
	}
	t := Tenant{Name: fold(name), CreatedAt: s.now()}
	t.ID = harrier.NewID[harrier.TenantID](t.CreatedAt)
	if !namePattern().MatchString(t.Name) {
		return t, Invited{}, harrier.Errorf(harrier.Invalid, "%q cannot be the name of a tenant; use up to 100 of a-z, 0-9, dot, dash, underscore, + and @, beginning with a letter or digit", name)
	}
	var invited Invited
	err := s.store.Write(ctx, func(tx harrier.Tx) (err error) {
		if err := s.store.AddTenant(ctx, tx, t); err != nil {
			return err
		}
		if invited, err = s.invite(ctx, tx, t.ID, harrier.PrincipalID{}); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, record{"tenant.add", t.ID.String(), nil})
	})
	return t, invited, err
}

// ListTenants lists all tenants, by name. Only the tenant that runs the
// installation may.
func (s *Service) ListTenants(ctx context.Context, by harrier.Principal) ([]Tenant, error) {
	if err := ruling(by); err != nil {
		return nil, err
	}
	return s.store.Tenants(ctx)
}

// ruling says why somebody has no say about tenants.
func ruling(by harrier.Principal) error {
	if by.Tenant != harrier.DefaultTenant || !by.May(harrier.TenantsManage) {
		return harrier.Errorf(harrier.Denied, "%s has no say about tenants: those who run the installation do", by.Name)
	}
	return nil
}

// tenantName returns the name of a tenant.
func (s *Service) tenantName(ctx context.Context, id harrier.TenantID) (string, error) {
	all, err := s.store.Tenants(ctx)
	for _, t := range all {
		if t.ID == id {
			return t.Name, nil
		}
	}
	return "", err
}
