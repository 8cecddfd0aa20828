package casework_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/content"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/internal/casework"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/sla"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
	"github.com/harrier-soar/harrier/schema"
)

var _ casework.Store = (*store.Store)(nil)

// desk is a service over a real store, with an alert.
type desk struct {
	*casework.Service
	t     *testing.T
	store *store.Store
	alert harrier.AlertID
	now   time.Time
}

func open(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}
	s, err := store.Open(t.Context(), store.Config{Dir: blanktest.Dir(t), Now: func() time.Time { return d.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	templates, err := casework.ReadTemplates(content.FS)
	if err != nil {
		t.Fatal(err)
	}
	d.store, d.Service = s, casework.New(casework.Config{Store: s, Now: func() time.Time { return d.now }, Templates: templates, Policy: sla.DefaultPolicy()})
	a := harrier.Alert{
		Tenant: harrier.DefaultTenant, ID: harrier.NewID[harrier.AlertID](d.now), Source: harrier.DeriveID[harrier.SourceID]("s"), ExternalID: "1",
		Title: "Reported mail", Severity: "high", Status: "new", Data: []byte(`{}`), CreatedAt: d.now, UpdatedAt: d.now,
	}
	err = s.Write(t.Context(), func(tx harrier.Tx) error {
		_, _, err := s.Submit(t.Context(), tx, a)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	d.alert = a.ID
	return d
}

// do runs a built-in action for a run, as the engine does.
func (d *desk) do(name, run string, with map[string]any) (map[string]any, error) {
	d.t.Helper()
	a := action(d.t, d.Service, name)
	in, wrong := schema.CheckFields(schema.Defaults(a.Spec.Input, with), a.Spec.Input)
	if len(wrong) > 0 {
		d.t.Fatalf("%s: %v", name, wrong)
	}
	req := engine.LocalRequest{
		Run:  harrier.Run{Tenant: harrier.DefaultTenant, ID: harrier.DeriveID[harrier.RunID](run), Playbook: "phishing-response", Alert: d.alert},
		Path: name, Call: step.Call{Spec: a.Spec, With: in}, Now: d.now, Alert: map[string]any{"title": "Reported mail", "severity": "high"},
	}
	var out map[string]any
	err := d.store.Write(d.t.Context(), func(tx harrier.Tx) (err error) {
		out, err = a.Local(d.t.Context(), tx, req)
		return err
	})
	if err != nil {
		return nil, err
	}
	if _, wrong := schema.Check(out, a.Spec.Output); len(wrong) > 0 {
		d.t.Errorf("the output of %s does not fit its type: %v", name, wrong)
	}
	return out, nil
}

func action(t *testing.T, s *casework.Service, name string) builtin.Action {
	t.Helper()
	for _, a := range s.Actions() {
		if a.Spec.Name == name {
			return a
		}
	}
	t.Fatalf("there is no action %s", name)
	return builtin.Action{}
}

// must fails the test where an action does.
func (d *desk) must(name, run string, with map[string]any) map[string]any {
	d.t.Helper()
	out, err := d.do(name, run, with)
	if err != nil {
		d.t.Fatalf("%s: %v", name, err)
	}
	return out
}

// lines are the kinds of lines in a case's timeline.
func (d *desk) lines(out map[string]any) (kinds []string) {
	d.t.Helper()
	text, _ := out["id"].(string)
	id, err := harrier.ParseID[harrier.CaseID](text)
	if err != nil {
		d.t.Fatal(err)
	}
	list, _, err := d.Timeline(d.t.Context(), harrier.Operator(), id, harrier.Page{})
	if err != nil {
		d.t.Fatal(err)
	}
	for _, e := range list {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func TestActions_examplesFitTheirTypes(t *testing.T) {
	t.Parallel()
	for _, a := range casework.New(casework.Config{}).Actions() {
		if _, wrong := schema.Check(a.Spec.Example, a.Spec.Output); len(wrong) > 0 {
			t.Errorf("%s: %v", a.Spec.Name, wrong)
		}
	}
}

func TestOpen_linksAlertAndRunAndTellsTheNumber(t *testing.T) {
	t.Parallel()
	d := open(t)
	out := d.must("case.open", "r1", map[string]any{"template": "phishing", "summary": "First words."})
	if out["number"] != int64(1) || out["opened"] != true {
		t.Errorf("output %v", out)
	}
	got, err := d.GetByNumber(t.Context(), harrier.Operator(), 1)
	if err != nil || got.Title != "Reported mail" || got.Severity != "high" || got.Template != "phishing" || got.Status != casework.Open {
		t.Errorf("case %+v, %v", got, err)
	}
	if diff := cmp.Diff([]string{"opened", "run", "alert"}, d.lines(out)); diff != "" {
		t.Errorf("timeline (-want +got):\n%s", diff)
	}
	of, _, err := d.List(t.Context(), harrier.Operator(), harrier.CaseFilter{Alert: d.alert}, harrier.Page{})
	if err != nil || len(of) != 1 {
		t.Errorf("cases of the alert: %v, %v", of, err)
	}
}

func TestOpen_givesARunOneCaseForEachTemplate(t *testing.T) {
	t.Parallel()
	d := open(t)
	first := d.must("case.open", "r1", map[string]any{"template": "phishing", "summary": "First words."})
	again := d.must("case.open", "r1", map[string]any{"template": "phishing", "summary": "Last words.", "severity": "critical"})
	if again["id"] != first["id"] || again["opened"] != false {
		t.Errorf("a second open gives %v, not %v", again, first)
	}
	same := d.must("case.open", "r1", map[string]any{"template": "phishing"})
	got, err := d.GetByNumber(t.Context(), harrier.Operator(), 1)
	if err != nil || got.Summary != "Last words." || got.Severity != "critical" || same["id"] != first["id"] {
		t.Errorf("case %+v, %v", got, err)
	}
	if diff := cmp.Diff([]string{"opened", "run", "alert", "comment"}, d.lines(first)); diff != "" {
		t.Errorf("timeline (-want +got):\n%s", diff)
	}
	if other := d.must("case.open", "r1", map[string]any{"template": "fraud"}); other["number"] != int64(2) {
		t.Errorf("another template gives %v", other)
	}
}

// An alert that is in a case already does not come to lie in two.
func TestOpen_takesTheCaseThatItsAlertIsIn(t *testing.T) {
	t.Parallel()
	d := open(t)
	var found harrier.Case
	err := d.store.Write(t.Context(), func(tx harrier.Tx) (err error) {
		found, err = d.OpenFor(t.Context(), tx, casework.Opening{
			Tenant: harrier.DefaultTenant, ID: harrier.DeriveID[harrier.CaseID]("correlated"), Title: "An alert", Severity: "high",
			Author: "correlation", At: d.now, Alerts: []harrier.AlertID{d.alert},
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	taken := d.must("case.open", "r1", map[string]any{"template": "malware", "title": "Malware on ws-17"})
	again := d.must("case.open", "r1", map[string]any{"template": "malware", "summary": "It was contained."})
	shared := d.must("case.open", "r2", map[string]any{"template": "malware", "title": "Another name"})
	for _, out := range []map[string]any{taken, again, shared} {
		if out["id"] != found.ID.String() || out["opened"] != false {
			t.Errorf("case.open gives %v, not the case of the alert", out)
		}
	}
	got, err := d.GetByNumber(t.Context(), harrier.Operator(), found.Number)
	if err != nil || got.Title != "Malware on ws-17" || got.Template != "malware" || got.Summary != "It was contained." {
		t.Errorf("case %+v, %v", got, err)
	}
	if diff := cmp.Diff([]string{"opened", "alert", "run", "comment"}, d.lines(taken)); diff != "" {
		t.Errorf("timeline (-want +got):\n%s", diff)
	}
	if other := d.must("case.open", "r3", map[string]any{"template": "fraud"}); other["number"] == found.Number {
		t.Errorf("another template gives %v", other)
	}
	if keyed := d.must("case.open", "r4", map[string]any{"template": "malware", "key": "a file"}); keyed["number"] == found.Number {
		t.Errorf("a key of its own gives %v", keyed)
	}
}

func TestClose_isForOnceAndStays(t *testing.T) {
	t.Parallel()
	d := open(t)
	c := d.must("case.open", "r1", map[string]any{"template": "phishing"})
	with := map[string]any{"case": c["id"], "reason": "Benign."}
	if out := d.must("case.close", "r1", with); out["closed"] != true {
		t.Errorf("closing: %v", out)
	}
	if out := d.must("case.close", "r1", with); out["closed"] != false {
		t.Errorf("closing again: %v", out)
	}
	d.must("case.open", "r1", map[string]any{"template": "phishing", "summary": "More."})
	got, err := d.GetByNumber(t.Context(), harrier.Operator(), 1)
	if err != nil || got.Status != casework.Closed || got.Summary != "More." {
		t.Errorf("case %+v, %v", got, err)
	}
	if diff := cmp.Diff([]string{"opened", "run", "alert", "closed", "comment"}, d.lines(c)); diff != "" {
		t.Errorf("timeline (-want +got):\n%s", diff)
	}
}

func TestComment_refusesWhatIsNoComment(t *testing.T) {
	t.Parallel()
	d := open(t)
	c := d.must("case.open", "r1", nil)
	for name, w := range map[string]struct {
		with map[string]any
		kind harrier.Kind
	}{
		"no case":        {map[string]any{"case": "case 1", "text": "x"}, harrier.Invalid},
		"an absent case": {map[string]any{"case": harrier.DeriveID[harrier.CaseID]("x").String(), "text": "x"}, harrier.NotFound},
		"no text":        {map[string]any{"case": c["id"], "text": " "}, harrier.Invalid},
		"a book":         {map[string]any{"case": c["id"], "text": strings.Repeat("x", 70_000)}, harrier.Invalid},
	} {
		if _, err := d.do("case.comment", "r1", w.with); err == nil || harrier.KindOf(err) != w.kind {
			t.Errorf("%s: %v", name, err)
		}
	}
	d.must("case.comment", "r1", map[string]any{"case": c["id"], "text": "Called Alice."})
	if lines := d.lines(c); lines[len(lines)-1] != "comment" || len(lines) != 4 {
		t.Errorf("timeline %v", lines)
	}
}

func TestService_letsPeopleCommentAndCloseInTheirTenantOnly(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.must("case.open", "r1", nil)
	ctx, by := t.Context(), harrier.Operator()
	c, err := d.GetByNumber(ctx, by, 1)
	if err != nil {
		t.Fatal(err)
	}
	stranger := by
	stranger.Tenant = harrier.DeriveID[harrier.TenantID]("other")
	if err := d.Comment(ctx, stranger, c.ID, "x"); harrier.KindOf(err) != harrier.NotFound || err == nil {
		t.Errorf("another tenant comments: %v", err)
	}
	if _, _, err := d.Timeline(ctx, stranger, c.ID, harrier.Page{}); harrier.KindOf(err) != harrier.NotFound || err == nil {
		t.Errorf("another tenant reads: %v", err)
	}
	if err := d.Comment(ctx, by, c.ID, "Called Alice."); err != nil {
		t.Fatal(err)
	}
	closed, err := d.Finish(ctx, by, c.ID, casework.Closing{Disposition: casework.Undetermined, Reason: "Done."})
	if err != nil || closed.Status != casework.Closed {
		t.Errorf("closed %+v, %v", closed, err)
	}
	again, err := d.Finish(ctx, by, c.ID, casework.Closing{Disposition: casework.Undetermined, Reason: "Done."})
	if harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("closing again %+v, %v", again, err)
	}
	trail, _, err := d.store.AuditTrail(ctx, by.Tenant, harrier.AuditFilter{Target: c.ID.String()}, harrier.Page{})
	if err != nil || len(trail) != 2 {
		t.Errorf("audit trail %v, %v", trail, err)
	}
}
