package harrier

import (
	"context"
	"time"
)

// Permission is the right to do one kind of thing. Every route names one.
type Permission string

// The permissions.
const (
	// Public routes need no permission; they tell nothing about any tenant.
	Public          Permission = "public"
	AlertsRead      Permission = "alerts:read"
	AlertsWrite     Permission = "alerts:write"
	CasesRead       Permission = "cases:read"
	CasesWrite      Permission = "cases:write"
	EvidenceRead    Permission = "evidence:read"
	EvidenceWrite   Permission = "evidence:write"
	PlaybooksRead   Permission = "playbooks:read"
	PlaybooksWrite  Permission = "playbooks:write"
	RunsRead        Permission = "runs:read"
	RunsStart       Permission = "runs:start"
	RunsControl     Permission = "runs:control"
	ApprovalsRead   Permission = "approvals:read"
	ApprovalsDecide Permission = "approvals:decide"
	// ApprovalsAnswer is the right to answer forms, which decide on no effect.
	ApprovalsAnswer   Permission = "approvals:answer"
	ApprovalsManage   Permission = "approvals:manage"
	ConnectionsRead   Permission = "connections:read"
	ConnectionsManage Permission = "connections:manage"
	ConnectionsCall   Permission = "connections:call"
	AuditRead         Permission = "audit:read"
	SourcesRead       Permission = "sources:read"
	SourcesManage     Permission = "sources:manage"
	TriageRead        Permission = "triage:read"
	TriageManage      Permission = "triage:manage"
	InventoryRead     Permission = "inventory:read"
	InventoryManage   Permission = "inventory:manage"
	IntelRead         Permission = "intel:read"
	IntelManage       Permission = "intel:manage"
	SystemRead        Permission = "system:read"
	// AuditManage ships the audit trail, RetentionManage says how long things are
	// kept, holds and erases.
	AuditManage     Permission = "audit:manage"
	RetentionManage Permission = "retention:manage"
	OnCallRead      Permission = "oncall:read"
	// OnCallAct is to acknowledge, to hand over, and to be absent oneself.
	OnCallAct Permission = "oncall:act"
	// OnCallManage is to change who else is on call.
	OnCallManage  Permission = "oncall:manage"
	ChangesRead   Permission = "changes:read"
	ChangesWrite  Permission = "changes:write"
	ChangesReview Permission = "changes:review"
	ChangesManage Permission = "changes:manage"
	// CasesBreak is the right to ask for access to restricted cases, and to
	// grant what others ask.
	CasesBreak     Permission = "cases:break_glass"
	AccountsRead   Permission = "accounts:read"
	AccountsManage Permission = "accounts:manage"
	TenantsManage  Permission = "tenants:manage"
	// WebhooksRead is to see which programs are told of changes.
	WebhooksRead Permission = "webhooks:read"
	// WebhooksManage is to tell programs of what one may see oneself.
	WebhooksManage Permission = "webhooks:manage"
	// SelfManage is the right to one's own sessions, keys and password.
	SelfManage Permission = "self:manage"
	// DirectorySync is the right of a directory to keep accounts and groups.
	DirectorySync Permission = "directory:sync"
	// SwitchStop is the right to stop effects, SwitchResume to let them go on
	// together with somebody else.
	SwitchStop   Permission = "switch:stop"
	SwitchResume Permission = "switch:resume"
)

// Permissions lists every permission that can be granted.
func Permissions() []Permission {
	return []Permission{
		AlertsRead, AlertsWrite, CasesRead, CasesWrite, EvidenceRead, EvidenceWrite,
		PlaybooksRead, PlaybooksWrite, RunsRead, RunsStart, RunsControl, ApprovalsRead, ApprovalsDecide, ApprovalsAnswer, ApprovalsManage,
		ConnectionsRead, ConnectionsManage, ConnectionsCall, AuditRead, SystemRead,
		SourcesRead, SourcesManage, TriageRead, TriageManage, InventoryRead, InventoryManage, IntelRead, IntelManage,
		OnCallRead, OnCallAct, OnCallManage,
		ChangesRead, ChangesWrite, ChangesReview, ChangesManage,
		CasesBreak,
		AccountsRead, AccountsManage, TenantsManage, SelfManage,
		AuditManage, RetentionManage, DirectorySync,
		WebhooksRead, WebhooksManage,
		SwitchStop, SwitchResume,
	}
}

// Principal is who acts, in which tenant, with which rights.
type Principal struct {
	ID     PrincipalID
	Tenant TenantID
	// Name is shown to people, as in "approved by local-operator".
	Name string
	// Roles are matched by a step's assign, as in role:responder.
	Roles []string
	// Groups are matched by a step's assign too, as in group:soc.
	Groups []string
	// Grants holds what the principal may do. A missing permission is denied.
	Grants map[Permission]bool
	// Person is whose key or token acts; zero where the person acts.
	Person PrincipalID
	// Fresh is when the person last proved who they are, beyond having a
	// session; zero where they did not. What cannot be undone needs it.
	Fresh time.Time
	// Session is the log-in that the principal acts by, if it acts by one.
	Session SessionID
	// FactorDue is until when the person has to set a second factor up; zero where
	// none is missing. After that nothing dangerous is done by the session.
	FactorDue time.Time
}

// Self is the person behind the principal: whoever acts by several keys, or
// under another name, is one.
func (p Principal) Self() PrincipalID {
	if p.Person.IsZero() {
		return p.ID
	}
	return p.Person
}

// May reports whether the principal holds the permission.
func (p Principal) May(perm Permission) bool { return perm == Public || p.Grants[perm] }

// Operator returns the principal of whoever may open the data directory of a
// single-user installation. It holds every permission.
func Operator() Principal {
	grants := make(map[Permission]bool)
	for _, p := range Permissions() {
		grants[p] = true
	}
	return Principal{
		ID: LocalOperator, Tenant: DefaultTenant, Name: "local-operator",
		Roles: []string{"admin", "responder", "analyst"}, Grants: grants,
	}
}

type principalContext struct{}

// WithPrincipal returns a context that carries who acts.
func WithPrincipal(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalContext{}, p)
}

// PrincipalFrom returns who acts; ok is false where nobody is known.
func PrincipalFrom(ctx context.Context) (p Principal, ok bool) {
	p, ok = ctx.Value(principalContext{}).(Principal)
	return p, ok
}
