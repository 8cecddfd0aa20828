package demo

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/app"
	"github.com/harrier-soar/harrier/internal/cli"
	"github.com/harrier-soar/harrier/internal/daemon"
	"github.com/harrier-soar/harrier/internal/email"
	"github.com/harrier-soar/harrier/internal/lab"
)

// Demo plays stories.
type Demo struct {
	Daemon daemon.Daemon

	stage stage
}

// stage is what the tests of this package change of a story.
type stage struct {
	// options are those of the installation, without its directory.
	options app.Options
	// opened is told of the installation before anything is reported.
	opened func(*app.App)
	// mailboxes and copies are how many the company has; zero means the story's.
	mailboxes, copies int
}

// story is one telling.
type story struct {
	Demo
	o     cli.DemoOptions
	see   cli.DemoObserver
	began time.Time
	app   *app.App
	world world
	tale  tale
	// mail is what is reported, original the mail that the report is about.
	mail     *email.Message
	original []byte
	report   cli.DemoReport
	// runs are the run and those that it called.
	runs []harrier.RunID
	// tried counts how often a person had each action tried again.
	tried map[string]int
}

// copies is how many mailboxes the reported mail is in.
const copies = 14

// Play implements cli.Config.Demo.
func (d Demo) Play(ctx context.Context, o cli.DemoOptions, see cli.DemoObserver) (_ cli.DemoReport, err error) {
	s := &story{Demo: d, o: o, see: see, began: time.Now()}
	if s.tale, err = taleNamed(o.Scenario); err != nil {
		return s.report, err
	}
	if err := s.readMail(); err != nil {
		return s.report, err
	}
	dir := o.Dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "harrier-demo-"); err != nil {
			return s.report, harrier.Errorf(harrier.Unavailable, "make a directory for the demonstration: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	if s.world, err = openWorld(ctx, o, filepath.Join(dir, "lab")); err != nil {
		return s.report, err
	}
	defer func() { err = errors.Join(err, s.world.Close()) }()
	if err := settle(dir); err != nil {
		return s.report, err
	}
	options := d.stage.options
	options.Dir, options.Points, options.Helper = dir, d.Daemon.Points, d.Daemon.Helper
	if s.app, err = app.Open(ctx, options); err != nil {
		return s.report, err
	}
	defer func() { err = errors.Join(err, s.app.Close()) }()
	if d.stage.opened != nil {
		d.stage.opened(s.app)
	}
	err = s.run(ctx, dir) // before the report is read, which it fills in
	return s.report, err
}

// readMail reads the mail of the story, or the one that somebody brought.
func (s *story) readMail() (err error) {
	if s.o.Mail == nil {
		s.original = s.tale.mail
		m, err := email.Parse(bytes.NewReader(s.original), email.DefaultLimits())
		if err != nil {
			return harrier.Errorf(harrier.Internal, "read the mail of the story: %w", err)
		}
		s.o.Mail, s.o.MailName = reportOf(s.original, m), s.tale.name+".eml"
	}
	if s.mail, err = email.Parse(bytes.NewReader(s.o.Mail), email.DefaultLimits()); err != nil {
		return harrier.Errorf(harrier.Invalid, "%s is not a mail: %w", s.o.MailName, err)
	}
	return nil
}

// settle tells the installation what organisation it is, unless it was told.
func settle(dir string) error {
	name := filepath.Join(dir, "organisation.yaml")
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = os.WriteFile(name, organisation, 0o600)
	}
	if err != nil {
		return harrier.Errorf(harrier.Unavailable, "write %s: %w", name, err)
	}
	return nil
}

// run drives the engine while the story is told.
func (s *story) run(ctx context.Context, dir string) error {
	driving, stop := context.WithCancelCause(ctx)
	ended := make(chan error, 1)
	go func() {
		err := s.Daemon.Attend(driving, s.app, cli.ServeOptions{Dir: dir})
		stop(err) // the story cannot go on without it
		ended <- err
	}()
	err := s.tell(driving, dir)
	if err == nil && !s.o.Once {
		<-ctx.Done()
	}
	stop(nil)
	return errors.Join(err, <-ended)
}

// tell plays the story once.
func (s *story) tell(ctx context.Context, dir string) error {
	if err := s.prepare(ctx); err != nil {
		return err
	}
	s.report.ReadyMillis = time.Since(s.began).Milliseconds()
	s.see.Ready(cli.DemoReady{
		Dir: dir, Took: time.Since(s.began), Vendors: vendors(s.world), Address: dir,
		Reported: s.reported().Subject,
	})
	receipt, err := s.app.SubmitMail(ctx, s.o.MailName, s.o.Mail)
	if err != nil {
		return err
	}
	if len(receipt.Runs) == 0 {
		return harrier.Errorf(harrier.Internal, "no playbook was started by the report")
	}
	s.see.Submitted(receipt)
	run, err := s.follow(ctx, receipt.Runs[len(receipt.Runs)-1]) // the newest are first, where the report is known
	if err != nil {
		return err
	}
	s.report.ByHand = 27*time.Minute + 30*time.Second
	if err := s.check(ctx, run); err != nil {
		return err
	}
	s.see.Ended(s.report)
	return nil
}

// reported is the mail that the report is about: the one inside a forward.
func (s *story) reported() *email.Message { return s.mail.Reported() }

// prepare makes the company, unless the story is being told already.
func (s *story) prepare(ctx context.Context) error {
	told, err := s.app.HasAlerts(ctx)
	if err != nil || told {
		return errors.Join(err, connect(ctx, s.app, s.world))
	}
	if err := s.world.Seed(s.scenario()); err != nil {
		return err
	}
	// One source of intelligence asks us to slow down once, as they do.
	err = s.world.Fault("virustotal", lab.Rule{Kind: lab.Limited, Nth: 2, Count: 1, RetryAfter: time.Second})
	return errors.Join(err, connect(ctx, s.app, s.world))
}

// scenario is a company in which the mail has reached several people. What it
// leads to is known to be malicious.
func (s *story) scenario() lab.Scenario {
	m := s.reported()
	r := &lab.Reported{
		MessageID: m.MessageID, Subject: m.Subject, Text: m.Text, Copies: cmp.Or(s.stage.copies, copies), Verdict: "malicious", SenderVerdict: "malicious",
		Received: time.Now().UTC().Add(-10 * time.Minute).Truncate(time.Second),
	}
	out := m.Output()
	if from, ok := out["from"].(map[string]any); ok {
		r.From, _ = from["address"].(string)
		r.FromName, _ = from["name"].(string)
	}
	if id, _ := out["message_id"].(string); r.MessageID == "" {
		r.MessageID = id
	}
	for _, l := range m.Links {
		if l.URL != "" { // an address to write to is nothing to follow
			r.Links = append(r.Links, l.URL)
		}
	}
	for _, at := range m.Attachments {
		r.Attachments = append(r.Attachments, lab.File{Name: at.Name, SHA256: at.SHA256})
	}
	for _, hop := range m.Hops { // the one that brought it in is the outermost
		if hop.IP.IsValid() {
			r.IP = hop.IP.String()
		}
	}
	r.MIME = s.original
	scenario := lab.Scenario{Domain: "corp.example", Reported: r, Channels: []string{"soc"}, Mailboxes: s.stage.mailboxes}
	s.tale.world(&scenario)
	return scenario
}
