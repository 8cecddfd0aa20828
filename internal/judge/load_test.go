package judge_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier/content"
	"github.com/harrier-soar/harrier/internal/judge"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestLoad_readsWhatShips(t *testing.T) {
	t.Parallel()
	rules, problems := judge.Load(content.FS)
	if len(problems) > 0 {
		t.Fatalf("the rules that ship have problems:\n%v", problems)
	}
	if n := len(rules.List()); n < 40 {
		t.Errorf("%d rules ship, want at least 40", n)
	}
}

func TestRules_thatShipHoldTheirTestsAndAreAllTested(t *testing.T) {
	t.Parallel()
	rules := shipped(t)
	tests, problems := rules.LoadTests(content.FS)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	report, err := tests.Run(t.Context(), rules)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		if len(r.Wrong) > 0 {
			t.Errorf("%s:%d: %s: %s", r.File, r.Line, r.Name, strings.Join(r.Wrong, "; "))
		}
	}
	if len(report.Never) > 0 {
		t.Errorf("no test has an alert for which these rules hold: %v", report.Never)
	}
}

func TestLoad_tellsEverythingThatIsWrongWithItsPlace(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "wrong", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no files with mistakes: %v", err)
	}
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, problems := judge.Load(fstest.MapFS{"triage/x.yaml": {Data: source}})
		golden := strings.TrimSuffix(name, ".yaml") + ".golden"
		got := problems.Error() + "\n"
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

const own = `
harrier: 1
triage: Ours
owner: me
stage: context
facts:
  vip_tags: '["boss"]'
rules:
  - id: vip
    title: It is about the boss
    when: size(vips) > 0
    weight: 50
    says: It is about ${{ vips.join(", ") }}.
disable:
  - {rule: new-here, reason: Everything is new here., owner: me}
`

func TestLoad_takesOwnRulesAndFactsInThePlaceOfThoseThatShip(t *testing.T) {
	t.Parallel()
	rules := with(t, own)
	for _, r := range rules.List() {
		switch {
		case r.ID == "vip" && (r.Weight != "50" || !r.Own || r.Stage != "context"):
			t.Errorf("vip is %+v, want ours", r)
		case r.ID == "new-here":
			t.Error("new-here holds although it is disabled")
		}
	}
	s := testLow()
	s.Picture.Entities[0].Tags = []string{"boss"}
	s.Picture.Entities[0].Environment = "production"
	if d := judged(t, rules, s); !fired(d, "vip") || fired(d, "new-here") {
		t.Errorf("the boss is no VIP: %+v", d.Proof)
	}
}

func TestLoad_disablesNothingWithoutAReasonAndAnOwner(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"disable: [{rule: new-here, reason: x}]", "disable: [{rule: new-here, owner: x}]",
		"disable: [{rule: new-here, reason: \"\", owner: x}]", "disable: [{rule: new-hear, reason: x, owner: x}]",
	} {
		_, problems := judge.Load(content.FS, fstest.MapFS{"triage/x.yaml": {Data: []byte("harrier: 1\ntriage: x\n" + line + "\n")}})
		if problems.Err() == nil || problems[0].Pos.Line != 3 {
			t.Errorf("%s: got %v, want a problem in line 3", line, problems)
		}
	}
}
