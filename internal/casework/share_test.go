package casework_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/builtin"
)

// about returns the case in an output.
func about(out map[string]any) map[string]any {
	c, _ := out["case"].(map[string]any)
	return c
}

func TestOpen_letsRunsWithAKeyShareACase(t *testing.T) {
	t.Parallel()
	d := open(t)
	first := d.must("case.open", "r1", map[string]any{"template": "phishing", "key": "m@evil.example", "title": "First", "summary": "As the first says."})
	joined := d.must("case.open", "r2", map[string]any{"template": "phishing", "key": "m@evil.example", "title": "Second", "summary": "As the second says.", "severity": "low"})
	if joined["id"] != first["id"] || first["opened"] != true || joined["opened"] != false {
		t.Errorf("got %v, then %v; want one case", first, joined)
	}
	if c := about(joined); c["title"] != "First" || c["summary"] != "As the first says." || c["severity"] != "high" {
		t.Errorf("a run that joined changed the case: %v", c)
	}
	renewed := about(d.must("case.open", "r1", map[string]any{"template": "phishing", "key": "m@evil.example", "title": "First, again"}))
	if renewed["title"] != "First, again" {
		t.Errorf("the run that opened the case could not change it: %v", renewed)
	}
	if other := d.must("case.open", "r1", map[string]any{"template": "phishing", "key": "other"}); other["id"] == first["id"] {
		t.Error("another key gives the same case")
	}
}

func TestUpdate_tellsOtherRunsWhatACaseCameTo(t *testing.T) {
	t.Parallel()
	d := open(t)
	c := d.must("case.open", "r1", map[string]any{"key": "k"})
	if _, known := about(c)["verdict"]; known || about(c)["contained"] != false {
		t.Errorf("a new case has a verdict: %v", c)
	}
	d.must("case.update", "r1", map[string]any{"case": c["id"], "verdict": "malicious", "severity": "critical", "summary": "14 copies."})
	d.must("case.update", "r1", map[string]any{"case": c["id"], "contained": true})
	joined := about(d.must("case.open", "r2", map[string]any{"key": "k"}))
	want := map[string]any{"verdict": "malicious", "contained": true, "severity": "critical", "summary": "14 copies."}
	for name, value := range want {
		if joined[name] != value {
			t.Errorf("%s is %v, want %v", name, joined[name], value)
		}
	}
	id, err := harrier.ParseID[harrier.CaseID](fmt.Sprint(c["id"]))
	if err != nil {
		t.Fatal(err)
	}
	stored, err := d.Get(t.Context(), harrier.Operator(), id)
	if err != nil || stored.Summary != "14 copies." || stored.Severity != "critical" {
		t.Errorf("stored %+v, %v", stored, err)
	}
}

func TestNotice_isTheFirstForOneStepOnly(t *testing.T) {
	t.Parallel()
	d := open(t)
	c := d.must("case.open", "r1", map[string]any{"key": "k"})
	tell := func(run, person, notice string) any {
		return d.must("case.notice", run, map[string]any{"case": c["id"], "person": person, "notice": notice})["first"]
	}
	got := []any{
		tell("r1", "kim@corp.example", "received"), tell("r2", "kim@corp.example", "received"), tell("r2", "kim@corp.example", "malicious"),
		tell("r2", "lee@corp.example", "received"),
	}
	if diff := cmp.Diff([]any{true, false, true, true}, got); diff != "" {
		t.Errorf("first (-want +got):\n%s", diff)
	}
	for _, bad := range []map[string]any{{"case": c["id"], "person": "", "notice": "x"}, {"case": c["id"], "person": "kim", "notice": ""}} {
		if _, err := d.do("case.notice", "r1", bad); harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%v gives %v; want Invalid", bad, err)
		}
	}
}

func TestGet_readsACaseOfItsTenantOnly(t *testing.T) {
	t.Parallel()
	d := open(t)
	c := d.must("case.open", "r1", map[string]any{"title": "One"})
	get := action(t, d.Service, "case.get")
	out, err := get.Call(t.Context(), request(harrier.DefaultTenant, c["id"]))
	if err != nil || about(out)["title"] != "One" {
		t.Errorf("got %v, %v", out, err)
	}
	other := harrier.DeriveID[harrier.TenantID]("another")
	if _, err := get.Call(t.Context(), request(other, c["id"])); harrier.KindOf(err) != harrier.NotFound {
		t.Errorf("another tenant gets %v; want NotFound", err)
	}
}

// request asks for a case as a tenant.
func request(tenant harrier.TenantID, id any) builtin.Request {
	return builtin.Request{Tenant: tenant, Input: map[string]any{"case": id}}
}
