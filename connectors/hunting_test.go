package connectors_test

import (
	"testing"
	"time"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/lab"
)

func TestDefenderXDR_tellsWhoClickedAndWhoSubmitted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const preview = "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5"
	world := scenario()
	plain := `http://Files.evil.example/it's?a="b"`
	world.Clicks = []lab.Click{
		{User: alice}, {User: bob, Submitted: true}, {User: carol, Blocked: true}, {User: dave, UserAgent: preview},
		{User: carol, URL: plain}, {User: alice, URL: "https://unrelated.example/"},
		{User: dave, At: time.Now().AddDate(0, 0, -40)},
	}
	if err := s.Seed(world); err != nil {
		t.Fatal(err)
	}
	since := time.Now().AddDate(0, 0, -1).UTC().Format(time.RFC3339)
	got := map[any]map[string]any{}
	for _, c := range s.listed("defender_xdr.clicks", "clicks", map[string]any{"urls": []any{evilLink}, "since": since}) {
		if got[c["user"]] == nil || c["submitted"] == true {
			got[c["user"]] = c
		}
	}
	switch {
	case len(got) != 4:
		t.Errorf("got %v, want four people", got)
	case got[alice]["allowed"] != true || got[alice]["submitted"] != nil || got[alice]["ip"] == nil:
		t.Errorf("who clicked: got %v", got[alice])
	case got[bob]["submitted"] != true || got[bob]["host"] != "bob-archer.corp.example" || got[bob]["url"] != evilLink:
		t.Errorf("who submitted: got %v", got[bob])
	case got[carol]["allowed"] != false:
		t.Errorf("who was stopped: got %v", got[carol])
	case got[dave]["user_agent"] != preview:
		t.Errorf("what fetched a preview: got %v", got[dave])
	}
	in := s.listed("defender_xdr.clicks", "clicks", map[string]any{"urls": []any{plain}})
	if len(in) != 2 || in[0]["user"] != carol || in[0]["user_agent"] != nil || in[1]["user_agent"] == nil {
		t.Errorf("a link in the clear is seen by both: got %v", in)
	}
	if none := s.listed("defender_xdr.clicks", "clicks", map[string]any{"urls": []any{"https://quiet.example/"}}); len(none) != 0 {
		t.Errorf("nobody followed it: got %v", none)
	}
	if early := s.listed("defender_xdr.clicks", "clicks", map[string]any{"urls": []any{evilLink}, "until": since}); len(early) != 1 {
		t.Errorf("before yesterday: got %v, want the one of 40 days ago", early)
	}
}

func TestDefenderXDR_failuresAreNotSilence(t *testing.T) {
	t.Parallel()
	for kind, class := range map[lab.Kind]connector.Class{
		lab.Forbidden: connector.Denied, lab.Limited: connector.Limited, lab.Failing: connector.Unavailable, lab.Empty: connector.Drift, lab.Drift: connector.Drift,
	} {
		s := newSite(t)
		s.envs["defender_xdr"].HTTP.(*door).lying.Store("defender_xdr", true)
		if err := s.Fault("msgraph", lab.Rule{Kind: kind, Path: "runHuntingQuery", From: "results", To: "rows"}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.do("defender_xdr.clicks", map[string]any{"urls": []any{evilLink}}, ""); err == nil || err.Class != class {
			t.Errorf("%s: got %v, want %s", kind, err, class)
		}
	}
}
