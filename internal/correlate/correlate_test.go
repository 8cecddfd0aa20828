package correlate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
	"github.com/harrier-soar/harrier/internal/correlate"
	"github.com/harrier-soar/harrier/internal/picture"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
)

// desk is a service over a real store and real cases, at a time that tests move.
type desk struct {
	*correlate.Service
	t     testing.TB
	store *store.Store
	cases *casework.Service
	now   time.Time
	n     int
}

// ours is an organisation with one domain.
type ours struct{}

func (ours) Common(k correlate.Key) (string, bool) {
	return "it is the organisation's own", k.Type == "domain" && k.Value == "corp.example"
}

func open(t testing.TB, policy correlate.Policy) *desk {
	t.Helper()
	d := &desk{t: t, now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}
	s, err := store.Open(t.Context(), store.Config{Dir: blanktest.Dir(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	clock := func() time.Time { return d.now }
	d.store = s
	d.cases = casework.New(casework.Config{Store: s, Now: clock, Joined: func(ctx context.Context, tx harrier.Tx, l casework.Link) error { return d.Joined(ctx, tx, l) }})
	d.Service = correlate.NewService(correlate.Config{Store: s, Cases: d.cases, Organisation: ours{}, Policy: policy, Now: clock})
	return d
}

// alert is a new alert about things such as "host ws-17" now.
func (d *desk) alert(things ...string) correlate.Subject {
	d.n++
	s := correlate.Subject{
		Tenant: harrier.DefaultTenant, Alert: harrier.DeriveID[harrier.AlertID](fmt.Sprint(d.n)), Title: fmt.Sprint("Alert ", d.n),
		Severity: "medium", At: d.now, Now: d.now,
	}
	for _, thing := range things {
		typ, value, _ := strings.Cut(thing, " ")
		switch harrier.EntityType(typ) {
		case harrier.HostEntity, harrier.UserEntity, harrier.AddressEntity:
			e := harrier.Entity{Type: harrier.EntityType(typ), Key: value}
			s.Finding.Entities = append(s.Finding.Entities, e)
			s.Picture.Entities = append(s.Picture.Entities, picture.Entity{Entity: e})
		default:
			o := harrier.Observable{Type: typ, Value: value}
			s.Finding.Observables = append(s.Finding.Observables, o)
			s.Picture.Observables = append(s.Picture.Observables, picture.Observable{Observable: o})
		}
	}
	return s
}

// keep stores the alert of a subject, as intake does.
func (d *desk) keep(tx harrier.Tx, s correlate.Subject) error {
	a := harrier.Alert{
		Tenant: s.Tenant, ID: s.Alert, Source: harrier.DeriveID[harrier.SourceID]("s"), ExternalID: s.Alert.String(), Title: s.Title,
		Severity: s.Severity, Status: "new", Data: []byte(`{}`), EventAt: s.At, CreatedAt: s.Now, UpdatedAt: s.Now,
	}
	a.Finding = encode(d.t, s.Finding)
	if _, _, err := d.store.Submit(d.t.Context(), tx, a); err != nil {
		return err
	}
	return d.store.IndexAlert(d.t.Context(), tx, a, s.Finding)
}

// place puts an alert into a case, and returns where it went.
func (d *desk) place(s correlate.Subject) correlate.Placed {
	d.t.Helper()
	var p correlate.Placed
	err := d.store.Write(d.t.Context(), func(tx harrier.Tx) (err error) {
		if err := d.keep(tx, s); err != nil {
			return err
		}
		p, err = d.Place(d.t.Context(), tx, s)
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return p
}

func (d *desk) close(c harrier.Case) {
	d.t.Helper()
	if _, err := d.cases.Finish(d.t.Context(), harrier.Operator(), c.ID, casework.Closing{Disposition: casework.TruePositive, Reason: "looked into"}); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) timeline(c harrier.Case) string {
	d.t.Helper()
	lines, _, err := d.cases.Timeline(d.t.Context(), harrier.Operator(), c.ID, harrier.Page{Limit: 500})
	if err != nil {
		d.t.Fatal(err)
	}
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintln(&b, l.Kind, l.Text, string(l.Data))
	}
	return b.String()
}

func TestPlace_putsAlertsThatShareEnoughIntoOneCaseAndSaysWhy(t *testing.T) {
	t.Parallel()
	d := open(t, correlate.DefaultPolicy())
	first := d.place(d.alert("host ws-17", "user kim@corp.example"))
	if !first.Opened || first.Case.Number != 1 {
		t.Fatalf("the first alert did not open a case: %+v", first)
	}
	d.now = d.now.Add(2 * time.Hour)
	second := d.place(d.alert("host ws-17", "domain evil.example"))
	if second.Opened || second.Case.ID != first.Case.ID {
		t.Fatalf("the second alert went to %s; want %s", second.Case.ID, first.Case.ID)
	}
	third := d.place(d.alert("host srv-2", "domain evil.example"))
	if third.Case.ID != first.Case.ID {
		t.Error("the third alert did not follow the domain that the second one brought")
	}
	if stranger := d.place(d.alert("host srv-9")); !stranger.Opened || stranger.Case.ID == first.Case.ID {
		t.Error("an alert that shares nothing went into the case")
	}
	if text := d.timeline(first.Case); !strings.Contains(text, "Alert 2: shares host ws-17 (3, 2 hours apart)") || !strings.Contains(text, `"weight":3`) {
		t.Errorf("the case does not say why:\n%s", text)
	}
}

func TestPlace_goesByWindowsOfEventTimePerType(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		thing string
		apart time.Duration
		same  bool
	}{
		{"host ws-17", 23 * time.Hour, true}, {"host ws-17", 25 * time.Hour, false},
		{"ip 203.0.113.7", 23 * time.Hour, true}, {"ip 203.0.113.7", 25 * time.Hour, false},
		{"domain evil.example", 6 * 24 * time.Hour, true}, {"domain evil.example", 8 * 24 * time.Hour, false},
		{"hash aa11", 29 * 24 * time.Hour, true}, {"hash aa11", 31 * 24 * time.Hour, false},
		{"cve cve-2026-1", time.Minute, false}, // alone it weighs too little
		{"address 192.0.2.1", time.Minute, false},
	} {
		for _, late := range []bool{false, true} {
			d := open(t, correlate.DefaultPolicy())
			a, b := d.alert(c.thing), d.alert(c.thing)
			a.At, b.At = d.now.Add(-c.apart), d.now
			if late {
				a, b = b, a
			}
			first, second := d.place(a), d.place(b)
			if same := first.Case.ID == second.Case.ID; same != c.same {
				t.Errorf("%s, %s apart, the earlier one late: %t: one case: %t; want %t", c.thing, c.apart, late, same, c.same)
			}
		}
	}
}

func TestPlace_addsUpWhatWeighsLittle(t *testing.T) {
	t.Parallel()
	d := open(t, correlate.DefaultPolicy())
	first := d.place(d.alert("email a@evil.example", "cve cve-2026-1"))
	second := d.place(d.alert("email a@evil.example", "cve cve-2026-1"))
	if second.Case.ID != first.Case.ID || second.Weight != 3 || len(second.Reasons) != 2 {
		t.Errorf("got %+v", second)
	}
	if third := d.place(d.alert("email a@evil.example")); third.Case.ID == first.Case.ID {
		t.Error("a sender alone made one case")
	}
}

func TestPlace_prefersTheCaseThatSharesMore(t *testing.T) {
	t.Parallel()
	d := open(t, correlate.DefaultPolicy())
	d.place(d.alert("host ws-17"))
	more := d.place(d.alert("host srv-1", "hash aa11"))
	if got := d.place(d.alert("host ws-17", "hash aa11")); got.Case.ID != more.Case.ID || got.Reasons[0].Type != "hash" {
		t.Errorf("went to %d for %+v", got.Case.Number, got.Reasons)
	}
}

func TestPlace_passesOverWhatEverybodyShares(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(s *correlate.Subject){
		"a proxy":    func(s *correlate.Subject) { s.Picture.Entities[0].Tags = []string{"Proxy"} },
		"a resolver": func(s *correlate.Subject) { s.Picture.Entities[0].Tags = []string{"x", "resolver"} },
		"an allowed": func(s *correlate.Subject) {
			*s = swap(*s, "domain", "cdn.example")
			s.Picture.Observables[0].Allowed = "top sites"
		},
		"one of ours": func(s *correlate.Subject) { *s = swap(*s, "domain", "corp.example") },
		"an internal": func(s *correlate.Subject) { *s = swap(*s, "ip", "10.0.0.1"); s.Picture.Observables[0].Internal = true },
		"SYSTEM": func(s *correlate.Subject) {
			s.Picture.Entities[0].Entity = harrier.Entity{Type: harrier.UserEntity, Key: `nt authority\system`}
		},
		"a root": func(s *correlate.Subject) {
			s.Picture.Entities[0].Entity = harrier.Entity{Type: harrier.UserEntity, Key: "root@srv-1"}
		},
		"the loopback": func(s *correlate.Subject) { *s = swap(*s, "ip", "127.0.0.1") },
		"an address of a proxy": func(s *correlate.Subject) {
			*s = swap(*s, "ip", "192.0.2.8")
			s.Picture.Entities = []picture.Entity{{
				Entity: harrier.Entity{Type: harrier.AddressEntity, Key: "192.0.2.8"}, As: &harrier.Entity{Type: harrier.HostEntity, Key: "proxy-1"}, Tags: []string{"proxy"},
			}}
		},
		"a process": func(s *correlate.Subject) { *s = swap(*s, "process", "powershell.exe") },
	} {
		d := open(t, correlate.DefaultPolicy())
		a, b := d.alert("host gw-1"), d.alert("host gw-1")
		change(&a)
		change(&b)
		first, second := d.place(a), d.place(b)
		if first.Case.ID == second.Case.ID {
			t.Errorf("two alerts of %s are one case: %+v", name, second.Reasons)
		}
		if name != "a process" && len(second.Stopped) == 0 {
			t.Errorf("%s: nobody is told why it says nothing", name)
		}
	}
}

// swap makes a subject be about one observable only.
func swap(s correlate.Subject, typ, value string) correlate.Subject {
	o := harrier.Observable{Type: typ, Value: value}
	s.Picture.Entities, s.Finding.Entities = nil, nil
	s.Finding.Observables, s.Picture.Observables = []harrier.Observable{o}, []picture.Observable{{Observable: o}}
	return s
}

func TestPlace_passesOverWhatIsInTooManyAlertsUnlessItIsMalicious(t *testing.T) {
	t.Parallel()
	policy := correlate.DefaultPolicy()
	k := policy.Kinds["domain"]
	k.Frequent = 10
	policy.Kinds["domain"] = k
	d := open(t, policy)
	var last correlate.Placed
	for range 12 {
		last = d.place(d.alert("domain busy.example"))
	}
	if !last.Opened || len(last.Stopped) != 1 || !strings.Contains(last.Stopped[0].Why, "more than 10 alerts") {
		t.Errorf("the domain says something still: %+v", last)
	}
	worm := open(t, policy)
	var first correlate.Placed
	for i := range 15 {
		s := worm.alert("domain worm.example")
		s.Picture.Observables[0].Verdict = "malicious"
		p := worm.place(s)
		if i == 0 {
			first = p
		}
		if p.Case.ID != first.Case.ID {
			t.Fatalf("alert %d of a worm went to another case", i)
		}
	}
}

func TestPlace_opensALinkedCaseWhereTheFirstIsFull(t *testing.T) {
	t.Parallel()
	policy := correlate.DefaultPolicy()
	policy.MaxAlerts = 3
	d := open(t, policy)
	var cases []int64
	var last correlate.Placed
	for range 8 {
		last = d.place(d.alert("host ws-17"))
		cases = append(cases, last.Case.Number)
	}
	if diff := cmp.Diff([]int64{1, 1, 1, 2, 2, 2, 3, 3}, cases); diff != "" {
		t.Errorf("alerts went to -want +got:\n%s", diff)
	}
	second, err := d.cases.GetByNumber(t.Context(), harrier.Operator(), 2)
	if err != nil {
		t.Fatal(err)
	}
	if text := d.timeline(second); strings.Count(text, "linked goes on: case ") != 2 || !strings.Contains(text, "case 1 holds 3 alerts") {
		t.Errorf("the second case is not linked to those before and after:\n%s", text)
	}
}

func TestPlace_opensALinkedCaseWhereTheFirstSpansTooMuch(t *testing.T) {
	t.Parallel()
	d := open(t, correlate.DefaultPolicy())
	numbers := map[int64]int{}
	for range 40 {
		numbers[d.place(d.alert("host ws-17")).Case.Number]++
		d.now = d.now.Add(23 * time.Hour)
	}
	if len(numbers) != 2 || numbers[1] < 31 {
		t.Errorf("40 alerts over 38 days are in %v; want 30 days in the first case", numbers)
	}
}

func TestPlace_opensALinkedCaseAfterClosing(t *testing.T) {
	t.Parallel()
	d := open(t, correlate.DefaultPolicy())
	first := d.place(d.alert("host ws-17"))
	d.close(first.Case)
	second := d.place(d.alert("host ws-17"))
	if !second.Opened || second.After != first.Case.ID || !strings.Contains(second.Why, "case 1 was closed") {
		t.Fatalf("got %+v", second)
	}
	third := d.place(d.alert("host ws-17"))
	if third.Case.ID != second.Case.ID {
		t.Error("the third alert did not go to the open case")
	}
	if text := d.timeline(first.Case); !strings.Contains(text, "linked opened again") || !strings.Contains(text, second.Case.ID.String()) {
		t.Errorf("the closed case does not name the next one:\n%s", text)
	}
}

func TestPlace_againLeavesTheAlertWhereItIs(t *testing.T) {
	t.Parallel()
	d := open(t, correlate.DefaultPolicy())
	s := d.alert("host ws-17")
	first := d.place(s)
	d.place(d.alert("hash aa11"))
	s.Picture.Observables = []picture.Observable{{Observable: harrier.Observable{Type: "hash", Value: "aa11"}}}
	if again := d.place(s); again.Case.ID != first.Case.ID || again.Opened {
		t.Errorf("placed again it went to case %d", again.Case.Number)
	}
}

func TestOffer_joinsACaseAndOpensNone(t *testing.T) {
	t.Parallel()
	d := open(t, correlate.DefaultPolicy())
	offer := func(s correlate.Subject) (f correlate.Found) {
		t.Helper()
		err := d.store.Write(t.Context(), func(tx harrier.Tx) (err error) {
			if err := d.keep(tx, s); err != nil {
				return err
			}
			f, err = d.Offer(t.Context(), tx, s)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	if f := offer(d.alert("host ws-17")); !f.Case.IsZero() {
		t.Errorf("it went to %s although there is no case", f.Case)
	}
	first := d.place(d.alert("host ws-17"))
	s := d.alert("host ws-17")
	if f := offer(s); f.Case != first.Case.ID || len(f.Reasons) != 1 {
		t.Errorf("it went to %s; want %s", f.Case, first.Case.ID)
	}
	other := d.place(d.alert("hash aa11"))
	s.Picture.Observables = []picture.Observable{{Observable: harrier.Observable{Type: "hash", Value: "aa11"}}}
	if f := offer(s); f.Case == other.Case.ID {
		t.Error("offered again it went to a second case")
	}
}

func TestJoined_makesCasesOfPlaybooksAttract(t *testing.T) {
	t.Parallel()
	d := open(t, correlate.DefaultPolicy())
	s := d.alert("host ws-17")
	id := harrier.NewID[harrier.CaseID](d.now)
	err := d.store.Write(t.Context(), func(tx harrier.Tx) error {
		if err := d.keep(tx, s); err != nil {
			return err
		}
		_, err := d.cases.OpenFor(t.Context(), tx, casework.Opening{Tenant: s.Tenant, ID: id, Title: "by hand", Author: "kim", At: d.now, Alerts: []harrier.AlertID{s.Alert}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := d.place(d.alert("host ws-17")); got.Case.ID != id {
		t.Errorf("the next alert went to %s; want %s", got.Case.ID, id)
	}
}

func TestPlace_keepsTenantsApart(t *testing.T) {
	t.Parallel()
	d := open(t, correlate.DefaultPolicy())
	first := d.place(d.alert("host ws-17"))
	other := d.alert("host ws-17")
	other.Tenant = harrier.NewID[harrier.TenantID](d.now)
	if got := d.place(other); got.Case.ID == first.Case.ID || !got.Opened {
		t.Errorf("an alert of another tenant went to %s", got.Case.ID)
	}
}

func TestPolicy_isChecked(t *testing.T) {
	t.Parallel()
	if err := correlate.DefaultPolicy().Check(); err != nil {
		t.Error(err)
	}
	p := correlate.Policy{Kinds: map[string]correlate.Kind{"host": {}}}
	err := p.Check()
	for _, want := range []string{"kinds.host.window", "weight", "frequent", "threshold", "max_alerts", "max_span"} {
		if harrier.KindOf(err) != harrier.Invalid || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}

func BenchmarkPlace(b *testing.B) {
	d := open(b, correlate.DefaultPolicy())
	for b.Loop() {
		err := d.store.Write(b.Context(), func(tx harrier.Tx) error {
			for range 50 {
				i := d.n
				s := d.alert(fmt.Sprint("host h", i%800), fmt.Sprint("user u", i%900), fmt.Sprint("ip 203.0.113.", i%250), fmt.Sprint("domain d", i%700, ".example"), fmt.Sprint("hash ", i))
				s.At = s.At.Add(-time.Duration(i%1000) * time.Minute)
				if err := d.keep(tx, s); err != nil {
					return err
				}
				if _, err := d.Place(b.Context(), tx, s); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(d.n)/b.Elapsed().Seconds(), "alerts/s")
}

func encode(t testing.TB, v any) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
