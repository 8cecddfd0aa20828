package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/lab"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
)

// clock is the system's, moved ahead whenever runs only wait for the time.
type clock struct {
	ahead atomic.Int64
	// still tells that nothing is skipped.
	still atomic.Bool
}

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// skip moves the clock to when a run goes on by itself, until ctx ends. Waits
// as long as those for people are not skipped.
func (c *clock) skip(ctx context.Context, a *App) {
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		at, ok, err := a.Due(ctx)
		if wait := at.Sub(c.now()); err == nil && ok && !c.still.Load() && wait > 0 && wait < 16*time.Minute {
			c.ahead.Add(int64(wait))
			a.Look()
		}
	}
}

// office is an installation at work in a company of the lab.
type office struct {
	*App
	t       *testing.T
	lab     *lab.Lab
	memory  string // the directory of the lab
	options Options
	clock   clock
	close   func()
}

// reportedID is the Message-ID of the reported mail.
const reportedID = "<20261123081422.7F3A1@smtp7.parcel-notify.example>"

// reported is the mail of the demonstration.
func reported(t *testing.T) []byte {
	t.Helper()
	mail, err := os.ReadFile(filepath.Join("..", "demo", "mails", "phishing.eml"))
	if err != nil {
		t.Fatal(err)
	}
	return mail
}

// shorten puts a short playbook in the place of the one that ships, unless the
// test has put one there: these tests are about Harrier, not about phishing.
func shorten(t *testing.T, dir string) {
	t.Helper()
	name := filepath.Join(dir, "playbooks", "phishing-response.playbook.yaml")
	if _, err := os.Stat(name); err == nil {
		return
	}
	text, err := os.ReadFile(filepath.Join("testdata", "short.playbook.yaml"))
	if err == nil {
		err = os.MkdirAll(filepath.Dir(name), 0o700)
	}
	if err == nil {
		err = os.WriteFile(name, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// newOffice starts the vendors and an installation that knows them.
func newOffice(t *testing.T, options Options) *office {
	t.Helper()
	return newOfficeWith(t, options, lab.Config{Seed: 11})
}

// newOfficeWith is newOffice with vendors of a kind of their own.
func newOfficeWith(t *testing.T, options Options, vendors lab.Config) *office {
	t.Helper()
	memory := t.TempDir()
	vendors.Dir = memory
	l, err := lab.Start(vendors)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	const link = "https://login.payroll-portal.example/session/confirm?u=nora.lindqvist"
	err = l.Seed(lab.Scenario{Mailboxes: 5, Reported: &lab.Reported{
		MessageID: reportedID, Subject: "Action required: confirm your bank details before Friday's payroll run",
		From: "payroll@corp-payroll.example", Links: []string{link}, IP: "203.0.113.77", Verdict: "malicious", SenderVerdict: "malicious", Copies: 3,
	}})
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, lab: l, memory: memory, options: options}
	if o.options.Dir == "" {
		o.options.Dir = t.TempDir()
	}
	o.options.Now = o.clock.now
	o.options.PasswordCost = access.Cost{Memory: 64, Passes: 1}
	blanktest.Fill(t, o.options.Dir)
	shorten(t, o.options.Dir)
	o.open()
	t.Cleanup(func() { o.close() })
	return o
}

// open opens the installation and lets it drive runs.
func (o *office) open() {
	o.t.Helper()
	a, err := Open(o.t.Context(), o.options)
	if err != nil {
		o.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(o.t.Context()))
	var running sync.WaitGroup
	running.Go(func() {
		if err := a.Run(ctx); err != nil {
			o.t.Error(err)
		}
	})
	running.Go(func() { o.clock.skip(ctx, a) })
	o.App = a
	o.close = sync.OnceFunc(func() {
		cancel()
		running.Wait()
		if err := a.Close(); err != nil {
			o.t.Error(err)
		}
	})
}

// restart closes the installation, lets something happen, and opens it again.
func (o *office) restart(between func()) {
	o.t.Helper()
	o.close()
	between()
	o.open()
}

// connect adds a connection to every vendor; change may alter each before.
func (o *office) connect(change func(*api.AddConnection)) {
	o.t.Helper()
	for _, seed := range o.lab.Connections() {
		in := api.AddConnection{
			Name: seed.Name, Connector: seed.Connector, BaseURL: seed.BaseURL, Settings: seed.Settings, Secrets: seed.Secrets,
			AllowHosts: seed.AllowHosts, AllowPrivate: []string{"127.0.0.0/8"}, Limits: seed.Limits,
		}
		if change != nil {
			change(&in)
		}
		if err := o.Connect(o.t.Context(), in); err != nil {
			o.t.Fatal(err)
		}
	}
}

// submit reports the mail and returns the run that it started.
func (o *office) submit() harrier.RunID {
	o.t.Helper()
	r, err := o.SubmitMail(o.t.Context(), "mail.eml", reported(o.t))
	if err != nil || len(r.Runs) != 1 {
		o.t.Fatalf("submit: %+v, %v", r, err)
	}
	return r.Runs[0]
}

// until waits until what a run asks or shows is as wanted.
func (o *office) until(id harrier.RunID, holds func(api.RunDetail) bool) api.RunDetail {
	o.t.Helper()
	ctx, cancel := context.WithTimeoutCause(o.t.Context(), 40*time.Second, errors.New("it took too long"))
	defer cancel()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		run, err := o.RunDetail(ctx, id)
		switch {
		case ctx.Err() != nil:
			o.t.Fatalf("%v: run %s waits for %s", context.Cause(ctx), run.Status, run.WaitingFor)
		case err != nil:
			o.t.Fatal(err)
		case holds(run):
			return run
		}
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
}

// ended reports whether a run came to its end.
func ended(r api.RunDetail) bool { return r.Status.Ended() }

// asked waits for what a run asks people.
func (o *office) asked(id harrier.RunID) api.Approval {
	o.t.Helper()
	var list []api.Approval
	o.until(id, func(r api.RunDetail) bool {
		if ended(r) {
			o.t.Fatalf("the run has ended %s without asking: %s %s", r.Status, r.Reason, r.Outputs)
		}
		var err error
		if list, err = o.PendingApprovals(o.t.Context(), id); err != nil {
			o.t.Fatal(err)
		}
		return len(list) > 0 && r.Status == harrier.RunWaiting
	})
	return list[0]
}

// approve says yes to exactly what was shown.
func (o *office) approve(q api.Approval) {
	o.t.Helper()
	if _, err := o.Decide(o.t.Context(), q.ID, api.Decision{Approve: true, Hash: q.Hash}); err != nil {
		o.t.Fatal(err)
	}
}

// steps returns every step of a run, those within others too.
func steps(list []api.Step) []api.Step {
	var all []api.Step
	for _, s := range list {
		all = append(append(all, s), steps(s.Steps)...)
	}
	return all
}

// refusals returns the errors of the steps whose path starts so.
func refusals(r api.RunDetail, path string) []string {
	var list []string
	for _, s := range steps(r.Steps) {
		if strings.HasPrefix(s.Path, path) && s.Error != "" && len(s.Steps) == 0 {
			list = append(list, s.Class+": "+s.Error)
		}
	}
	return list
}

// saw reports whether a vendor carried anything out.
func (o *office) saw(vendor string) bool {
	return slices.ContainsFunc(o.lab.Effects(), func(e lab.Effect) bool { return e.Vendor == vendor })
}
