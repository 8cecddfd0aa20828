package mute

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
)

// The index must find exactly what trying every mute finds.
func TestIndex_findsWhatTryingAllFinds(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	value := func(field string) string {
		switch field {
		case "ip", "address":
			return pick("203.0.113.7", "203.0.113.0/24", "192.0.2.1", "203.0.*")
		case "host":
			return pick("a", "b", "c", "srv-*")
		}
		return pick("x", "y", "z", "xyz*")
	}
	fields := []string{"host", "ip", "rule", "source", "hash", "data.a.b"}
	var mutes []Mute
	for range 400 {
		m := Mute{ID: harrier.NewID[harrier.MuteID](now), Verb: Verbs()[r.IntN(5)], Match: Match{}, Start: now, End: now.Add(time.Hour)}
		for range 1 + r.IntN(3) {
			f := fields[r.IntN(len(fields))]
			m.Match[f] = append(m.Match[f], value(f))
		}
		m.Match = m.Match.canonical()
		mutes = append(mutes, m)
	}
	x := newSnapshot(mutes)[harrier.TenantID{}]
	found := 0
	for range 500 {
		s := &Subject{Now: now, Source: harrier.Source{Name: pick("x", "y")}, Finding: harrier.Finding{
			Rule: harrier.Rule{ID: pick("x", "y", "z")}, Data: map[string]any{"a": map[string]any{"b": pick("x", "xyz9")}},
		}}
		for range r.IntN(3) {
			s.Finding.Entities = append(s.Finding.Entities, harrier.Entity{Type: "host", Key: pick("a", "b", "srv-9")})
			s.Finding.Observables = append(s.Finding.Observables, harrier.Observable{Type: pick("ip", "hash"), Value: pick("203.0.113.7", "192.0.2.1", "x")})
		}
		var got, want []harrier.MuteID
		for _, a := range x.match(s) {
			got = append(got, a.Mute)
		}
		facts := s.facts()
		for _, m := range mutes {
			if c, ok := compile(m); ok {
				if _, ok := c.applies(s, facts); ok {
					want = append(want, m.ID)
				}
			}
		}
		byID := func(a, b harrier.MuteID) int { return slices.Compare(a[:], b[:]) }
		slices.SortFunc(got, byID)
		slices.SortFunc(want, byID)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%+v -want +got:\n%s", s, diff)
		}
		found += len(got)
	}
	if found == 0 {
		t.Error("nothing matched: the test proves nothing")
	}
}

func TestWindow_followsItsZone(t *testing.T) {
	t.Parallel()
	at := func(text string) time.Time {
		v, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	night := Window{At: "22:00", For: 6 * time.Hour, Zone: "Europe/Berlin"}
	monthly := Window{Days: []string{"sun"}, Weeks: []int{1, -1}, At: "23:00", For: 3 * time.Hour, Zone: "Europe/Berlin"}
	gap := Window{At: "02:30", For: time.Hour, Zone: "Europe/Berlin"}
	long := Window{Days: []string{"fri"}, At: "18:00", For: 62 * time.Hour, Zone: "America/New_York"}
	for _, c := range []struct {
		name string
		w    Window
		at   string
		want bool
	}{
		{"winter, before", night, "2026-01-10T20:59:59Z", false},
		{"winter, begins", night, "2026-01-10T21:00:00Z", true},
		{"winter, past midnight", night, "2026-01-11T02:59:59Z", true},
		{"winter, over", night, "2026-01-11T03:00:00Z", false},
		{"summer begins an hour earlier in UTC", night, "2026-07-10T20:00:00Z", true},
		{"the night that is an hour short lasts as long", night, "2026-03-29T02:59:59Z", true},
		{"and no longer", night, "2026-03-29T03:00:00Z", false},
		{"the first Sunday", monthly, "2026-11-01T22:30:00Z", true},
		{"into the Monday after", monthly, "2026-11-02T00:30:00Z", true},
		{"the second Sunday", monthly, "2026-11-08T22:30:00Z", false},
		{"the last Sunday", monthly, "2026-11-29T22:30:00Z", true},
		{"a start that the clocks skip", gap, "2026-03-29T01:45:00Z", true},
		{"a weekend", long, "2026-11-09T06:00:00Z", true},
		{"after a weekend", long, "2026-11-09T13:30:00Z", false},
		{"before a weekend", long, "2026-11-06T22:00:00Z", false},
	} {
		cal, problems := c.w.compile()
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if got := cal.covers(at(c.at)); got != c.want {
			t.Errorf("%s: %s is inside: %t; want %t", c.name, c.at, got, c.want)
		}
	}
}

func FuzzGlob(f *testing.F) {
	f.Add("a*b", "axxb")
	f.Add("*a*", "bab")
	f.Add("ab*ba", "aba")
	f.Fuzz(func(t *testing.T, pat, value string) {
		p := newPattern("host", pat)
		if !p.wildcard {
			return
		}
		if got, want := p.matches(value), slow(pat, value); got != want {
			t.Errorf("%q matches %q: %t; want %t", pat, value, got, want)
		}
	})
}

// slow is what * means, by a table.
func slow(pat, value string) bool {
	rows := make([]bool, len(value)+1)
	rows[0] = true
	for i := range len(pat) {
		next := make([]bool, len(value)+1)
		for j := range rows {
			if pat[i] == '*' {
				next[j] = rows[j] || j > 0 && next[j-1]
			} else {
				next[j] = j > 0 && rows[j-1] && value[j-1] == pat[i]
			}
		}
		rows = next
	}
	return rows[len(value)]
}

func FuzzNew(f *testing.F) {
	f.Add("suppress", "host", "ws-*", "22:00", "Europe/Berlin")
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, verb, field, value, at, zone string) {
		n := New{
			Verb: Verb(verb), Match: Match{field: {value}, "host": {"a"}, "rule": {"r"}}, Owner: "o", Reason: "r", End: now.Add(time.Hour),
			Window: &Window{At: at, Zone: zone, For: time.Hour},
		}
		m, err := n.check(now)
		if err != nil {
			if harrier.KindOf(err) != harrier.Invalid {
				t.Errorf("%v is of another kind", err)
			}
			return
		}
		if _, ok := compile(m); !ok {
			t.Errorf("%+v was accepted and does not compile", m)
		}
		_ = fmt.Sprint(newSnapshot([]Mute{m})[m.Tenant].match(&Subject{Now: now}))
	})
}
