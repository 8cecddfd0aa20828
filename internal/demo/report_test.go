package demo

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/cli"
	"github.com/harrier-soar/harrier/internal/lab"
)

// budget is how long the story takes at most where nobody has to be waited for.
const budget = 30 * time.Second

// Every number that the report gives is one that the vendors, the database and
// the clock give too.
func TestReport_isTrueInEveryNumber(t *testing.T) {
	t.Parallel()
	l, err := lab.Start(lab.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	dir, see := t.TempDir(), &audience{}
	began := time.Now()
	tell := func() cli.DemoReport {
		r, err := Demo{}.Play(t.Context(), cli.DemoOptions{Dir: dir, Lab: l.URL("control"), Once: true}, see)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := tell()
	wall := time.Since(began)
	took := time.Duration(r.Seconds * float64(time.Second))
	if ready := time.Duration(r.ReadyMillis) * time.Millisecond; took <= 0 || ready <= 0 || ready+took > wall || took > budget {
		t.Errorf("it was ready in %s and took %s; by the clock all took %s; the budget is %s", ready, took, wall, budget)
	}
	found, moved := 0, 0
	for _, m := range l.Mail(reportedMail) {
		if found++; m.Folder == "recoverableitemsdeletions" {
			moved++
		}
	}
	if r.CopiesFound != found || r.CopiesQuarantined != moved || found != copies || moved != copies || !r.Contained {
		t.Errorf("it reports %d of %d copies; there are %d of %d", r.CopiesQuarantined, r.CopiesFound, moved, found)
	}
	var effects []cli.DemoEffect
	twice := 0
	for _, e := range l.Effects() {
		effects = append(effects, cli.DemoEffect{Action: e.Vendor + "." + e.Action, Target: e.Target, Count: e.Count})
		twice += e.Changed - 1
	}
	if diff := cmp.Diff(effects, r.Effects); diff != "" || r.DuplicateEffects != twice || twice != 0 {
		t.Errorf("%d duplicates of %d; effects (-vendors +report):\n%s", r.DuplicateEffects, twice, diff)
	}
	blocked(t, l)
	posts := l.Messages("soc")
	if len(posts) != 2 || !strings.Contains(posts[1].Text, "Exact copies found: 14, quarantined: 14, blocks: 5, accounts secured: 1.") || !strings.HasPrefix(posts[1].Text, "Case 1:") {
		t.Errorf("the chat was told %+v", posts)
	}
	if len(r.Approvals) != 2 || len(see.asked) != 2 || r.Case != 1 || r.HandsOnSeconds != 0 {
		t.Errorf("approvals %+v, asked %d, case %d, hands on %v", r.Approvals, len(see.asked), r.Case, r.HandsOnSeconds)
	}
	for i, a := range r.Approvals {
		if a.ID != see.asked[i].ID || a.Decision != harrier.ApprovalApproved {
			t.Errorf("approval %d is %+v; asked was %s", i, a, see.asked[i].ID)
		}
	}
	again := tell() // as after a kill: the story has been told
	again.ReadyMillis = r.ReadyMillis
	if diff := cmp.Diff(r, again); diff != "" {
		t.Errorf("told again it differs (-first +again):\n%s", diff)
	}
}

// blocked fails the test unless the firewall, the gateway and the directory have
// done what the story's mail calls for, and no more.
func blocked(t *testing.T, l *lab.Lab) {
	t.Helper()
	domains := []string{"*.collect.payroll-portal.example", "*.login.payroll-portal.example"}
	gateway := []string{"desk@payroll-portal.example", "https://collect.payroll-portal.example/post", "https://login.payroll-portal.example/session/confirm?u=nora.lindqvist"}
	got := l.Gateway()
	slices.Sort(got)
	if !cmp.Equal(l.Sinkholed(), domains) || len(l.Blocked("harrier_blocked")) != 0 || !cmp.Equal(got, gateway) {
		t.Errorf("blocked are %v, %v and %v", l.Sinkholed(), l.Blocked("harrier_blocked"), got)
	}
	for _, a := range l.State().Accounts {
		secured := a.MustChange && !a.Sessions && !slices.ContainsFunc(a.Rules, func(f lab.Filter) bool { return f.Enabled })
		if victim := a.User == "bob.archer@corp.example"; victim && !secured || !victim && a.MustChange {
			t.Errorf("the account of %s is %+v", a.User, a)
		}
	}
}

// reportedMail is the Message-ID of the mail of the story.
const reportedMail = "<20261123081422.7F3A1@smtp7.parcel-notify.example>"

// Where people say no, nothing is removed and the report says so.
func TestReport_ofADenialClaimsNothing(t *testing.T) {
	t.Parallel()
	sc := act{mailboxes: 4, copies: 3, deny: true}.play(t)
	if sc.report.Contained || sc.report.CopiesQuarantined != 0 || sc.report.CopiesFound != 3 || len(sc.report.Approvals) != 2 || sc.report.Approvals[0].Decision != harrier.ApprovalDenied || sc.report.Approvals[1].Decision != harrier.ApprovalDenied {
		t.Errorf("the report is %+v", sc.report)
	}
	for _, e := range sc.lab.Effects() {
		if e.Vendor != "slack" && e.Action != "mail.send" { // people are told
			t.Errorf("after a no there is %+v", e)
		}
	}
	sc.honest()
}
