package casework_test

import (
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
)

// somebody is an administrator of the tenant with a name.
func somebody(name string) harrier.Principal {
	p := harrier.Operator()
	p.ID, p.Name = harrier.DeriveID[harrier.PrincipalID](name), name
	return p
}

// secret opens a case with the desk's alert and restricts it for somebody.
func (d *desk) secret(by harrier.Principal) harrier.Case {
	d.t.Helper()
	if _, err := d.do("case.open", "run", map[string]any{"template": "insider"}); err != nil {
		d.t.Fatal(err)
	}
	c, err := d.GetByNumber(d.t.Context(), by, 1)
	if err != nil {
		d.t.Fatal(err)
	}
	if c, err = d.Restrict(d.t.Context(), by, c.ID, true, "a colleague is suspected"); err != nil {
		d.t.Fatal(err)
	}
	return c
}

// sees reports whether somebody finds a case in every way there is.
func (d *desk) sees(by harrier.Principal, id harrier.CaseID) bool {
	d.t.Helper()
	_, err := d.Get(d.t.Context(), by, id)
	rows, _, listErr := d.List(d.t.Context(), by, harrier.CaseFilter{}, harrier.Page{})
	alerts, _, alertErr := d.store.Alerts(d.t.Context(), by.Tenant, harrier.AlertFilter{Viewer: by.ID}, harrier.Page{})
	if listErr != nil || alertErr != nil {
		d.t.Fatal(listErr, alertErr)
	}
	seen := err == nil
	if !seen && harrier.KindOf(err) != harrier.NotFound {
		d.t.Fatal(err)
	}
	byID := d.store.SeeAlert(d.t.Context(), by.Tenant, by.ID, d.alert) == nil
	if (len(rows) == 1) != seen || (len(alerts) == 1) != seen || byID != seen {
		d.t.Errorf("%s: by id %v, in the list %d, its alerts %d, its alert by id %v", by.Name, seen, len(rows), len(alerts), byID)
	}
	return seen
}

// AZ-07: a restricted case and its alerts are there for members alone.
func TestRestrict_hidesACaseFromAdministratorsToo(t *testing.T) {
	t.Parallel()
	d := open(t)
	hr, admin := somebody("hr"), somebody("admin")
	c := d.secret(hr)
	if !d.sees(hr, c.ID) || d.sees(admin, c.ID) {
		t.Fatal("the wrong people see the case")
	}
	ask := map[string]func() error{
		"comment": func() error { return d.Comment(t.Context(), admin, c.ID, "hello") },
		"close": func() error {
			_, err := d.Finish(t.Context(), admin, c.ID, casework.Closing{Disposition: casework.Undetermined, Reason: "no"})
			return err
		},
		"by number":  func() error { _, err := d.GetByNumber(t.Context(), admin, c.Number); return err },
		"timeline":   func() error { _, _, err := d.Timeline(t.Context(), admin, c.ID, harrier.Page{}); return err },
		"members":    func() error { _, err := d.Members(t.Context(), admin, c.ID); return err },
		"unrestrict": func() error { _, err := d.Restrict(t.Context(), admin, c.ID, false, "me"); return err },
		"add":        func() error { return d.AddMember(t.Context(), admin, c.ID, casework.Member{Principal: admin.ID}) },
		"remove":     func() error { return d.RemoveMember(t.Context(), admin, c.ID, hr.ID) },
	}
	for name, f := range ask {
		if err := f(); err == nil || harrier.KindOf(err) != harrier.NotFound || strings.Contains(err.Error(), "restricted") {
			t.Errorf("%s says %v", name, err)
		}
	}
	if err := d.AddMember(t.Context(), hr, c.ID, casework.Member{Principal: admin.ID, Name: "admin"}); err != nil || !d.sees(admin, c.ID) {
		t.Fatal("a new member does not see the case", err)
	}
	if err := d.RemoveMember(t.Context(), admin, c.ID, hr.ID); err != nil || d.sees(hr, c.ID) {
		t.Fatal("who is no member any more sees the case", err)
	}
	if err := d.RemoveMember(t.Context(), admin, c.ID, admin.ID); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("the last member went: %v", err)
	}
	if _, err := d.Restrict(t.Context(), admin, c.ID, false, "it is over"); err != nil || !d.sees(hr, c.ID) {
		t.Error("a case that is open to all is not there for all", err)
	}
}

// What a run that opened a restricted case asks and did is as hidden as the case.
func TestRestrict_hidesTheRunsThatOpenedTheCase(t *testing.T) {
	t.Parallel()
	d := open(t)
	hr, admin := somebody("hr"), somebody("admin")
	run := harrier.Run{Tenant: harrier.DefaultTenant, ID: harrier.DeriveID[harrier.RunID]("run"), Playbook: "phishing-response", Status: harrier.RunQueued, CreatedAt: d.now, UpdatedAt: d.now}
	q := harrier.Approval{Tenant: run.Tenant, ID: harrier.NewID[harrier.ApprovalID](d.now), Run: run.ID, Kind: harrier.PlanApproval, Title: "t", Body: []byte(`{}`), CreatedAt: d.now}
	e := harrier.Evidence{Tenant: run.Tenant, ID: harrier.NewID[harrier.EvidenceID](d.now), SHA256: "ab", Alert: d.alert, CreatedAt: d.now}
	err := d.store.Write(t.Context(), func(tx harrier.Tx) error {
		if err := d.store.Create(t.Context(), tx, run, nil); err != nil {
			return err
		}
		if err := d.store.AddEvidence(t.Context(), tx, e); err != nil {
			return err
		}
		return d.store.Ask(t.Context(), tx, q)
	})
	if err != nil {
		t.Fatal(err)
	}
	d.secret(hr)
	for _, who := range []struct {
		by   harrier.Principal
		want int
	}{{hr, 1}, {admin, 0}, {harrier.Principal{Name: "nobody", Tenant: run.Tenant}, 0}, {harrier.Principal{Name: "system", Tenant: run.Tenant, ID: harrier.SystemPrincipal}, 1}} {
		runs, _, err1 := d.store.Runs(t.Context(), run.Tenant, harrier.RunFilter{Viewer: who.by.ID}, harrier.Page{})
		asked, _, err2 := d.store.Approvals(t.Context(), run.Tenant, harrier.ApprovalFilter{Viewer: who.by.ID}, harrier.Page{})
		kept, _, err3 := d.store.EvidenceList(t.Context(), run.Tenant, harrier.EvidenceFilter{Viewer: who.by.ID}, harrier.Page{})
		if err1 != nil || err2 != nil || err3 != nil {
			t.Fatal(err1, err2, err3)
		}
		if len(runs) != who.want || len(asked) != who.want || len(kept) != who.want {
			t.Errorf("%s sees %d runs, %d questions, %d artefacts; want %d of each", who.by.Name, len(runs), len(asked), len(kept), who.want)
		}
		for what, err := range map[string]error{
			"run": d.store.SeeRun(t.Context(), run.Tenant, who.by.ID, run.ID), "question": d.store.SeeApproval(t.Context(), run.Tenant, who.by.ID, q.ID),
			"evidence": d.store.SeeEvidence(t.Context(), run.Tenant, who.by.ID, e.ID),
		} {
			if (err == nil) != (who.want == 1) {
				t.Errorf("%s asks for the %s by id: %v", who.by.Name, what, err)
			}
		}
	}
}

// Two people together get one of them in, for a time; the members read of it.
func TestGlass_needsTwoPeopleAndEndsByItself(t *testing.T) {
	t.Parallel()
	d := open(t)
	hr, admin, other := somebody("hr"), somebody("admin"), somebody("other")
	c := d.secret(hr)
	g, err := d.AskGlass(t.Context(), admin, casework.Glass{Asked: "1", Reason: "hr cannot be reached", For: 2 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.DecideGlass(t.Context(), admin, g.ID, true); harrier.KindOf(err) != harrier.Denied {
		t.Fatalf("who asked granted it: %v", err)
	}
	if d.sees(admin, c.ID) {
		t.Fatal("asking is enough")
	}
	if _, err := d.DecideGlass(t.Context(), other, g.ID, true); err != nil {
		t.Fatal(err)
	}
	if !d.sees(admin, c.ID) || d.sees(other, c.ID) {
		t.Error("the wrong one sees the case")
	}
	if _, err := d.DecideGlass(t.Context(), other, g.ID, false); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("it was decided twice: %v", err)
	}
	d.now = d.now.Add(2 * time.Hour)
	if d.sees(admin, c.ID) {
		t.Error("the access has no end")
	}
	lines, _, err := d.Timeline(t.Context(), hr, c.ID, harrier.Page{})
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, l := range lines {
		if l.Kind == "glass" && strings.Contains(l.Text, "admin") {
			told++
		}
	}
	rows, _, err := d.store.AuditTrail(t.Context(), hr.Tenant, harrier.AuditFilter{Target: c.ID.String()}, harrier.Page{})
	if err != nil || told != 2 || len(rows) != 3 {
		t.Errorf("the members read %d lines and the audit has %d rows, want 2 and 3 (%v)", told, len(rows), err)
	}
}

// A request about what is not there reads like any other.
func TestGlass_doesNotTellWhetherThereIsACase(t *testing.T) {
	t.Parallel()
	d := open(t)
	admin, other := somebody("admin"), somebody("other")
	d.secret(somebody("hr"))
	for _, asked := range []string{"1", "99", harrier.NewID[harrier.CaseID](d.now).String()} {
		g, err := d.AskGlass(t.Context(), admin, casework.Glass{Asked: asked, Reason: "r"})
		if err != nil || g.Status != casework.GlassPending {
			t.Errorf("%s: %v, %v", asked, g.Status, err)
		}
		if _, err := d.DecideGlass(t.Context(), other, g.ID, true); (err == nil) != (asked == "1") {
			t.Errorf("%s: %v", asked, err)
		}
	}
	g, err := d.AskGlass(t.Context(), admin, casework.Glass{Asked: "1", Reason: "r"})
	if err != nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(25 * time.Hour)
	if _, err := d.DecideGlass(t.Context(), other, g.ID, true); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("an old request was granted: %v", err)
	}
}
