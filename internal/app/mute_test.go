package app

import (
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/mute"
	"github.com/harrier-soar/harrier/internal/picture"
	"github.com/harrier-soar/harrier/internal/risk"
)

// mute makes a mute that holds now.
func (d desk) mute(verb mute.Verb, match map[string][]string) api.Mute {
	d.t.Helper()
	m, err := hush{d.App}.AddMute(d.t.Context(), harrier.Operator(), api.AddMute{
		Verb: verb, Match: match, End: d.clock.now().Add(24 * time.Hour), Owner: "kim@corp.example", Reason: "known noise",
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return m
}

// What is suppressed is kept and shown to nobody; the same suppression hides
// nothing once something in it is known to be bad.
func TestMutes_keepNoiseFromPeopleAndHideNoKnownBad(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	by := harrier.Operator()
	open := d.report(event{id: "1", rule: "100300", host: "ws-17", to: "198.51.100.9", level: 12})
	if open.Route == picture.ToLog {
		t.Fatalf("without a mute it is not shown: %v", d.decision(open).Proof)
	}
	m := d.mute(mute.Suppress, map[string][]string{"rule": {"100301"}, "host": {"ws-17"}, "ip": {"198.51.100.0/24", "203.0.113.66"}})
	hidden := d.report(event{id: "2", rule: "100301", host: "ws-17", to: "198.51.100.9", level: 12})
	if dec := d.decision(hidden); hidden.Route != picture.ToLog || !strings.Contains(dec.Mute, m.ID.String()) || len(dec.Risk) != 0 {
		t.Errorf("what is suppressed goes to %s, mute %q, risk %v", hidden.Route, dec.Mute, dec.Risk)
	}
	if other := d.report(event{id: "3", rule: "100301", host: "ws-ceo", to: "198.51.100.9", level: 12}); other.Route == picture.ToLog {
		t.Error("the suppression hides another host")
	}
	d.bad("203.0.113.66")
	bad := d.report(event{id: "4", rule: "100301", host: "ws-17", to: "203.0.113.66", level: 12})
	if dec := d.decision(bad); dec.Mute != "" || bad.Route == picture.ToLog || bad.Route == picture.ToClose {
		t.Errorf("what is known to be bad goes to %s, mute %q", bad.Route, dec.Mute)
	}
	if err := d.mutes.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := hush{d.App}.Mute(t.Context(), by, m.ID)
	if err != nil || got.Hits != 2 || got.Overruled != 1 {
		t.Errorf("%d hits, %d overruled (%v); want 2 and 1", got.Hits, got.Overruled, err)
	}
}

func TestAlerts_joinTheCaseOfTheirHostAndRaiseItsRisk(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.bad("203.0.113.66")
	first := d.report(event{id: "1", rule: "100400", host: "ws-ceo", to: "203.0.113.66", level: 12})
	second := d.report(event{id: "2", rule: "100401", host: "ws-ceo", to: "203.0.113.66", level: 12})
	caseOf := func(a api.AlertDetail) string {
		t.Helper()
		cases, err := things{d.App}.Cases(t.Context(), harrier.Operator(), harrier.CaseFilter{Alert: a.ID}, harrier.Page{})
		if err != nil || len(cases.Items) == 0 {
			t.Fatalf("alert %s is in no case (%v)", a.Title, err)
		}
		return cases.Items[len(cases.Items)-1].ID.String()
	}
	if a, b := caseOf(first), caseOf(second); a != b {
		t.Errorf("two alerts of one host are in %s and %s", a, b)
	}
	r, err := hush{d.App}.Risk(t.Context(), harrier.Operator(), "host:ws-ceo")
	if err != nil || r.Score <= 0 || len(r.Parts) != 2 {
		t.Errorf("the risk of the host is %+v (%v); want what both alerts hold against it", r, err)
	}
	list, err := hush{d.App}.Risks(t.Context(), harrier.Operator(), risk.Filter{Type: harrier.HostEntity}, harrier.Page{})
	if err != nil || len(list.Items) == 0 {
		t.Errorf("%d hosts have a risk (%v)", len(list.Items), err)
	}
}
