package app

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/lab"
	"github.com/harrier-soar/harrier/internal/pager"
)

const nights = `harrier: 1
people:
  kim: {name: Kim, mail: kim@corp.example}
rotas:
  soc: {zone: UTC, layers: [{people: [kim], start: "2020-01-06", every: 7d}]}
channels:
  pager: {kind: page, connection: lab-pager}
  second: {kind: page, connection: lab-opsgenie}
  third: {kind: page, connection: lab-pagehook}
routes:
  - name: urgent
    severity: [critical]
    urgent: true
    levels: [{tell: ["rota:soc"], via: [pager, second, third], wait: 2h}]
`

// newNight is an installation with three pagers and somebody on call.
func newNight(t *testing.T) *office {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, pager.FileName), []byte(nights), 0o600); err != nil {
		t.Fatal(err)
	}
	o := newOfficeWith(t, Options{Dir: dir}, lab.Config{Seed: 11, Pagers: true})
	o.clock.still.Store(true)
	o.connect(nil)
	return o
}

// wake tells whoever is on call of something.
func (o *office) wake(key string) pager.Notification {
	o.t.Helper()
	var n pager.Notification
	err := o.store.Write(o.t.Context(), func(tx harrier.Tx) (err error) {
		n, _, err = o.pager.Tell(o.t.Context(), tx, pager.Notice{
			Tenant: harrier.DefaultTenant, Key: key, Facts: pager.Facts{Kind: "alert", Severity: "critical"}, Title: "Beacon to evil.example", Text: "From ws-ceo.",
		})
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return n
}

// told is how a notification stands.
func (o *office) told(id harrier.NotificationID) api.NotificationDetail {
	o.t.Helper()
	d, err := watchkeeping{o.App}.Notification(o.t.Context(), harrier.Operator(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	return d
}

// paged waits until a pager has a page in a state.
func (o *office) paged(vendor, status string) lab.Page {
	o.t.Helper()
	var got lab.Page
	poll(o.t, func() bool {
		all := o.lab.Pages(vendor)
		if len(all) != 1 || all[0].Status != status {
			return false
		}
		got = all[0]
		return true
	})
	return got
}

// A page wakes whoever is on call; taken in the pager's own app it is taken
// here, and is resolved there.
func TestPager_aPageTakenInThePagerIsTaken(t *testing.T) {
	t.Parallel()
	o := newNight(t)
	n := o.wake("a")
	if got := o.paged("pagerduty", "open"); got.Key != n.ID.String() || got.Title != "[critical] Beacon to evil[.]example" || got.Severity != "critical" {
		t.Errorf("the pager has %+v", got)
	}
	if err := o.lab.TakePage("pagerduty", n.ID.String(), "Kim"); err != nil {
		t.Fatal(err)
	}
	o.clock.ahead.Add(int64(time.Minute))
	poll(t, func() bool {
		if err := o.pager.SweepPages(t.Context()); err != nil {
			t.Fatal(err)
		}
		return o.told(n.ID).Status == pager.Acknowledged
	})
	if got := o.told(n.ID); got.AckedBy != "kim" {
		t.Errorf("it is %+v", got)
	}
	o.paged("pagerduty", "resolved")
	if len(o.lab.Pages("opsgenie")) != 0 {
		t.Error("the second pager was used too")
	}
}

// A pager that is dead is passed over within seconds, and one whose answer was
// lost is asked again by the same key, also after a restart: nobody is woken twice.
func TestPager_isFallenOverAndSurvivesARestart(t *testing.T) {
	t.Parallel()
	o := newNight(t)
	for vendor, rule := range map[string]lab.Rule{
		"pagerduty": {Kind: lab.Forbidden, Method: "POST", Count: -1},
		"opsgenie":  {Kind: lab.Slow, Method: "POST", Path: "/v2/alerts$", Delay: 5 * time.Second},
	} {
		if err := o.lab.Fault(vendor, rule); err != nil {
			t.Fatal(err)
		}
	}
	n := o.wake("a")
	poll(t, func() bool { // the second is asked, and has not answered
		all := o.told(n.ID).Deliveries
		return len(all) == 2 && all[0].State == pager.Failed && all[1].State == pager.Sending && !all[1].Run.IsZero()
	})
	o.restart(func() {})
	o.paged("opsgenie", "open")
	poll(t, func() bool {
		all := o.told(n.ID).Deliveries
		return all[len(all)-1].State == pager.Sent
	})
	for _, e := range o.lab.Effects() {
		if e.Action == "page.trigger" && e.Changed > 1 {
			t.Errorf("%s woke somebody %d times", e.Vendor, e.Changed)
		}
	}
	by := harrier.Operator()
	if _, err := o.pager.Ack(t.Context(), by, n.ID, "on it"); err != nil {
		t.Fatal(err)
	}
	o.paged("opsgenie", "resolved")
}
