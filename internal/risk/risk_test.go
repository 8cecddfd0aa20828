package risk_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
	"github.com/harrier-soar/harrier/internal/picture"
	"github.com/harrier-soar/harrier/internal/risk"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
)

// desk is a service over a real store and real cases, at a time that tests move.
type desk struct {
	*risk.Service
	t     testing.TB
	store *store.Store
	cases *casework.Service
	now   time.Time
}

func host() risk.Entity { return risk.Entity{Type: harrier.HostEntity, Key: "ws-17"} }

func open(t testing.TB) *desk {
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
	d.store, d.cases = s, casework.New(casework.Config{Store: s, Now: clock})
	d.Service = risk.NewService(risk.Config{Store: s, Cases: d.cases, Policy: risk.DefaultPolicy(), Now: clock})
	return d
}

// alert is an alert of a rule that holds a score against the host now.
func (d *desk) alert(name, rule string, score float64) risk.Judged {
	return risk.Judged{
		Tenant: harrier.DefaultTenant, Alert: harrier.DeriveID[harrier.AlertID](name), Title: "Alert " + name, Rule: rule,
		Source: harrier.DeriveID[harrier.SourceID]("edr"), Tactics: []string{"TA0002"}, At: d.now, Now: d.now,
		Risk: map[string]float64{host().String(): score},
	}
}

// judge judges an alert, which is made where it is new. What it tells is what
// the sums of days say.
func (d *desk) judge(j risk.Judged) risk.Level {
	d.t.Helper()
	var levels []risk.Level
	err := d.store.Write(d.t.Context(), func(tx harrier.Tx) (err error) {
		a := harrier.Alert{
			Tenant: j.Tenant, ID: j.Alert, Source: harrier.DeriveID[harrier.SourceID]("any"), ExternalID: j.Alert.String(), Title: j.Title, Severity: "low", Status: "new",
			Data: []byte(`{}`), CreatedAt: d.now, UpdatedAt: d.now,
		}
		if _, _, err := d.store.Submit(d.t.Context(), tx, a); err != nil {
			return err
		}
		levels, err = d.Judge(d.t.Context(), tx, j)
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	i := slices.IndexFunc(levels, func(l risk.Level) bool { return l.Entity == host() })
	if i < 0 {
		return risk.Level{}
	}
	if j.Now.Equal(d.now) {
		near(d.t, levels[i].Score, d.risk())
	}
	return levels[i]
}

func (d *desk) risk() float64 {
	d.t.Helper()
	v, err := d.At(d.t.Context(), harrier.DefaultTenant, host(), d.now)
	if err != nil {
		d.t.Fatal(err)
	}
	return v
}

func (d *desk) allCases() []harrier.Case {
	d.t.Helper()
	list, _, err := d.cases.List(d.t.Context(), harrier.Operator(), harrier.CaseFilter{}, harrier.Page{})
	if err != nil {
		d.t.Fatal(err)
	}
	return list
}

func near(t testing.TB, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 0.01*max(1, want) {
		t.Errorf("the risk is %.3f; want %.3f", got, want)
	}
}

func TestRisk_halvesAfterItsHalfLife(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.judge(d.alert("a", "r1", 20))
	near(t, d.risk(), 20)
	d.now = d.now.Add(7 * 24 * time.Hour)
	near(t, d.risk(), 10)
	d.now = d.now.Add(14 * 24 * time.Hour)
	near(t, d.risk(), 2.5)
	d.now = d.now.Add(100 * 24 * time.Hour)
	near(t, d.risk(), 0)
}

func TestRisk_ofOneRuleIsCappedHoweverOftenItFires(t *testing.T) {
	t.Parallel()
	d := open(t)
	for i := range 500 {
		d.judge(d.alert(fmt.Sprint(i), "noisy", 10))
	}
	near(t, d.risk(), 40)
	if n := len(d.allCases()); n != 0 {
		t.Errorf("one rule alone opened %d cases", n)
	}
	d.now = d.now.Add(14 * 24 * time.Hour)
	near(t, d.risk(), 10) // a flood does not keep it at the cap
}

func TestRisk_isRaisedByDistinctTacticsAndSources(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.judge(d.alert("a", "r1", 20))
	same := d.alert("b", "r2", 20)
	d.judge(same)
	near(t, d.risk(), 40)
	other := same
	other.Tactics = []string{"TA0008"}
	d.judge(other)
	near(t, d.risk(), 50) // two tactics: a quarter more
	other.Source = harrier.DeriveID[harrier.SourceID]("ndr")
	d.judge(other)
	near(t, d.risk(), 60) // two sources: another quarter
}

func TestJudge_againReplacesWhatTheAlertContributed(t *testing.T) {
	t.Parallel()
	d := open(t)
	a := d.alert("a", "r1", 30)
	for range 5 {
		d.judge(a)
	}
	near(t, d.risk(), 30)
	a.Risk = map[string]float64{host().String(): 12}
	d.judge(a)
	near(t, d.risk(), 12)
	a.Rule, a.At = "r9", d.now.Add(-7*24*time.Hour)
	d.judge(a)
	near(t, d.risk(), 6)
	a.Risk = map[string]float64{"user:kim@corp.example": 12}
	d.judge(a)
	near(t, d.risk(), 0)
	err := d.store.Write(t.Context(), func(tx harrier.Tx) error { return d.Withdraw(t.Context(), tx, a.Tenant, a.Alert) })
	if err != nil {
		t.Fatal(err)
	}
	e := []picture.Entity{{Entity: harrier.Entity{Type: harrier.UserEntity, Key: "kim@corp.example"}}}
	if err := d.Fill(t.Context(), a.Tenant, e, d.now); err != nil || e[0].Risk != 0 {
		t.Errorf("after it was withdrawn the risk is %f (%v)", e[0].Risk, err)
	}
}

func TestRisk_isTheSameInWhateverOrderAlertsCome(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	d, shuffled := open(t), open(t)
	var list []risk.Judged
	for i := range 60 {
		j := d.alert(fmt.Sprint(i), fmt.Sprint("r", r.IntN(6)), float64(1+r.IntN(9)))
		j.At = d.now.Add(-time.Duration(r.IntN(20*24)) * time.Hour)
		j.Tactics = []string{fmt.Sprint("TA", r.IntN(4))}
		list = append(list, j)
	}
	for _, j := range list {
		d.judge(j)
	}
	r.Shuffle(len(list), func(a, b int) { list[a], list[b] = list[b], list[a] })
	for _, j := range list {
		shuffled.judge(j)
		if r.IntN(3) == 0 {
			shuffled.judge(j)
		}
	}
	near(t, shuffled.risk(), d.risk())
	near(t, d.risk(), exact(list, d.now))
}

// exact adds up every contribution from its own moment.
func exact(list []risk.Judged, now time.Time) float64 {
	p := risk.DefaultPolicy()
	left := func(j risk.Judged) float64 { return math.Exp2(-now.Sub(j.At).Hours() / p.HalfLife.Hours()) }
	rules, tactics := map[string]float64{}, map[string]float64{}
	for _, j := range list {
		for _, score := range j.Risk {
			rules[j.Rule] += score * left(j)
			tactics[j.Tactics[0]] += score * left(j)
		}
	}
	var total, breadth float64
	for _, v := range rules {
		total += min(v, p.PerRule)
	}
	for _, v := range tactics {
		breadth += min(1, v/p.Full)
	}
	return total * min(p.MaxFactor, 1+p.PerTactic*max(0, breadth-1))
}

func TestScore_onlyFallsWithTimeAndOnlyGrowsWithAlerts(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 8))
	p := risk.DefaultPolicy()
	start := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	for range 300 {
		var days []risk.Day
		last := 0.0
		now := start.Add(30 * 24 * time.Hour)
		for range 1 + r.IntN(20) {
			part := risk.Part{
				Rule: fmt.Sprint(r.IntN(4)), Tactics: fmt.Sprint("TA", r.IntN(3)), Source: harrier.SourceID{15: byte(r.IntN(3))},
				Score: r.Float64() * 50, At: start.Add(time.Duration(r.IntN(30*24)) * time.Hour),
			}
			days = append(days, part.Daily())
			got := p.Score(days, now)
			if got < last*0.99 {
				t.Fatalf("a further contribution lowered the risk from %f to %f: %+v", last, got, days)
			}
			last = got
		}
		for range 40 {
			now = now.Add(12 * time.Hour)
			got := p.Score(days, now)
			if got > last+1e-9 {
				t.Fatalf("time raised the risk from %f to %f: %+v", last, got, days)
			}
			last = got
		}
	}
}

// burst judges alerts of distinct rules until the threshold is crossed.
func (d *desk) burst(name string) (opened risk.Level) {
	d.t.Helper()
	for i := range 6 {
		l := d.judge(d.alert(fmt.Sprint(name, i), fmt.Sprint("r", i), 30))
		if l.Opened {
			opened = l
		}
	}
	return opened
}

func TestThreshold_opensOneCaseThatListsTheContributions(t *testing.T) {
	t.Parallel()
	d := open(t)
	l := d.burst("a")
	cases := d.allCases()
	if len(cases) != 1 || cases[0].ID != l.Case || !strings.Contains(cases[0].Title, "ws-17") || cases[0].Severity != "high" {
		t.Fatalf("crossing the threshold opened %+v; want one case, %s", cases, l.Case)
	}
	for i := range 4 {
		if name := fmt.Sprint("Alert a", i); !strings.Contains(cases[0].Summary, name) {
			t.Errorf("the case does not list %s:\n%s", name, cases[0].Summary)
		}
	}
	alerts, _, err := d.store.Alerts(t.Context(), harrier.DefaultTenant, harrier.AlertFilter{Case: l.Case}, harrier.Page{})
	if err != nil || len(alerts) != 6 {
		t.Errorf("the case has %d alerts (%v); want all 6", len(alerts), err)
	}
	d.judge(d.alert("a3", "r3", 30)) // again
	if n := len(d.allCases()); n != 1 {
		t.Errorf("judging again made %d cases", n)
	}
}

func TestThreshold_doesNotFlap(t *testing.T) {
	t.Parallel()
	d := open(t)
	first := d.burst("a")
	if _, err := d.cases.Finish(t.Context(), harrier.Operator(), first.Case, casework.Closing{Disposition: casework.TruePositive, Reason: "looked into"}); err != nil {
		t.Fatal(err)
	}
	for i := range 200 { // the risk stays around the threshold
		d.now = d.now.Add(6 * time.Hour)
		d.judge(d.alert(fmt.Sprint("b", i), fmt.Sprint("r", i%6), 2))
	}
	if n := len(d.allCases()); n > 2 {
		t.Errorf("around the threshold there are %d cases; want 2 at most", n)
	}
}

func TestThreshold_opensALinkedCaseWhereMuchCameAfterTheFirstWasClosed(t *testing.T) {
	t.Parallel()
	d := open(t)
	first := d.burst("a")
	if _, err := d.cases.Finish(t.Context(), harrier.Operator(), first.Case, casework.Closing{Disposition: casework.TruePositive, Reason: "looked into"}); err != nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(time.Hour)
	if l := d.judge(d.alert("small", "r7", 5)); l.Opened {
		t.Error("a little more opened another case")
	}
	var second risk.Level
	for i := range 3 {
		if l := d.judge(d.alert(fmt.Sprint("c", i), fmt.Sprint("s", i), 40)); l.Opened {
			second = l
		}
	}
	if second.Case.IsZero() || second.Case == first.Case {
		t.Fatalf("much more opened no other case: %+v", second)
	}
	lines, _, err := d.cases.Timeline(t.Context(), harrier.Operator(), second.Case, harrier.Page{})
	if err != nil || !slices.ContainsFunc(lines, func(e harrier.CaseEntry) bool {
		return e.Kind == "linked" && strings.Contains(string(e.Data), first.Case.String())
	}) {
		t.Errorf("the second case is not linked to the first (%v): %+v", err, lines)
	}
}

func TestThreshold_usesTheCaseThatIsStillOpen(t *testing.T) {
	t.Parallel()
	d := open(t)
	first := d.burst("a")
	d.now = d.now.Add(40 * 24 * time.Hour)
	if d.risk() > 5 {
		t.Fatalf("the risk is %f still", d.risk())
	}
	d.burst("later")
	if cases := d.allCases(); len(cases) != 1 || cases[0].ID != first.Case {
		t.Errorf("there are %d cases; the first is open still", len(cases))
	}
}

func TestThreshold_isNotCrossedByOldNews(t *testing.T) {
	t.Parallel()
	d := open(t)
	for i := range 6 {
		j := d.alert(fmt.Sprint(i), fmt.Sprint("r", i), 30)
		j.Old = true
		if l := d.judge(j); l.Opened || l.Raised {
			t.Fatalf("old news raised the risk: %+v", l)
		}
	}
	if l := d.judge(d.alert("live", "r9", 1)); !l.Opened {
		t.Errorf("the first live alert does not open the case: %+v", l)
	}
}

func TestJudge_boundsWhatAnAlertCanDo(t *testing.T) {
	t.Parallel()
	d := open(t)
	j := d.alert("a", strings.Repeat("r", 10), math.NaN())
	j.Risk["host:"+strings.Repeat("x", 5000)], j.Risk["address:192.0.2.1"], j.Risk["nonsense"], j.Risk["user:u"] = 5, 5, 5, math.Inf(1)
	for i := range 500 {
		j.Risk[fmt.Sprint("host:h", i)] = 1
	}
	j.At = d.now.Add(1000 * time.Hour) // from the future
	d.judge(j)
	list, _, err := d.List(t.Context(), harrier.Operator(), risk.Filter{}, harrier.Page{Limit: 500})
	if err != nil || len(list) != 50 {
		t.Errorf("%d entities (%v); want 50", len(list), err)
	}
	near(t, d.risk(), 0)
}

func TestForget_removesWhatDoesNotCount(t *testing.T) {
	t.Parallel()
	d := open(t)
	for i := range 700 {
		d.judge(d.alert(fmt.Sprint(i), fmt.Sprint("r", i), 1))
	}
	d.now = d.now.Add(60 * 24 * time.Hour)
	d.judge(d.alert("new", "r", 1))
	d.now = d.now.Add(20 * 24 * time.Hour)
	for n := int64(1); n > 0; {
		err := d.store.Write(t.Context(), func(tx harrier.Tx) (err error) {
			n, err = d.Forget(t.Context(), tx, 500)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	got, err := d.Show(t.Context(), harrier.Operator(), host())
	if err != nil || len(got.Parts) != 1 {
		t.Errorf("%d contributions are left (%v); want 1", len(got.Parts), err)
	}
	again := d.alert("5", "r5", 1)
	again.At = d.now.Add(-80 * 24 * time.Hour)
	before := d.risk()
	d.judge(again)
	near(t, d.risk(), before)
}

func TestPolicy_isChecked(t *testing.T) {
	t.Parallel()
	if err := risk.DefaultPolicy().Check(); err != nil {
		t.Error(err)
	}
	p := risk.DefaultPolicy()
	p.HalfLife, p.Release, p.MaxFactor = time.Minute, p.Threshold, 0
	err := p.Check()
	for _, want := range []string{"half_life", "release", "max_factor"} {
		if harrier.KindOf(err) != harrier.Invalid || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}

func TestParseEntity_readsWhatStringWrote(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"host:ws-17", "user:kim@corp.example"} {
		e, err := risk.ParseEntity(text)
		if diff := cmp.Diff(text, e.String()); err != nil || diff != "" {
			t.Errorf("%v, -want +got:\n%s", err, diff)
		}
	}
	for _, text := range []string{"", "host:", "ws-17", "address:192.0.2.1"} {
		if _, err := risk.ParseEntity(text); harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%q is taken: %v", text, err)
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	d := open(b)
	i := 0
	for b.Loop() {
		err := d.store.Write(b.Context(), func(tx harrier.Tx) error {
			for range 100 {
				i++
				j := d.alert(fmt.Sprint(i), fmt.Sprint("r", i%20), 1)
				j.Old, j.Risk = true, map[string]float64{fmt.Sprint("host:h", i%500): 1, fmt.Sprint("user:u", i%500): 1}
				if _, err := d.Judge(b.Context(), tx, j); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(i)/b.Elapsed().Seconds(), "alerts/s")
}
