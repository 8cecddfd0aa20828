package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connectors/imap/imaptest"
	"github.com/harrier-soar/harrier/content"
	"github.com/harrier-soar/harrier/internal/api"
)

// shippedPlaybooks puts the playbooks that ship into the data directory, so that
// no shorter one takes their place.
func shippedPlaybooks(t *testing.T, dir string) {
	t.Helper()
	dir = filepath.Join(dir, "playbooks")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	const name = "phishing-response.playbook.yaml"
	text, err := fs.ReadFile(content.FS, "playbooks/"+name)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// connectMail connects a real mail system in the place of the lab's.
func (o *office) connectMail(s *imaptest.Server) {
	o.t.Helper()
	boxes := make([]any, 0, len(s.Users))
	for _, u := range s.Users {
		boxes = append(boxes, u)
	}
	in := api.AddConnection{
		Name: "mail", Connector: "imap", BaseURL: "imap://" + s.IMAP, CA: string(s.CA), AllowPrivate: []string{"127.0.0.0/8"},
		AllowHosts: []string{s.SMTP, s.Sieve}, Secrets: api.Secrets{"username": harrier.NewSecret(imaptest.Master), "password": harrier.NewSecret(imaptest.Password)},
		Settings: api.Object{
			"mailboxes": boxes, "smtp_url": "smtp://" + s.SMTP, "send_from": s.Users[0], "sieve_url": "sieve://" + s.Sieve, "sieve_account": imaptest.Policy,
		},
	}
	if err := o.Connect(o.t.Context(), in); err != nil {
		o.t.Fatal(err)
	}
	for _, seed := range o.lab.Connections() {
		if seed.Connector == "msgraph" || seed.Connector == "mimecast" { // one mail system, and no gateway beside it
			continue
		}
		err := o.Connect(o.t.Context(), api.AddConnection{
			Name: seed.Name, Connector: seed.Connector, BaseURL: seed.BaseURL, Settings: seed.Settings, Secrets: seed.Secrets,
			AllowHosts: seed.AllowHosts, AllowPrivate: []string{"127.0.0.0/8"}, Limits: seed.Limits,
		})
		if err != nil {
			o.t.Fatal(err)
		}
	}
}

// agreeing says yes to every plan that is shown until something is so.
func (o *office) agreeing(what string, so func() bool) {
	o.t.Helper()
	ctx, cancel := context.WithTimeoutCause(o.t.Context(), 2*time.Minute, errors.New("it took too long until "+what))
	defer cancel()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for !so() {
		list, err := things{o.App}.Approvals(ctx, harrier.Operator(), harrier.ApprovalFilter{Status: harrier.ApprovalPending}, harrier.Page{Limit: 50})
		if err != nil && ctx.Err() == nil {
			o.t.Fatal(err)
		}
		for _, q := range list.Items {
			if q.Kind != harrier.PlanApproval && q.Kind != harrier.GuardApproval {
				o.t.Fatalf("somebody is asked: %s\n%s\n%s", q.Title, q.Message, q.Reason)
			}
			if _, err := o.Decide(ctx, q.ID, api.Decision{Approve: true, Hash: q.Hash}); err != nil && harrier.KindOf(err) != harrier.Conflict {
				o.t.Fatal(err)
			}
		}
		select {
		case <-ctx.Done():
			o.t.Fatal(context.Cause(ctx))
		case <-ticker.C:
		}
	}
}

// Fourteen copies in a real Postfix and Dovecot go to quarantine by the playbook
// that ships, and come back as they were when it was a false positive.
func TestMailSystem_isContainedAndPutBackByThePlaybooks(t *testing.T) {
	t.Parallel()
	users := []string{"nora.lindqvist@" + imaptest.Domain}
	for i := 1; i < 20; i++ {
		users = append(users, fmt.Sprintf("user%02d@%s", i, imaptest.Domain))
	}
	s := imaptest.Start(t, users...)
	s.Deliver(t, "billing@payroll-portal.example", users[:14], reported(t))
	for i, c := range s.Copies(t, reportedID) {
		c.Folder, c.Seen = []string{"INBOX", "Junk", "Archive/2026"}[i%3], i%2 == 0
		c.Received = time.Date(2026, 11, 23, 8, 14, i, 0, time.UTC)
		s.Put(t, c)
	}
	before := s.Copies(t, reportedID)

	dir := t.TempDir()
	shippedPlaybooks(t, dir)
	o := newOffice(t, Options{Dir: dir})
	o.connectMail(s)
	run := o.submit()
	in := func(folder string) (n int) {
		for _, c := range s.Copies(t, reportedID) {
			if c.Folder == folder {
				n++
			}
		}
		return n
	}
	o.agreeing("14 copies are in quarantine", func() bool { return in("Quarantine") == 14 })

	detail, err := o.RunDetail(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	opened := slices.IndexFunc(steps(detail.Steps), func(s api.Step) bool { return s.ID == "opened" })
	if opened < 0 {
		t.Fatal("the run has opened no case")
	}
	about, _ := steps(detail.Steps)[opened].Output.(map[string]any)
	restore, err := runs{o.App}.StartRun(t.Context(), harrier.Operator(), api.StartRun{
		Playbook: "mail-restore", Mode: harrier.Live, Inputs: api.Object{"case": about["id"]},
	})
	if err != nil {
		t.Fatal(err)
	}
	var end api.RunDetail
	o.agreeing("everything is back", func() bool {
		end, err = o.RunDetail(t.Context(), restore.ID)
		return err == nil && ended(end)
	})
	if end.Status != harrier.RunSucceeded {
		t.Errorf("the restore is %s: %s", end.Status, end.Reason)
	}
	as := cmp.Options{cmpopts.IgnoreUnexported(imaptest.Copy{}), cmpopts.IgnoreFields(imaptest.Copy{}, "Name")}
	if diff := cmp.Diff(before, s.Copies(t, reportedID), as); diff != "" {
		t.Errorf("not put back as they were (-before +after):\n%s", diff)
	}
}

// A mail that somebody reports is an alert a moment after it arrived, long
// before the mailbox is asked again, and it is one alert after a restart too.
func TestMailSystem_tellsOfAReportedMailAtOnce(t *testing.T) {
	t.Parallel()
	const box = "reports@" + imaptest.Domain
	s := imaptest.Start(t, box)
	o := newOffice(t, Options{})
	o.clock.still.Store(true)
	o.connectMail(s)
	by := harrier.Operator()
	in := api.AddSource{Name: "reports", Product: "mailbox", Settings: map[string]any{"connection": "mail", "mailbox": box, "every": "24h"}}
	if _, err := (reporters{o.App}).AddSource(t.Context(), by, in); err != nil {
		t.Fatal(err)
	}
	live := true
	if _, err := (reporters{o.App}).ChangeSource(t.Context(), by, "reports", api.ChangeSource{Live: &live}); err != nil {
		t.Fatal(err)
	}
	alerts := func() int {
		page, err := things{o.App}.Alerts(t.Context(), by, harrier.AlertFilter{Category: "phishing"}, harrier.Page{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		return len(page.Items)
	}
	asked := func() bool {
		src, err := o.store.SourceByName(t.Context(), by.Tenant, "reports")
		if err != nil {
			t.Fatal(err)
		}
		p, err := o.store.Position(t.Context(), src.Tenant, src.ID)
		return err == nil && !p.Reached.IsZero()
	}
	poll(t, asked)
	for i := range 3 {
		mail := strings.ReplaceAll(string(reported(t)), reportedID, fmt.Sprintf("<report-%d@corp.example>", i))
		began := time.Now()
		s.Deliver(t, "somebody@corp.example", []string{box}, []byte(mail))
		poll(t, func() bool { return alerts() == i+1 })
		t.Logf("an alert %s after the mail was handed to Postfix", time.Since(began).Round(time.Millisecond))
	}
	o.restart(func() {})
	s.Deliver(t, "somebody@corp.example", []string{box}, []byte(strings.ReplaceAll(string(reported(t)), reportedID, "<report-after@corp.example>")))
	poll(t, func() bool { return alerts() >= 4 })
	if got := alerts(); got != 4 {
		t.Errorf("%d alerts, want 4: each mail once", got)
	}
}
