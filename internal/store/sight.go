package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/harrier-soar/harrier"
)

// This file says who sees what: all that belongs to a restricted case is there
// for its members alone. Lists join these conditions, by [listing.seen]; what is
// asked for by its id is looked at with the See methods first.

// hides is a condition on a case c: it is restricted, and {viewer} is no member
// of it at {now}.
const hides = `c.restricted = 1 AND NOT EXISTS (SELECT 1 FROM case_members m
WHERE m.tenant_id = c.tenant_id AND m.case_id = c.id AND m.principal_id = {viewer} AND (m.until IS NULL OR m.until > {now}))`

// seenCase is a condition on a row whose case, if any, its viewer sees.
func seenCase(table, column string) string {
	return fmt.Sprintf(`NOT EXISTS (SELECT 1 FROM cases c WHERE c.tenant_id = %[1]s.tenant_id AND c.id = %[1]s.%[2]s AND `+hides+`)`, table, column)
}

// seenAlert is a condition on a row whose alert, if any, its viewer sees.
func seenAlert(table, column string) string {
	return fmt.Sprintf(`NOT EXISTS (SELECT 1 FROM case_alerts ca CROSS JOIN cases c ON c.tenant_id = ca.tenant_id AND c.id = ca.case_id
WHERE ca.tenant_id = %[1]s.tenant_id AND ca.alert_id = %[1]s.%[2]s AND `+hides+`)`, table, column)
}

// seenRuns is a condition on a row of runs.
func seenRuns(table string) string {
	const opened = ` AND NOT EXISTS (SELECT 1 FROM case_runs cr CROSS JOIN cases c ON c.tenant_id = cr.tenant_id AND c.id = cr.case_id
WHERE cr.tenant_id = %[1]s.tenant_id AND cr.run_id = %[1]s.id AND ` + hides + `)`
	return seenCase(table, "case_id") + " AND " + seenAlert(table, "alert_id") + fmt.Sprintf(opened, table)
}

// seenRun is a condition on a row whose run, if any, its viewer sees.
func seenRun(table, column string) string {
	return fmt.Sprintf(`NOT EXISTS (SELECT 1 FROM runs r WHERE r.id = %[1]s.%[2]s AND r.tenant_id = %[1]s.tenant_id AND NOT (`, table, column) + seenRuns("r") + `))`
}

// seenIn is a condition on the rows of a table that a viewer may see.
func seenIn(table string) string {
	switch table {
	case "cases":
		return seenCase("cases", "id")
	case "alerts":
		return seenAlert("alerts", "id")
	case "runs":
		return seenRuns("runs")
	case "approvals":
		return seenRun("approvals", "run_id")
	case "evidence":
		return seenCase("evidence", "case_id") + " AND " + seenAlert("evidence", "alert_id")
	case "containments":
		return seenCase("containments", "case_id") + " AND " + seenAlert("containments", "alert_id") + " AND " + seenRun("containments", "run_id")
	case "inbox", "risk_parts", "reviews", "alert_observables":
		return seenAlert(table, "alert_id")
	case "case_tasks":
		return seenCase(table, "case_id")
	case "notifications":
		return seenCase(table, "case_id") + " AND " + seenAlert(table, "alert_id")
	case "risk_entities":
		return seenCase(table, "case_id")
	}
	return "0" // nobody sees what nobody thought of
}

// seen leaves to a list what its viewer may see. The system sees all.
func (l *listing) seen(s *Store, v harrier.Viewer) *listing {
	if v == harrier.SystemPrincipal {
		return l
	}
	l.args = append(l.args, v[:], micros(s.now()))
	l.text.WriteString(" AND " + strings.NewReplacer("{viewer}", l.param(2), "{now}", l.param(1)).Replace(seenIn(l.table)))
	return l
}

// unseen leaves to a list what is hidden from its viewer.
func (l *listing) unseen(s *Store, v harrier.Viewer) *listing {
	l.args = append(l.args, v[:], micros(s.now()))
	l.text.WriteString(" AND NOT (" + strings.NewReplacer("{viewer}", l.param(2), "{now}", l.param(1)).Replace(seenIn(l.table)) + ")")
	return l
}

// thing is something that is asked for by its id: a table and its key.
type thing struct {
	table string
	id    [16]byte
	none  error
}

// seenQuery finds a thing, where the viewer may see it.
func (s *Store) seenQuery(tenant harrier.TenantID, v harrier.Viewer, t thing) statementText {
	l := newListing("1", t.table, tenant).where("id = $", true, t.id[:]).seen(s, v)
	return sqlf(l.text.String(), l.args...)
}

// see is NotFound where a thing does not exist or the viewer may not see it;
// both read the same.
func (s *Store) see(ctx context.Context, tenant harrier.TenantID, v harrier.Viewer, t thing) error {
	var n int
	ok, err := s.readers.one(ctx, s.seenQuery(tenant, v, t), &n)
	if err == nil && !ok {
		return t.none
	}
	return err
}

// SeeCase is NotFound where a case does not exist or is hidden from the viewer.
func (s *Store) SeeCase(ctx context.Context, tenant harrier.TenantID, v harrier.Viewer, id harrier.CaseID) error {
	return s.see(ctx, tenant, v, thing{"cases", id, errNoCase(id)})
}

// SeeAlert is NotFound where an alert does not exist or is hidden from the viewer.
func (s *Store) SeeAlert(ctx context.Context, tenant harrier.TenantID, v harrier.Viewer, id harrier.AlertID) error {
	return s.see(ctx, tenant, v, thing{"alerts", id, errNoAlert(id)})
}

// SeeRun is NotFound where a run does not exist or is hidden from the viewer.
func (s *Store) SeeRun(ctx context.Context, tenant harrier.TenantID, v harrier.Viewer, id harrier.RunID) error {
	return s.see(ctx, tenant, v, thing{"runs", id, errNoRun(id)})
}

// SeeApproval is NotFound where a question does not exist or is hidden from the viewer.
func (s *Store) SeeApproval(ctx context.Context, tenant harrier.TenantID, v harrier.Viewer, id harrier.ApprovalID) error {
	return s.see(ctx, tenant, v, thing{"approvals", id, errNoApproval(id)})
}

// SeeEvidence is NotFound where an artefact does not exist or is hidden from the viewer.
func (s *Store) SeeEvidence(ctx context.Context, tenant harrier.TenantID, v harrier.Viewer, id harrier.EvidenceID) error {
	return s.see(ctx, tenant, v, thing{"evidence", id, errNoEvidence(id)})
}

// SeeEvent is NotFound where an event does not exist or is hidden from the viewer.
func (s *Store) SeeEvent(ctx context.Context, tenant harrier.TenantID, v harrier.Viewer, id harrier.EventID) error {
	return s.see(ctx, tenant, v, thing{"inbox", id, errNoEvent(id)})
}

// SeeReview is NotFound where a review does not exist or is hidden from the viewer.
func (s *Store) SeeReview(ctx context.Context, tenant harrier.TenantID, v harrier.Viewer, id harrier.ReviewID) error {
	return s.see(ctx, tenant, v, thing{"reviews", id, errNoReview(id)})
}

// CaseFor is CaseIn for somebody: a case that is hidden from the viewer is NotFound.
func (s *Store) CaseFor(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, v harrier.Viewer, id harrier.CaseID) (harrier.Case, error) {
	var n int
	ok, err := oneIn(ctx, tx, s.seenQuery(tenant, v, thing{table: "cases", id: id}), &n)
	if err != nil {
		return harrier.Case{}, err
	}
	if !ok {
		return harrier.Case{}, errNoCase(id)
	}
	return s.CaseIn(ctx, tx, tenant, id)
}

// notRestricted is a condition on a row of alerts that everybody may see, for
// what is shown to nobody in particular.
const notRestricted = `NOT EXISTS (SELECT 1 FROM case_alerts ca CROSS JOIN cases c ON c.tenant_id = ca.tenant_id AND c.id = ca.case_id
WHERE ca.tenant_id = alerts.tenant_id AND ca.alert_id = alerts.id AND c.restricted = 1)`
