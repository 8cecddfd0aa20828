package store

import (
	"context"

	"github.com/harrier-soar/harrier"
)

// AskAlerts returns the alerts that a query selects, the newest first.
func (s *Store) AskAlerts(ctx context.Context, a Asked) (Found[harrier.Alert], error) {
	return ask(ctx, s, a, reader[harrier.Alert]{alertRow, scanAlert, func(a harrier.Alert) [16]byte { return a.ID }})
}

// AskCases returns the cases that a query selects, the highest number first.
func (s *Store) AskCases(ctx context.Context, a Asked) (Found[harrier.Case], error) {
	return ask(ctx, s, a, reader[harrier.Case]{caseColumns, scanCase, func(c harrier.Case) [16]byte { return c.ID }})
}

// AskEvidence returns the artefacts that a query selects, the newest first.
func (s *Store) AskEvidence(ctx context.Context, a Asked) (Found[harrier.Evidence], error) {
	return ask(ctx, s, a, reader[harrier.Evidence]{evidenceColumns, scanEvidence, func(e harrier.Evidence) [16]byte { return e.ID }})
}

// AskRuns returns the runs that a query selects, the newest first.
func (s *Store) AskRuns(ctx context.Context, a Asked) (Found[harrier.Run], error) {
	return ask(ctx, s, a, reader[harrier.Run]{runColumns, scanRun, func(r harrier.Run) [16]byte { return r.ID }})
}

// AskApprovals returns the questions to people that a query selects, the newest first.
func (s *Store) AskApprovals(ctx context.Context, a Asked) (Found[harrier.Approval], error) {
	return ask(ctx, s, a, reader[harrier.Approval]{approvalColumns, scanApproval, func(a harrier.Approval) [16]byte { return a.ID }})
}

// AskAudit returns the audit rows that a query selects, the newest first.
func (s *Store) AskAudit(ctx context.Context, a Asked) (Found[harrier.AuditEntry], error) {
	found, err := ask(ctx, s, a, reader[harrier.AuditEntry]{auditColumns, scanAudit, func(e harrier.AuditEntry) [16]byte { return e.ID }})
	if err == nil {
		found.Items, err = s.shown(ctx, a.Tenant, a.Viewer, found.Items, true)
	}
	return found, err
}
