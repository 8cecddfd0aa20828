package demo

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/app"
	"github.com/harrier-soar/harrier/internal/cli"
	"github.com/harrier-soar/harrier/internal/lab"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
)

// floor is an installation among vendors whose clock, reports and people a test
// is in charge of: nobody answers unless the test does.
type floor struct {
	t     *testing.T
	clock *clock
	story *story
	lab   *lab.Lab
	app   *app.App
	// yes tells which questions are answered, with yes; nil means none.
	yes func(api.Approval) bool
}

// openFloor opens a company of four mailboxes to which a tale is to happen.
func openFloor(t *testing.T, scenario, organisation string) *floor {
	t.Helper()
	f := &floor{t: t, clock: new(clock)}
	dir := blanktest.Dir(t)
	var err error
	if f.lab, err = lab.Start(lab.Config{Now: f.clock.now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.lab.Close() })
	if err := os.WriteFile(filepath.Join(dir, "organisation.yaml"), []byte(organisation), 0o600); err != nil {
		t.Fatal(err)
	}
	f.story = &story{o: cli.DemoOptions{Once: true, Lab: f.lab.URL("control")}, world: f.lab, Demo: Demo{stage: stage{mailboxes: 6, copies: 3}}}
	if f.story.tale, err = taleNamed(scenario); err != nil {
		t.Fatal(err)
	}
	if err := f.story.readMail(); err != nil {
		t.Fatal(err)
	}
	if f.app, err = app.Open(t.Context(), app.Options{Dir: dir, Now: f.clock.now, Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	f.story.app = f.app
	f.drive()
	if err := f.story.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return f
}

// drive lets runs go on until the test ends.
func (f *floor) drive() {
	ctx, stop := context.WithCancel(context.WithoutCancel(f.t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- f.app.Run(ctx) }()
	f.t.Cleanup(func() {
		stop()
		if err := errors.Join(<-ended, f.app.Close()); err != nil {
			f.t.Error(err)
		}
	})
}

// report reports a mail, and returns the run that handles it.
func (f *floor) report(mail []byte) harrier.RunID {
	f.t.Helper()
	r, err := f.app.SubmitMail(f.t.Context(), "report.eml", mail)
	if err != nil || len(r.Runs) != 1 {
		f.t.Fatalf("%+v, %v", r, err)
	}
	return r.Runs[0]
}

// glance is how a run stands, with those that it called and what they ask.
type glance struct {
	run   api.RunDetail
	asked []api.Approval
}

// until lets time pass, no wait longer than most being skipped, until a run is
// as the test wants it.
func (f *floor) until(id harrier.RunID, most time.Duration, as func(glance) bool) glance {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), 100*time.Second)
	defer cancel()
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		g := f.look(id)
		if as(g) {
			return g
		}
		f.answer(g.asked)
		at, ok, err := f.app.Due(ctx)
		if wait := at.Sub(f.clock.now()); err == nil && ok && wait > 0 && wait <= most {
			f.clock.ahead.Add(int64(wait))
			f.app.Look()
		}
		select {
		case <-ctx.Done():
			f.t.Fatalf("run %s is %s, waiting for %s; asked is %+v\n%s", id, g.run.Status, g.run.WaitingFor, titles(g.asked), failures(g.run.Steps))
		case <-ticker.C:
		}
	}
}

// look returns how a run stands.
func (f *floor) look(id harrier.RunID) glance {
	f.t.Helper()
	run, all, err := f.app.RunTree(f.t.Context(), id)
	if err != nil {
		f.t.Fatal(err)
	}
	g := glance{run: run}
	for _, one := range all {
		pending, err := f.app.PendingApprovals(f.t.Context(), one)
		if err != nil {
			f.t.Fatal(err)
		}
		g.asked = append(g.asked, pending...)
	}
	return g
}

// answer answers what the test wants to be answered.
func (f *floor) answer(asked []api.Approval) {
	f.t.Helper()
	for _, a := range asked {
		if f.yes == nil || !f.yes(a) {
			continue
		}
		if _, err := f.story.decide(f.t.Context(), a, cli.DemoDecision{Approve: true}); err != nil && harrier.KindOf(err) != harrier.Conflict {
			f.t.Fatal(err)
		}
	}
}

// titles are those of questions.
func titles(asked []api.Approval) []string {
	var list []string
	for _, a := range asked {
		list = append(list, a.Title)
	}
	return list
}

// everybody answers every question.
func everybody(api.Approval) bool { return true }

// handled tells that all is done that people wait for.
func handled(g glance) bool { return found(g.run.Steps, milestone) != nil }
