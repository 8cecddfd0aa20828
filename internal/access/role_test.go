package access

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier"
)

// AZ-02: every permission has a line in the table, and no line has another.
func TestTable_hasEveryPermissionOnce(t *testing.T) {
	t.Parallel()
	got := slices.Sorted(maps.Keys(table()))
	want := slices.Sorted(slices.Values(harrier.Permissions()))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the table of roles lacks or invents permissions; add a line to table (-want +got):\n%s", diff)
	}
	for perm, roles := range table() {
		for _, r := range roles {
			if !slices.Contains(Roles(), r) || r == Admin {
				t.Errorf("%s names the role %q, which is none or holds everything anyway", perm, r)
			}
		}
	}
}

func TestGrants_areWhatEachRoleIsFor(t *testing.T) {
	t.Parallel()
	for _, perm := range harrier.Permissions() {
		if !Grants(harrier.DefaultTenant, []string{Admin})[perm] {
			t.Errorf("an administrator lacks %s", perm)
		}
	}
	writes := []harrier.Permission{
		harrier.AlertsWrite, harrier.CasesWrite, harrier.EvidenceWrite, harrier.PlaybooksWrite, harrier.RunsStart, harrier.RunsControl, harrier.ApprovalsDecide,
		harrier.ConnectionsManage, harrier.ConnectionsCall, harrier.SourcesManage, harrier.TriageManage, harrier.InventoryManage, harrier.IntelManage,
		harrier.AccountsManage, harrier.TenantsManage, harrier.ApprovalsAnswer, harrier.ApprovalsManage,
	}
	for role, denied := range map[string][]harrier.Permission{
		Viewer:    append(writes, harrier.EvidenceRead, harrier.AuditRead),
		Auditor:   writes,
		Analyst:   {harrier.ApprovalsDecide, harrier.ApprovalsManage, harrier.ConnectionsCall, harrier.ConnectionsManage, harrier.PlaybooksWrite, harrier.AccountsManage, harrier.AuditRead},
		Responder: {harrier.ApprovalsManage, harrier.ConnectionsManage, harrier.PlaybooksWrite, harrier.AccountsManage, harrier.TenantsManage},
		Engineer:  {harrier.ApprovalsDecide, harrier.EvidenceRead, harrier.CasesWrite, harrier.AccountsManage, harrier.TenantsManage},
	} {
		grants := Grants(harrier.DefaultTenant, []string{role})
		for _, perm := range denied {
			if grants[perm] {
				t.Errorf("%s holds %s", role, perm)
			}
		}
	}
	if got := Grants(harrier.DefaultTenant, []string{"root", ""}); len(got) > 0 {
		t.Errorf("roles that are none hold %v", got)
	}
}

func TestGrants_ofAnotherTenantDoNotReachTheInstallation(t *testing.T) {
	t.Parallel()
	grants := Grants(harrier.TenantID{1}, Roles())
	if grants[harrier.TenantsManage] || grants[harrier.SystemRead] || !grants[harrier.AccountsManage] {
		t.Errorf("an administrator of a tenant holds %v", grants)
	}
}

// AZ-11: over random sets of roles, what somebody may grant is what they hold.
// AZ-12: the union of roles is that of their grants, told apart from the table.
func TestWithin_isSubset(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	pick := func() (roles []string) {
		for _, r := range Roles() {
			if rnd.IntN(3) == 0 {
				roles = append(roles, r)
			}
		}
		return roles
	}
	for range 2000 {
		mine, given := pick(), pick()
		by := harrier.Principal{Grants: Grants(harrier.DefaultTenant, mine)}
		subset := true
		for _, perm := range harrier.Permissions() {
			holds := func(roles []string) bool {
				return slices.ContainsFunc(roles, func(r string) bool { return r == Admin || slices.Contains(table()[perm], r) })
			}
			if holds(given) && !holds(mine) {
				subset = false
			}
		}
		if err := within(by, Grants(harrier.DefaultTenant, given)); (err == nil) != subset {
			t.Fatalf("%v may grant %v: got %v, want %t", mine, given, err, subset)
		}
	}
}
