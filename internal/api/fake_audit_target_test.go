package api

import (
	"context"

	"github.com/harrier-soar/harrier"
)

func (w *world) AuditTargets(_ context.Context, by harrier.Principal) ([]AuditTarget, error) {
	if by.Tenant != harrier.DefaultTenant {
		return nil, w.broken
	}
	return []AuditTarget{{Name: "slack"}}, w.broken
}

func (w *world) AddAuditTarget(_ context.Context, _ harrier.Principal, in AddAuditTarget) (AuditTarget, error) {
	return AuditTarget{Name: in.Name}, w.broken
}

func (w *world) RemoveAuditTarget(_ context.Context, by harrier.Principal, name string) error {
	if by.Tenant != harrier.DefaultTenant || name != "slack" {
		return harrier.Errorf(harrier.NotFound, "there is no target %s", name)
	}
	return w.broken
}

// auditBodies are what the routes about the audit trail are asked with.
func auditBodies() map[string]string {
	return map[string]string{
		"POST /v1/audit/targets":               `{"name":"siem","kind":"syslog","address":"log.example:6514"}`,
		"POST /v1/audit/targets/{name}/remove": ``,
	}
}
