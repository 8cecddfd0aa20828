package casework

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// The dispositions of a case: what it was.
const (
	TruePositive       = "true_positive"
	BenignPositive     = "benign_positive"
	FalsePositiveLogic = "false_positive_logic"
	FalsePositiveData  = "false_positive_data"
	Undetermined       = "undetermined"
)

// Dispositions lists what a case can have been.
func Dispositions() []string {
	return []string{TruePositive, BenignPositive, FalsePositiveLogic, FalsePositiveData, Undetermined}
}

// alertDisposition is what a case's disposition says of its alerts.
func alertDisposition(disposition string) string {
	switch disposition {
	case TruePositive:
		return "true_positive"
	case BenignPositive:
		return "benign"
	case FalsePositiveLogic, FalsePositiveData:
		return "false_positive"
	}
	return "inconclusive"
}

// harmless reports whether a disposition says that nothing needed to be contained.
func harmless(disposition string) bool {
	return slices.Contains([]string{BenignPositive, FalsePositiveLogic, FalsePositiveData}, disposition)
}

// ofVerdict is the disposition of a case that a playbook closes.
func ofVerdict(verdict string) string {
	switch verdict {
	case "malicious":
		return TruePositive
	case "benign":
		return FalsePositiveLogic
	}
	return Undetermined
}

// Alerts keeps the alerts of cases.
type Alerts interface {
	// CaseAlerts returns the alerts of a case inside a change, at most a number of them.
	CaseAlerts(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.CaseID, limit int) ([]harrier.Alert, error)
	// UpdateAlert stores an alert; another rev than the stored one is Conflict.
	UpdateAlert(ctx context.Context, tx harrier.Tx, a harrier.Alert) error
	// AddAlertChange writes what happened to an alert.
	AddAlertChange(ctx context.Context, tx harrier.Tx, ch harrier.AlertChange) error
}

// maxAlerts bounds the alerts of a case that are closed with it.
const maxAlerts = 10_000

// Closing is why a person closes a case.
type Closing struct {
	Disposition, Reason string
	// Rev is the revision that the person saw; 0 does not look.
	Rev int64
}

// Finish closes a case with what it was. Required tasks must be done or
// skipped, and what the template requires must be there. Its open alerts are
// closed with it.
func (s *Service) Finish(ctx context.Context, by harrier.Principal, id harrier.CaseID, cl Closing) (harrier.Case, error) {
	c, _, err := s.Apply(ctx, by, id, cl.Rev, Op{Close: &cl})
	return c, err
}

// finishing is the change that closes a case.
func (s *Service) finishing(by harrier.Principal, cl Closing) (*change, error) {
	switch {
	case !slices.Contains(Dispositions(), cl.Disposition):
		return nil, harrier.Errorf(harrier.Invalid, "%q is no disposition; use one of %s", cl.Disposition, strings.Join(Dispositions(), ", "))
	case strings.TrimSpace(cl.Reason) == "":
		return nil, harrier.Errorf(harrier.Invalid, "say why it is %s", strings.ReplaceAll(cl.Disposition, "_", " "))
	}
	if err := fits("reason", cl.Reason); err != nil {
		return nil, err
	}
	return &change{
		action: "case.close", kind: entryClosed, text: cl.Disposition + ": " + cl.Reason, about: map[string]any{"disposition": cl.Disposition},
		do: func(ctx context.Context, tx harrier.Tx, c *harrier.Case, now time.Time) (bool, error) {
			if c.Status == Closed {
				return false, harrier.Errorf(harrier.Conflict, "case %d is closed as %s already; reopen it to say something else", c.Number, cmp.Or(c.Disposition, "nothing"))
			}
			if err := s.ready(ctx, tx, *c); err != nil {
				return false, err
			}
			c.Status, c.Disposition, c.ClosedAt = Closed, cl.Disposition, now
			if err := s.closeAlerts(ctx, tx, *c, by.Name, cl.Reason); err != nil {
				return false, err
			}
			return true, s.stand(ctx, tx, *c, Standing{At: now, Reason: cl.Reason, By: by.ID, Name: by.Name})
		},
	}, nil
}

// ready refuses to close a case whose required tasks are open, or which lacks
// what its template requires. Everything that is missing is named at once.
func (s *Service) ready(ctx context.Context, tx harrier.Tx, c harrier.Case) error {
	tasks, err := s.store.TasksIn(ctx, tx, c.Tenant, c.ID)
	if err != nil {
		return err
	}
	var missing []string
	for _, t := range tasks {
		if t.Required && t.Status == TaskOpen {
			missing = append(missing, fmt.Sprintf("task %s (%s) is open; do it, or skip it with a reason", t.ID, t.Title))
		}
	}
	for _, field := range s.templates[c.Template].Require {
		if !has(c, field) {
			missing = append(missing, fmt.Sprintf("the case has no %s; its template requires one", field))
		}
	}
	if len(missing) > 0 {
		return harrier.Errorf(harrier.Conflict, "case %d cannot be closed: %s", c.Number, strings.Join(missing, "; "))
	}
	return nil
}

// requirable lists the fields that a template may require.
func requirable() []string { return []string{"summary", "owner", "tlp", "pap", "tags", "contained"} }

// has reports whether a case has a field that a template requires.
func has(c harrier.Case, field string) bool {
	switch field {
	case "summary":
		return strings.TrimSpace(c.Summary) != ""
	case "owner":
		return !c.Owner.ID.IsZero()
	case "tlp":
		return c.TLP != ""
	case "pap":
		return c.PAP != ""
	case "tags":
		return len(c.Tags) > 0
	case "contained":
		return !c.ContainedAt.IsZero()
	}
	return false
}

// closeAlerts closes the open alerts of a case as what the case was.
func (s *Service) closeAlerts(ctx context.Context, tx harrier.Tx, c harrier.Case, who, reason string) error {
	alerts, err := s.store.CaseAlerts(ctx, tx, c.Tenant, c.ID, maxAlerts)
	if err != nil {
		return err
	}
	for _, a := range alerts {
		if a.Status == "closed" {
			continue
		}
		a.Status, a.ClosedAt = "closed", c.ClosedAt
		a.Disposition, a.Reason = alertDisposition(c.Disposition), closedWith(c.Number, reason)
		if err := s.keepAlert(ctx, tx, a, harrier.AlertChange{At: c.ClosedAt, Kind: "closed", Text: fmt.Sprintf("closed with case %d by %s as %s", c.Number, who, a.Disposition)}); err != nil {
			return err
		}
	}
	return nil
}

// closedWith is the reason of an alert that was closed with a case.
func closedWith(number int64, reason string) string {
	return fmt.Sprintf("closed with case %d: %s", number, reason)
}

// keepAlert stores an alert with a line of its history.
func (s *Service) keepAlert(ctx context.Context, tx harrier.Tx, a harrier.Alert, ch harrier.AlertChange) error {
	ch.Tenant, ch.Alert = a.Tenant, a.ID
	a.UpdatedAt = ch.At
	if err := s.store.UpdateAlert(ctx, tx, a); err != nil {
		return err
	}
	return s.store.AddAlertChange(ctx, tx, ch)
}
