package app

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connectors"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/lab"
)

// elsewhere is an address that nobody approved; it counts who comes.
func elsewhere(t *testing.T) (url string, came *atomic.Int64) {
	t.Helper()
	came = new(atomic.Int64)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		came.Add(1)
		_, _ = w.Write([]byte(`{"status":"done","result":"saved","uuid":"1"}`))
	}))
	t.Cleanup(s.Close)
	return s.URL + "/api", came
}

// move points a connection at another address, as another process does.
func (o *office) move(name, url string) {
	o.t.Helper()
	row, err := o.store.ConnectionByName(o.t.Context(), harrier.DefaultTenant, name)
	if err != nil {
		o.t.Fatal(err)
	}
	row.BaseURL = url
	err = o.store.Write(o.t.Context(), func(tx harrier.Tx) error { return o.store.UpdateConnection(o.t.Context(), tx, row) })
	if err != nil {
		o.t.Fatal(err)
	}
}

// refused fails the test unless every covered action of a path was refused with
// a reason that says what changed, and the run owns up to it.
func refused(t *testing.T, run api.RunDetail, path string, says ...string) {
	t.Helper()
	why := refusals(run, path)
	if len(why) == 0 {
		t.Errorf("nothing of %s was refused", path)
	}
	for _, text := range why {
		for _, want := range says {
			if !strings.Contains(text, want) {
				t.Errorf("%s was refused with %q, which does not say %q", path, text, want)
			}
		}
	}
	if strings.Contains(string(run.Outputs), `"contained":true`) {
		t.Errorf("the run claims to have contained it: %s", run.Outputs)
	}
}

// APR-03, G9, I10: what was approved for one address does not go to another.
func TestApproval_doesNotFollowAConnectionThatMoved(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		forget bool
		says   []string
	}{
		"that this process knows of":       {true, []string{"refused", "not what was approved", "pointed at", "now points at"}},
		"that was changed behind its back": {false, []string{"denied", "was changed after it was chosen", "nothing was sent"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, Options{})
			o.connect(nil)
			id := o.submit()
			q := o.asked(id)
			url, came := elsewhere(t)
			o.move("lab-firewall", url)
			if c.forget {
				o.directory.forget(harrier.DefaultTenant)
			}
			o.approve(q)
			run := o.until(id, ended)
			refused(t, run, "block_domains[", c.says...)
			refused(t, run, "block_addresses[", c.says...)
			if o.saw("opnsense") || came.Load() != 0 {
				t.Errorf("effects at the firewall: %v; requests elsewhere: %d", o.lab.Effects(), came.Load())
			}
		})
	}
}

// APR-03, G9: an approval binds how a connection is set, not only where it points: the
// settings name the folder, the list and the server that logs it in.
func TestApproval_doesNotFollowSettingsThatChanged(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Options{})
	o.connect(nil)
	id := o.submit()
	q := o.asked(id)
	row, err := o.store.ConnectionByName(t.Context(), harrier.DefaultTenant, "lab-mail")
	if err != nil {
		t.Fatal(err)
	}
	row.Settings["quarantine_folder"] = "inbox"
	if err := o.store.Write(t.Context(), func(tx harrier.Tx) error { return o.store.UpdateConnection(t.Context(), tx, row) }); err != nil {
		t.Fatal(err)
	}
	o.directory.forget(harrier.DefaultTenant)
	o.approve(q)
	run := o.until(id, ended)
	refused(t, run, "quarantine[", "refused", "not what was approved", "connection lab-mail was changed")
	if o.saw("msgraph") {
		t.Errorf("mail was touched: %v", o.lab.Effects())
	}
}

// team writes a team's own product into the data directory: Graph under another name.
func team(t *testing.T, dir, old, now string) {
	t.Helper()
	source, err := connectors.FS.ReadFile("msgraph/connector.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(source), "connector: msgraph", "connector: teammail", 1)
	if !strings.Contains(text, old) {
		t.Fatalf("the manifest has no %q", old)
	}
	dir = filepath.Join(dir, "connectors", "teammail")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "connector.yaml"), []byte(strings.Replace(text, old, now, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// APR-03, G9, I10: what was approved of one manifest is not done by another.
func TestApproval_doesNotFollowAManifestThatChanged(t *testing.T) {
	t.Parallel()
	const folder = "default: recoverableitemsdeletions"
	dir := t.TempDir()
	team(t, dir, folder, folder)
	o := newOffice(t, Options{Dir: dir})
	o.connect(func(in *api.AddConnection) {
		if in.Connector == "msgraph" {
			in.Connector = "teammail"
		}
	})
	id := o.submit()
	q := o.asked(id)
	o.restart(func() { team(t, dir, folder, "default: deleteditems") })
	o.approve(q)
	run := o.until(id, ended)
	refused(t, run, "quarantine[", "refused", "not what was approved", "the manifest of teammail.quarantine has changed")
	if o.saw("msgraph") {
		t.Errorf("mail was touched: %v", o.lab.Effects())
	}
	if !o.saw("opnsense") {
		t.Error("what did not change was not done")
	}
}

// G9: an approved action that waits to be tried again is not done by another
// manifest either.
func TestRetry_doesNotFollowAManifestThatChanged(t *testing.T) {
	t.Parallel()
	const folder = "default: recoverableitemsdeletions"
	dir := t.TempDir()
	team(t, dir, folder, folder)
	o := newOffice(t, Options{Dir: dir})
	o.connect(func(in *api.AddConnection) {
		if in.Connector == "msgraph" {
			in.Connector = "teammail"
		}
	})
	busy := lab.Rule{Kind: lab.Limited, Method: http.MethodPost, Path: "/move$", Count: -1, RetryAfter: 10 * time.Minute}
	if err := o.lab.Fault("msgraph", busy); err != nil {
		t.Fatal(err)
	}
	id := o.submit()
	q := o.asked(id)
	o.clock.still.Store(true)
	o.approve(q)
	o.until(id, func(r api.RunDetail) bool { return strings.Contains(r.WaitingFor, "a retry of quarantine") })
	o.restart(func() { team(t, dir, folder, "default: deleteditems") })
	o.lab.ClearFaults()
	o.clock.still.Store(false)
	run := o.until(id, ended)
	refused(t, run, "quarantine[", "denied", "the manifest of teammail was changed", "nothing was sent")
	if o.saw("msgraph") {
		t.Errorf("mail was touched: %v", o.lab.Effects())
	}
}

// G9: a connector of a team cannot take the name of one that ships, so that
// what was approved of one is never done by the other.
func TestOpen_refusesAConnectorThatShadowsAnother(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	team(t, dir, "connector: teammail", "connector: msgraph")
	a, err := Open(t.Context(), Options{Dir: dir})
	if err == nil {
		t.Fatal(a.Close())
	}
	if harrier.KindOf(err) != harrier.Invalid || !strings.Contains(err.Error(), "two connectors are called msgraph") {
		t.Errorf("got %v", err)
	}
}

const blockOne = `
harrier: 1
playbook: block-one
title: Block one address
steps:
  - id: chosen
    set:
      ip: ${{ "203.0.113.50" }}
  - id: ok
    approve:
      title: Block ${{ steps.chosen.output.ip }}
      covers: [block]
      expires: 4h
  - id: block
    uses: firewall.block_ip
    with:
      ip: ${{ steps.chosen.output.ip }}
    on_error: continue
`

// APR-03, G9, I10: what was approved for one target is not done to another, though
// somebody rewrites what the run remembers.
func TestApproval_doesNotFollowAnArgumentThatWasRewritten(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Options{})
	o.connect(nil)
	started, err := runs{o.App}.StartRun(t.Context(), harrier.Operator(), api.StartRun{Source: blockOne, Name: "block-one.playbook.yaml", Mode: harrier.Live})
	if err != nil {
		t.Fatal(err)
	}
	q := o.asked(started.ID)
	o.restart(func() {
		a, err := Open(t.Context(), o.options)
		if err != nil {
			t.Fatal(err)
		}
		const text = `UPDATE events SET data = replace(data, '203.0.113.50', '203.0.113.51') WHERE run_id = $1 AND data LIKE '%"chosen"%' AND type LIKE '%set%'`
		err = a.store.Write(t.Context(), func(tx harrier.Tx) error {
			n, err := tx.Exec(t.Context(), text, started.ID[:])
			if n != 1 {
				t.Errorf("%d events were rewritten, want 1", n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	})
	o.approve(q)
	run := o.until(started.ID, ended)
	refused(t, run, "block", "refused", "not what was approved", "argument ip was 203.0.113.50 and is now 203.0.113.51")
	if o.saw("opnsense") {
		t.Errorf("something was blocked: %v", o.lab.Effects())
	}
}

// The same run blocks what was approved where nothing was changed, so that the
// tests above prove something.
func TestApproval_doesWhatWasApproved(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Options{})
	o.connect(nil)
	started, err := runs{o.App}.StartRun(t.Context(), harrier.Operator(), api.StartRun{Source: blockOne, Name: "block-one.playbook.yaml", Mode: harrier.Live})
	if err != nil {
		t.Fatal(err)
	}
	q := o.asked(started.ID)
	o.restart(func() {})
	o.approve(q)
	if run := o.until(started.ID, ended); run.Status != harrier.RunSucceeded || len(refusals(run, "block")) > 0 {
		t.Errorf("the run %s: %v", run.Status, refusals(run, "block"))
	}
	if got := o.lab.Blocked("harrier_blocked"); len(got) != 1 || got[0] != "203.0.113.50" {
		t.Errorf("blocked: %v", got)
	}
}
