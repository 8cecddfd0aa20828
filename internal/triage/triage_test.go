package triage_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
	"github.com/harrier-soar/harrier/internal/triage"
	"github.com/harrier-soar/harrier/schema"
)

var _ triage.Alerts = (*store.Store)(nil)

// queue is a service over a real store, with one alert.
type queue struct {
	t     *testing.T
	store *store.Store
	alert harrier.AlertID
	s     *triage.Service
}

func open(t *testing.T) *queue {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Dir: blanktest.Dir(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	a := harrier.Alert{
		Tenant: harrier.DefaultTenant, ID: harrier.NewID[harrier.AlertID](now), Source: harrier.DeriveID[harrier.SourceID]("s"), ExternalID: "1",
		Title: "Reported mail", Category: "phishing", Severity: "medium", Status: triage.StatusNew, Data: []byte(`{}`), CreatedAt: now, UpdatedAt: now,
	}
	err = s.Write(t.Context(), func(tx harrier.Tx) error {
		_, _, err := s.Submit(t.Context(), tx, a)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return &queue{t, s, a.ID, triage.New(s)}
}

// do runs a built-in action on an alert, as the engine does.
func (q *queue) do(name string, alert harrier.AlertID, with map[string]any) (map[string]any, error) {
	for _, a := range q.s.Actions() {
		if a.Spec.Name != name {
			continue
		}
		in, wrong := schema.CheckFields(with, a.Spec.Input)
		if len(wrong) > 0 {
			return nil, harrier.Errorf(harrier.Invalid, "%v", wrong)
		}
		req := engine.LocalRequest{
			Run: harrier.Run{Tenant: harrier.DefaultTenant, Alert: alert}, Call: step.Call{Spec: a.Spec, With: in}, Now: time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC),
		}
		var out map[string]any
		err := q.store.Write(q.t.Context(), func(tx harrier.Tx) (err error) {
			out, err = a.Local(q.t.Context(), tx, req)
			return err
		})
		if _, wrong := schema.Check(out, a.Spec.Output); err == nil && len(wrong) > 0 {
			q.t.Errorf("the output of %s does not fit its type: %v", name, wrong)
		}
		return out, err
	}
	q.t.Errorf("there is no action %s", name)
	return nil, nil
}

func (q *queue) stored() harrier.Alert {
	q.t.Helper()
	a, err := q.store.Alert(q.t.Context(), harrier.DefaultTenant, q.alert)
	if err != nil {
		q.t.Fatal(err)
	}
	return a
}

func closing(disposition string) map[string]any {
	return map[string]any{"disposition": disposition, "reason": "Because."}
}

func TestActions_examplesFitTheirTypes(t *testing.T) {
	t.Parallel()
	for _, a := range triage.New(nil).Actions() {
		if _, wrong := schema.Check(a.Spec.Example, a.Spec.Output); len(wrong) > 0 {
			t.Errorf("%s: %v", a.Spec.Name, wrong)
		}
	}
}

func TestClose_keepsWhatItWasAndWhy(t *testing.T) {
	t.Parallel()
	q := open(t)
	out, err := q.do("alert.close", q.alert, closing(triage.TruePositive))
	if err != nil || out["status"] != triage.StatusClosed || out["disposition"] != triage.TruePositive {
		t.Fatalf("%v, %v", out, err)
	}
	if a := q.stored(); a.Status != triage.StatusClosed || a.Disposition != triage.TruePositive || a.Reason != "Because." || a.UpdatedAt.Hour() != 10 {
		t.Errorf("stored %+v", a)
	}
	if _, err := q.do("alert.close", q.alert, closing(triage.TruePositive)); err != nil || q.stored().Rev != 2 {
		t.Errorf("closing it as the same again: %v, rev %d", err, q.stored().Rev)
	}
}

func TestClose_overrulesNobodyInPassing(t *testing.T) {
	t.Parallel()
	q := open(t)
	if _, err := q.do("alert.close", q.alert, closing(triage.TruePositive)); err != nil {
		t.Fatal(err)
	}
	_, err := q.do("alert.close", q.alert, closing(triage.Benign))
	if harrier.KindOf(err) != harrier.Conflict || err == nil || q.stored().Disposition != triage.TruePositive {
		t.Errorf("%v; stored %+v", err, q.stored())
	}
	if out, err := q.do("alert.update", q.alert, map[string]any{"status": triage.StatusInProgress}); err != nil || out["disposition"] != nil {
		t.Fatalf("opening it again: %v, %v", out, err)
	}
	if _, err := q.do("alert.close", q.alert, closing(triage.Benign)); err != nil || q.stored().Disposition != triage.Benign {
		t.Errorf("%v; stored %+v", err, q.stored())
	}
}

func TestUpdate_changesWhatIsSaidOnly(t *testing.T) {
	t.Parallel()
	q := open(t)
	if _, err := q.do("alert.update", q.alert, map[string]any{"severity": "critical"}); err != nil {
		t.Fatal(err)
	}
	if a := q.stored(); a.Severity != "critical" || a.Category != "phishing" || a.Status != triage.StatusNew {
		t.Errorf("stored %+v", a)
	}
	if _, err := q.do("alert.update", q.alert, map[string]any{"severity": "critical"}); err != nil || q.stored().Rev != 2 {
		t.Errorf("saying it again: %v, rev %d", err, q.stored().Rev)
	}
	if _, err := q.do("alert.update", q.alert, map[string]any{"status": "closed"}); harrier.KindOf(err) != harrier.Invalid || err == nil {
		t.Errorf("closing by update: %v", err)
	}
}

func TestActions_sayWhatToDoWithoutAnAlert(t *testing.T) {
	t.Parallel()
	q := open(t)
	_, err := q.do("alert.close", harrier.AlertID{}, closing(triage.Benign))
	if harrier.KindOf(err) != harrier.Invalid || err == nil || !strings.Contains(err.Error(), "start the playbook on an alert") {
		t.Errorf("error %v", err)
	}
	_, err = q.do("alert.close", harrier.DeriveID[harrier.AlertID]("absent"), closing(triage.Benign))
	if harrier.KindOf(err) != harrier.NotFound || err == nil {
		t.Errorf("error %v", err)
	}
}

// Changes that share a commit see each other, so that none is refused for a rev it could not know.
func TestUpdate_manyAtOnceAllHappen(t *testing.T) {
	t.Parallel()
	q := open(t)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			status := []string{triage.StatusNew, triage.StatusInProgress}[i%2]
			if _, err := q.do("alert.update", q.alert, map[string]any{"status": status}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
