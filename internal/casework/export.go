package casework

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/caseexport"
)

// Listing finds what belongs to a case, of what a viewer may see.
type Listing interface {
	// Alerts lists alerts, the newest first.
	Alerts(ctx context.Context, tenant harrier.TenantID, f harrier.AlertFilter, p harrier.Page) ([]harrier.Alert, string, error)
	// EvidenceList lists artefacts, the newest first.
	EvidenceList(ctx context.Context, tenant harrier.TenantID, f harrier.EvidenceFilter, p harrier.Page) ([]harrier.Evidence, string, error)
}

// maxExported bounds each list of what is written down of a case.
const maxExported = 10_000

// every reads the pages of a list, up to a bound.
func every[T any](ask func(harrier.Page) ([]T, string, error)) (all []T, err error) {
	for p := (harrier.Page{Limit: 500}); ; {
		rows, next, err := ask(p)
		all = append(all, rows...)
		if err != nil || next == "" || len(all) >= maxExported {
			return all, err
		}
		p.Cursor = next
	}
}

// Export gathers a case to be written down, and notes that it was.
func (s *Service) Export(ctx context.Context, by harrier.Principal, id harrier.CaseID, format string) (d caseexport.Document, err error) {
	if d.Case, err = s.Get(ctx, by, id); err != nil {
		return d, err
	}
	if err := s.gather(ctx, by, &d); err != nil {
		return d, err
	}
	if err := s.Touch(ctx, by, CustodyExport, format, d.Evidence...); err != nil {
		return d, err
	}
	return d, s.store.Write(ctx, func(tx harrier.Tx) error {
		return s.audit(ctx, tx, by, act{"case.export", d.Case, s.now(), map[string]any{"format": format}})
	})
}

// gather reads what belongs to a case.
func (s *Service) gather(ctx context.Context, by harrier.Principal, d *caseexport.Document) error {
	id := d.Case.ID
	alerts, err := every(func(p harrier.Page) ([]harrier.Alert, string, error) {
		return s.store.Alerts(ctx, by.Tenant, harrier.AlertFilter{Viewer: by.ID, Case: id}, p)
	})
	if err != nil {
		return err
	}
	for _, a := range alerts {
		d.Alerts = append(d.Alerts, caseexport.Alert{ID: a.ID, Title: a.Title, Severity: a.Severity, Status: a.Status, Disposition: a.Disposition, At: a.Happened()})
	}
	if d.Evidence, err = every(func(p harrier.Page) ([]harrier.Evidence, string, error) {
		return s.store.EvidenceList(ctx, by.Tenant, harrier.EvidenceFilter{Viewer: by.ID, Case: id}, p)
	}); err != nil {
		return err
	}
	if d.Timeline, err = every(func(p harrier.Page) ([]harrier.CaseEntry, string, error) {
		return s.store.Entries(ctx, by.Tenant, id, p)
	}); err != nil {
		return err
	}
	if d.Contained, err = every(func(p harrier.Page) ([]harrier.Containment, string, error) {
		return s.store.Containments(ctx, by.Tenant, harrier.ContainmentFilter{Viewer: by.ID, Case: id}, p)
	}); err != nil {
		return err
	}
	return s.gatherWork(ctx, by, d)
}

// gatherWork reads what people did for a case.
func (s *Service) gatherWork(ctx context.Context, by harrier.Principal, d *caseexport.Document) error {
	tasks, err := s.store.Tasks(ctx, by.Tenant, d.Case.ID)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		d.Tasks = append(d.Tasks, caseexport.Task{
			ID: t.ID, Title: t.Title, Required: t.Required, Assignee: t.Assignee.Name, Status: t.Status, Reason: t.Reason, EndedAt: t.EndedAt, EndedBy: t.EndedBy,
		})
	}
	statuses, err := s.store.Standings(ctx, by.Tenant, d.Case.ID)
	if err != nil {
		return err
	}
	for _, st := range statuses {
		d.Statuses = append(d.Statuses, caseexport.Status{At: st.At, Status: st.Status, Disposition: st.Disposition, Reason: st.Reason, By: st.Name})
	}
	observables, err := s.store.Observables(ctx, by.Tenant, d.Case.ID, maxObservables)
	for _, o := range observables {
		d.Observables = append(d.Observables, caseexport.Observable{Type: o.Type, Value: o.Value, Bad: o.Bad, Note: o.Note, Alerts: o.Alerts, At: o.AddedAt})
	}
	return err
}
