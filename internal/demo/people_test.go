package demo

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/lab"
)

// verdictAsked tells that an analyst is asked what a mail is.
func verdictAsked(g glance) bool {
	return slices.ContainsFunc(g.asked, func(a api.Approval) bool { return strings.HasPrefix(a.Title, "Is this mail malicious?") })
}

// leftToAPerson fails the test unless a mail waits for a person: the case is
// open, nothing was removed or blocked, and it stays so while sources are asked again.
func (f *floor) leftToAPerson(id harrier.RunID) {
	f.t.Helper()
	first := f.until(id, time.Minute, func(g glance) bool { return len(g.asked) > 0 })
	asked := f.clock.now()
	again := first
	if verdictAsked(first) { // while they think, the sources are asked again
		again = f.until(id, 11*time.Minute, func(glance) bool { return f.clock.now().Sub(asked) > 15*time.Minute })
	}
	if len(again.asked) == 0 || again.run.Status.Ended() {
		f.t.Errorf("after a while the run is %s and asks %q", again.run.Status, titles(again.asked))
	}
	c, err := f.app.CaseByNumber(f.t.Context(), 1)
	if err != nil || c.Status != "open" {
		f.t.Errorf("the case is %+v, %v", c.Case, err)
	}
	for _, e := range f.lab.Effects() {
		thanks := e.Action == "mail.send" && e.Target == reporter
		if looked := e.Vendor == "cape" || e.Vendor == "urlscan"; !thanks && !looked {
			f.t.Errorf("there is %+v", e)
		}
	}
}

// A fraud of words alone, whose sender every authentication proves, is nobody's
// known threat: a person says what it is.
func TestPeople_decideOnAFraudOfWordsAlone(t *testing.T) {
	t.Parallel()
	f := openFloor(t, "bec", string(organisation))
	f.leftToAPerson(f.report(f.story.o.Mail))
}

// A look-up that fails never counts as clean: neither the bad nor the good mail
// is closed while nobody answers.
func TestPeople_decideWhereEveryLookUpFails(t *testing.T) {
	t.Parallel()
	for i, scenario := range []string{"benign", "phishing"} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			some(t, i, 1)
			f := openFloor(t, scenario, string(organisation))
			for vendor, path := range map[string]string{"virustotal": "", "urlhaus": "", "threatfox": "", "abuseipdb": "", "urlscan": "/search"} {
				if err := f.lab.Fault(vendor, lab.Rule{Kind: lab.Unavailable, Path: path, Count: -1}); err != nil {
					t.Fatal(err)
				}
			}
			f.leftToAPerson(f.report(f.story.o.Mail))
		})
	}
}

// A false positive is taken back as if nothing had been: every copy lies in its
// folder with its flag and its id, nothing is blocked, people know, and no later
// hunt takes it again.
func TestPeople_takeAFalsePositiveBack(t *testing.T) {
	t.Parallel()
	f := openFloor(t, "phishing", string(organisation))
	f.yes = everybody
	before := f.lab.State()
	id := f.report(f.story.o.Mail)
	f.until(id, time.Minute, handled)
	if now := f.lab.State(); len(now.Gateway) == 0 || len(now.Sinkholed) == 0 || len(quarantinedOf(now.Mail)) != 3 {
		t.Fatalf("it was not contained: %v, %v, %v", now.Gateway, now.Sinkholed, quarantinedOf(now.Mail))
	}
	c, err := f.app.CaseByNumber(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	run := f.look(id).run
	back, err := f.app.Start(t.Context(), api.StartRun{Playbook: "mail-restore", Alert: run.Alert, Inputs: api.Object{"case": c.ID.String(), "reason": "It was our own newsletter."}})
	if err != nil {
		t.Fatal(err)
	}
	ended := f.until(back.ID, time.Minute, func(g glance) bool { return g.run.Status.Ended() })
	if ended.run.Status != harrier.RunSucceeded {
		t.Fatalf("%s %s\n%s", ended.run.Status, ended.run.Reason, failures(ended.run.Steps))
	}
	f.asBefore(before)
	if out := string(ended.run.Outputs); f.t.Failed() {
		t.Log(out, failures(ended.run.Steps))
	}
	f.toldOnce(map[string]int{reporter: 3, "bob.archer@corp.example": 2, "carol.archer@corp.example": 1})
	f.told("bob.archer@corp.example", "Wieder in Ihrem Postfach: ") // whose language the directory knows
	f.told("carol.archer@corp.example", "De retour dans votre boîte : ")
	f.until(id, 25*time.Hour, func(g glance) bool { return g.run.Status.Ended() })
	f.asBefore(before)
	if c, err = f.app.CaseByNumber(t.Context(), 1); err != nil || !strings.Contains(c.Summary, "harmless after all") {
		t.Errorf("the case is %+v, %v", c.Case, err)
	}
}

// quarantinedOf are the mails that lie in quarantine.
func quarantinedOf(mails []lab.Mail) []lab.Mail {
	return slices.DeleteFunc(slices.Clone(mails), func(m lab.Mail) bool { return m.Folder != quarantined })
}

// asBefore fails the test unless the mail of the story lies as it did, and
// nothing is blocked.
func (f *floor) asBefore(before lab.State) {
	f.t.Helper()
	ours := func(s lab.State) []lab.Mail {
		mails := slices.DeleteFunc(slices.Clone(s.Mail), func(m lab.Mail) bool { return strings.HasPrefix(m.From, "soc@") })
		slices.SortFunc(mails, func(a, b lab.Mail) int { return strings.Compare(a.Mailbox+a.ID, b.Mailbox+b.ID) })
		return mails
	}
	now := f.lab.State()
	if diff := cmp.Diff(ours(before), ours(now), cmpopts.EquateEmpty()); diff != "" {
		f.t.Errorf("mail lies otherwise (-before +now):\n%s", diff)
	}
	if len(now.Gateway) != 0 || len(now.Sinkholed) != 0 || len(now.Blocked["harrier_blocked"]) != 0 {
		f.t.Errorf("still blocked are %v, %v, %v", now.Gateway, now.Sinkholed, now.Blocked)
	}
}

// toldOnce fails the test unless people got as many mails as given, all different.
func (f *floor) toldOnce(want map[string]int) {
	f.t.Helper()
	got, seen := map[string]int{}, map[string]bool{}
	for _, m := range f.lab.State().Mail {
		if !strings.HasPrefix(m.From, "soc@") || m.Folder != "inbox" {
			continue
		}
		got[m.Mailbox]++
		if seen[m.Mailbox+m.Subject] {
			f.t.Errorf("%s was told %q twice", m.Mailbox, m.Subject)
		}
		seen[m.Mailbox+m.Subject] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		f.t.Errorf("mails to people (-want +got):\n%s", diff)
	}
}

// told fails the test unless somebody has a mail of ours with a subject that begins so.
func (f *floor) told(mailbox, subject string) {
	f.t.Helper()
	if !slices.ContainsFunc(f.lab.State().Mail, func(m lab.Mail) bool {
		return m.Mailbox == mailbox && strings.HasPrefix(m.From, "soc@") && strings.HasPrefix(m.Subject, subject)
	}) {
		f.t.Errorf("%s has no mail %q", mailbox, subject)
	}
}

// Five people report the same mail: it is one case and one containment, and each
// of them is thanked once and told once.
func TestPeople_whoReportTheSameMailShareACase(t *testing.T) {
	t.Parallel()
	f := openFloor(t, "phishing", string(organisation))
	f.yes = everybody
	want, runs := map[string]int{}, []harrier.RunID{}
	for _, who := range []string{"alice.archer", "carol.archer", "david.archer", "erin.archer", "frank.archer"} {
		mail := bytes.ReplaceAll(f.story.o.Mail, []byte(reporter), []byte(who+"@corp.example"))
		runs = append(runs, f.report(mail))
		want[who+"@corp.example"] = 2
	}
	want["bob.archer@corp.example"] = 1 // the account was secured
	contained := 0
	for _, id := range runs {
		g := f.until(id, time.Minute, func(g glance) bool { return g.run.Status.Ended() || handled(g) })
		if handled(g) {
			contained++
		} else if g.run.Status != harrier.RunSucceeded {
			t.Errorf("run %s is %s %s\n%s", id, g.run.Status, g.run.Reason, failures(g.run.Steps))
		}
	}
	if _, err := f.app.CaseByNumber(t.Context(), 2); contained != 1 || harrier.KindOf(err) != harrier.NotFound {
		t.Errorf("contained %d times; a second case: %v", contained, err)
	}
	f.toldOnce(want)
	for _, e := range f.lab.Effects() {
		if e.Changed > 1 {
			t.Errorf("twice: %+v", e)
		}
	}
}

// Where organisation.yaml lets exact copies go unattended, they go before
// anybody is asked, and everything else waits.
func TestPeople_needNotBeAskedAboutExactCopies(t *testing.T) {
	t.Parallel()
	f := openFloor(t, "phishing", string(organisation)+"\nunattended:\n  exact_copies: true\n")
	id := f.report(f.story.o.Mail)
	g := f.until(id, time.Minute, func(g glance) bool { return len(g.asked) > 0 })
	now := f.lab.State()
	if len(quarantinedOf(now.Mail)) != 3 || len(now.Gateway) != 0 || len(now.Sinkholed) != 0 {
		t.Errorf("without anybody: %v, %v, %v", quarantinedOf(now.Mail), now.Gateway, now.Sinkholed)
	}
	for _, a := range now.Accounts {
		if a.MustChange {
			t.Errorf("without anybody: %+v", a)
		}
	}
	if len(g.asked) != 1 || !strings.HasPrefix(g.asked[0].Title, "Quarantine 0 copies and make 5 blocks") {
		t.Errorf("asked is %q", titles(g.asked))
	}
}
