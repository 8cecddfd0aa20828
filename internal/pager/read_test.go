package pager_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier/internal/pager"
	"github.com/harrier-soar/harrier/internal/rota"
)

func example(t *testing.T) pager.Settings {
	t.Helper()
	text, err := os.ReadFile("../../docs/oncall.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, problems := pager.Read("oncall.yaml", text)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRead_takesTheExampleThatShips(t *testing.T) {
	t.Parallel()
	s := example(t)
	if len(s.People) != 3 || len(s.Rotas["soc"].Layers) != 2 || len(s.Channels) != 4 || len(s.Routes) != 3 {
		t.Errorf("read %+v", s)
	}
	want := pager.Route{
		Name: "executives", Severity: []string{"critical", "high"}, Owner: []string{"eva.chief@corp.example"}, Urgent: true, Rounds: 3,
		Levels: []pager.Level{
			{Tell: []string{"rota:soc", "channel:team"}, Via: []string{"chat", "mail"}, Wait: 5 * time.Minute},
			{Tell: []string{"person:ana"}, Via: []string{"chat", "mail"}, Wait: 10 * time.Minute},
		},
	}
	if diff := cmp.Diff(want, s.Routes[0]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	kim := rota.Person{
		Key: "kim", Name: "Kim Sørensen", Login: "kim", Reach: map[string]string{"mail": "kim@corp.example", "chat": "U0KIM0001"},
		Quiet: rota.Hours{From: "22:00", Until: "07:00", Zone: "Europe/Berlin"},
	}
	if diff := cmp.Diff(kim, s.People["kim"]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestRoute_isTheFirstThatMatches(t *testing.T) {
	t.Parallel()
	s := example(t)
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for want, f := range map[string]pager.Facts{
		"executives": {Severity: "high", Owners: []string{"bob@corp.example", "Eva.Chief@corp.example"}},
		"urgent":     {Severity: "critical", Owners: []string{"bob@corp.example"}},
		"the rest":   {Severity: "high"},
	} {
		if r, ok := s.Route(f, now); !ok || r.Name != want {
			t.Errorf("%+v goes by %q; want %q", f, r.Name, want)
		}
	}
	if r, ok := (pager.Settings{}).Route(pager.Facts{Severity: "critical"}, now); ok {
		t.Errorf("no route gives %+v", r)
	}
}

func TestRead_reportsEveryMistakeWithPlaceAndFix(t *testing.T) {
	t.Parallel()
	_, problems := pager.Read("oncall.yaml", []byte(`harrier: 2
peple: {}
people:
  kim: {mail: [x], quit: {}}
rotas: [a]
channels:
  c: {kind: pigeon}
routes:
  - severity: [bad]
    urgent: perhaps
    rounds: 0
    digest: soon
`))
	var got []string
	for _, p := range problems {
		if p.Fix == "" || p.Message == "" || p.Pos.Line < 1 {
			t.Errorf("a problem without place, message or fix: %+v", p)
		}
		got = append(got, p.Code)
	}
	want := []string{
		"version", "unknown-key", "wrong-value", "unknown-key", "wrong-kind", "wrong-value", "wrong-value", "wrong-value", "wrong-value", "wrong-value", "missing-key",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s\n%s", diff, problems.Error())
	}
}

func TestRead_holdsThePartsAgainstEachOther(t *testing.T) {
	t.Parallel()
	_, problems := pager.Read("oncall.yaml", []byte(`harrier: 1
people: {kim: {quiet: {from: "25:00", until: "07:00"}}}
rotas: {soc: {zone: Europe/Berlin, layers: [{people: [kin], start: "2026-01-05", every: 5h}]}}
channels: {chat: {kind: chat}, team: {kind: chat, to: soc}}
routes:
  - name: r
    levels:
      - {tell: ["person:kin", "rota:sock", "channel:chat", "kim"], via: [team]}
      - {tell: ["person:kim"]}
`))
	text := problems.Error()
	for _, want := range []string{
		`quiet hours of kim: "25:00" is no time`, `nobody is called "kin"; did you mean kim?`, "every is 5h0m0s", `no rota "sock"; did you mean soc?`,
		`no channel "chat" with a place`, `"kim" is nobody to tell`, `via names "team"`, "person:kim needs via",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s\ndoes not say %q", text, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	text, err := os.ReadFile("../../docs/oncall.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add("harrier: 1\nrotas: {a: {zone: UTC, layers: [{people: [], every: 1h, hours: {from: \"x\"}}]}}")
	f.Fuzz(func(t *testing.T, text string) {
		s, problems := pager.Read("oncall.yaml", []byte(text))
		if problems.Err() != nil {
			return
		}
		now := time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC)
		for _, r := range s.Rotas {
			r.Between(now, now.Add(48*time.Hour), rota.Changes{}, 100)
		}
		s.Route(pager.Facts{Severity: "high"}, now)
	})
}
