package triage_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
	"github.com/harrier-soar/harrier/internal/query"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/triage"
)

var _ triage.DeskStore = (*store.Store)(nil)

// desk is a desk over a real store, with the cases beside it.
func (q *queue) desk() (*triage.Desk, *casework.Service) {
	now := func() time.Time { return time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC) }
	cases := casework.New(casework.Config{Store: q.store, Now: now})
	return triage.NewDesk(q.store, cases, now), cases
}

// told are the kinds of what happened to the alert, and the actions of the audit trail.
func (q *queue) told(action string) (history []string, audited int) {
	q.t.Helper()
	changes, err := q.store.AlertHistory(q.t.Context(), harrier.DefaultTenant, q.alert)
	if err != nil {
		q.t.Fatal(err)
	}
	for _, c := range changes {
		history = append(history, c.Kind)
	}
	rows, _, err := q.store.AuditTrail(q.t.Context(), harrier.DefaultTenant, harrier.AuditFilter{Action: action}, harrier.Page{})
	if err != nil {
		q.t.Fatal(err)
	}
	return history, len(rows)
}

// found tells whether a query finds the alert.
func (q *queue) found(text string) bool {
	q.t.Helper()
	parsed, err := query.Parse(query.Alerts, text)
	if err != nil {
		q.t.Fatal(err)
	}
	got, err := q.store.AskAlerts(q.t.Context(), store.Asked{Tenant: harrier.DefaultTenant, Viewer: harrier.Operator().ID, Query: parsed})
	if err != nil {
		q.t.Fatal(err)
	}
	return len(got.Items) == 1
}

// AZ-06: what a person does to an alert is one change with its history
// and its audit row, and doing it again changes nothing.
func TestApply_isOneChangeWithItsAuditRow(t *testing.T) {
	t.Parallel()
	by := harrier.Operator()
	for _, c := range []struct {
		action, kind string
		op           triage.Op
		found        string
	}{
		{"alert.assign", "changed", triage.Op{Assign: &harrier.Person{ID: by.ID, Name: by.Name}}, "owner:me status:in_progress"},
		{"alert.tag", "changed", triage.Op{AddTags: []string{"Ärger", " vip "}}, "tag:ärger tag:VIP"},
		{"alert.severity", "changed", triage.Op{Severity: "critical"}, "sev:critical"},
		{"alert.close", "closed", triage.Op{Close: &triage.Closing{Disposition: triage.Benign, Reason: "a drill"}}, "status:closed disposition:benign owner:me"},
	} {
		t.Run(c.action, func(t *testing.T) {
			t.Parallel()
			q := open(t)
			d, _ := q.desk()
			if a, changed, err := d.Rehearsal().Apply(t.Context(), by, q.alert, 1, c.op); err != nil || !changed || a.Rev != 2 {
				t.Fatalf("the rehearsal gave rev %d, %t, %v", a.Rev, changed, err)
			}
			if history, audited := q.told(c.action); len(history) != 0 || audited != 0 || q.found(c.found) {
				t.Fatalf("the rehearsal left %v and %d audit rows", history, audited)
			}
			if a, changed, err := d.Apply(t.Context(), by, q.alert, 1, c.op); err != nil || !changed || a.Rev != 2 {
				t.Fatalf("got rev %d, %t, %v", a.Rev, changed, err)
			}
			if _, changed, err := d.Apply(t.Context(), by, q.alert, 0, c.op); err != nil || changed {
				t.Errorf("the second time gave %t, %v", changed, err)
			}
			history, audited := q.told(c.action)
			if diff := cmp.Diff([]string{c.kind}, history); diff != "" || audited != 1 {
				t.Errorf("%d audit rows; history (-want +got):\n%s", audited, diff)
			}
			if !q.found(c.found) {
				t.Errorf("%s does not find it", c.found)
			}
		})
	}
}

// Whoever saw another version changes nothing.
func TestApply_leavesWhatChangedMeanwhile(t *testing.T) {
	t.Parallel()
	q := open(t)
	d, _ := q.desk()
	if _, _, err := d.Apply(t.Context(), harrier.Operator(), q.alert, 7, triage.Op{Severity: "low"}); !errors.Is(err, triage.ErrStale) {
		t.Errorf("got %v, want that it is stale", err)
	}
}

// An alert that was closed is opened again, and then closed as something else.
func TestApply_opensAgain(t *testing.T) {
	t.Parallel()
	q := open(t)
	d, _ := q.desk()
	by := harrier.Operator()
	closing := func(as string) triage.Op {
		return triage.Op{Close: &triage.Closing{Disposition: as, Reason: "so it was"}}
	}
	apply := func(op triage.Op) error {
		_, _, err := d.Apply(t.Context(), by, q.alert, 0, op)
		return err
	}
	if err := apply(closing(triage.Benign)); err != nil {
		t.Fatal(err)
	}
	if err := apply(closing(triage.TruePositive)); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("closing it as something else gave %v", err)
	}
	if err := errors.Join(apply(triage.Op{Reopen: "it was not"}), apply(closing(triage.TruePositive))); err != nil {
		t.Fatal(err)
	}
	if !q.found("disposition:true_positive") {
		t.Error("it is not what it was after all")
	}
	for _, wrong := range []triage.Op{closing("nonsense"), {Close: &triage.Closing{Disposition: triage.Benign}}, {Severity: "worst"}, {AddTags: []string{strings.Repeat("x", 101)}}, {}} {
		if err := apply(wrong); harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%+v gave %v, want invalid", wrong, err)
		}
	}
}

// AZ-06: an alert of a restricted case is not there for others, and a case that
// somebody does not see takes none of their alerts.
func TestApply_findsNothingRestricted(t *testing.T) {
	t.Parallel()
	q := open(t)
	d, cases := q.desk()
	owner, other := harrier.Operator(), harrier.Operator()
	other.ID = harrier.DeriveID[harrier.PrincipalID]("other")
	c, err := cases.Create(t.Context(), owner, casework.Draft{Title: "Insider", Restricted: true})
	if err != nil {
		t.Fatal(err)
	}
	into := triage.Op{Case: c.ID}
	if _, _, err := d.Apply(t.Context(), other, q.alert, 0, into); harrier.KindOf(err) != harrier.NotFound {
		t.Errorf("putting it into a case that is not seen gave %v", err)
	}
	for i, want := range []bool{true, false} {
		if _, changed, err := d.Apply(t.Context(), owner, q.alert, 0, into); err != nil || changed != want {
			t.Errorf("time %d gave %t, %v", i, changed, err)
		}
	}
	if rows, _, _ := q.store.AuditTrail(t.Context(), harrier.DefaultTenant, harrier.AuditFilter{Action: "case.alerts.add"}, harrier.Page{}); len(rows) != 1 || !strings.Contains(string(rows[0].Data), q.alert.String()) {
		t.Errorf("the audit trail says %v", rows)
	}
	hiddenErr := func(id harrier.AlertID) string {
		_, _, err := d.Apply(t.Context(), other, id, 0, triage.Op{Severity: "low"})
		if harrier.KindOf(err) != harrier.NotFound {
			t.Fatalf("got %v", err)
		}
		return strings.ReplaceAll(err.Error(), id.String(), "X")
	}
	if a, b := hiddenErr(q.alert), hiddenErr(harrier.DeriveID[harrier.AlertID]("none")); a != b {
		t.Errorf("what is hidden reads %q, what is not there %q", a, b)
	}
}
