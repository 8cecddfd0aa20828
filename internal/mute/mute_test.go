package mute_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/mute"
	"github.com/harrier-soar/harrier/internal/picture"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
)

// desk is a service over a real store at a time that tests move.
type desk struct {
	*mute.Service
	t     testing.TB
	store *store.Store
	now   time.Time
}

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
	d.store = s
	d.Service = mute.NewService(mute.Config{Store: s, Now: func() time.Time { return d.now }})
	return d
}

func (d *desk) add(n mute.New) mute.Mute {
	d.t.Helper()
	m, err := d.Add(d.t.Context(), harrier.Operator(), n)
	if err != nil {
		d.t.Fatal(err)
	}
	return m
}

func (d *desk) applied(s mute.Subject) []mute.Applied {
	d.t.Helper()
	return d.Mutes(d.t.Context(), harrier.DefaultTenant, s)
}

// wanted is a mute that fits its verb.
func (d *desk) wanted(v mute.Verb) mute.New {
	n := mute.New{Verb: v, End: d.now.Add(24 * time.Hour), Owner: "kim@corp.example", Reason: "known noise"}
	switch v {
	case mute.Silence:
		n.Match = mute.Match{"host": {"ws-17"}}
	case mute.Allow:
		n.Match = mute.Match{"domain": {"cdn.example"}}
	case mute.Suppress:
		n.Match = mute.Match{"rule": {"r-1"}, "host": {"ws-17"}, "data.process.name": {"backup*.exe"}}
	case mute.Maintenance:
		n.Match = mute.Match{"host": {"ws-17"}}
	case mute.Tune:
		n.Match = mute.Match{"rule": {"r-1"}}
	}
	return n
}

// subject is an alert that every wanted mute matches.
func (d *desk) subject() mute.Subject {
	return mute.Subject{
		Source: harrier.Source{ID: harrier.DeriveID[harrier.SourceID]("edr"), Name: "edr"},
		Finding: harrier.Finding{
			Title: "Suspicious process", Category: "malware", Severity: "medium", Time: d.now,
			Rule:     harrier.Rule{ID: "R-1", Name: "Backup tool"},
			Entities: []harrier.Entity{{Type: harrier.HostEntity, Key: "ws-17"}, {Type: harrier.UserEntity, Key: "chris@corp.example"}},
			Observables: []harrier.Observable{
				{Type: "domain", Value: "cdn.example"}, {Type: "ip", Value: "203.0.113.7"},
			},
			Data: map[string]any{"process": map[string]any{"name": "Backup64.exe", "pid": int64(7)}},
		},
		Picture: picture.Picture{Observables: []picture.Observable{{Observable: harrier.Observable{Type: "ip", Value: "203.0.113.7"}, Verdict: "unknown"}}},
		Now:     d.now,
	}
}

func TestVerbs_doFiveDifferentThings(t *testing.T) {
	t.Parallel()
	for verb, want := range map[mute.Verb]mute.Effect{
		mute.Silence: mute.Quiet, mute.Allow: mute.Discount, mute.Suppress: mute.Hide, mute.Maintenance: mute.Annotate, mute.Tune: mute.Collect,
	} {
		t.Run(string(verb), func(t *testing.T) {
			t.Parallel()
			d := open(t)
			m := d.add(d.wanted(verb))
			got := d.applied(d.subject())
			if len(got) != 1 || got[0].Mute != m.ID || got[0].Effect != want || got[0].Owner != m.Owner || !got[0].Until.Equal(m.End) {
				t.Fatalf("%s applies as %+v; want once, with effect %s", verb, got, want)
			}
			if _, keeps := mute.Strongest(got); keeps != (want == mute.Hide || want == mute.Quiet) {
				t.Errorf("the strongest of %s keeps the alert from people: %t", verb, keeps)
			}
			foreign := d.Mutes(t.Context(), harrier.TenantID{9}, d.subject())
			if len(foreign) > 0 {
				t.Errorf("it applies to another tenant: %+v", foreign)
			}
			d.now = m.End
			if got := d.applied(d.subject()); len(got) > 0 {
				t.Errorf("it applies after its end: %+v", got)
			}
		})
	}
}

func TestSuppress_leavesAnAlertAloneThatIsAboutMoreThanItSays(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.add(d.wanted(mute.Suppress))
	for name, change := range map[string]func(*mute.Subject){
		"a second host": func(s *mute.Subject) {
			s.Finding.Entities = append(s.Finding.Entities, harrier.Entity{Type: harrier.HostEntity, Key: "dc-1"})
		},
		"another rule":    func(s *mute.Subject) { s.Finding.Rule = harrier.Rule{ID: "r-2"} },
		"another process": func(s *mute.Subject) { s.Finding.Data["process"] = map[string]any{"name": "mimikatz.exe"} },
		"a second process": func(s *mute.Subject) {
			s.Finding.Data["process"] = map[string]any{"name": []any{"backup.exe", "mimikatz.exe"}}
		},
		"no host": func(s *mute.Subject) { s.Finding.Entities = nil },
		"no data": func(s *mute.Subject) { s.Finding.Data = nil },
		"a host behind the address": func(s *mute.Subject) {
			s.Picture.Entities = []picture.Entity{{As: &harrier.Entity{Type: harrier.HostEntity, Key: "dc-1"}}}
		},
	} {
		s := d.subject()
		change(&s)
		if got := d.applied(s); len(got) > 0 {
			t.Errorf("with %s it still applies: %+v", name, got)
		}
	}
}

// known makes an alert one that is known to be bad, in one of the ways there are.
func known(s *mute.Subject, way int) {
	bad := picture.Observable{Observable: harrier.Observable{Type: "ip", Value: "203.0.113.66"}, Verdict: "benign", Allowed: "top sites"}
	switch way % 4 {
	case 0:
		bad.Verdict = "malicious"
	case 1:
		bad.Opinions = []picture.Opinion{{Source: "vt", Verdict: "benign"}, {Source: "feed", Indicator: true, Verdict: "suspicious"}}
	case 2:
		bad.Opinions = []picture.Opinion{{Source: "vt", Verdict: "malicious", Until: s.Now.Add(time.Second)}}
	case 3:
		s.Finding.Disposition = "true_positive"
	}
	s.Picture.Observables = append(s.Picture.Observables, bad)
}

func TestMutes_neverHideAKnownBad(t *testing.T) {
	t.Parallel()
	d := open(t)
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		n := d.wanted(mute.Verbs()[r.IntN(5)])
		if n.Verb == mute.Silence {
			n.Match = mute.Match{[]string{"source", "rule", "host", "user", "ip"}[r.IntN(5)]: {[]string{"edr", "r-1", "ws-17", "chris@corp.example", "203.0.113.0/24"}[r.IntN(5)]}}
		}
		d.add(n)
	}
	var hid, overruled int
	for i := range 2000 {
		s := d.subject()
		if r.IntN(2) == 0 {
			s.Finding.Observables = append(s.Finding.Observables, harrier.Observable{Type: "domain", Value: fmt.Sprintf("d%d.example", i)})
		}
		for _, a := range d.applied(s) {
			if a.Effect == mute.Hide {
				hid++
			}
		}
		known(&s, i)
		for _, a := range d.applied(s) {
			if a.Effect != mute.Annotate && a.Effect != mute.Collect {
				t.Fatalf("%s does %s to an alert that is known to be bad: %+v", a.Verb, a.Effect, s)
			}
			if a.Overruled != "" {
				overruled++
			}
		}
	}
	if hid == 0 || overruled == 0 {
		t.Errorf("nothing was hidden (%d) or overruled (%d): the test proves nothing", hid, overruled)
	}
}

func TestKnownBad_endsWithTheOpinion(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.add(d.wanted(mute.Suppress))
	s := d.subject()
	s.Picture.Observables[0].Opinions = []picture.Opinion{{Source: "feed", Indicator: true, Verdict: "malicious", Until: d.now}}
	if a, ok := mute.Strongest(d.applied(s)); !ok || a.Effect != mute.Hide {
		t.Errorf("an indicator that has expired still overrules: %+v", a)
	}
}

func TestAdd_saysAllThatIsWrong(t *testing.T) {
	t.Parallel()
	d := open(t)
	for name, c := range map[string]struct {
		change func(*mute.New)
		want   string
	}{
		"suppress without two things": {func(n *mute.New) { n.Match = mute.Match{"rule": {"r"}, "host": {"a"}, "source": {"edr"}} }, "two fields"},
		"suppress without a rule":     {func(n *mute.New) { delete(n.Match, "rule") }, "exactly one rule"},
		"suppress of any rule":        {func(n *mute.New) { n.Match["rule"] = []string{"proc*"} }, "exactly one rule"},
		"an unknown field":            {func(n *mute.New) { n.Match["hots"] = []string{"a"} }, `did you mean host?`},
		"everything":                  {func(n *mute.New) { n.Match["host"] = []string{"*"} }, "nearly everything"},
		"the whole internet":          {func(n *mute.New) { n.Match["ip"] = []string{"0.0.0.0/0"} }, "/8 at least"},
		"no owner":                    {func(n *mute.New) { n.Owner = " " }, "owner is missing"},
		"no reason":                   {func(n *mute.New) { n.Reason = "" }, "reason is missing"},
		"no end":                      {func(n *mute.New) { n.End = time.Time{} }, "end is missing"},
		"an end that has passed":      {func(n *mute.New) { n.End = d.now }, "has passed"},
		"an end years ahead":          {func(n *mute.New) { n.End = d.now.AddDate(2, 0, 0) }, "at most 180 days"},
		"a silence of weeks": {func(n *mute.New) {
			n.Verb, n.Match, n.End = mute.Silence, mute.Match{"host": {"a"}}, d.now.Add(169*time.Hour)
		}, "at most 7 days"},
		"a silence of a severity": {func(n *mute.New) { n.Verb, n.Match = mute.Silence, mute.Match{"severity": {"low"}} }, "everything"},
		"a window of a silence":   {func(n *mute.New) { n.Window = &mute.Window{At: "22:00", For: time.Hour, Zone: "UTC"} }, "maintenance only"},
		"a list of two types":     {func(n *mute.New) { n.Verb = mute.Allow }, "one type of observable"},
		"maintenance of a hash":   {func(n *mute.New) { n.Verb, n.Match = mute.Maintenance, mute.Match{"hash": {"abc"}} }, "of assets"},
		"a calendar that is none": {func(n *mute.New) {
			n.Verb, n.Match, n.Window = mute.Maintenance, mute.Match{"host": {"a"}}, &mute.Window{At: "25:00", For: 0, Zone: "Berlin", Days: []string{"someday"}, Weeks: []int{9}}
		}, "hours and minutes"},
		"an unknown verb": {func(n *mute.New) { n.Verb = "ignore" }, "does not exist"},
	} {
		n := d.wanted(mute.Suppress)
		c.change(&n)
		_, err := d.Add(t.Context(), harrier.Operator(), n)
		if harrier.KindOf(err) != harrier.Invalid || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: got %v; want Invalid that says %q", name, err, c.want)
		}
	}
}

func TestRenew_putsTheEndOffAndIsAudited(t *testing.T) {
	t.Parallel()
	d := open(t)
	by := harrier.Operator()
	m := d.add(d.wanted(mute.Silence))
	d.now = d.now.Add(23 * time.Hour)
	if _, err := d.Renew(t.Context(), by, m.ID, d.now.Add(8*24*time.Hour)); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("it was renewed for eight days: %v", err)
	}
	if _, err := d.Renew(t.Context(), by, m.ID, d.now.Add(7*24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(6 * 24 * time.Hour)
	s := d.subject()
	if len(d.applied(s)) != 1 {
		t.Error("it does not hold after it was renewed")
	}
	if _, err := d.End(t.Context(), by, m.ID); err != nil {
		t.Fatal(err)
	}
	if len(d.applied(s)) != 0 {
		t.Error("it holds after it was ended")
	}
	if _, err := d.Renew(t.Context(), by, m.ID, d.now.Add(time.Hour)); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("one that has ended was renewed: %v", err)
	}
	rows, _, err := d.store.AuditTrail(t.Context(), harrier.DefaultTenant, harrier.AuditFilter{Target: m.ID.String()}, harrier.Page{})
	if err != nil {
		t.Fatal(err)
	}
	var did []string
	for _, row := range rows {
		did = append(did, row.Action)
	}
	if diff := cmp.Diff([]string{"mute.end", "mute.renew", "mute.add"}, did); diff != "" {
		t.Errorf("audit -want +got:\n%s", diff)
	}
}

func TestHit_countsWhatIsDurableOnce(t *testing.T) {
	t.Parallel()
	d := open(t)
	m := d.add(d.wanted(mute.Suppress))
	s := d.subject()
	bad := d.subject()
	known(&bad, 0)
	count := func(s mute.Subject, err error) {
		t.Helper()
		got := d.store.Write(t.Context(), func(tx harrier.Tx) error {
			d.Hit(tx, harrier.DefaultTenant, d.applied(s), s.Now)
			return err
		})
		if (got == nil) != (err == nil) {
			t.Fatal(got)
		}
	}
	count(s, nil)
	count(s, nil)
	count(bad, nil)
	count(s, harrier.Errorf(harrier.Conflict, "it is taken back"))
	for range 2 {
		if err := d.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	got, err := d.Get(t.Context(), harrier.Operator(), m.ID)
	if err != nil || got.Hits != 3 || got.Overruled != 1 || !got.LastHit.Equal(d.now) {
		t.Errorf("got %d hits, %d overruled, the last at %s (%v); want 3, 1, %s", got.Hits, got.Overruled, got.LastHit, err, d.now)
	}
}

func TestLoad_holdsAfterARestart(t *testing.T) {
	t.Parallel()
	d := open(t)
	n := d.wanted(mute.Maintenance)
	n.Window = &mute.Window{Days: []string{"mon"}, At: "08:00", For: 2 * time.Hour, Zone: "UTC"}
	d.add(n)
	again := mute.NewService(mute.Config{Store: d.store, Now: func() time.Time { return d.now }})
	if got := again.Mutes(t.Context(), harrier.DefaultTenant, d.subject()); len(got) > 0 {
		t.Errorf("it mutes before it was loaded: %+v", got)
	}
	if err := again.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d.applied(d.subject()), again.Mutes(t.Context(), harrier.DefaultTenant, d.subject())); diff != "" {
		t.Errorf("after a restart -want +got:\n%s", diff)
	}
}

func TestMaintenance_holdsByTheTimeOfTheEvent(t *testing.T) {
	t.Parallel()
	d := open(t)
	n := d.wanted(mute.Maintenance)
	n.Window = &mute.Window{At: "09:00", For: time.Hour, Zone: "UTC"}
	m := d.add(n)
	s := d.subject()
	s.Finding.Time = d.now.Add(30 * time.Minute)
	s.Now = d.now.Add(3 * time.Hour)
	if len(d.applied(s)) != 1 {
		t.Error("an event of the window that came late is not annotated")
	}
	s.Finding.Time = d.now.Add(2 * time.Hour)
	if len(d.applied(s)) != 0 {
		t.Error("an event after the window is annotated")
	}
	d.now = d.now.Add(45 * time.Minute)
	if _, err := d.End(t.Context(), harrier.Operator(), m.ID); err != nil {
		t.Fatal(err)
	}
	s.Finding.Time = d.now.Add(-15 * time.Minute)
	if len(d.applied(s)) != 1 {
		t.Error("an event from before it was ended is not annotated")
	}
	s.Finding.Time = d.now.Add(time.Minute)
	if len(d.applied(s)) != 0 {
		t.Error("an event from after it was ended is annotated")
	}
}

func BenchmarkMutes(b *testing.B) {
	d := open(b)
	var rows []mute.Mute
	for i := range 10_000 {
		rows = append(rows, mute.Mute{
			Tenant: harrier.DefaultTenant, ID: harrier.NewID[harrier.MuteID](d.now), Verb: mute.Suppress, Owner: "o", Reason: "r",
			Match: mute.Match{"rule": {fmt.Sprintf("r-%d", i%50)}, "host": {fmt.Sprintf("ws-%d", i)}, "data.process.name": {"backup*.exe"}},
			Start: d.now, End: d.now.Add(time.Hour), CreatedAt: d.now, CreatedBy: harrier.LocalOperator,
		})
	}
	err := d.store.Write(b.Context(), func(tx harrier.Tx) error {
		for _, m := range rows {
			if err := d.store.AddMute(b.Context(), tx, m); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = d.Load(b.Context())
	}
	if err != nil {
		b.Fatal(err)
	}
	s := d.subject()
	s.Finding.Rule.ID = "r-17"
	for i := range 18 {
		s.Finding.Observables = append(s.Finding.Observables, harrier.Observable{Type: "url", Value: fmt.Sprintf("https://x.example/%d", i)})
	}
	for b.Loop() {
		if len(d.applied(s)) != 1 {
			b.Fatal("it does not match")
		}
	}
}
