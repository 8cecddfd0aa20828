package exposure_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/internal/exposure"
	"github.com/harrier-soar/harrier/schema"
)

const link = "https://login.evil.example/session"

// at is a time some minutes after the mail came.
func at(minutes int) time.Time {
	return time.Date(2026, 11, 2, 9, minutes, 0, 0, time.UTC)
}

// users are the names in a list.
func users(list []exposure.Person) []string {
	names := []string{}
	for _, p := range list {
		names = append(names, p.User)
	}
	return names
}

func TestOf_countsEachPersonOnceAndFirst(t *testing.T) {
	t.Parallel()
	e := exposure.Of(exposure.Question{
		Copies: []exposure.Copy{{Mailbox: "Lee@corp.example", Read: true}, {Mailbox: "kim@corp.example", Read: true}, {Mailbox: "kim@corp.example", Read: true}, {Mailbox: "pat@corp.example"}},
		Clicks: []exposure.Click{{User: "KIM@corp.example", URL: link, At: at(9)}, {User: "kim@corp.example", URL: link, At: at(3)}},
	})
	if e.Reached != 3 || !cmp.Equal(users(e.Opened), []string{"kim@corp.example", "lee@corp.example"}) {
		t.Errorf("reached %d, opened %v", e.Reached, users(e.Opened))
	}
	if len(e.Clicked) != 1 || !e.Clicked[0].At.Equal(at(3)) {
		t.Errorf("clicked %+v; want once, at the first time", e.Clicked)
	}
}

func TestOf_leavesOutWhatNoVictimDid(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]exposure.Click{
		"a preview of a chat":             {UserAgent: "Mozilla/5.0 SkypeUriPreview Preview/0.5"},
		"a scanner of the organisation's": {UserAgent: "AcmeLinkCheck 2"},
		"a network of scanners":           {IP: "198.51.100.7"},
		"an address of an analyst's":      {IP: "::ffff:192.0.2.9"},
		"an analyst":                      {User: "soc@corp.example"},
		"whoever reported it":             {User: "Reporter@corp.example"},
	} {
		if c.User == "" {
			c.User = "kim@corp.example"
		}
		c.URL, c.At = link, at(1)
		e := exposure.Of(exposure.Question{
			Clicks: []exposure.Click{c}, Reporters: []string{"reporter@corp.example"},
			Analysts: exposure.Group{Addresses: []string{"SOC@corp.example"}, Networks: []string{"192.0.2.9"}},
			Scanners: exposure.Group{UserAgents: []string{"AcmeLinkCheck"}, Networks: []string{"198.51.100.0/24"}},
		})
		if len(e.Clicked) != 0 || len(e.Excluded) != 1 || e.Excluded[0].Why == "" {
			t.Errorf("%s counts: %+v", name, e)
		}
	}
}

func TestOf_countsWhatWasSentEvenByWhoeverReportedIt(t *testing.T) {
	t.Parallel()
	stopped := false
	e := exposure.Of(exposure.Question{
		Clicks: []exposure.Click{
			{User: "reporter@corp.example", URL: link, At: at(1), Submitted: true},
			{User: "lee@corp.example", URL: link, At: at(2), Allowed: &stopped},
			{User: "scan@corp.example", URL: link, At: at(2), Submitted: true, UserAgent: "HeadlessChrome/120"},
		},
		Reporters: []string{"reporter@corp.example"},
	})
	if !cmp.Equal(users(e.Submitted), []string{"reporter@corp.example"}) || !e.Submitted[0].Reported {
		t.Errorf("submitted %+v", e.Submitted)
	}
	if !cmp.Equal(users(e.Clicked), []string{"lee@corp.example", "reporter@corp.example"}) || !e.Clicked[0].Stopped {
		t.Errorf("clicked %+v", e.Clicked)
	}
}

func TestAction_takesWhatTheVerbsGive(t *testing.T) {
	t.Parallel()
	a := exposure.Actions()[0]
	in, wrong := schema.CheckFields(schema.Defaults(a.Spec.Input, map[string]any{
		"copies":       []any{map[string]any{"mailbox": "kim@corp.example", "id": "1", "read": true, "received": "2026-11-02T09:00:00Z"}},
		"clicks":       []any{map[string]any{"user": "kim@corp.example", "url": link, "at": "2026-11-02T09:05:00Z", "submitted": true}},
		"organisation": map[string]any{"analysts": map[string]any{"addresses": []any{"soc@corp.example"}}, "own_domains": []any{"corp.example"}},
	}), a.Spec.Input)
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	out, err := a.Call(t.Context(), builtin.Request{Input: in})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []map[string]any{out, a.Spec.Example} {
		if _, wrong := schema.Check(v, a.Spec.Output); len(wrong) > 0 {
			t.Errorf("the output does not fit its type: %v", wrong)
		}
	}
	if got := out["submitted"].([]any); len(got) != 1 {
		t.Errorf("got %v", out)
	}
}
