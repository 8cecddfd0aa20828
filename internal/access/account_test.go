package access_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
)

func TestTenants_keepAccountsApart(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	acme, invited, err := h.AddTenant(t.Context(), harrier.Operator(), "Acme")
	if err != nil || acme.Name != "acme" {
		t.Fatal(acme, err)
	}
	if _, _, err := h.AddTenant(t.Context(), harrier.Operator(), "acme"); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("a second one of the name: got %v, want a conflict", err)
	}
	h.person("ann", access.Admin)
	theirs, err := h.SetUp(t.Context(), access.SetUp{Token: invited.Token, Name: "ann", Password: harrier.NewSecret("another fine phrase"), From: home()})
	if err != nil || theirs.Tenant != acme.ID {
		t.Fatal(theirs, err)
	}
	p := proof("ann", "another fine phrase")
	_, err = h.LogIn(t.Context(), p)
	h.refused(err, "the password of another tenant's account of the name")
	p.Tenant = "nowhere"
	_, err = h.LogIn(t.Context(), p)
	h.refused(err, "a tenant that is none")
	p.Tenant = "ACME"
	in, err := h.LogIn(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	by := h.bearer(in.Token)
	if by.Tenant != acme.ID || by.May(harrier.TenantsManage) || by.May(harrier.SystemRead) || !by.May(harrier.AccountsManage) {
		t.Errorf("the administrator of the tenant is %+v", by)
	}
	if list, _, err := h.List(t.Context(), by, harrier.Page{}); err != nil || len(list) != 1 || list[0].ID != theirs.ID {
		t.Errorf("they see %v, %v", list, err)
	}
	if _, err := h.ListTenants(t.Context(), by); harrier.KindOf(err) != harrier.Denied {
		t.Errorf("they see tenants: %v", err)
	}
	if all, err := h.ListTenants(t.Context(), harrier.Operator()); err != nil || len(all) != 2 {
		t.Errorf("there are %v, %v", all, err)
	}
}

func TestName_ofAnAccountIsPlainAndNotHarriersOwn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, name := range []string{"", " ", "a b", "ann\n", "-ann", "Ännchen", "system", "Local-Operator", "harrier", "principal_01", strings.Repeat("a", 101), "ann/../bob", "<b>"} {
		if _, _, err := h.Add(t.Context(), harrier.Operator(), access.NewAccount{Name: name, Roles: []string{access.Viewer}}); harrier.KindOf(err) != harrier.Invalid && name != "ann\n" {
			t.Errorf("%q: got %v, want invalid", name, err)
		}
	}
	h.person("Ann@Example.com", access.Viewer)
	h.logIn("ann@example.COM")
	if _, _, err := h.Add(t.Context(), harrier.Operator(), access.NewAccount{Name: "ANN@example.com", Roles: []string{access.Viewer}}); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("the same name in capitals: got %v, want a conflict", err)
	}
	if _, _, err := h.Add(t.Context(), harrier.Operator(), access.NewAccount{Name: "x", Roles: []string{"root"}}); harrier.KindOf(err) != harrier.Invalid || !strings.Contains(fmt.Sprint(err), access.Responder) {
		t.Errorf("a role that is none: got %v, want invalid with the roles", err)
	}
}
