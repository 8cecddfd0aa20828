package app

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/indicator"
	"github.com/harrier-soar/harrier/internal/inventory"
	"github.com/harrier-soar/harrier/internal/lab"
	"github.com/harrier-soar/harrier/internal/picture"
)

// desk is an installation with a SIEM, an inventory and a list of what is bad.
type desk struct{ *office }

func newDesk(t *testing.T) desk {
	t.Helper()
	return newDeskWith(t, Options{})
}

// newDeskWith is newDesk with an installation of a kind of its own.
func newDeskWith(t *testing.T, options Options) desk {
	t.Helper()
	o := newOffice(t, options)
	o.connect(nil)
	by, ctx := harrier.Operator(), t.Context()
	d := desk{o}
	d.stock("users", "user,mail,vip\neva.chief,eva.chief@corp.example,yes\n", harrier.UserEntity)
	d.stock("hosts", "hostname,ip,owner,environment,criticality\nws-ceo,10.1.1.10,eva.chief@corp.example,production,high\n"+
		"test-07,10.9.9.7,qa@corp.example,test,low\nws-17,10.1.1.17,bob@corp.example,production,medium\n", harrier.HostEntity)
	if _, err := (reporters{o.App}).AddSource(ctx, by, api.AddSource{Name: "siem", Product: "wazuh"}); err != nil {
		t.Fatal(err)
	}
	if _, err := (reporters{o.App}).ChangeSource(ctx, by, "siem", api.ChangeSource{Live: new(true)}); err != nil {
		t.Fatal(err)
	}
	return d
}

// stock imports a table into the inventory.
func (d desk) stock(source, table string, kind harrier.EntityType) {
	d.t.Helper()
	told, err := inventory.Read(strings.NewReader(table), inventory.Reading{Kind: kind})
	if err != nil {
		d.t.Fatal(err)
	}
	_, err = d.App.inventory.Import(d.t.Context(), harrier.Operator(), inventory.Import{Kind: kind, Source: source, Records: told.Records})
	if err != nil {
		d.t.Fatal(err)
	}
}

// bad lists an address as known to be bad.
func (d desk) bad(address string) {
	d.t.Helper()
	in := indicator.Imported{Feed: indicator.Feed{Name: "partners", Reliability: "B"}}
	_, err := d.indicators.Import(d.t.Context(), harrier.Operator(), in, strings.NewReader(address+"\n"))
	if err != nil {
		d.t.Fatal(err)
	}
}

// event is what a SIEM tells.
type event struct {
	id, rule, host, to string
	level              int
}

// report has the SIEM deliver an event, and returns the alert that it becomes
// or becomes a part of.
func (d desk) report(e event) api.AlertDetail {
	d.t.Helper()
	text, err := json.Marshal(map[string]any{
		"timestamp": "2026-11-02T08:59:00.000+0000", "id": e.id, "rule": map[string]any{"id": e.rule, "level": e.level, "description": "Connection " + e.rule, "groups": []string{"firewall"}},
		"agent": map[string]any{"id": "1", "name": e.host}, "manager": map[string]any{"name": "wazuh"}, "decoder": map[string]any{"name": "fw"},
		"data": map[string]any{"dstip": e.to}, "location": "fw",
	})
	if err != nil {
		d.t.Fatal(err)
	}
	by, ctx := harrier.Operator(), d.t.Context()
	got, err := reporters{d.App}.SubmitEvent(ctx, by, api.SubmitEvent{Source: "siem", Content: "application/json", Body: strings.NewReader(string(text))})
	if err != nil || len(got.Events) != 1 {
		d.t.Fatal(got, err)
	}
	var row harrier.RawEvent
	poll(d.t, func() bool {
		row, err = d.store.RawEvent(ctx, by.Tenant, got.Events[0])
		return err == nil && row.State != harrier.EventPending
	})
	if row.State == harrier.EventQuarantined {
		d.t.Fatal(row.Reason)
	}
	a, err := things{d.App}.Alert(ctx, by, row.Alert)
	if err != nil {
		d.t.Fatal(err)
	}
	return a
}

// decision is what triage decided about an alert.
func (d desk) decision(a api.AlertDetail) picture.Decision {
	d.t.Helper()
	var out picture.Decision
	if err := json.Unmarshal(a.Decision, &out); err != nil {
		d.t.Fatal(err)
	}
	return out
}

// rules are the rules in a proof.
func rules(d picture.Decision) []string {
	var list []string
	for _, l := range d.Proof {
		list = append(list, l.Rule)
	}
	return list
}

// A known bad address that the workstation of an executive contacts is
// escalated, and somebody is told within a minute.
func TestTriage_escalatesWhatReachesAnExecutive(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.bad("203.0.113.66")
	a := d.report(event{id: "1", rule: "100200", host: "ws-ceo", to: "203.0.113.66", level: 5})
	dec := d.decision(a)
	if a.Route != picture.Escalate || a.Priority != 1 || a.Severity != "high" && a.Severity != "critical" {
		t.Fatalf("it is %s, %s, priority %d: %v", a.Route, a.Severity, a.Priority, rules(dec))
	}
	if !slices.Contains(dec.Guards, picture.KnownBad) || len(dec.Change) == 0 || len(dec.Proof) < 3 {
		t.Errorf("the proof is %+v, changes %q, guards %v", dec.Proof, dec.Change, dec.Guards)
	}
	var told string
	poll(t, func() bool {
		i := slices.IndexFunc(d.lab.Messages("soc"), func(m lab.Message) bool { return strings.Contains(m.Text, "100200") })
		if i >= 0 {
			told = d.lab.Messages("soc")[i].Text
		}
		return i >= 0
	})
	if !strings.Contains(told, "Connection 100200") || !strings.Contains(told, "ws-ceo") || strings.Contains(told, "203.0.113.66") {
		t.Errorf("people were told %q", told)
	}
	cases, err := things{d.App}.Cases(t.Context(), harrier.Operator(), harrier.CaseFilter{Alert: a.ID}, harrier.Page{})
	if err != nil || len(cases.Items) != 1 {
		t.Errorf("it is in %d cases, %v", len(cases.Items), err)
	}
}

// What is of little weight in a test environment is kept and nothing else; but
// a test never lowers what is known to be bad.
func TestTriage_logsTheNoiseOfATest(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.report(event{id: "1", rule: "5501", host: "test-07", to: "198.51.100.9", level: 3})
	if a.Route != picture.ToLog || a.Priority != 4 || len(a.Runs) != 0 {
		t.Errorf("it is %s, priority %d, with %d runs: %v", a.Route, a.Priority, len(a.Runs), rules(d.decision(a)))
	}
	d.bad("203.0.113.66")
	a = d.report(event{id: "2", rule: "5502", host: "test-07", to: "203.0.113.66", level: 3})
	if a.Route == picture.ToLog || a.Route == picture.ToClose {
		t.Errorf("what is known to be bad is %s: %v", a.Route, rules(d.decision(a)))
	}
}

// New intelligence looks back: what was closed as benign is opened again.
func TestTriage_looksBackWhenMoreIsKnown(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.report(event{id: "1", rule: "100200", host: "ws-17", to: "198.51.100.23", level: 7})
	row, err := d.store.Alert(t.Context(), harrier.DefaultTenant, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	row.Status, row.Disposition, row.ClosedAt = "closed", "benign", d.clock.now()
	if err := d.store.Write(t.Context(), func(tx harrier.Tx) error { return d.store.UpdateAlert(t.Context(), tx, row) }); err != nil {
		t.Fatal(err)
	}
	d.bad("198.51.100.23")
	poll(t, func() bool {
		row, err = d.store.Alert(t.Context(), harrier.DefaultTenant, a.ID)
		return err == nil && row.Route != a.Route
	})
	if row.Route != picture.ToCase && row.Route != picture.Escalate || row.Status != "new" {
		t.Errorf("it is %s and %s", row.Route, row.Status)
	}
}
