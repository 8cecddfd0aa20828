package figures_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
	"github.com/harrier-soar/harrier/internal/figures"
	"github.com/harrier-soar/harrier/internal/sla"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
)

// told is what the tale knows of a case, noted as it happens.
type told struct {
	id                                      harrier.CaseID
	template, severity, status, disposition string
	owner                                   harrier.Person
	restricted                              bool
	event, opened, begun, contained, ended  time.Time
}

// tale is a history of cases by chance, in a real store.
type tale struct {
	t     *testing.T
	store *store.Store
	cases *casework.Service
	dice  *rand.Rand
	now   time.Time
	all   []*told
	n     int
}

func newTale(t *testing.T, seed uint64) *tale {
	w := &tale{t: t, dice: rand.New(rand.NewPCG(seed, 7)), now: time.Date(2026, 10, 26, 3, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return w.now }
	s, err := store.Open(t.Context(), store.Config{Dir: blanktest.Dir(t), Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	templates := map[string]casework.Template{"phishing": {}, "malware": {}}
	w.store, w.cases = s, casework.New(casework.Config{Store: s, Now: clock, Templates: templates, Policy: sla.DefaultPolicy()})
	return w
}

// pick is one of some by chance.
func pick[T any](w *tale, of ...T) T { return of[w.dice.IntN(len(of))] }

func people() []harrier.Person {
	return []harrier.Person{{}, {ID: harrier.DeriveID[harrier.PrincipalID]("ann"), Name: "ann"}, {ID: harrier.DeriveID[harrier.PrincipalID]("bob"), Name: "bob"}}
}

// stranger is somebody who is a member of no case.
func stranger() harrier.PrincipalID { return harrier.DeriveID[harrier.PrincipalID]("stranger") }

// alert submits an alert about something that happened before.
func (w *tale) alert() (harrier.AlertID, time.Time) {
	w.n++
	event := w.now.Add(-time.Duration(w.dice.IntN(5000)) * time.Second).Truncate(time.Microsecond)
	a := harrier.Alert{
		Tenant: harrier.DefaultTenant, ID: harrier.NewID[harrier.AlertID](w.now), Source: harrier.DeriveID[harrier.SourceID]("s"), ExternalID: fmt.Sprint(w.n), Title: "a",
		Severity: "high", Status: "new", Data: []byte(`{}`), EventAt: event, CreatedAt: w.now, UpdatedAt: w.now,
	}
	err := w.store.Write(w.t.Context(), func(tx harrier.Tx) error {
		_, _, err := w.store.Submit(w.t.Context(), tx, a)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return a.ID, event
}

// open opens a case.
func (w *tale) open() {
	k := &told{
		template: pick(w, "", "phishing", "malware"), severity: pick(w, "low", "high", "critical"), status: casework.Open, owner: pick(w, people()...),
		restricted: w.dice.IntN(4) == 0, opened: w.now, event: w.now,
	}
	d := casework.Draft{Title: "c", Template: k.template, Severity: k.severity, Owner: k.owner, Restricted: k.restricted}
	for i := range w.dice.IntN(3) {
		id, event := w.alert()
		d.Alerts = append(d.Alerts, id)
		if i == 0 || event.Before(k.event) {
			k.event = event
		}
	}
	c, err := w.cases.Create(w.t.Context(), harrier.Operator(), d)
	if err != nil {
		w.t.Fatal(err)
	}
	k.id = c.ID
	w.all = append(w.all, k)
}

// work does something to a case that is there; what is refused did not happen.
func (w *tale) work() {
	k, by, ctx := pick(w, w.all...), harrier.Operator(), w.t.Context()
	switch w.dice.IntN(6) {
	case 0:
		to := pick(w, casework.InProgress, casework.Waiting, casework.Open)
		if _, err := w.cases.SetStatus(ctx, by, k.id, casework.Turn{To: to, Reason: "so"}); err == nil {
			k.turned(to, w.now)
		}
	case 1:
		as := pick(w, casework.Dispositions()...)
		if _, err := w.cases.Finish(ctx, by, k.id, casework.Closing{Disposition: as, Reason: "so"}); err == nil {
			k.turned(casework.Closed, w.now)
			k.disposition, k.ended = as, w.now
		}
	case 2:
		as := pick(w, append(casework.Dispositions(), "")...)
		if _, _, err := w.cases.Reopen(ctx, by, k.id, casework.Correction{Reason: "so", Disposition: as}); err == nil {
			k.turned(casework.InProgress, w.now)
			k.disposition, k.ended = as, time.Time{}
		}
	case 3:
		contained := w.dice.IntN(3) > 0
		if _, err := w.cases.Edit(ctx, by, k.id, 0, casework.Edit{Contained: &contained}); err != nil {
			w.t.Fatal(err)
		}
		switch {
		case !contained:
			k.contained = time.Time{}
		case k.contained.IsZero():
			k.contained = w.now
		}
	case 4:
		owner, severity := pick(w, people()...), pick(w, "low", "high", "critical")
		if _, err := w.cases.Edit(ctx, by, k.id, 0, casework.Edit{Owner: &owner, Severity: &severity}); err != nil {
			w.t.Fatal(err)
		}
		k.owner, k.severity = owner, severity
	case 5:
		if _, err := w.cases.Restrict(ctx, by, k.id, !k.restricted, "so"); err != nil {
			w.t.Fatal(err)
		}
		k.restricted = !k.restricted
	}
}

// turned notes a status; work begins with the first that is not open.
func (k *told) turned(to string, at time.Time) {
	if k.status = to; to != casework.Open && k.begun.IsZero() {
		k.begun = at
	}
}

// key is by what a case is told apart.
func (k *told) key(by string, zone *time.Location) string {
	switch by {
	case "category":
		return k.template
	case "severity":
		return k.severity
	case "owner":
		if k.owner.ID.IsZero() {
			return ""
		}
		return k.owner.ID.String()
	case "disposition":
		return k.disposition
	case "day":
		return k.opened.In(zone).Format("2006-01-02")
	}
	year, week := k.opened.In(zone).ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, week)
}

// took are the times of a case by the formulas of TheHive, as they are written.
func (k *told) took() map[string]time.Duration {
	out := map[string]time.Duration{}
	between := func(name string, from, to time.Time) {
		if !from.IsZero() && !to.IsZero() {
			out[name] = max(0, to.Sub(from))
		}
	}
	between("detect", k.event, k.opened)
	between("triage", k.opened, k.begun)
	between("acknowledge", k.event, k.begun)
	between("qualify", k.opened, k.ended)
	between("resolve", k.begun, k.ended)
	between("contain", k.opened, k.contained)
	between("dwell", k.event, k.contained)
	return out
}

// reckoned are the figures of some cases in the plainest way.
func reckoned(list []*told) figures.CaseFigures {
	f := figures.CaseFigures{Dispositions: map[string]int64{}, Times: map[string]figures.Spread{}}
	took := map[string][]int64{}
	for _, k := range list {
		f.Opened++
		if k.status == casework.Closed {
			f.Closed++
			f.Dispositions[k.disposition]++
		}
		for name, d := range k.took() {
			took[name] = append(took[name], int64(d.Seconds()))
		}
	}
	for name, all := range took {
		f.Times[name] = figures.Spread{Count: int64(len(all)), Mean: mean(all), Median: within(all, 50), Ninth: within(all, 90)}
	}
	return f
}

func mean(all []int64) int64 {
	var sum int64
	for _, v := range all {
		sum += v
	}
	n := int64(len(all))
	return (2*sum + n) / (2 * n) // to the nearest
}

// within is the least that so many of a hundred do not exceed, by trying each.
func within(all []int64, percent int) int64 {
	best := slices.Max(all)
	for _, v := range all {
		no := 0
		for _, o := range all {
			if o <= v {
				no++
			}
		}
		if no*100 >= percent*len(all) {
			best = min(best, v)
		}
	}
	return best
}

// AZ-07: whatever happens to cases, figures of them are what the formulas say
// over what the viewer may see, by whatever they are told apart; a correction
// corrects them.
func TestOfCases_areWhatHappened(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("America/New_York") // where clocks change meanwhile
	if err != nil {
		t.Skip("there are no time zones here: ", err)
	}
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			w := newTale(t, seed)
			for range 160 {
				w.now = w.now.Add(time.Duration(w.dice.IntN(3*3600*1000)) * time.Millisecond).Truncate(time.Microsecond)
				if len(w.all) == 0 || w.dice.IntN(4) == 0 {
					w.open()
				} else {
					w.work()
				}
			}
			for _, days := range [][2]string{{"2026-10-25", "2026-12-01"}, {"2026-10-30", "2026-11-02"}} {
				win, err := figures.Between(days[0], days[1], zone)
				if err != nil {
					t.Fatal(err)
				}
				for _, viewer := range []harrier.PrincipalID{harrier.Operator().ID, stranger()} {
					w.compare(win, viewer)
				}
			}
		})
	}
}

// compare holds the figures of a window against the plainest way.
func (w *tale) compare(win figures.Window, viewer harrier.PrincipalID) {
	w.t.Helper()
	facts, err := w.store.CaseFacts(w.t.Context(), figures.Asked{Tenant: harrier.DefaultTenant, Viewer: viewer, Window: win})
	if err != nil || facts.Estimated() {
		w.t.Fatalf("%t, %v", facts.Estimated(), err)
	}
	var seen []*told
	for _, k := range w.all {
		if (!k.restricted || viewer != stranger()) && !k.opened.Before(win.From) && k.opened.Before(win.To) {
			seen = append(seen, k)
		}
	}
	for _, by := range []string{"category", "severity", "owner", "disposition", "day", "week"} {
		all, groups := figures.OfCases(facts, win, by)
		if d := cmp.Diff(reckoned(seen), all); d != "" {
			w.t.Fatalf("all (-want +got):\n%s", d)
		}
		rest := len(seen)
		for _, g := range groups {
			var mine []*told
			for _, k := range seen {
				if k.key(by, win.Zone) == g.Key {
					mine = append(mine, k)
				}
			}
			want := reckoned(mine)
			want.Key, want.Name = g.Key, g.Name
			if d := cmp.Diff(want, g); d != "" {
				w.t.Fatalf("by %s, %q (-want +got):\n%s", by, g.Key, d)
			}
			rest -= len(mine)
		}
		if rest != 0 {
			w.t.Fatalf("by %s, %d cases are in no group", by, rest)
		}
	}
}

// A stranger's figures do not change when something becomes restricted that they
// did not see before; nothing of it can be told by comparing.
func TestOfCases_tellNothingOfWhatIsHidden(t *testing.T) {
	t.Parallel()
	w := newTale(t, 99)
	for range 20 {
		w.now = w.now.Add(time.Hour)
		w.open()
	}
	win, err := figures.Span(w.now, 30, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	ask := func() (figures.CaseFigures, []figures.Load) {
		a := figures.Asked{Tenant: harrier.DefaultTenant, Viewer: stranger(), Window: win}
		facts, err := w.store.CaseFacts(t.Context(), a)
		loads, err2 := w.store.Loads(t.Context(), a, true)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		all, _ := figures.OfCases(facts, win, "owner")
		return all, loads
	}
	before, loads := ask()
	hiddenOne := w.all[slices.IndexFunc(w.all, func(k *told) bool { return k.restricted })]
	owner := people()[1]
	by := harrier.Operator()
	if _, err := w.cases.Edit(t.Context(), by, hiddenOne.id, 0, casework.Edit{Owner: &owner}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.cases.Finish(t.Context(), by, hiddenOne.id, casework.Closing{Disposition: casework.TruePositive, Reason: "so"}); err != nil {
		t.Fatal(err)
	}
	after, loadsAfter := ask()
	if d := cmp.Diff(before, after) + cmp.Diff(loads, loadsAfter); d != "" {
		t.Errorf("what was done to a hidden case shows (-before +after):\n%s", d)
	}
}

// Who has how much to do is what is open and theirs, as far as it is seen.
func TestLoads_areWhatIsOpen(t *testing.T) {
	t.Parallel()
	w := newTale(t, 5)
	for range 120 {
		w.now = w.now.Add(20 * time.Minute)
		if len(w.all) == 0 || w.dice.IntN(3) == 0 {
			w.open()
		} else {
			w.work()
		}
	}
	for _, viewer := range []harrier.PrincipalID{harrier.Operator().ID, stranger()} {
		want := map[string]int64{}
		oldest := map[string]time.Time{}
		for _, k := range w.all {
			if k.status == casework.Closed || k.restricted && viewer == stranger() {
				continue
			}
			want[k.owner.Name]++
			if at := oldest[k.owner.Name]; at.IsZero() || k.opened.Before(at) {
				oldest[k.owner.Name] = k.opened
			}
		}
		loads, err := w.store.Loads(t.Context(), figures.Asked{Tenant: harrier.DefaultTenant, Viewer: viewer}, false)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int64{}
		since := map[string]time.Time{}
		for _, l := range loads {
			got[l.Person.Name], since[l.Person.Name] = l.Cases, l.Oldest
			if l.Alerts != 0 {
				t.Errorf("alerts were not asked for, and there are %d", l.Alerts)
			}
		}
		if d := cmp.Diff(want, got) + cmp.Diff(oldest, since); d != "" {
			t.Errorf("viewer %s (-want +got):\n%s", viewer, d)
		}
	}
	if loads, err := w.store.Loads(t.Context(), figures.Asked{Tenant: harrier.DefaultTenant, Viewer: harrier.Operator().ID}, true); err != nil || !slices.ContainsFunc(loads, func(l figures.Load) bool { return l.Person.ID.IsZero() && l.Alerts > 0 }) {
		t.Errorf("nobody's alerts are missing from %+v, %v", loads, err)
	}
}

// Alerts are counted by what they are, without those of cases that somebody may
// not see.
func TestOfAlerts_areWhatCame(t *testing.T) {
	t.Parallel()
	w := newTale(t, 3)
	type one struct {
		severity, status, disposition string
		came                          time.Time
		repeats                       int
		hidden                        bool
	}
	var all []one
	for range 80 {
		w.now = w.now.Add(time.Duration(w.dice.IntN(8)) * time.Hour)
		o := one{pick(w, "low", "high"), pick(w, "new", "closed"), "", w.now, w.dice.IntN(3), w.dice.IntN(5) == 0}
		if o.status == "closed" {
			o.disposition = pick(w, "benign", "false_positive", "true_positive")
		}
		w.n++
		a := harrier.Alert{
			Tenant: harrier.DefaultTenant, ID: harrier.NewID[harrier.AlertID](w.now), Source: harrier.DeriveID[harrier.SourceID]("s"), ExternalID: fmt.Sprint(w.n), Title: "a", Severity: o.severity,
			Status: o.status, Disposition: o.disposition, Repeats: o.repeats, Data: []byte(`{}`), CreatedAt: w.now, UpdatedAt: w.now,
		}
		if err := w.store.Write(t.Context(), func(tx harrier.Tx) error {
			_, _, err := w.store.Submit(t.Context(), tx, a)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if o.hidden {
			if _, err := w.cases.Create(t.Context(), harrier.Operator(), casework.Draft{Title: "c", Restricted: true, Alerts: []harrier.AlertID{a.ID}}); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, o)
	}
	win, err := figures.Span(w.now, 10, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	for _, viewer := range []harrier.PrincipalID{harrier.Operator().ID, stranger()} {
		facts, _, err := w.store.AlertFacts(t.Context(), figures.Asked{Tenant: harrier.DefaultTenant, Viewer: viewer, Window: win})
		if err != nil {
			t.Fatal(err)
		}
		for _, by := range []string{"source", "severity", "day", "week"} {
			want := map[string]figures.AlertFigures{}
			for _, o := range all {
				if o.came.Before(win.From) || !o.came.Before(win.To) || o.hidden && viewer == stranger() {
					continue
				}
				year, week := o.came.ISOWeek()
				key := map[string]string{"severity": o.severity, "day": o.came.Format(time.DateOnly), "week": fmt.Sprintf("%d-W%02d", year, week)}[by]
				f := want[key]
				f.Key, f.Came, f.Folded = key, f.Came+1, f.Folded+int64(o.repeats)
				if o.status == "closed" {
					f.Closed++
					if o.disposition != "true_positive" {
						f.Noise++
					}
				}
				want[key] = f
			}
			got := map[string]figures.AlertFigures{}
			_, groups := figures.OfAlerts(facts, win, by)
			for _, g := range groups {
				if g.Came > 0 {
					got[g.Key] = g
				}
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("by %s for %s (-want +got):\n%s", by, viewer, d)
			}
		}
	}
}
