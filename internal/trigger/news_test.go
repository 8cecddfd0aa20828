package trigger_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/picture"
	"github.com/harrier-soar/harrier/internal/trigger"
	"github.com/harrier-soar/harrier/schema"
)

// seen is a picture of one address with a verdict.
func seen(verdict string) picture.Picture {
	return picture.Picture{Observables: []picture.Observable{
		{Observable: harrier.Observable{Type: "ip", Value: "203.0.113.7"}, Verdict: verdict}, {Observable: harrier.Observable{Type: "ip", Value: "203.0.113.8"}, Verdict: "benign"},
	}}
}

// subject is an alert of a source that allows these verbs.
func subject(title string, allows ...string) trigger.Subject {
	a := harrier.Alert{Tenant: harrier.DefaultTenant, ID: harrier.DeriveID[harrier.AlertID](title), Title: title, Severity: "low", Status: "closed"}
	return trigger.Subject{Alert: a, Load: func(context.Context) (harrier.Source, map[string]any, error) {
		return harrier.Source{Name: "siem", Allows: allows}, map[string]any{"title": title, "status": a.Status, "severity": a.Severity}, nil
	}}
}

// changes tells of a change from one verdict to another.
func (s *stage) changes(of trigger.Subject, before, now string) {
	s.t.Helper()
	text, err := json.Marshal(seen(before))
	if err != nil {
		s.t.Fatal(err)
	}
	err = s.store.Write(s.t.Context(), func(tx harrier.Tx) error { return s.Verdicts(s.t.Context(), tx, of, text, seen(now)) })
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestVerdicts_startOncePerAlertObservableAndVerdict(t *testing.T) {
	t.Parallel()
	s := newStage(t, `verdict: observable.verdict == "malicious" && observable.was != "malicious"`, `verdict: alert.severity == "high"`)
	a := subject("a")
	s.changes(a, "unknown", "suspicious")
	s.want("another verdict")
	s.changes(a, "suspicious", "malicious")
	s.changes(subject("b"), "unknown", "malicious")
	s.want("the verdict that is waited for", "p0 02 09:00 <nil>", "p0 02 09:00 <nil>")
	s.restart()
	s.changes(a, "malicious", "malicious")
	s.changes(a, "unknown", "malicious")
	s.want("the same again")
	observed := subject("c")
	observed.Alert.Observed = true
	s.changes(observed, "unknown", "malicious")
	s.want("what is only observed")
	if err := s.store.Write(t.Context(), func(tx harrier.Tx) error { return s.Verdicts(t.Context(), tx, subject("d"), nil, seen("malicious")) }); err != nil {
		t.Error(err)
	}
	s.want("the first judgement")
}

func TestIndicator_startsOnAlertsOfBeforeWithinWhatTheirSourceAllows(t *testing.T) {
	t.Parallel()
	s := newStage(t, `indicator: alert.status == "closed" && indicator.verdict == "malicious" && indicator.source == "feed"`)
	s.plans[0].Actions = map[string]schema.ActionSpec{"fw.block": {Name: "fw.block", Verb: "firewall.block_ip", Effect: harrier.Contain}}
	o := harrier.Observable{Type: "ip", Value: "203.0.113.7"}
	hit := func(of trigger.Subject, verdict string) {
		t.Helper()
		if err := s.Indicator(t.Context(), of, o, []picture.Opinion{{Source: "feed", Verdict: verdict}}); err != nil {
			t.Error(err)
		}
	}
	hit(subject("a"), "suspicious")
	s.want("what the condition leaves out")
	hit(subject("a"), "malicious")
	hit(subject("a"), "malicious")
	hit(subject("b", "chat.post"), "malicious")
	s.want("one that may be blocked, told twice, and one that may not", "p0 02 09:00 <nil>")
	trail, _, err := s.store.AuditTrail(t.Context(), harrier.DefaultTenant, harrier.AuditFilter{Target: "p0"}, harrier.Page{})
	if err != nil || len(trail) != 2 {
		t.Fatalf("audit %+v, %v", trail, err)
	}
	var said map[string]any
	if err := json.Unmarshal(trail[0].Data, &said); err != nil {
		t.Fatal(err)
	}
	if want := "it may call fw.block, which the source siem does not allow to what it triggers"; !cmp.Equal(said["skipped"], any(want)) {
		t.Errorf("audit says %v", said)
	}
}
