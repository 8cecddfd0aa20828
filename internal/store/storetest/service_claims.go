package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/store"
)

func anAlert(tenant harrier.TenantID, external string) harrier.Alert {
	return harrier.Alert{
		Tenant: tenant, ID: harrier.NewID[harrier.AlertID](time.Now()), Source: store.LocalSource(), ExternalID: external, Title: "Phish",
		Category: "phishing", Severity: "high", Status: "new", Disposition: "d", Reason: "r", Data: json.RawMessage(`{"event":{"kind":"alert"}}`),
		CreatedAt: epoch(), UpdatedAt: epoch(), Rev: 1,
	}
}

func submit(t *testing.T, s Services, a harrier.Alert) (id harrier.AlertID, existed bool) {
	t.Helper()
	must(t, s, func(tx harrier.Tx) (err error) {
		id, existed, err = s.Submit(t.Context(), tx, a)
		return err
	})
	return id, existed
}

func submitOnce(t *testing.T, s Services) {
	a := anAlert(newTenant(), "x-1")
	if id, existed := submit(t, s, a); id != a.ID || existed {
		t.Fatalf("got %s, %t; want the new alert", id, existed)
	}
	again := anAlert(a.Tenant, "x-1")
	again.Title = "later"
	if id, existed := submit(t, s, again); id != a.ID || !existed {
		t.Fatalf("got %s, %t; want %s of before", id, existed, a.ID)
	}
	got, err := s.Alert(t.Context(), a.Tenant, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got, a)
	other, foreign := anAlert(a.Tenant, "x-1"), anAlert(newTenant(), "x-1")
	other.Source = harrier.DeriveID[harrier.SourceID]("another")
	for _, fresh := range []harrier.Alert{other, foreign} {
		if _, existed := submit(t, s, fresh); existed {
			t.Errorf("%+v was taken for another", fresh)
		}
	}
	refused(t, s, harrier.Invalid, func(tx harrier.Tx) error {
		_, _, err := s.Submit(t.Context(), tx, anAlert(a.Tenant, ""))
		return err
	})
}

func alertsChange(t *testing.T, s Services) {
	tenant := newTenant()
	var want []harrier.Alert
	for n := range 16 {
		a := anAlert(tenant, fmt.Sprint(n))
		a.CreatedAt, a.Severity = epoch().Add(time.Duration(n/4)*time.Minute), []string{"low", "high"}[n%2]
		submit(t, s, a)
		want = append([]harrier.Alert{a}, want...)
	}
	submit(t, s, anAlert(newTenant(), "0"))
	list := func(f harrier.AlertFilter) []harrier.Alert {
		return pages(t, func(p harrier.Page) ([]harrier.Alert, string, error) { return s.Alerts(t.Context(), tenant, f, p) })
	}
	equal(t, list(harrier.AlertFilter{}), want)
	equal(t, len(list(harrier.AlertFilter{Severity: "low", Category: "phishing", Source: store.LocalSource()})), 8)
	a := want[0]
	a.Status, a.Disposition, a.Reason, a.UpdatedAt = "closed", "benign", "known", epoch().Add(time.Hour)
	update := func(a harrier.Alert) func(harrier.Tx) error {
		return func(tx harrier.Tx) error { return s.UpdateAlert(t.Context(), tx, a) }
	}
	must(t, s, update(a))
	refused(t, s, harrier.Conflict, update(a))
	a.Rev++
	equal(t, list(harrier.AlertFilter{Status: "closed"}), []harrier.Alert{a})
	foreign := a
	foreign.Tenant = newTenant()
	refused(t, s, harrier.NotFound, update(foreign))
	_, err := s.Alert(t.Context(), newTenant(), a.ID)
	kind(t, err, harrier.NotFound)
}

func aCase(tenant harrier.TenantID) harrier.Case {
	return harrier.Case{
		Tenant: tenant, ID: harrier.NewID[harrier.CaseID](time.Now()), Title: "Mail", Template: "phishing", Severity: "high", Status: "open",
		Summary: "s", Data: json.RawMessage(`{"a":1}`), CreatedAt: epoch(), UpdatedAt: epoch(),
	}
}

func openCase(t *testing.T, s Services, c harrier.Case) harrier.Case {
	t.Helper()
	must(t, s, func(tx harrier.Tx) (err error) {
		c, err = s.OpenCase(t.Context(), tx, c)
		return err
	})
	return c
}

func casesNumbered(t *testing.T, s Services) {
	tenant := newTenant()
	var want []harrier.Case
	for n := range int64(15) {
		c := openCase(t, s, aCase(tenant))
		equal(t, [2]int64{c.Number, c.Rev}, [2]int64{n + 1, 1})
		want = append([]harrier.Case{c}, want...)
	}
	equal(t, openCase(t, s, aCase(newTenant())).Number, int64(1))
	refused(t, s, harrier.Conflict, func(tx harrier.Tx) error { _, err := s.OpenCase(t.Context(), tx, want[0]); return err })
	list := func(f harrier.CaseFilter) []harrier.Case {
		return pages(t, func(p harrier.Page) ([]harrier.Case, string, error) { return s.Cases(t.Context(), tenant, f, p) })
	}
	equal(t, list(harrier.CaseFilter{}), want)
	c := want[4]
	c.Status, c.Summary = "closed", "done"
	update := func(c harrier.Case) func(harrier.Tx) error {
		return func(tx harrier.Tx) error { return s.UpdateCase(t.Context(), tx, c) }
	}
	must(t, s, update(c))
	refused(t, s, harrier.Conflict, update(c))
	c.Rev++
	got, err := s.CaseByNumber(t.Context(), tenant, c.Number)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got, c)
	equal(t, list(harrier.CaseFilter{Status: "closed"}), []harrier.Case{c})
	equal(t, openCase(t, s, aCase(tenant)).Number, int64(16)) // the refused case used no number
	_, err = s.Case(t.Context(), newTenant(), c.ID)
	kind(t, err, harrier.NotFound)
	_, err = s.CaseByNumber(t.Context(), tenant, 99)
	kind(t, err, harrier.NotFound)
}

func caseGathers(t *testing.T, s Services) {
	c := openCase(t, s, aCase(newTenant()))
	var want []harrier.CaseEntry
	for n := range int64(15) {
		e := harrier.CaseEntry{Tenant: c.Tenant, Case: c.ID, At: epoch(), Kind: "comment", Text: "t", Author: "ann"}
		must(t, s, func(tx harrier.Tx) (err error) {
			e.Seq, err = s.AddEntry(t.Context(), tx, e)
			return err
		})
		equal(t, e.Seq, n+1)
		want = append(want, e)
	}
	equal(t, pages(t, func(p harrier.Page) ([]harrier.CaseEntry, string, error) {
		return s.Entries(t.Context(), c.Tenant, c.ID, p)
	}), want)
	refused(t, s, harrier.NotFound, func(tx harrier.Tx) error {
		_, err := s.AddEntry(t.Context(), tx, harrier.CaseEntry{Tenant: newTenant(), Case: c.ID, At: epoch()})
		return err
	})

	a := anAlert(c.Tenant, "x")
	submit(t, s, a)
	l := store.CaseLink{Tenant: c.Tenant, Case: c.ID, Alert: a.ID, At: epoch()}
	for i := range 2 {
		must(t, s, func(tx harrier.Tx) error {
			added, err := s.LinkAlert(t.Context(), tx, l)
			equal(t, added, i == 0)
			return err
		})
	}
	foreign := l
	foreign.Tenant = newTenant()
	refused(t, s, harrier.NotFound, func(tx harrier.Tx) error { _, err := s.LinkAlert(t.Context(), tx, foreign); return err })
	alerts, _, err := s.Alerts(t.Context(), c.Tenant, harrier.AlertFilter{Case: c.ID}, harrier.Page{})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, alerts, []harrier.Alert{a})
	cases, _, err := s.Cases(t.Context(), c.Tenant, harrier.CaseFilter{Alert: a.ID}, harrier.Page{})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, cases, []harrier.Case{c})
}

func evidenceListed(t *testing.T, s Services) {
	tenant, alert := newTenant(), harrier.NewID[harrier.AlertID](time.Now())
	var want []harrier.Evidence
	for n := range 10 {
		e := harrier.Evidence{
			Tenant: tenant, ID: harrier.NewID[harrier.EvidenceID](time.Now()), SHA256: fmt.Sprint(n % 5), Size: 7, Name: "mail.eml",
			MediaType: "message/rfc822", CreatedAt: epoch().Add(time.Duration(n) * time.Second), CreatedBy: harrier.SystemPrincipal,
		}
		if n%2 == 0 {
			e.Alert = alert
		}
		must(t, s, func(tx harrier.Tx) error { return s.AddEvidence(t.Context(), tx, e) })
		want = append([]harrier.Evidence{e}, want...)
	}
	refused(t, s, harrier.Conflict, func(tx harrier.Tx) error { return s.AddEvidence(t.Context(), tx, want[0]) })
	list := func(tenant harrier.TenantID, f harrier.EvidenceFilter) []harrier.Evidence {
		return pages(t, func(p harrier.Page) ([]harrier.Evidence, string, error) {
			return s.EvidenceList(t.Context(), tenant, f, p)
		})
	}
	equal(t, list(tenant, harrier.EvidenceFilter{}), want)
	equal(t, len(list(tenant, harrier.EvidenceFilter{Alert: alert})), 5)
	equal(t, len(list(tenant, harrier.EvidenceFilter{SHA256: "3"})), 2)
	equal(t, len(list(newTenant(), harrier.EvidenceFilter{})), 0)
	got, err := s.Evidence(t.Context(), tenant, want[2].ID)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got, want[2])
	_, err = s.Evidence(t.Context(), newTenant(), want[2].ID)
	kind(t, err, harrier.NotFound)
}

func connectionsChange(t *testing.T, s Services) {
	c := harrier.Connection{
		Tenant: newTenant(), ID: harrier.NewID[harrier.ConnectionID](time.Now()), Name: "mail", Connector: "graph", BaseURL: "https://mail.test",
		Settings: map[string]any{"tenant": "t"}, AllowHosts: []string{"a.test:8443"}, AllowPrivate: []string{"10.0.0.0/8"}, Proxy: "p", CA: "pem",
		ClientCert: true, Enabled: true, CreatedAt: epoch(), UpdatedAt: epoch(), Rev: 1,
	}
	change := func(f func(context.Context, harrier.Tx, harrier.Connection) error, c harrier.Connection) func(harrier.Tx) error {
		return func(tx harrier.Tx) error { return f(t.Context(), tx, c) }
	}
	must(t, s, change(s.CreateConnection, c))
	twin := c
	twin.ID = harrier.NewID[harrier.ConnectionID](time.Now())
	refused(t, s, harrier.Conflict, change(s.CreateConnection, twin))
	twin.Name, twin.Settings, twin.AllowHosts, twin.AllowPrivate, twin.CreatedAt = "other", nil, nil, nil, epoch().Add(time.Second)
	must(t, s, change(s.CreateConnection, twin))
	all, _, err := s.Connections(t.Context(), c.Tenant, harrier.Page{})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, all, []harrier.Connection{c, twin})

	as := func(want harrier.Connection) {
		t.Helper()
		got, err := s.Connection(t.Context(), want.Tenant, want.ID)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, got, want)
		got.AllowHosts[0], got.Settings["tenant"] = "whoever reads it may scribble on it", "so"
	}
	as(c)
	as(c)
	c.Enabled, c.UpdatedAt = false, epoch().Add(time.Minute)
	must(t, s, change(s.UpdateConnection, c))
	refused(t, s, harrier.Conflict, change(s.UpdateConnection, c))
	refused(t, s, harrier.Conflict, change(s.DeleteConnection, c))
	c.Rev++
	as(c)
	got, err := s.ConnectionByName(t.Context(), c.Tenant, "mail")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got, c)
	twin.Name = "mail"
	refused(t, s, harrier.Conflict, change(s.UpdateConnection, twin))
	foreign := c
	foreign.Tenant = newTenant()
	refused(t, s, harrier.NotFound, change(s.UpdateConnection, foreign))
	refused(t, s, harrier.NotFound, change(s.DeleteConnection, foreign))
	must(t, s, change(s.DeleteConnection, c))
	_, err = s.Connection(t.Context(), c.Tenant, c.ID)
	kind(t, err, harrier.NotFound)
	_, err = s.ConnectionByName(t.Context(), c.Tenant, "mail")
	kind(t, err, harrier.NotFound)
}

func runsListed(t *testing.T, s Services) {
	tenant, parent := newTenant(), harrier.NewID[harrier.RunID](time.Now())
	var want []harrier.Run
	for n := range 12 {
		run := aRun(tenant)
		run.Playbook, run.CreatedAt = []string{"a", "b", "c"}[n%3], epoch().Add(time.Duration(n/4)*time.Minute)
		if n%6 == 0 {
			run.Parent, run.Alert, run.OneKey = parent, harrier.AlertID{1}, fmt.Sprint("k", n)
		}
		want = append([]harrier.Run{create(t, s, run)}, want...)
	}
	create(t, s, aRun(newTenant()))
	list := func(f harrier.RunFilter) []harrier.Run {
		return pages(t, func(p harrier.Page) ([]harrier.Run, string, error) { return s.Runs(t.Context(), tenant, f, p) })
	}
	equal(t, list(harrier.RunFilter{}), want)
	equal(t, len(list(harrier.RunFilter{Playbook: "b", Status: harrier.RunQueued})), 4)
	equal(t, list(harrier.RunFilter{Alert: harrier.AlertID{1}}), []harrier.Run{want[5], want[11]})
	equal(t, len(list(harrier.RunFilter{Case: harrier.CaseID{1}})), 0)
	children, err := s.ChildrenOf(t.Context(), tenant, parent)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, children, []harrier.Run{want[11], want[5]})
	children, err = s.ChildrenOf(t.Context(), newTenant(), parent)
	if err != nil || len(children) != 0 {
		t.Fatalf("another tenant sees %v, %v", children, err)
	}
	held, ok, err := s.ActiveByKey(t.Context(), tenant, store.RunKey{Playbook: "a", Key: "k6"})
	if err != nil || !ok {
		t.Fatalf("got %t, %v", ok, err)
	}
	equal(t, held, want[5])
	for _, key := range []store.RunKey{{Playbook: "b", Key: "k6"}, {Playbook: "a", Key: "k7"}, {Playbook: "a"}} {
		if _, ok, err := s.ActiveByKey(t.Context(), tenant, key); ok || err != nil {
			t.Errorf("%+v: got %t, %v; want none", key, ok, err)
		}
	}
}

func intentsListed(t *testing.T, s Services) {
	run := started(t, s, newTenant())
	paths := map[string]bool{}
	for n := range 30 {
		in := anIntent(run)
		in.Path = fmt.Sprint("steps.block[", n, "]")
		paths[in.Path] = true
		must(t, s, intend(s, t, in))
		if n < 10 {
			in.State = harrier.IntentUnknown
			must(t, s, settle(s, t, in))
		}
	}
	list := func(tenant harrier.TenantID, f harrier.IntentFilter) []harrier.Intent {
		return pages(t, func(p harrier.Page) ([]harrier.Intent, string, error) { return s.IntentList(t.Context(), tenant, f, p) })
	}
	for _, in := range list(run.Tenant, harrier.IntentFilter{}) {
		if !paths[in.Path] {
			t.Errorf("%s comes twice", in.Path)
		}
		delete(paths, in.Path)
	}
	equal(t, len(paths), 0)
	equal(t, len(list(run.Tenant, harrier.IntentFilter{State: harrier.IntentUnknown})), 10)
	equal(t, len(list(run.Tenant, harrier.IntentFilter{State: harrier.IntentSucceeded})), 0)
	equal(t, len(list(run.Tenant, harrier.IntentFilter{Effect: harrier.Contain, Run: run.ID})), 30)
	equal(t, len(list(newTenant(), harrier.IntentFilter{})), 0)
}

func snapshots(t *testing.T, s Services) {
	old := started(t, s, newTenant())
	run := claimed(t, s, old.ID, "node-1")
	save := func(run harrier.Run, seq int64, data string) error {
		return s.Write(t.Context(), func(tx harrier.Tx) error { return s.SaveSnapshot(t.Context(), tx, run, seq, []byte(data)) })
	}
	if _, ok, err := s.LoadSnapshot(t.Context(), run.ID); ok || err != nil {
		t.Fatalf("got %t, %v; want none", ok, err)
	}
	is(t, save(old, 1, "late"), engine.ErrFence)
	for seq, data := range map[int64]string{500: "b", 499: "a"} {
		if err := save(run, seq, data); err != nil {
			t.Fatal(err)
		}
	}
	got, ok, err := s.LoadSnapshot(t.Context(), run.ID)
	if err != nil || !ok {
		t.Fatalf("got %t, %v", ok, err)
	}
	equal(t, got, store.Snapshot{Run: run.ID, Seq: 500, Data: []byte("b")})
}
