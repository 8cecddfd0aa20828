package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/pager"
	"github.com/harrier-soar/harrier/internal/rota"
)

// watchkeeping leaves one of everything that belongs to a shift.
func (o *office) watchkeeping() relics {
	o.t.Helper()
	now := o.clock.now()
	c := rota.Change{
		Tenant: harrier.DefaultTenant, ID: harrier.NewID[harrier.OnCallID](now), Kind: rota.KindAbsence, Person: "kim", From: now, Until: now.Add(time.Hour),
		Reason: "ill", CreatedBy: harrier.LocalOperator, CreatedByName: "local-operator", CreatedAt: now,
	}
	err := o.store.Write(o.t.Context(), func(tx harrier.Tx) error { return o.store.AddOnCall(o.t.Context(), tx, c) })
	if err != nil {
		o.t.Fatal(err)
	}
	n := pager.Notification{
		Tenant: harrier.DefaultTenant, ID: harrier.NewID[harrier.NotificationID](now), Key: "k", Kind: "alert", Severity: "low", Title: "t", Status: pager.Told, CreatedAt: now, UpdatedAt: now,
	}
	if err := o.store.Write(o.t.Context(), func(tx harrier.Tx) error { return o.store.AddNotification(o.t.Context(), tx, n) }); err != nil {
		o.t.Fatal(err)
	}
	h, err := watchkeeping{o.App}.GiveHandover(o.t.Context(), harrier.Operator(), api.GiveHandover{Notes: "all is well"})
	if err != nil {
		o.t.Fatal(err)
	}
	return relics{"oncall": {c.ID.String()}, "notifications": {n.ID.String()}, "handovers": {h.ID.String()}}
}

// A file that is wrong keeps Harrier from starting, because nobody would be told.
func TestOpen_refusesARotaThatIsWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, pager.FileName), []byte("harrier: 1\nrotas: {soc: {zone: Mars}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if a, err := Open(t.Context(), Options{Dir: dir}); harrier.KindOf(err) != harrier.Invalid || a != nil {
		t.Errorf("got %v; want Invalid", err)
	}
}

const executives = `harrier: 1
people:
  kim: {name: Kim, chat: nowhere, mail: kim@corp.example}
rotas:
  soc: {zone: UTC, layers: [{people: [kim], start: "2020-01-06", every: 7d}]}
channels:
  chat: {kind: chat}
  mail: {kind: mail}
routes:
  - name: executives
    severity: [critical, high]
    owner: [eva.chief@corp.example]
    urgent: true
    levels: [{tell: ["rota:soc"], via: [chat, mail], wait: 10m}]
`

// A known bad address that the workstation of an executive contacts is told to
// whoever is on call within a minute, by mail where the chat does not take it,
// and to nobody any more once they have taken it on.
func TestTriage_tellsWhoeverIsOnCall(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, pager.FileName), []byte(executives), 0o600); err != nil {
		t.Fatal(err)
	}
	d := newDeskWith(t, Options{Dir: dir})
	d.clock.still.Store(true)
	d.bad("203.0.113.66")
	a := d.report(event{id: "1", rule: "100200", host: "ws-ceo", to: "203.0.113.66", level: 5})
	by, w := harrier.Operator(), watchkeeping{d.App}
	var told api.NotificationDetail
	poll(t, func() bool {
		list, err := w.Notifications(t.Context(), by, pager.Filter{Alert: a.ID}, harrier.Page{})
		if err != nil || len(list.Items) != 1 {
			return false
		}
		told, err = w.Notification(t.Context(), by, list.Items[0].ID)
		return err == nil && len(told.Deliveries) == 2 && told.Deliveries[1].State == pager.Sent
	})
	if told.Route != "executives" || told.Deliveries[0].State != pager.Failed || told.Deliveries[1].Channel != "mail" || told.Deliveries[1].Recipient != "person:kim" {
		t.Fatalf("it is %+v", told)
	}
	if took := told.Deliveries[1].EndedAt.Sub(a.CreatedAt); took > time.Minute {
		t.Errorf("it took %s", took)
	}
	run, err := runs{d.App}.Run(t.Context(), by, told.Deliveries[1].Run)
	if err != nil || len(run.Effects) != 1 || run.Effects[0].Effect != harrier.Notify || run.Alert != a.ID {
		t.Errorf("the run is %+v, %v", run, err)
	}
	for _, m := range d.lab.Messages("soc") {
		if strings.Contains(m.Text, "100200") {
			t.Errorf("the channel was told too: %s", m.Text)
		}
	}
	n, err := w.AckNotification(t.Context(), by, told.ID, "on it")
	if err != nil || n.Status != pager.Acknowledged || !n.DueAt.IsZero() {
		t.Errorf("%+v, %v", n, err)
	}
}
