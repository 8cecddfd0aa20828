package demo

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/app"
	"github.com/harrier-soar/harrier/internal/cli"
	"github.com/harrier-soar/harrier/internal/lab"
)

// clock is the system's, moved ahead whenever runs only wait for the time.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// longest is the longest wait that is skipped: the longest retry. The late hunts
// and questions to people wait for longer.
const longest = 11 * time.Minute

// skip moves the clock to when a run goes on by itself, until ctx ends.
func (c *clock) skip(ctx context.Context, a *app.App) {
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		at, ok, err := a.Due(ctx)
		if wait := at.Sub(c.now()); err == nil && ok && wait > 0 && wait <= longest {
			c.ahead.Add(int64(wait))
			a.Look()
		}
	}
}

// audience is an observer that answers as told and remembers.
type audience struct {
	deny bool

	mu       sync.Mutex // guards what follows
	app      *app.App
	run      api.RunDetail
	asked    []api.Approval
	incident api.CaseDetail
}

func (*audience) Ready(cli.DemoReady)   {}
func (*audience) Submitted(api.Receipt) {}

// Ended remembers what the case says.
func (a *audience) Ended(r cli.DemoReport) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.app != nil && r.Case != 0 {
		a.incident, _ = a.app.CaseByNumber(context.Background(), r.Case)
	}
}

func (a *audience) Run(r api.RunDetail) {
	a.mu.Lock()
	a.run = r
	a.mu.Unlock()
}

func (a *audience) Approve(q api.Approval) cli.DemoDecision {
	a.mu.Lock()
	a.asked = append(a.asked, q)
	a.mu.Unlock()
	return cli.DemoDecision{Approve: !a.deny}
}

// act is one telling of a story in a world of its own, without waiting.
type act struct {
	mail   []byte
	name   string
	faults map[string][]lab.Rule
	// options are those of the installation.
	options app.Options
	// mailboxes and copies are how many the company has.
	mailboxes, copies int
	deny              bool
}

// scene is what an act left behind.
type scene struct {
	t        *testing.T
	lab      *lab.Lab
	report   cli.DemoReport
	run      api.RunDetail
	asked    []api.Approval
	incident api.CaseDetail
	dir      string
}

// play tells a story to its end.
func (a act) play(t *testing.T) scene {
	t.Helper()
	l, err := lab.Start(lab.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	for vendor, rules := range a.faults {
		for _, r := range rules {
			if err := l.Fault(vendor, r); err != nil {
				t.Fatal(err)
			}
		}
	}
	if a.options.Log == nil {
		a.options.Log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 150*time.Second)
	defer cancel()
	watch, c, see := sync.WaitGroup{}, new(clock), &audience{deny: a.deny}
	ticking, stop := context.WithCancel(ctx)
	defer watch.Wait()
	defer stop()
	a.options.Now = c.now
	sc := scene{t: t, lab: l, dir: t.TempDir()}
	d := Demo{stage: stage{
		options: a.options, mailboxes: a.mailboxes, copies: a.copies,
		opened: func(a *app.App) {
			see.app = a
			watch.Go(func() { c.skip(ticking, a) })
		},
	}}
	sc.report, err = d.Play(ctx, cli.DemoOptions{Dir: sc.dir, Lab: l.URL("control"), Mail: a.mail, MailName: a.name, Once: true}, see)
	sc.run, sc.asked, sc.incident = see.run, see.asked, see.incident
	if err != nil {
		t.Fatalf("the story broke off: %v\n%s", err, sc)
	}
	return sc
}

// String tells what the scene looks like.
func (sc scene) String() string {
	report, _ := json.MarshalIndent(sc.report, "", " ")
	effects, _ := json.MarshalIndent(sc.run.Effects, "", " ")
	var calls strings.Builder
	for _, c := range sc.lab.Calls() {
		if c.Fault != "" {
			b, _ := json.Marshal(c)
			calls.Write(append(b, '\n'))
		}
	}
	return "run " + string(sc.run.Status) + " waiting for " + sc.run.WaitingFor + " " + sc.run.Reason + "\nfaults met:\n" + calls.String() +
		"reported: " + string(report) + "\nintents: " + string(effects) + "\nfailed steps:\n" + failures(sc.run.Steps)
}

func failures(steps []api.Step) string {
	var b strings.Builder
	for _, s := range steps {
		if s.Error != "" {
			b.WriteString(s.Path + ": " + s.Class + ": " + s.Error + "\n")
		}
		b.WriteString(failures(s.Steps))
	}
	return b.String()
}

// honest fails the test where the run or the report say what the world does not.
func (sc scene) honest() {
	sc.t.Helper()
	state, effects := sc.lab.State(), sc.lab.Effects()
	for what, c := range sc.claims() {
		seen, known := remembered(effects, what.action, what.target)
		if what.action == "opnsense.block_domain" && !inForce(state, effects, what.action, what.target) {
			seen = 0 // it is written down, and in force only when the resolver has read it
		}
		switch {
		case !known:
			sc.t.Errorf("the test cannot tell whether %s on %q is in the world", what.action, what.target)
		case c.done > 0 && seen == 0, c.effect == harrier.Notify && seen < c.done:
			sc.t.Errorf("%s on %q is claimed %d times and the world saw it %d times", what.action, what.target, c.done, seen)
		case c.done+c.open == 0 && seen > 0, c.effect == harrier.Notify && seen > c.done+c.open+sc.repeats():
			sc.t.Errorf("%s on %q is claimed %d times, %d are open, and the world saw it %d times", what.action, what.target, c.done, c.open, seen)
		case sc.report.Contained && c.effect == harrier.Contain && !inForce(state, effects, what.action, what.target):
			sc.t.Errorf("contained is claimed and %s on %q is not in force", what.action, what.target)
		}
	}
	if sc.report.Contained && (sc.report.CopiesFound == 0 || sc.report.CopiesQuarantined != sc.report.CopiesFound) {
		sc.t.Errorf("contained is claimed with %d of %d copies quarantined", sc.report.CopiesQuarantined, sc.report.CopiesFound)
	}
	sc.unclaimed(effects)
	sc.untouched()
}

// claim is what a run says of an action on a target.
type claim struct {
	effect harrier.Effect
	// done is how often it was, open how often nobody knows.
	done, open int
}

// on is an action on a target.
type on struct{ action, target string }

// claims are what the run and those that it called say that they did to the world.
func (sc scene) claims() map[on]claim {
	all := map[on]claim{}
	for _, e := range sc.run.Effects {
		if e.Connection.IsZero() {
			continue // of our own
		}
		c := all[on{e.Action, e.Target}]
		c.effect = e.Effect
		switch e.State {
		case harrier.IntentSucceeded:
			c.done++
		case harrier.IntentOpen, harrier.IntentUnknown:
			c.open++
		case harrier.IntentFailed, harrier.IntentAborted:
		}
		all[on{e.Action, e.Target}] = c
	}
	return all
}

// repeats counts the calls that a faulty vendor carried out twice.
func (sc scene) repeats() (n int) {
	for _, c := range sc.lab.Calls() {
		if c.Fault == lab.Duplicate {
			n++
		}
	}
	return n
}

// unclaimed fails the test where the world saw what no run says that it did.
func (sc scene) unclaimed(effects []lab.Effect) {
	sc.t.Helper()
	for _, e := range effects {
		if e.Vendor+"."+e.Action == "opnsense.unbound.reconfigure" {
			continue // a part of what blocks a domain
		}
		ours := false
		for what := range sc.claims() {
			d, known := deeds()[what.action]
			ours = ours || known && d.is(e, what.target)
		}
		if !ours {
			sc.t.Errorf("the world saw %s.%s on %q, which no run claims", e.Vendor, e.Action, e.Target)
		}
	}
}

// untouched fails the test where mail was moved that is not the reported one.
func (sc scene) untouched() {
	sc.t.Helper()
	for _, m := range sc.lab.State().Mail {
		if strings.HasPrefix(m.MessageID, "<ordinary.") && m.Folder != "inbox" {
			sc.t.Errorf("ordinary mail %s of %s lies in %s", m.MessageID, m.Mailbox, m.Folder)
		}
	}
	for _, e := range sc.lab.Effects() {
		if e.Vendor == "msgraph" && strings.Contains(e.Target, "<ordinary.") {
			sc.t.Errorf("ordinary mail was touched: %+v", e)
		}
	}
}
