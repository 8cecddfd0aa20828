package demo

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
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

// longest is the longest wait that is skipped: the longest retry. Questions to
// people stay open for longer.
const longest = 16 * time.Minute

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

	mu    sync.Mutex // guards what follows
	run   api.RunDetail
	asked []api.Approval
}

func (*audience) Ready(cli.DemoReady)   {}
func (*audience) Submitted(api.Receipt) {}
func (*audience) Ended(cli.DemoReport)  {}

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
	t      *testing.T
	lab    *lab.Lab
	report cli.DemoReport
	run    api.RunDetail
	asked  []api.Approval
	dir    string
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
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Second)
	defer cancel()
	watch, c, see := sync.WaitGroup{}, new(clock), &audience{deny: a.deny}
	ticking, stop := context.WithCancel(ctx)
	defer watch.Wait()
	defer stop()
	a.options.Now = c.now
	sc := scene{t: t, lab: l, dir: t.TempDir()}
	d := Demo{stage: stage{
		options: a.options, mailboxes: a.mailboxes, copies: a.copies,
		opened: func(a *app.App) { watch.Go(func() { c.skip(ticking, a) }) },
	}}
	sc.report, err = d.Play(ctx, cli.DemoOptions{Dir: sc.dir, Lab: l.URL("control"), Mail: a.mail, MailName: a.name, Once: true}, see)
	sc.run, sc.asked = see.run, see.asked
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

// met reports whether a call met a fault, so that a test proves something.
func (sc scene) met(kind lab.Kind) bool {
	return slices.ContainsFunc(sc.lab.Calls(), func(c lab.Call) bool { return c.Fault == kind })
}

// honest fails the test where the run or the report say what the world does not.
func (sc scene) honest() {
	sc.t.Helper()
	state := sc.lab.State()
	for _, e := range sc.run.Effects {
		if e.Connection.IsZero() {
			continue // of our own
		}
		seen, known := seenBy(sc.lab, state, e)
		switch {
		case !known:
			sc.t.Errorf("the test cannot tell whether %s on %q is in the world", e.Action, e.Target)
		case e.State == harrier.IntentSucceeded && !seen:
			sc.t.Errorf("%s on %q is claimed (by %s) and the world did not see it", e.Action, e.Target, e.By)
		case e.State == harrier.IntentFailed && seen:
			sc.t.Errorf("%s on %q is said to have failed and the world saw it", e.Action, e.Target)
		}
	}
	if sc.report.Contained {
		sc.contained(state)
	}
	sc.untouched()
}

// seenBy reports whether the world shows an effect now.
func seenBy(l *lab.Lab, state lab.State, e api.Effect) (seen, known bool) {
	switch e.Action {
	case "msgraph.quarantine":
		return slices.ContainsFunc(l.Effects(), func(h lab.Effect) bool {
			return h.Action == "message.move" && h.Key == quarantined && strings.HasPrefix(h.Target, e.Target+"/")
		}), true
	case "opnsense.block_domain":
		return slices.Contains(state.Sinkholed, "*."+e.Target), true
	case "opnsense.block_ip":
		return slices.Contains(state.Blocked["harrier_blocked"], e.Target), true
	case "slack.post":
		return len(state.Channels[e.Target]) > 1, true
	}
	return false, false
}

// contained holds the claim of containment against the world.
func (sc scene) contained(state lab.State) {
	sc.t.Helper()
	if sc.report.CopiesFound == 0 || sc.report.CopiesQuarantined != sc.report.CopiesFound {
		sc.t.Errorf("contained is claimed with %d of %d copies quarantined", sc.report.CopiesQuarantined, sc.report.CopiesFound)
	}
	for _, e := range sc.run.Effects {
		if seen, _ := seenBy(sc.lab, state, e); e.Effect == harrier.Contain && !seen {
			sc.t.Errorf("contained is claimed and %s on %q is not in force", e.Action, e.Target)
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
