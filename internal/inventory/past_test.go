package inventory_test

import (
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/inventory"
	"github.com/harrier-soar/harrier/internal/organisation"
)

const (
	asProduction = "Asset ID;FQDN;Criticality;Environment;Owner\nA1;ws-17.corp.example;high;prod;Alice\nA2;db-1.corp.example;high;prod;IT\n"
	asTest       = "Asset ID;FQDN;Criticality;Environment;Owner\nA1;ws-17.corp.example;low;test;Bob\nA2;db-1.corp.example;high;prod;IT\n"
)

// A machine that was put to another use after an event is judged by what it was.
func TestFill_judgesAnEventByWhatHeldThen(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(harrier.HostEntity, "cmdb", asProduction)
	d.now = d.now.Add(24 * time.Hour)
	d.take(harrier.HostEntity, "cmdb", asTest)
	changed := d.now
	d.now = d.now.Add(time.Hour)
	for range 2 { // and so after a restart
		then := d.fill(harrier.HostEntity, "ws-17.corp.example", changed.Add(-time.Hour))
		if then.Criticality != "high" || then.Environment != "production" || then.Owner != "Alice" {
			t.Errorf("an hour before it changed it was %+v", then)
		}
		if notes := strings.Join(then.Notes, "; "); !strings.Contains(notes, "criticality high, environment production, owner Alice") {
			t.Errorf("the notes are %q, want what was otherwise", notes)
		}
		now := d.fill(harrier.HostEntity, "ws-17.corp.example", changed.Add(time.Minute))
		if now.Criticality != "low" || now.Environment != "test" || now.Owner != "Bob" || len(now.Notes) > 0 {
			t.Errorf("a minute after it changed it is %+v", now)
		}
		same := d.fill(harrier.HostEntity, "db-1.corp.example", changed.Add(-time.Hour))
		if same.Owner != "IT" || len(same.Notes) > 0 {
			t.Errorf("what has not changed is %+v", same)
		}
		d.open(organisation.Profile{})
	}
}

// What is known now must not be lost on an earlier event where it matters more.
func TestFill_whatIsWorseNowHoldsForEarlierEventsToo(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(harrier.HostEntity, "cmdb", asTest)
	before := d.now.Add(time.Hour)
	d.now = d.now.Add(24 * time.Hour)
	d.take(harrier.HostEntity, "cmdb", asProduction)
	got := d.fill(harrier.HostEntity, "ws-17.corp.example", before)
	if got.Criticality != "high" || got.Environment != "production" || got.Owner != "Bob" {
		t.Errorf("before it became important it is %+v, want the owner of then and what matters more", got)
	}
}

// What was there, and is gone, was there then.
func TestFill_whatIsGoneWasThereThen(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(harrier.HostEntity, "cmdb", asProduction)
	event := d.now.Add(time.Hour)
	d.now = d.now.Add(24 * time.Hour)
	d.take(harrier.HostEntity, "cmdb", "Asset ID;FQDN;Criticality;Environment;Owner\nA2;db-1.corp.example;high;prod;IT\n")
	got := d.fill(harrier.HostEntity, "ws-17.corp.example", event)
	if !got.Known || got.Criticality != "high" || got.Owner != "Alice" || got.Environment != "production" {
		t.Errorf("at the event it was %+v", got)
	}
}

// Before anybody told of it, what is known now is all there is.
func TestFill_takesWhatIsKnownNowWhereNobodyKnewThen(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(harrier.HostEntity, "cmdb", asProduction)
	got := d.fill(harrier.HostEntity, "ws-17.corp.example", d.now.Add(-30*24*time.Hour))
	if got.Criticality != "high" || got.Owner != "Alice" || len(got.Notes) > 0 {
		t.Errorf("before the first import it is %+v", got)
	}
}

func TestPast_isForgottenInTime(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(harrier.HostEntity, "cmdb", asProduction)
	event := d.now.Add(time.Hour)
	d.now = d.now.Add(24 * time.Hour)
	d.take(harrier.HostEntity, "cmdb", asTest)
	forget := func(until time.Time) (n int64) {
		err := d.store.Write(t.Context(), func(tx harrier.Tx) (err error) {
			n, err = d.store.ForgetInventoryPast(t.Context(), tx, until, 100)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := forget(d.now.Add(-inventory.KeepPast)); n != 0 {
		t.Errorf("%d were forgotten too early", n)
	}
	if n := forget(d.now.Add(time.Second)); n != 1 {
		t.Errorf("%d were forgotten, want the one", n)
	}
	if got := d.fill(harrier.HostEntity, "ws-17.corp.example", event); got.Owner != "Bob" {
		t.Errorf("when the past is forgotten it is %+v", got)
	}
}
