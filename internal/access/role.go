package access

import (
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
)

// The roles. An account may have several; it then holds what any of them holds.
const (
	Viewer    = "viewer"
	Analyst   = "analyst"
	Responder = "responder"
	Engineer  = "engineer"
	Admin     = "admin"
	Auditor   = "auditor"
)

// Roles lists the roles.
func Roles() []string { return []string{Viewer, Analyst, Responder, Engineer, Admin, Auditor} }

// table says which roles hold a permission; an administrator holds every one.
// It is the only place that says so.
func table() map[harrier.Permission][]string {
	everybody := []string{Viewer, Analyst, Responder, Engineer, Auditor}
	hands := []string{Analyst, Responder}
	return map[harrier.Permission][]string{
		harrier.SelfManage: everybody,

		harrier.AlertsRead: everybody, harrier.AlertsWrite: {Analyst, Responder, Engineer},
		harrier.CasesRead: everybody, harrier.CasesWrite: hands,
		// Evidence may be malware or a private mail: looking on is not enough.
		harrier.EvidenceRead: {Analyst, Responder, Auditor}, harrier.EvidenceWrite: hands,

		harrier.PlaybooksRead: everybody, harrier.PlaybooksWrite: {Engineer},
		harrier.RunsRead: everybody, harrier.RunsStart: {Analyst, Responder, Engineer}, harrier.RunsControl: {Responder, Engineer},
		harrier.ApprovalsRead: everybody, harrier.ApprovalsDecide: {Responder}, harrier.ApprovalsAnswer: hands, harrier.ApprovalsManage: {},

		harrier.ConnectionsRead: everybody, harrier.ConnectionsManage: {Engineer}, harrier.ConnectionsCall: {Responder, Engineer},
		harrier.SourcesRead: everybody, harrier.SourcesManage: {Engineer},
		harrier.TriageRead: everybody, harrier.TriageManage: {Responder, Engineer},
		harrier.InventoryRead: everybody, harrier.InventoryManage: {Engineer},
		harrier.IntelRead: everybody, harrier.IntelManage: {Responder, Engineer},

		harrier.OnCallRead: everybody, harrier.OnCallAct: {Analyst, Responder, Engineer}, harrier.OnCallManage: {Responder},

		// Whoever changes what decides about alerts does not pass it alone.
		harrier.ChangesRead: everybody, harrier.ChangesWrite: {Responder, Engineer}, harrier.ChangesReview: {Responder, Engineer}, harrier.ChangesManage: {Engineer},
		harrier.CasesBreak: {Responder},

		harrier.AuditRead: {Auditor}, harrier.SystemRead: {Engineer, Auditor},
		harrier.AccountsRead: {Auditor}, harrier.AccountsManage: {}, harrier.TenantsManage: {},
		harrier.DirectorySync: {}, harrier.AuditManage: {}, harrier.RetentionManage: {},
		harrier.WebhooksRead: {Engineer, Auditor}, harrier.WebhooksManage: {Engineer},
		harrier.SwitchStop: {Responder}, harrier.SwitchResume: {},
	}
}

// ofTheInstallation lists what concerns all tenants, so that only the tenant
// that runs the installation holds it.
func ofTheInstallation() []harrier.Permission {
	return []harrier.Permission{harrier.TenantsManage, harrier.SystemRead}
}

// Grants returns what an account of a tenant with these roles may do. A role
// that is not known holds nothing.
func Grants(tenant harrier.TenantID, roles []string) map[harrier.Permission]bool {
	grants := map[harrier.Permission]bool{}
	for perm, holders := range table() {
		if tenant != harrier.DefaultTenant && slices.Contains(ofTheInstallation(), perm) {
			continue
		}
		if slices.ContainsFunc(roles, func(r string) bool { return r == Admin || slices.Contains(holders, r) }) {
			grants[perm] = true
		}
	}
	return grants
}

// checkRoles returns roles in the order of [Roles], each once.
func checkRoles(roles []string) ([]string, error) {
	for _, r := range roles {
		if !slices.Contains(Roles(), r) {
			return nil, harrier.Errorf(harrier.Invalid, "%q is not a role; the roles are %s", r, strings.Join(Roles(), ", "))
		}
	}
	if len(roles) == 0 {
		return nil, harrier.Errorf(harrier.Invalid, "an account needs a role; the roles are %s", strings.Join(Roles(), ", "))
	}
	return slices.DeleteFunc(Roles(), func(r string) bool { return !slices.Contains(roles, r) }), nil
}

// within says why somebody cannot give away, or rule over, what they do not hold.
func within(by harrier.Principal, grants map[harrier.Permission]bool) error {
	var missing []string
	for perm := range grants {
		if !by.May(perm) {
			missing = append(missing, string(perm))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	return harrier.Errorf(harrier.Denied, "%s does not hold %s, and nobody can decide on more than they hold", by.Name, strings.Join(missing, ", "))
}
