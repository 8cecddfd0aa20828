package enrich_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/internal/enrich"
	"github.com/harrier-soar/harrier/internal/indicator"
	"github.com/harrier-soar/harrier/internal/intel"
	"github.com/harrier-soar/harrier/internal/picture"
)

// vendors answers verbs by the name of the connection.
type vendors struct {
	// offers are the connections of a verb.
	offers map[string][]string
	answer func(ctx context.Context, source string, in map[string]any) (map[string]any, error)

	mu       sync.Mutex // guards what follows
	asked    []string
	critical int
}

// Sources implements intel.Lookups.
func (v *vendors) Sources(_ context.Context, tenant harrier.TenantID, verb string) ([]intel.Source, error) {
	var list []intel.Source
	for _, name := range v.offers[verb] {
		list = append(list, intel.Source{
			Connection: harrier.DeriveID[harrier.ConnectionID](tenant.String(), name), Name: name, Action: name + "." + verb,
			TTL: time.Hour, Provider: name, Reliability: "B",
		})
	}
	return list, nil
}

// Ask implements intel.Lookups.
func (v *vendors) Ask(ctx context.Context, req builtin.Request, s intel.Source, in map[string]any) (map[string]any, error) {
	v.mu.Lock()
	v.asked = append(v.asked, fmt.Sprint(s.Name, " ", in))
	if req.Critical {
		v.critical++
	}
	v.mu.Unlock()
	return v.answer(ctx, s.Name, in)
}

// calls returns what was asked, sorted.
func (v *vendors) calls() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Sorted(slices.Values(v.asked))
}

// marked counts the calls that were marked as critical.
func (v *vendors) marked() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.critical
}

// threats are two sources of intelligence.
func threats(answer func(ctx context.Context, source string, in map[string]any) (map[string]any, error)) *vendors {
	both := []string{"alpha", "beta"}
	return &vendors{answer: answer, offers: map[string][]string{
		"intel.lookup_ip": both, "intel.lookup_domain": both, "intel.lookup_url": both, "intel.lookup_file": both, "intel.lookup_email": both,
	}}
}

func always(verdict string) func(context.Context, string, map[string]any) (map[string]any, error) {
	return func(context.Context, string, map[string]any) (map[string]any, error) {
		return map[string]any{"verdict": verdict}, nil
	}
}

// service returns a service over vendors; more changes what it is made of.
func service(t *testing.T, v *vendors, more func(*enrich.Config)) *enrich.Service {
	t.Helper()
	cfg := enrich.Config{Intel: intel.New(intel.Config{Lookups: v, Now: time.Now}), Own: own, Now: time.Now}
	if more != nil {
		more(&cfg)
	}
	s := enrich.New(cfg)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// request asks about observables of the form "ip 203.0.113.7".
func request(severity string, observables ...string) enrich.Request {
	req := enrich.Request{
		Tenant: harrier.DefaultTenant, Alert: harrier.DeriveID[harrier.AlertID](severity, strings.Join(observables, " ")),
		Finding: harrier.Finding{ExternalID: "1", Severity: severity},
	}
	for _, text := range observables {
		kind, value, _ := strings.Cut(text, " ")
		req.Finding.Observables = append(req.Finding.Observables, harrier.Observable{Type: kind, Value: value})
	}
	return req
}

// drawn fails the test where a picture does.
func drawn(t *testing.T, s *enrich.Service, req enrich.Request) (picture.Picture, bool) {
	t.Helper()
	p, pending, err := s.Picture(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	return p, pending
}

// gaps returns what is missing, in one line each.
func gaps(p picture.Picture) (list []string) {
	for _, m := range p.Missing {
		list = append(list, m.What+" from "+m.From+": "+m.Why)
	}
	return list
}

func TestPicture_asksEverybodyAboutEveryObservable(t *testing.T) {
	t.Parallel()
	v := threats(func(_ context.Context, source string, in map[string]any) (map[string]any, error) {
		switch {
		case source == "beta" && in["ip"] != nil:
			return map[string]any{"verdict": "malicious", "score": 90.0, "family": "qakbot"}, nil
		case source == "beta":
			return nil, connector.Errorf(connector.Denied, "wrong key")
		}
		return map[string]any{"verdict": "benign", "score": int64(3)}, nil
	})
	p, pending := drawn(t, service(t, v, nil), request("high", "ip 203.0.113.7", "domain evil.example", "ip 10.0.0.1", "ip 203.0.113.7", "file_name a.exe"))
	if want := []string{"alpha map[domain:evil.example]", "alpha map[ip:203.0.113.7]", "beta map[domain:evil.example]", "beta map[ip:203.0.113.7]"}; !cmp.Equal(want, v.calls()) {
		t.Errorf("asked %q, want %q", v.calls(), want)
	}
	type seen struct {
		Value, Verdict, Worst, Name string
		Score                       float64
		Answered, Failed            int
		Internal                    bool
	}
	var got []seen
	for _, o := range p.Observables {
		one := seen{Value: o.Value, Verdict: o.Verdict, Score: o.Score, Answered: o.Answered, Failed: o.Failed, Internal: o.Internal}
		if len(o.Opinions) > 0 {
			one.Worst, one.Name = o.Opinions[0].Source, o.Opinions[0].Name
		}
		got = append(got, one)
	}
	want := []seen{
		{"203.0.113.7", "malicious", "beta", "qakbot", 90, 2, 0, false}, {"evil.example", "benign", "alpha", "", 3, 1, 1, false},
		{Value: "10.0.0.1", Verdict: "unknown", Internal: true}, {Value: "a.exe", Verdict: "unknown"},
	}
	if diff := cmp.Diff(want, got); diff != "" || pending {
		t.Errorf("pending %t, observables (-want +got):\n%s", pending, diff)
	}
	if want := []string{"evil.example from beta: wrong key"}; !cmp.Equal(want, gaps(p)) {
		t.Errorf("missing %q, want %q", gaps(p), want)
	}
}

func TestPicture_asksOnceForAThousandAlertsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := threats(func(context.Context, string, map[string]any) (map[string]any, error) {
			<-time.After(100 * time.Millisecond)
			return map[string]any{"verdict": "suspicious"}, nil
		})
		s := service(t, v, nil)
		var wg sync.WaitGroup
		for i := range 1000 {
			wg.Go(func() {
				req := request([]string{"low", "critical"}[i%2], "ip 203.0.113.7")
				if p, _, err := s.Picture(t.Context(), req); err != nil || p.Observables[0].Verdict != "suspicious" {
					t.Errorf("%+v, %v", p.Observables, err)
				}
			})
		}
		wg.Wait()
		if len(v.calls()) != 2 {
			t.Errorf("%d calls: %q", len(v.calls()), v.calls())
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestPicture_isThereAtItsDeadlineAndTellsWhatIsMissing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := threats(func(ctx context.Context, source string, _ map[string]any) (map[string]any, error) {
			if source == "beta" {
				select {
				case <-time.After(10 * time.Second):
				case <-ctx.Done():
					return nil, ctx.Err()
				}
			}
			return map[string]any{"verdict": "malicious"}, nil
		})
		s := service(t, v, func(c *enrich.Config) { c.Store = newShelf() })
		req := request("high", "ip 203.0.113.7")
		req.Deadline = 500 * time.Millisecond
		start := time.Now()
		p, pending := drawn(t, s, req)
		if took := time.Since(start); took != 500*time.Millisecond || !pending {
			t.Errorf("took %s, pending %t", took, pending)
		}
		o := p.Observables[0]
		if o.Verdict != "malicious" || o.Answered != 1 || o.Failed != 1 || len(p.Missing) != 1 || !strings.Contains(p.Missing[0].Why, "had not answered after 500ms") {
			t.Errorf("%+v, missing %q", o, gaps(p))
		}
		<-time.After(10 * time.Second)
		req.Deadline = -1 // what came meanwhile is known
		if p, pending := drawn(t, s, req); p.Observables[0].Answered != 2 || pending || len(v.calls()) != 2 {
			t.Errorf("%+v, pending %t, asked %q", p.Observables[0], pending, v.calls())
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestPicture_servesTheMoreSevereAlertFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var served []string
		var mu sync.Mutex
		v := &vendors{offers: map[string][]string{"intel.lookup_ip": {"slow"}}, answer: func(_ context.Context, _ string, in map[string]any) (map[string]any, error) {
			mu.Lock()
			served = append(served, fmt.Sprint(in["ip"]))
			mu.Unlock()
			<-time.After(time.Second)
			return map[string]any{"verdict": "benign"}, nil
		}}
		s := service(t, v, nil)
		flood := make([]string, 19)
		for i := range flood {
			flood[i] = fmt.Sprintf("ip 203.0.113.%d", i+1)
		}
		low := request("low", flood...)
		low.Deadline = 100 * time.Millisecond
		drawn(t, s, low)
		start := time.Now()
		critical := request("critical", "ip 198.51.100.1")
		if p, _ := drawn(t, s, critical); p.Observables[0].Answered != 1 || time.Since(start) != time.Second {
			t.Errorf("the critical alert waited %s: %q", time.Since(start), gaps(p))
		}
		// Its question had come last before: the more severe alert takes it along.
		start = time.Now()
		high := request("high", "ip 203.0.113.19")
		if p, _ := drawn(t, s, high); p.Observables[0].Answered != 1 || time.Since(start) > 2*time.Second {
			t.Errorf("the high alert waited %s: %q", time.Since(start), gaps(p))
		}
		mu.Lock()
		if i := slices.Index(served, "203.0.113.19"); i < 0 || i > 10 {
			t.Errorf("served %q", served)
		}
		mu.Unlock()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if n := len(served); n > 20 {
			t.Errorf("%d calls: something was asked twice: %q", n, served)
		}
	})
}

// left is a quota.
type left struct{ left, daily int }

// Left implements enrich.Quotas.
func (l left) Left(_ context.Context, _ harrier.TenantID, _ harrier.ConnectionID) (int, int, bool) {
	return l.left, l.daily, true
}

func TestPicture_keepsTheLastCallsOfADayForSevereAlerts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		left int
		want map[string]bool
	}{
		{500, map[string]bool{"critical": true, "high": true, "medium": true, "low": true, "info": true}},
		{200, map[string]bool{"critical": true, "high": true, "medium": true, "low": false, "info": false}},
		{100, map[string]bool{"critical": true, "high": false, "medium": false, "low": false, "info": false}},
	} {
		for severity, want := range c.want {
			v := threats(always("malicious"))
			s := service(t, v, func(cfg *enrich.Config) { cfg.Quotas, cfg.Store = left{c.left, 500}, newShelf() })
			p, pending := drawn(t, s, request(severity, "ip 203.0.113.7"))
			told := len(p.Missing) == 2 && strings.Contains(p.Missing[0].Why, fmt.Sprintf("%d of its 500 calls", c.left))
			if asked := len(v.calls()) > 0; asked != want || told == want || pending {
				t.Errorf("%d left, %s: asked %t, pending %t, missing %q", c.left, severity, asked, pending, gaps(p))
			}
			if n := v.marked(); severity == "critical" && n != 2 {
				t.Errorf("%d of 2 calls for a critical alert were marked so", n)
			}
			if want || severity != "low" {
				continue
			}
			// What was refused to it is not refused to a critical one.
			if p, _ := drawn(t, s, request("critical", "ip 203.0.113.7")); p.Observables[0].Verdict != "malicious" {
				t.Errorf("the critical alert after it: %q", gaps(p))
			}
		}
	}
}

// known is an inventory, indicators, and risk.
type known struct{}

// Fill implements enrich.Inventory.
func (known) Fill(_ context.Context, _ harrier.TenantID, list []picture.Entity, _ time.Time) error {
	for i := range list {
		list[i].Known, list[i].VIP = true, list[i].Key == "ceo@corp.example"
	}
	return nil
}

// Match implements enrich.Indicators.
func (known) Match(_ context.Context, _ harrier.TenantID, list []harrier.Observable, _ time.Time) ([][]picture.Opinion, error) {
	out := make([][]picture.Opinion, len(list))
	for i, o := range list {
		if o.Value == "203.0.113.66" {
			out[i] = []picture.Opinion{{Source: "feed", Verdict: "malicious", Indicator: true}}
		}
	}
	return out, nil
}

// Marking implements enrich.Markings.
func (known) Marking(_ context.Context, _ harrier.TenantID, o harrier.Observable) (indicator.Marking, error) {
	if o.Value == "203.0.113.99" {
		return indicator.Marking{TLP: "amber+strict"}, nil
	}
	return indicator.Marking{}, nil
}

// Allowed implements enrich.Indicators.
func (known) Allowed(_ context.Context, _ harrier.TenantID, list []harrier.Observable) ([]string, error) {
	out := make([]string, len(list))
	for i, o := range list {
		if o.Value == "8.8.8.8" || o.Value == "203.0.113.66" {
			out[i] = "public resolvers"
		}
	}
	return out, nil
}

func TestPicture_leavesOutWhatIsAllowedAndHidesNoKnownBad(t *testing.T) {
	t.Parallel()
	v := threats(always("suspicious"))
	s := service(t, v, func(c *enrich.Config) { c.Inventory, c.Indicators = known{}, known{} })
	p, _ := drawn(t, s, request("medium", "ip 8.8.8.8", "ip 203.0.113.66", "ip 203.0.113.7"))
	var got []string
	for _, o := range p.Observables {
		got = append(got, o.Value+" "+o.Verdict+" "+o.Allowed)
	}
	if want := []string{"8.8.8.8 benign public resolvers", "203.0.113.66 malicious public resolvers", "203.0.113.7 suspicious "}; !cmp.Equal(want, got) {
		t.Errorf("got %q, want %q", got, want)
	}
	if len(v.calls()) != 2 {
		t.Errorf("asked %q", v.calls())
	}
}

func TestPicture_servesAnAlertAboutSomebodyWhoMattersAsASevereOne(t *testing.T) {
	t.Parallel()
	v := threats(always("malicious"))
	s := service(t, v, func(c *enrich.Config) { c.Inventory, c.Indicators, c.Quotas = known{}, known{}, left{150, 500} })
	req := request("low", "ip 203.0.113.7")
	if p, _ := drawn(t, s, req); len(v.calls()) != 0 {
		t.Errorf("asked for a low alert: %q", gaps(p))
	}
	req.Finding.Entities = []harrier.Entity{{Type: harrier.UserEntity, Key: "ceo@corp.example"}}
	if p, _ := drawn(t, s, req); p.Observables[0].Verdict != "malicious" {
		t.Errorf("not asked about whom the chief executive talked to: %q", gaps(p))
	}
}

func TestPicture_tellsNobodyWhatIsMarked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tlp, pap string
		data     map[string]any
		asks     bool
	}{
		{"", "", nil, true}, {"TLP:AMBER", "", nil, true}, {"white", "", nil, true}, {"TLP:AMBER+STRICT", "", nil, false}, {"RED", "", nil, false},
		{"", "PAP:RED", nil, false}, {"", "amber", nil, true}, {"nonsense", "", nil, false}, {"", "", map[string]any{"tlp": "TLP:RED"}, false},
		{"", "", map[string]any{"tlp": 3.0}, false}, {"", "", map[string]any{"pap": 2.0}, true},
	} {
		v := threats(always("malicious"))
		req := request("critical", "ip 203.0.113.7")
		req.TLP, req.PAP, req.Finding.Data = c.tlp, c.pap, c.data
		p, _ := drawn(t, service(t, v, nil), req)
		if asked := len(v.calls()) > 0; asked != c.asks || asked == (len(p.Missing) == 1) {
			t.Errorf("%+v: asked %t, missing %q", c, asked, gaps(p))
		}
		v = threats(always("malicious"))
		inside := service(t, v, func(cfg *enrich.Config) { cfg.Settings.Inside = []string{"beta"} })
		if p, _ := drawn(t, inside, req); p.Observables[0].Verdict != "malicious" || !c.asks && len(v.calls()) != 1 {
			t.Errorf("%+v: the organisation's own source was not asked: %q", c, v.calls())
		}
	}
}

func TestPicture_tellsNobodyWhatItsSourceMarked(t *testing.T) {
	t.Parallel()
	v := threats(always("malicious"))
	s := service(t, v, func(c *enrich.Config) { c.Markings, c.Settings.Inside = known{}, []string{"beta"} })
	p, _ := drawn(t, s, request("critical", "ip 203.0.113.99", "ip 203.0.113.7"))
	if want := []string{"alpha map[ip:203.0.113.7]", "beta map[ip:203.0.113.7]", "beta map[ip:203.0.113.99]"}; !cmp.Equal(want, v.calls()) {
		t.Errorf("asked %q, want %q", v.calls(), want)
	}
	if len(p.Missing) != 1 || p.Missing[0].What != "203.0.113.99" || !strings.Contains(p.Missing[0].Why, "TLP:AMBER+STRICT") {
		t.Errorf("missing %q", gaps(p))
	}
}

// What may leave follows the settings that hold when a picture begins.
func TestSetSettings_holdsForTheNextPicture(t *testing.T) {
	t.Parallel()
	v := threats(always("malicious"))
	s := service(t, v, nil)
	req := request("critical", "ip 203.0.113.7")
	req.TLP = "RED"
	for i, most := range []string{"", "red", "amber"} {
		before := len(v.calls())
		s.SetSettings(enrich.Settings{MaxTLP: most})
		drawn(t, s, req)
		req.Finding.Observables[0].Value = fmt.Sprintf("203.0.113.%d", 8+i) // nobody knows it yet
		if asked := len(v.calls()) > before; asked != (most == "red") {
			t.Errorf("under %q: asked %t", most, asked)
		}
	}
}

func TestPicture_isBoundedHoweverMuchAnAlertHolds(t *testing.T) {
	t.Parallel()
	v := threats(always("benign"))
	var many []string
	for i := range 1000 {
		many = append(many, fmt.Sprintf("domain d%d.example", i), fmt.Sprintf("ip 203.0.%d.%d", i/250, i%250))
	}
	req := request("high", many...)
	for i := range 1000 {
		req.Finding.Entities = append(req.Finding.Entities, harrier.Entity{Type: harrier.HostEntity, Key: fmt.Sprint("ws-", i)})
	}
	req.Finding.Observables[150].Role = "destination"
	p, _ := drawn(t, service(t, v, nil), req)
	if len(v.calls()) != 40 || len(p.Observables) != 200 || len(p.Entities) != 100 || len(p.Missing) != 3 {
		t.Errorf("%d calls, %d observables, %d entities, missing %q", len(v.calls()), len(p.Observables), len(p.Entities), gaps(p))
	}
	if p.Observables[150].Answered != 2 {
		t.Errorf("the destination was not among those that were looked up")
	}
}

func TestPicture_doesNotRepeatAFailureForEveryAlert(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := threats(func(context.Context, string, map[string]any) (map[string]any, error) {
			return nil, connector.Errorf(connector.Unavailable, "the vendor is down")
		})
		s := service(t, v, func(c *enrich.Config) { c.Store = newShelf() })
		for range 50 {
			if p, pending := drawn(t, s, request("medium", "ip 203.0.113.7")); !pending || p.Observables[0].Verdict != "unknown" || p.Observables[0].Failed != 2 {
				t.Errorf("pending %t, %+v", pending, p.Observables[0])
			}
		}
		if len(v.calls()) != 2 {
			t.Errorf("%d calls", len(v.calls()))
		}
		<-time.After(16 * time.Second)
		drawn(t, s, request("medium", "ip 203.0.113.7"))
		if len(v.calls()) != 4 {
			t.Errorf("%d calls; a failure is forgotten after a while", len(v.calls()))
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}
