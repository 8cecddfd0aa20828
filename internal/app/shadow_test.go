package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
)

// byHand puts the phishing playbook into the data directory without its
// trigger, so that it is only started by hand.
func byHand(t *testing.T, dir string) {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("testdata", "short.playbook.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	const trigger = `alert.category == "phishing"`
	text := strings.Replace(string(source), trigger, `alert.category == "nothing"`, 1)
	if text == string(source) {
		t.Fatalf("the playbook has no trigger %s", trigger)
	}
	dir = filepath.Join(dir, "playbooks")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "phishing-response.playbook.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// withheld returns the actions that a run says it would have done, by action.
func withheld(run api.RunDetail) map[string]int {
	would := map[string]int{}
	for _, s := range steps(run.Steps) {
		for _, c := range s.Calls {
			if c.Status == "withheld" {
				would[c.Action]++
			}
		}
	}
	return would
}

// A shadow run reads all that a live one reads, changes nothing, in the world
// and in Harrier, and says what it would have done.
func TestShadow_readsEverythingAndChangesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	byHand(t, dir)
	o := newOffice(t, Options{Dir: dir})
	o.connect(nil)
	receipt, err := o.SubmitMail(t.Context(), "mail.eml", reported(t))
	if err != nil || len(receipt.Runs) != 0 {
		t.Fatalf("got %+v, %v; want an alert without a run", receipt, err)
	}
	before, err := o.store.Alert(t.Context(), harrier.DefaultTenant, receipt.Alert)
	if err != nil {
		t.Fatal(err)
	}
	started, err := runs{o.App}.StartRun(t.Context(), harrier.Operator(), api.StartRun{
		Playbook: "phishing-response", Alert: receipt.Alert, Mode: harrier.Shadow, Inputs: api.Object{"contain": true},
	})
	if err != nil {
		t.Fatal(err)
	}
	run := o.until(started.ID, ended)
	if run.Mode != harrier.Shadow || run.Status != harrier.RunSucceeded {
		t.Errorf("the %s run %s: %s", run.Mode, run.Status, run.Reason)
	}
	if effects := o.lab.Effects(); len(effects) > 0 {
		t.Errorf("the world saw %v", effects)
	}
	reads := map[string]bool{}
	for _, c := range o.lab.Calls() {
		reads[c.Vendor] = true
	}
	if !reads["msgraph"] || !reads["virustotal"] {
		t.Errorf("it read from %v only", reads)
	}
	want := map[string]int{"msgraph.quarantine": 3, "opnsense.block_domain": 1, "opnsense.block_ip": 1, "slack.post": 1, "case.open": 2}
	would := withheld(run)
	for action, n := range want {
		if would[action] != n {
			t.Errorf("it would have done %s %d times, want %d; all: %v", action, would[action], n, would)
		}
	}
	cases, err := things{o.App}.Cases(t.Context(), harrier.Operator(), harrier.CaseFilter{}, harrier.Page{Limit: 10})
	after, err2 := o.store.Alert(t.Context(), harrier.DefaultTenant, receipt.Alert)
	if err != nil || err2 != nil || len(cases.Items) > 0 || after.Rev != before.Rev || after.Status != before.Status {
		t.Errorf("%d cases; the alert is %s rev %d, was %s rev %d; %v %v", len(cases.Items), after.Status, after.Rev, before.Status, before.Rev, err, err2)
	}
	if len(run.Effects) > 0 {
		t.Errorf("there are intents: %+v", run.Effects)
	}
	if strings.Contains(string(run.Outputs), `"contained":true`) {
		t.Errorf("it claims to have contained something: %s", run.Outputs)
	}
}
