package triage

import (
	"cmp"
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

// The statuses of an alert.
const (
	StatusNew        = "new"
	StatusInProgress = "in_progress"
	StatusClosed     = "closed"
)

// The dispositions of an alert: what it was.
const (
	TruePositive  = "true_positive"
	FalsePositive = "false_positive"
	Benign        = "benign"
	Inconclusive  = "inconclusive"
)

// Alerts keeps the rows of alerts.
type Alerts interface {
	// AlertIn returns an alert inside a change; one of another tenant is NotFound.
	AlertIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.AlertID) (harrier.Alert, error)
	// UpdateAlert stores an alert; another rev than the stored one is Conflict.
	UpdateAlert(ctx context.Context, tx harrier.Tx, a harrier.Alert) error
}

// Service decides about alerts. It is safe for concurrent use.
type Service struct{ alerts Alerts }

// New returns the service.
func New(alerts Alerts) *Service { return &Service{alerts} }

// closeAlert is alert.close.
func (s *Service) closeAlert(ctx context.Context, tx harrier.Tx, req engine.LocalRequest) (map[string]any, error) {
	a, err := s.alertOf(ctx, tx, req)
	if err != nil {
		return nil, err
	}
	changed, err := shut(&a, Closing{text(req, "disposition"), text(req, "reason")}, req.Now, "set its status to in_progress")
	switch {
	case err != nil:
		return nil, err
	case !changed:
		return output(a), nil
	}
	return s.keep(ctx, tx, a, req)
}

// Closing is why an alert is closed.
type Closing struct{ Disposition, Reason string }

// shut closes an alert; changed is false where it is closed as that already. One
// that is closed as something else is a Conflict that says how it is opened again.
func shut(a *harrier.Alert, c Closing, at time.Time, again string) (changed bool, err error) {
	if a.Status != StatusClosed {
		a.Status, a.Disposition, a.Reason, a.ClosedAt = StatusClosed, c.Disposition, c.Reason, at
		return true, nil
	}
	if a.Disposition != c.Disposition {
		return false, harrier.Errorf(harrier.Conflict, "alert %s was closed as %s already; %s first if it is %s after all", a.ID, a.Disposition, again, c.Disposition)
	}
	return false, nil
}

// reopen gives a closed alert another status. It has no disposition any more.
func reopen(a *harrier.Alert, status string) {
	a.Status, a.Disposition, a.Reason, a.ClosedAt = status, "", "", time.Time{}
}

// update is alert.update.
func (s *Service) update(ctx context.Context, tx harrier.Tx, req engine.LocalRequest) (map[string]any, error) {
	was, err := s.alertOf(ctx, tx, req)
	if err != nil {
		return nil, err
	}
	a := was
	a.Severity, a.Category = cmp.Or(text(req, "severity"), a.Severity), cmp.Or(text(req, "category"), a.Category)
	a.Status = cmp.Or(text(req, "status"), a.Status)
	if was.Status == StatusClosed && a.Status != StatusClosed {
		reopen(&a, a.Status)
	}
	if a.Severity == was.Severity && a.Category == was.Category && a.Status == was.Status {
		return output(a), nil
	}
	return s.keep(ctx, tx, a, req)
}

// alertOf returns the alert that a run was started on.
func (s *Service) alertOf(ctx context.Context, tx harrier.Tx, req engine.LocalRequest) (harrier.Alert, error) {
	if req.Run.Alert.IsZero() {
		return harrier.Alert{}, harrier.Errorf(harrier.Invalid,
			"%s changes the alert that the run was started on, and this run has none; start the playbook on an alert", req.Call.Spec.Name)
	}
	return s.alerts.AlertIn(ctx, tx, req.Run.Tenant, req.Run.Alert)
}

// keep stores an alert as it stands.
func (s *Service) keep(ctx context.Context, tx harrier.Tx, a harrier.Alert, req engine.LocalRequest) (map[string]any, error) {
	a.UpdatedAt = req.Now
	if err := s.alerts.UpdateAlert(ctx, tx, a); err != nil {
		return nil, err
	}
	return output(a), nil
}

// text returns a text of the input, or nothing.
func text(req engine.LocalRequest, name string) string {
	s, _ := req.Call.With[name].(string)
	return s
}

// output is what a playbook sees of an alert.
func output(a harrier.Alert) map[string]any {
	out := map[string]any{"id": a.ID.String(), "status": a.Status, "severity": a.Severity, "category": a.Category}
	if a.Disposition != "" {
		out["disposition"] = a.Disposition
	}
	return out
}
