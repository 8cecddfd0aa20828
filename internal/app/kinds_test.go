package app

import (
	"slices"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

// Every kind of content comes into force on approval, without a restart, and
// what is wrong in it is told with its place.
func TestKinds_comeIntoForceAndTellWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		path, text, wrong string
		holds             func(a *App) bool
	}{
		{
			"triage/ours.yaml", "harrier: 1\ntriage: Ours\nstage: context\nowner: soc\nrules:\n  - id: our-rule\n    title: It is high\n    when: alert.severity == \"high\"\n    weight: 3\n    says: It is high.\n", "harrier: 1\nrulez: []\n",
			func(a *App) bool {
				rules, err := a.rules.now()
				if err != nil {
					return false
				}
				_, there := rules.Find("our-rule")
				return there
			},
		},
		{
			"mappings/ours/ours.mapping.yaml", "harrier: 1\nmapping: ours\ntitle: Ours\nfor:\n  - our_kind: \"*\"\nfinding:\n  title: our_title\n  severity: our_severity\n", "harrier: 1\nmapping: ours\nfoor: []\n",
			func(a *App) bool {
				set, err := a.mappings.now()
				if err != nil {
					return false
				}
				_, there := set.Get("ours")
				return there
			},
		},
		{
			"organisation.yaml", "harrier: 1\nown_domains: [corp.example]\n", "harrier: 1\nown_domain: [corp.example]\n",
			func(a *App) bool { return a.profile.now().Own("mail.corp.example") },
		},
		{
			"noise.yaml", "harrier: 1\nrisk:\n  threshold: 77\n", "harrier: 1\nrisk:\n  treshold: 77\n",
			func(a *App) bool { return a.noise.now().Risk.Threshold == 77 },
		},
	} {
		t.Run(tc.path, func(t *testing.T) {
			t.Parallel()
			c := newChanging(t, Options{})
			if d := c.propose(person("author"), tc.path, tc.wrong); d.OK || len(d.Problems) == 0 || d.Problems[0].File != tc.path || d.Problems[0].Line == 0 {
				t.Errorf("what is wrong: %+v", d.Problems)
			}
			if tc.holds(c.App) {
				t.Fatal("it holds before anybody changed it")
			}
			d := c.live(tc.path, tc.text)
			if !tc.holds(c.App) {
				t.Error("it does not hold after its approval")
			}
			if d, err := c.RollBack(t.Context(), person("author"), rollBackOf(d)); err != nil {
				t.Error(err)
			} else if _, err := c.move(person("reviewer"), d, "approve"); err != nil || tc.holds(c.App) {
				t.Errorf("after its rollback: %v, holds %v", err, tc.holds(c.App))
			}
		})
	}
}

// APR-11: how many effects a window has is changed under four eyes too, and
// what a file does not name stays as it ships.
func TestKinds_guardsAreBudgetsThatAFileNames(t *testing.T) {
	t.Parallel()
	guards, problems := engine.ReadGuards("guards.yaml", []byte("harrier: 1\nguards:\n  - effect: contain\n    window: 30m\n    cap: 5\n"))
	if len(problems) > 0 || !slices.ContainsFunc(guards, func(g engine.Guard) bool { return g.Effect == harrier.Contain && g.Cap == 5 }) ||
		!slices.ContainsFunc(guards, func(g engine.Guard) bool { return g.Effect == harrier.Destroy && g.Cap == 20 }) {
		t.Errorf("guards %+v, problems %v", guards, problems)
	}
	_, problems = engine.ReadGuards("guards.yaml", []byte("harrier: 1\nguards:\n  - effect: read\n    window: 1s\n    cap: many\n    cop: 1\n"))
	if text := problems.Error(); !strings.Contains(text, "effect") || !strings.Contains(text, "window") || !strings.Contains(text, "cap is no") || !strings.Contains(text, "did you mean cap") {
		t.Errorf("what is wrong: %s", text)
	}
	c := newChanging(t, Options{})
	c.live("guards.yaml", "harrier: 1\nguards:\n  - effect: contain\n    window: 30m\n    cap: 5\n")
}

// A rule whose tests fail does not come before a reviewer.
func TestKinds_runTheTestsBesideRules(t *testing.T) {
	t.Parallel()
	c := newChanging(t, Options{})
	d := c.propose(person("author"), "triage/ours.test.yaml", "harrier: 1\ntests: Ours\ngiven:\n  source: {name: edr, reliability: B}\ncases:\n  - name: It escalates\n    alert: {external_id: \"1\", title: Odd, severity: low}\n    expect: {route: escalate}\n")
	if d.OK || len(d.Tests) != 1 || d.Tests[0].OK || d.Tests[0].Name != "It escalates" {
		t.Errorf("ok %v, tests %+v, problems %v", d.OK, d.Tests, d.Problems)
	}
	if _, err := c.move(person("author"), d, "submit"); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("submitted with a test that fails: %v", err)
	}
}

// CFG-06: a new installation has no source, no connection, no list and no
// change: what ships can be read and reaches nothing, and nothing of the
// demonstration is there.
func TestFresh_hasNothingThatReachesAnything(t *testing.T) {
	t.Parallel()
	c := newChanging(t, Options{})
	me := harrier.Operator()
	conns, err := connections{c.App}.Connections(t.Context(), me, harrier.Page{})
	if err != nil || len(conns.Items) > 0 {
		t.Errorf("connections %v, %v", conns.Items, err)
	}
	lists, err := intelligence{c.App}.ValueLists(t.Context(), me)
	if err != nil || len(lists) > 0 {
		t.Errorf("lists %v, %v", lists, err)
	}
	feeds, err := c.store.Feeds(t.Context(), me.Tenant)
	if err != nil || len(feeds) > 0 {
		t.Errorf("feeds %v, %v", feeds, err)
	}
	none := newReach()
	ed := c.library.inForce.Load()
	ed.check()
	for _, id := range ed.ids() {
		c.reached(ed.entries[id].plan(), nil, none)
	}
	if len(none.actions) == 0 || len(none.hosts) > 0 || len(none.scripts) > 0 {
		t.Errorf("what ships reaches the hosts %v and runs the scripts %v", none.hosts, none.scripts)
	}
}
