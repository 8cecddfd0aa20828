package app

import (
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/lab"
)

const purge = `
harrier: 1
playbook: purge-everywhere
title: Take a mail out of every mailbox
steps:
  - id: found
    uses: mail.search
    with:
      message_id: "` + reportedID + `"
  - id: removed
    for_each: steps.found.output.messages
    uses: mail.quarantine
    with:
      mailbox: ${{ item.mailbox }}
      message_id: ${{ item.id }}
`

// connectGmail adds the connection to the mail at Google, and no other.
func (o *office) connectGmail() {
	o.t.Helper()
	for _, seed := range o.lab.Connections() {
		if seed.Connector != "gmail" {
			continue
		}
		err := o.Connect(o.t.Context(), api.AddConnection{
			Name: seed.Name, Connector: seed.Connector, BaseURL: seed.BaseURL, Settings: seed.Settings, Secrets: seed.Secrets,
			AllowPrivate: []string{"127.0.0.0/8"}, Limits: seed.Limits,
		})
		if err != nil {
			o.t.Fatal(err)
		}
	}
}

// A service account acts for each mailbox with a token of its own, which it gets
// with a signature: the vendor refuses any other for it.
func TestGmail_actsForEveryMailboxInTurn(t *testing.T) {
	t.Parallel()
	o := newOfficeWith(t, Options{}, lab.Config{Seed: 11, Gmail: true})
	o.connectGmail()
	started, err := runs{o.App}.StartRun(t.Context(), harrier.Operator(), api.StartRun{Source: purge, Name: "purge.playbook.yaml", Mode: harrier.Live})
	if err != nil {
		t.Fatal(err)
	}
	run := o.until(started.ID, ended)
	if run.Status != harrier.RunSucceeded {
		t.Fatalf("the run %s: %v", run.Status, refusals(run, ""))
	}
	trashed := map[string]bool{}
	for _, e := range o.lab.Effects() {
		if e.Action == "message.trash" && strings.HasSuffix(e.Target, "/"+reportedID) && e.Changed == 1 {
			trashed[e.Target] = true
		}
	}
	if len(trashed) != 3 {
		t.Errorf("taken out of %v, want the 3 mailboxes that had it", trashed)
	}
	tokens := 0
	for _, c := range o.lab.Calls() {
		if c.Vendor == "gmail" && c.Path == "/token" {
			tokens++
		}
	}
	if tokens != 6 { // one for each mailbox, the administrator's among them, kept between calls
		t.Errorf("%d tokens were asked for, want 6", tokens)
	}
}
