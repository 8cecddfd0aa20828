package app

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/lab"
	"github.com/harrier-soar/harrier/internal/organisation"
	"github.com/harrier-soar/harrier/internal/picture"
)

// beacon delivers an alert about a workstation that talks to an address, and
// returns the alert once it is there.
func (o *office) beacon(id, severity, address string) harrier.Alert {
	o.t.Helper()
	by := harrier.Operator()
	if _, err := o.store.SourceByName(o.t.Context(), by.Tenant, "siem"); err != nil {
		live := true
		if _, err := (reporters{o.App}).AddSource(o.t.Context(), by, api.AddSource{Name: "siem", Product: "generic"}); err != nil {
			o.t.Fatal(err)
		}
		if _, err := (reporters{o.App}).ChangeSource(o.t.Context(), by, "siem", api.ChangeSource{Live: &live}); err != nil {
			o.t.Fatal(err)
		}
	}
	body := fmt.Sprintf(`{"id":%q,"title":"Beacon to a rare address","severity":%q,"timestamp":%q,"hostname":"ws-17","src_ip":"10.1.2.3","dest_ip":%q,"rule_id":%q}`,
		id, severity, time.Now().UTC().Format(time.RFC3339), address, id)
	if _, err := (reporters{o.App}).SubmitEvent(o.t.Context(), by, api.SubmitEvent{Source: "siem", Content: "application/json", Body: strings.NewReader(body)}); err != nil {
		o.t.Fatal(err)
	}
	return o.alertOnce(id, func(harrier.Alert) bool { return true })
}

// alertOnce waits until an alert of an external id is as wanted.
func (o *office) alertOnce(id string, holds func(harrier.Alert) bool) harrier.Alert {
	o.t.Helper()
	deadline := time.After(30 * time.Second)
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		list, _, err := o.store.Alerts(o.t.Context(), harrier.DefaultTenant, harrier.AlertFilter{}, harrier.Page{})
		if err != nil {
			o.t.Fatal(err)
		}
		i := slices.IndexFunc(list, func(a harrier.Alert) bool { return a.ExternalID == id })
		if i >= 0 && holds(list[i]) {
			return list[i]
		}
		select {
		case <-ticker.C:
		case <-deadline:
			o.t.Fatalf("alert %s did not become what is wanted: %+v", id, list)
		}
	}
}

// known reads what was known about an alert, and what was decided.
func known(t *testing.T, a harrier.Alert) (p picture.Picture, d picture.Decision) {
	t.Helper()
	if err := json.Unmarshal(a.Picture, &p); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(a.Decision, &d); err != nil {
		t.Fatal(err)
	}
	return p, d
}

// thought is the observable of a picture.
func thought(p picture.Picture, value string) picture.Observable {
	i := slices.IndexFunc(p.Observables, func(o picture.Observable) bool { return o.Value == value })
	if i < 0 {
		return picture.Observable{}
	}
	return p.Observables[i]
}

func TestOwn_knowsNamesAndNetworks(t *testing.T) {
	t.Parallel()
	p, problems := organisation.Read("o.yaml", []byte("harrier: 1\nown_domains: [corp.example]\nown_networks: [198.51.100.0/24, 2001:db8:7::/48]\n"))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	is := own(p)
	for host, want := range map[string]bool{
		"mail.corp.example": true, "corp.example.evil.example": false, "198.51.100.9": true, "::ffff:198.51.100.9": true, "2001:db8:7::1": true, "203.0.113.7": false, "": false,
	} {
		if is(host) != want {
			t.Errorf("%q: got %t", host, !want)
		}
	}
}

func TestAlert_isJudgedByWhatVendorsSayAndAgainWhenLateOnesAnswer(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Options{})
	o.connect(nil)
	o.clock.still.Store(true)
	const bad = "203.0.113.77"
	vendors := []string{"virustotal", "abuseipdb", "threatfox", "urlhaus"}
	asked := func() (n int) {
		for _, c := range o.lab.Calls() {
			if slices.Contains(vendors, c.Vendor) {
				n++
			}
		}
		return n
	}
	for _, vendor := range vendors {
		if err := o.lab.Fault(vendor, lab.Rule{Kind: lab.Slow, Delay: 3 * time.Second, Count: -1}); err != nil {
			t.Fatal(err)
		}
	}
	first := o.beacon("1", "medium", bad)
	if p, d := known(t, first); thought(p, bad).Verdict != "unknown" || !d.Provisional || len(p.Missing) == 0 || !strings.Contains(p.Missing[0].Why, "had not answered") {
		t.Errorf("before anybody answered: %+v, provisional %t, missing %+v", thought(p, bad), d.Provisional, p.Missing)
	}
	later := o.alertOnce("1", func(a harrier.Alert) bool { _, d := known(t, a); return !d.Provisional })
	p, d := known(t, later)
	if got := thought(p, bad); got.Verdict != "malicious" || got.Failed != 0 || got.Answered == 0 || d.Score <= 0 {
		t.Errorf("after everybody answered: %+v, decision %+v", got, d)
	}
	if inside := thought(p, "10.1.2.3"); inside.Answered+inside.Failed > 0 {
		t.Errorf("somebody was asked about an address inside: %+v", inside)
	}
	if _, waits, err := o.store.Enrichment(t.Context(), harrier.DefaultTenant, later.ID); err != nil {
		t.Error(err)
	} else if waits {
		o.alertOnce("1", func(harrier.Alert) bool {
			_, waits, _ := o.store.Enrichment(t.Context(), harrier.DefaultTenant, later.ID)
			return !waits
		})
	}
	calls := asked()
	second := o.beacon("2", "low", bad) // what is known is there at once, for others too
	if p, d := known(t, second); thought(p, bad).Verdict != "malicious" || thought(p, bad).Seen != 1 || d.Provisional || asked() != calls {
		t.Errorf("the second alert: %+v, provisional %t, %d calls", thought(p, bad), d.Provisional, asked()-calls)
	}
	o.restart(func() {})
	third := o.beacon("3", "low", bad)
	if p, _ := known(t, third); thought(p, bad).Verdict != "malicious" || asked() != calls {
		t.Errorf("after a restart: %+v, %d calls", thought(p, bad), asked()-calls)
	}
}
