package judge_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/content"
	"github.com/harrier-soar/harrier/internal/judge"
	"github.com/harrier-soar/harrier/internal/picture"
)

// tries is how many random subjects and rules each invariant is held against.
func tries() int {
	if testing.Short() {
		return 60
	}
	return 300
}

// pick returns one of some values.
func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// anySubject is an alert as it may come, with a picture that need not make sense.
func anySubject(r *rand.Rand) judge.Subject {
	s := judge.Subject{Now: noon(), Source: harrier.Source{Name: pick(r, "", "splunk"), Reliability: pick(r, "", "A", "C", "E", "Z")}}
	f, p := &s.Finding, &s.Picture
	f.Title, f.Severity = pick(r, "", "Malware found", "Phishing reported", "Login failed"), pick(r, "info", "low", "medium", "high", "critical", "strange", "")
	f.Category, f.Disposition = pick(r, "", "phishing", "malware"), pick(r, "", "", "", "true_positive", "benign")
	f.Tactics = pick(r, nil, []string{"TA0040"}, []string{"TA0001", "TA0006", "TA0010"})
	f.Data = pick(r, nil, map[string]any{"event": map[string]any{"action": "blocked"}}, map[string]any{"event": "not an object"})
	for range r.IntN(4) {
		p.Entities = append(p.Entities, anyEntity(r))
	}
	for range r.IntN(4) {
		p.Observables = append(p.Observables, anyObservable(r))
	}
	for range r.IntN(3) {
		p.Missing = append(p.Missing, picture.Missing{What: pick(r, "203.0.113.7", "x"), From: "virustotal", Why: "timeout"})
	}
	p.History = picture.History{Repeats: r.IntN(100), Outcomes: pick(r, nil, map[string]int{"benign": r.IntN(100)}, map[string]int{"true_positive": 1})}
	return s
}

func anyEntity(r *rand.Rand) picture.Entity {
	e := picture.Entity{
		Entity: harrier.Entity{
			Type: pick(r, harrier.HostEntity, harrier.UserEntity, harrier.AddressEntity, harrier.ResourceEntity, harrier.MailboxEntity),
			Key:  fmt.Sprint("e", r.IntN(5)), Role: pick(r, "", "source", "destination", "actor", "target", "affected"),
		},
		Known: pick(r, true, false), Criticality: pick(r, "", "low", "medium", "high", "critical"), Stale: pick(r, true, false, false),
		Environment: pick(r, "", "production", "test", "development", "prod", "QA"), VIP: pick(r, true, false, false), Privileged: pick(r, true, false),
		Tags: pick(r, nil, []string{"scanner"}, []string{"executive"}), Owner: pick(r, "", "e1"), Risk: float64(r.IntN(200)), Maintenance: pick(r, "", "", "patching"),
	}
	if r.IntN(6) == 0 {
		e.As = &harrier.Entity{Type: harrier.HostEntity, Key: "h"}
	}
	return e
}

func anyObservable(r *rand.Rand) picture.Observable {
	o := picture.Observable{
		Observable: harrier.Observable{Type: pick(r, "ip", "domain", "url", "hash", "email"), Value: pick(r, "203.0.113.7", "evil.example"), Role: pick(r, "", "source", "destination", "sender", "related")},
		Verdict:    pick(r, "malicious", "suspicious", "benign", "unknown", ""), Allowed: pick(r, "", "top sites"), Internal: pick(r, false, false, true), Failed: pick(r, 0, 0, 1),
	}
	for range r.IntN(4) {
		o.Opinions = append(o.Opinions, picture.Opinion{
			Source: pick(r, "virustotal", "vt2", "feed"), Provider: pick(r, "", "google"), Reliability: pick(r, "", "A", "B", "D", "E", "?"),
			Verdict: pick(r, "malicious", "suspicious", "benign", "unknown"), Indicator: pick(r, true, false), Until: pick(r, time.Time{}, noon().Add(-time.Hour), noon().Add(time.Hour)),
		})
	}
	return o
}

// condemned is something that nobody doubts.
func condemned(r *rand.Rand) picture.Observable {
	o := anyObservable(r)
	o.Verdict, o.Opinions = "malicious", []picture.Opinion{{Source: "sandbox", Verdict: "malicious", Reliability: "A"}, {Source: "odd", Verdict: "benign", Reliability: "A"}}
	return o
}

// mild are rules whose author wants everything to be harmless.
func mild(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString("harrier: 1\ntriage: Everything is harmless\nowner: attacker\nrules:\n")
	for i := range 1 + r.IntN(4) {
		fmt.Fprintf(&b, "  - id: mild-%d\n    title: It is harmless\n    stage: %s\n    when: \"true\"\n    says: It is harmless.\n    weight: %d\n", i,
			pick(r, "categorise", "context", "history", "decide"), -r.IntN(101))
		if r.IntN(2) == 0 {
			fmt.Fprintf(&b, "    at_most: {severity: %s, route: log, priority: 4}\n", pick(r, "info", "low"))
		}
		switch r.IntN(3) {
		case 0:
			b.WriteString("    set: {disposition: benign}\n    expires: \"2027-01-31\"\n")
		case 1:
			b.WriteString("    set: {route: log}\n")
		}
	}
	return b.String()
}

// with are the rules that ship with others behind them.
func with(t testing.TB, yaml string) *judge.Rules {
	t.Helper()
	rules, problems := judge.Load(content.FS, fstest.MapFS{"triage/own.yaml": {Data: []byte(yaml)}})
	if err := problems.Err(); err != nil {
		t.Fatalf("%v\n%s", err, yaml)
	}
	return rules
}

func rankOf(severity string) int {
	return slices.Index([]string{"info", "low", "medium", "high", "critical"}, severity)
}

func routeRank(route string) int {
	return slices.Index([]string{picture.ToClose, picture.ToLog, picture.ToQueue, picture.ToCase, picture.Escalate}, route)
}

// sourceRank is what the source says; what it does not say in our words is medium.
func sourceRank(s judge.Subject) int {
	if r := rankOf(s.Finding.Severity); r >= 0 {
		return r
	}
	return rankOf("medium")
}

// each calls f with random subjects and mild rules, which change now and then.
func each(t *testing.T, f func(t *testing.T, r *rand.Rand, rules *judge.Rules)) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, uint64(len(t.Name()))))
	var rules *judge.Rules
	for i := range tries() {
		if i%30 == 0 {
			rules = with(t, mild(r))
		}
		f(t, r, rules)
	}
}

func TestJudge_whatFailedToAnswerNeverLowersTheSeverityOfTheSource(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, r *rand.Rand, rules *judge.Rules) {
		s := anySubject(r)
		s.Picture.Missing = append(s.Picture.Missing, picture.Missing{What: "203.0.113.7", From: "virustotal", Why: "timeout"})
		d := judged(t, rules, s)
		if rankOf(d.Severity) < sourceRank(s) || d.Disposition != "" || d.Route == picture.ToClose || !d.Provisional {
			t.Fatalf("got %s %q %s, provisional %t; the source says %q, and not everybody answered\n%+v", d.Severity, d.Disposition, d.Route, d.Provisional, s.Finding.Severity, s)
		}
	})
}

func TestJudge_anAnswerThatFailsIsNotBetterThanAHarmlessOne(t *testing.T) {
	t.Parallel()
	rules := shipped(t)
	r := rand.New(rand.NewPCG(2, 2))
	for range tries() {
		s := anySubject(r)
		s.Picture.Missing = nil
		o := anyObservable(r)
		o.Opinions, o.Verdict, o.Failed = []picture.Opinion{{Source: "vt", Verdict: "benign", Reliability: "A"}}, "benign", 0
		before := s
		before.Picture.Observables = append(slices.Clone(s.Picture.Observables), o)
		o.Opinions, o.Verdict, o.Failed = nil, "unknown", 1
		after := s
		after.Picture.Observables = append(slices.Clone(s.Picture.Observables), o)
		a, b := judged(t, rules, before), judged(t, rules, after)
		if rankOf(b.Severity) < rankOf(a.Severity) || routeRank(b.Route) < routeRank(a.Route) || b.Priority > a.Priority {
			t.Fatalf("answered %s %s %d, failed %s %s %d\n%+v", a.Severity, a.Route, a.Priority, b.Severity, b.Route, b.Priority, s)
		}
	}
}

func TestJudge_neverHidesWhatIsKnownToBeBad(t *testing.T) {
	t.Parallel()
	plain := shipped(t)
	each(t, func(t *testing.T, r *rand.Rand, rules *judge.Rules) {
		s := anySubject(r)
		s.Picture.Observables = append(s.Picture.Observables, condemned(r))
		want, got := judged(t, plain, s), judged(t, rules, s)
		if rankOf(got.Severity) < max(sourceRank(s), rankOf(want.Severity)) || routeRank(got.Route) < max(routeRank(picture.ToQueue), routeRank(want.Route)) ||
			got.Priority > want.Priority || got.Disposition != "" || got.Score < want.Score || !slices.Contains(got.Guards, picture.KnownBad) {
			t.Fatalf("mild rules make %s, %s, %d, %v of %s, %s, %d, %v\n%+v", got.Severity, got.Route, got.Priority, got.Score, want.Severity, want.Route, want.Priority, want.Score, s)
		}
	})
}

func TestJudge_anAllowListDoesNotClearWhatIsKnownToBeBad(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 3))
	rules := shipped(t)
	for range tries() {
		s := anySubject(r)
		o := condemned(r)
		o.Allowed = ""
		s.Picture.Observables = append(s.Picture.Observables, o)
		want := judged(t, rules, s)
		s.Picture.Observables[len(s.Picture.Observables)-1].Allowed = "top sites"
		got := judged(t, rules, s)
		if got.Route != want.Route || got.Severity != want.Severity || got.Priority != want.Priority || got.Score != want.Score {
			t.Fatalf("an allow list makes %s %s %d of %s %s %d", got.Route, got.Severity, got.Priority, want.Route, want.Severity, want.Priority)
		}
	}
}

func TestJudge_takesUnknownAndStaleCriticalityForLowNowhere(t *testing.T) {
	t.Parallel()
	rules := with(t, `
harrier: 1
triage: Low things do not matter
owner: me
stage: context
rules:
  - id: trusting
    title: It is not critical
    when: context.entities.exists(e, e.criticality == "low" || e.criticality == "")
    at_most: {severity: info, route: log}
    says: It is not critical.
`)
	r := rand.New(rand.NewPCG(4, 4))
	for range tries() {
		s := anySubject(r)
		for i := range s.Picture.Entities {
			e := &s.Picture.Entities[i]
			if e.Criticality == "low" {
				e.Stale = true
			}
		}
		if d := judged(t, rules, s); fired(d, "trusting") {
			t.Fatalf("what is unknown or stale was taken for low: %+v", s.Picture.Entities)
		}
	}
}

func fired(d picture.Decision, rule string) bool {
	return slices.ContainsFunc(d.Proof, func(l picture.Line) bool { return l.Rule == rule })
}

func TestJudge_testLowersNeitherProductionCredentialsNorTheWayToProduction(t *testing.T) {
	t.Parallel()
	host := func(key, environment string) picture.Entity {
		return picture.Entity{Entity: harrier.Entity{Type: harrier.HostEntity, Key: key}, Known: true, Environment: environment}
	}
	cases := map[string]struct {
		with  picture.Entity
		guard string
	}{
		"the account of a VIP":     {picture.Entity{Entity: harrier.Entity{Type: harrier.UserEntity, Key: "dana"}, Known: true, VIP: true}, picture.ProductionCredentials},
		"a privileged account":     {picture.Entity{Entity: harrier.Entity{Type: harrier.UserEntity, Key: "admin"}, Known: true, Privileged: true}, picture.ProductionCredentials},
		"an account of production": {picture.Entity{Entity: harrier.Entity{Type: harrier.UserEntity, Key: "svc"}, Known: true, Environment: "prod"}, picture.ProductionCredentials},
		"a machine of production":  {host("db-1", "production"), picture.ToProduction},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, r *rand.Rand, rules *judge.Rules) {
				s := anySubject(r)
				s.Picture.Entities = append(s.Picture.Entities, host("test-17", "test"), c.with)
				d := judged(t, rules, s)
				if rankOf(d.Severity) < sourceRank(s) || routeRank(d.Route) < routeRank(picture.ToQueue) || !slices.Contains(d.Guards, c.guard) {
					t.Fatalf("got %s, %s, guards %v for %q\n%+v", d.Severity, d.Route, d.Guards, s.Finding.Severity, s)
				}
			})
		})
	}
}

func TestJudge_aStaleTestEnvironmentIsNone(t *testing.T) {
	t.Parallel()
	s := testLow()
	s.Picture.Entities[0].Stale = true
	if d := judged(t, shipped(t), s); d.Route == picture.ToLog || fired(d, "test-environment") {
		t.Errorf("got %s: the environment is out of date", d.Route)
	}
}

const closer = `
harrier: 1
triage: What we know
owner: me
stage: history
rules:
  - id: backup
    title: The backup does this every night
    when: alert.title == "Unusual process"
    set: {disposition: benign}
    expires: "2026-11-23"
    says: The backup does this every night.
`

func TestJudge_closesByItselfUntilTheLastDay(t *testing.T) {
	t.Parallel()
	rules := with(t, closer)
	s := testLow()
	if d := judged(t, rules, s); d.Route != picture.ToClose || d.Disposition != "benign" || d.Reason != "Closed as benign: The backup does this every night." {
		t.Errorf("got %s, %q, %q; want it closed as benign", d.Route, d.Disposition, d.Reason)
	}
	s.Now = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	if d := judged(t, rules, s); d.Disposition != "" || d.Route == picture.ToClose {
		t.Errorf("the rule closes on the day after its last: %s", d.Route)
	}
	s = testLow()
	s.Finding.Severity = "critical"
	if d := judged(t, rules, s); d.Disposition != "" {
		t.Errorf("a critical alert was closed without a person")
	}
}

func TestJudge_closesNothingByItselfWhereAPersonMustLook(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		rules string
		alter func(*judge.Subject)
		why   string
	}{
		"not everybody answered": {closer, func(s *judge.Subject) {
			s.Picture.Observables = []picture.Observable{{Observable: harrier.Observable{Type: "ip", Value: "203.0.113.7"}, Failed: 1}}
		}, "not everybody answered"},
		"answers are still to come": {closer, func(s *judge.Subject) { s.Pending = true }, "not everybody answered"},
		"something is known to be bad": {closer, func(s *judge.Subject) {
			s.Picture.Observables = []picture.Observable{{Observable: harrier.Observable{Type: "cve", Value: "CVE-2026-1", Role: "related"}, Verdict: "malicious"}}
		}, "something in it is known to be bad"},
		"another rule wants people to see it": {closer + `
  - id: worried
    title: Somebody is worried
    when: "true"
    at_least: {route: log}
    says: Somebody is worried.
`, func(*judge.Subject) {}, "another rule wants people to see it"},
		"a rule could not be evaluated": {closer + `
  - id: wrong
    title: It reads what is not there
    when: alert.data.missing.field == "x"
    says: It is so.
`, func(*judge.Subject) {}, "a rule could not be evaluated"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testLow()
			c.alter(&s)
			d := judged(t, with(t, c.rules), s)
			why := ""
			for _, l := range d.Proof {
				if l.Rule == "backup" {
					why = l.Void
				}
			}
			if d.Disposition != "" || d.Route == picture.ToClose || !strings.Contains(why, c.why) {
				t.Errorf("got %s %q, not counted because %q; want %q", d.Route, d.Disposition, why, c.why)
			}
		})
	}
}

func TestJudge_waitsForAnAnswerThatFailed(t *testing.T) {
	t.Parallel()
	s := testLow()
	s.Picture.Observables = []picture.Observable{{Observable: harrier.Observable{Type: "ip", Value: "203.0.113.7"}, Answered: 2, Failed: 1}}
	if d := judged(t, shipped(t), s); !d.Provisional {
		t.Error("somebody did not answer about an observable, and the decision is not provisional")
	}
}

func TestJudge_sendsWhatIsGuardedWhereTheScoreSendsIt(t *testing.T) {
	t.Parallel()
	rules := with(t, `
harrier: 1
triage: Cases are only kept
owner: attacker
stage: decide
rules:
  - id: only-kept
    title: Cases are only kept
    when: "true"
    set: {route: queue}
    says: Cases are only kept.
`)
	s := vipContact()
	s.Picture.Entities = nil // what floors the route at escalate
	s.Finding.Severity = "critical"
	want, got := judged(t, shipped(t), s), judged(t, rules, s)
	if want.Route != picture.Escalate || got.Route != want.Route {
		t.Errorf("got %s, want %s, which is %s without the rule", got.Route, picture.Escalate, want.Route)
	}
}

func TestJudge_tellsWhatItWouldBeWithoutARule(t *testing.T) {
	t.Parallel()
	s := testLow()
	s.Picture.Entities[0].Criticality = "medium"
	d := judged(t, shipped(t), s)
	for _, l := range d.Proof {
		if l.Rule == "test-environment" && l.Without != "queue, low, priority 4" {
			t.Errorf("without the rule it would be %q, want queue: the score decides anew", l.Without)
		}
	}
	if !slices.ContainsFunc(d.Change, func(c string) bool { return strings.Contains(c, "it would be queue, low, priority 4") }) {
		t.Errorf("what would change it is %q", d.Change)
	}
}

func TestJudge_tellsWhatASourceThatFailedWouldChange(t *testing.T) {
	t.Parallel()
	s := testLow()
	s.Picture.Observables = []picture.Observable{{Observable: harrier.Observable{Type: "ip", Value: "203.0.113.7", Role: "destination"}, Failed: 1}}
	s.Picture.Missing = []picture.Missing{{What: "203.0.113.7", From: "virustotal", Why: "timeout"}}
	d := judged(t, shipped(t), s)
	if want := "If virustotal answers that 203[.]0[.]113[.]7 is malicious, it will be case, medium, priority 2."; !slices.Contains(d.Change, want) {
		t.Errorf("what would change it is %q, want %q among it", d.Change, want)
	}
}

func TestLoad_refusesToCloseForEver(t *testing.T) {
	t.Parallel()
	_, problems := judge.Load(fstest.MapFS{"triage/own.yaml": {Data: []byte(strings.Replace(closer, "    expires: \"2026-11-23\"\n", "", 1))}})
	if problems.Err() == nil || problems[0].Code != "no-expiry" || problems[0].Pos.Line != 10 {
		t.Errorf("got %v, want no-expiry in line 10", problems)
	}
}

func TestJudge_aRuleThatFailsHidesNothing(t *testing.T) {
	t.Parallel()
	rules := with(t, `
harrier: 1
triage: A rule that is wrong for some data
owner: me
stage: context
rules:
  - id: wrong
    title: It reads what is not there
    when: alert.data.missing.field == "x"
    says: It is so.
`)
	s := testLow()
	d := judged(t, rules, s)
	if d.Route != picture.ToQueue || d.Severity != "low" || !fired(d, "wrong") {
		t.Errorf("got %s %s, want queue: a rule could not be evaluated", d.Route, d.Severity)
	}
}

func TestJudge_isPure(t *testing.T) {
	t.Parallel()
	rules := shipped(t)
	r := rand.New(rand.NewPCG(5, 5))
	for range tries() {
		seed := r.Uint64()
		a, b := anySubject(rand.New(rand.NewPCG(seed, 0))), anySubject(rand.New(rand.NewPCG(seed, 0)))
		first, second := judged(t, rules, a), judged(t, rules, b)
		if diff := cmp.Diff(first, second); diff != "" {
			t.Fatalf("the same subject is judged otherwise (-first +second):\n%s", diff)
		}
		if diff := cmp.Diff(b, anySubject(rand.New(rand.NewPCG(seed, 0)))); diff != "" {
			t.Fatalf("judging changed its subject:\n%s", diff)
		}
	}
}
