package rota_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier/internal/rota"
)

func week(people ...string) rota.Rota {
	return rota.Rota{Name: "soc", Zone: "Europe/Berlin", Layers: []rota.Layer{
		{Name: "primary", People: people, Start: "2026-01-05", HandOver: "09:00", Every: 7 * 24 * time.Hour},
	}}
}

func berlin(t *testing.T, text string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestOn_handsOverAtTheTimeOnTheClock(t *testing.T) {
	t.Parallel()
	r := week("kim", "lee", "sam")
	for at, want := range map[string]string{
		"2026-01-05 08:59": "", "2026-01-05 09:00": "kim", "2026-01-12 08:59": "kim", "2026-01-12 09:00": "lee",
		"2026-03-30 08:59": "sam", "2026-03-30 09:00": "kim", // clocks went on the day before
		"2026-10-26 08:59": "sam", "2026-10-26 09:00": "kim", // and back
	} {
		if got := r.On(berlin(t, at), rota.Changes{}).Person; got != want {
			t.Errorf("at %s %q is on; want %q", at, got, want)
		}
	}
	turn := r.On(berlin(t, "2026-03-24 12:00"), rota.Changes{})
	if want := berlin(t, "2026-03-30 09:00"); !turn.Until.Equal(want) {
		t.Errorf("the week of the change ends %s; want %s", turn.Until, want)
	}
}

func TestOn_overridesAndAbsencesGoBeforeThePlan(t *testing.T) {
	t.Parallel()
	r := week("kim", "lee", "sam")
	from, until := berlin(t, "2026-01-06 12:00"), berlin(t, "2026-01-07 12:00")
	mid := from.Add(time.Hour)
	for name, c := range map[string]struct {
		changes rota.Changes
		want    rota.Turn
	}{
		"an override puts another on": {
			rota.Changes{Overrides: []rota.Override{{Rota: "soc", Person: "ann", From: from, Until: until}}},
			rota.Turn{Person: "ann", Instead: "kim", From: mid, Until: until},
		},
		"of two the later one counts": {
			rota.Changes{Overrides: []rota.Override{{Rota: "soc", Person: "ann", From: from, Until: until, At: until}, {Rota: "soc", Person: "bob", From: from, Until: until, At: from}}},
			rota.Turn{Person: "ann", Instead: "kim", From: mid, Until: until},
		},
		"one of another rota does not": {
			rota.Changes{Overrides: []rota.Override{{Rota: "it", Person: "ann", From: from, Until: until}}},
			rota.Turn{Person: "kim", Layer: "primary", From: mid, Until: berlin(t, "2026-01-12 09:00")},
		},
		"who is absent is covered by the next": {
			rota.Changes{Absences: []rota.Absence{{Person: "kim", From: from, Until: until}}},
			rota.Turn{Person: "lee", Layer: "primary", Instead: "kim", From: mid, Until: until},
		},
		"or by whom they named": {
			rota.Changes{Absences: []rota.Absence{{Person: "kim", Cover: "ann", From: from, Until: until}}},
			rota.Turn{Person: "ann", Layer: "primary", Instead: "kim", From: mid, Until: until},
		},
		"whose own absence counts": {
			rota.Changes{Absences: []rota.Absence{{Person: "kim", Cover: "ann", From: from, Until: until}, {Person: "ann", From: from, Until: until}, {Person: "lee", From: from, Until: until}}},
			rota.Turn{Person: "sam", Layer: "primary", Instead: "kim", From: mid, Until: until},
		},
		"an override of somebody absent is none": {
			rota.Changes{Overrides: []rota.Override{{Rota: "soc", Person: "ann", From: from, Until: until}}, Absences: []rota.Absence{{Person: "ann", From: from, Until: until}}},
			rota.Turn{Person: "kim", Layer: "primary", From: mid, Until: berlin(t, "2026-01-12 09:00")},
		},
	} {
		if diff := cmp.Diff(c.want, r.On(mid, c.changes)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestOn_asksTheNextLayerOutsideItsHours(t *testing.T) {
	t.Parallel()
	r := week("kim")
	r.Layers[0].Hours = rota.Hours{Days: []string{"mon", "tue", "wed", "thu", "fri"}, From: "09:00", Until: "17:00"}
	r.Layers = append(r.Layers, rota.Layer{Name: "nights", People: []string{"lee", "sam"}, Start: "2026-01-05", HandOver: "17:00", Every: 24 * time.Hour})
	var got []string
	for _, turn := range r.Between(berlin(t, "2026-01-06 12:00"), berlin(t, "2026-01-08 12:00"), rota.Changes{}, 100) {
		got = append(got, turn.From.In(turn.Until.Location()).Format("02 15:04 ")+turn.Person)
	}
	want := []string{"06 12:00 kim", "06 17:00 sam", "07 09:00 kim", "07 17:00 lee", "08 09:00 kim"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestCheck_saysAllThatIsWrong(t *testing.T) {
	t.Parallel()
	r := rota.Rota{Name: "soc", Zone: "Mars/Base", Layers: []rota.Layer{{Name: "a", Every: 5 * time.Hour, Hours: rota.Hours{Days: []string{"someday"}, From: "9"}}}}
	if got := r.Check(); len(got) != 8 {
		t.Errorf("%d problems: %q", len(got), got)
	}
	if got := week("kim").Check(); got != nil {
		t.Errorf("a good one has %q", got)
	}
}

// The properties hold for many random rotas and zones, over the weeks in which
// clocks change.
func TestOn_holdsItsPropertiesForAnyRota(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 42))
	for range 150 {
		r, c := randomRota(random)
		if problems := r.Check(); problems != nil {
			t.Fatalf("%+v: %q", r, problems)
		}
		from := time.Date(2026, time.Month(1+random.IntN(12)), 1+random.IntN(28), random.IntN(24), 0, 0, 0, time.UTC)
		until := from.Add(21 * 24 * time.Hour)
		turns := r.Between(from, until, c, 5000)
		last := from
		for _, turn := range turns {
			if !turn.From.Equal(last) || !turn.Until.After(turn.From) {
				t.Fatalf("%+v: a gap or an overlap at %s: %+v", r, last, turn)
			}
			last = turn.Until
			for range 3 {
				at := turn.From.Add(time.Duration(random.Int64N(int64(turn.Until.Sub(turn.From)))))
				if got := r.On(at, c); got.Person != turn.Person || got.Layer != turn.Layer {
					t.Fatalf("%+v: %s at %s, but the shift is %+v", r, got.Person, at, turn)
				}
				if c.Away(turn.Person, at) {
					t.Fatalf("%s is absent at %s and on call", turn.Person, at)
				}
			}
		}
		if !last.Equal(until) {
			t.Fatalf("%+v: shifts end at %s; want %s", r, last, until)
		}
	}
}

func randomRota(random *rand.Rand) (r rota.Rota, c rota.Changes) {
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	people := []string{"ann", "bob", "kim", "lee", "sam"}
	r = rota.Rota{Name: "r", Zone: pick("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC", "America/Santiago", "Africa/Cairo")}
	lengths := []time.Duration{time.Hour, 4 * time.Hour, 8 * time.Hour, 12 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 14 * 24 * time.Hour}
	for range 1 + random.IntN(3) {
		l := rota.Layer{
			Name: pick("a", "b", "c"), People: slices.Clone(people[:1+random.IntN(5)]), Start: pick("2026-01-05", "2025-11-30", "2026-06-01"),
			HandOver: pick("00:00", "02:30", "09:00", "23:45"), Every: lengths[random.IntN(len(lengths))],
		}
		if random.IntN(2) == 0 {
			l.Hours = rota.Hours{Days: []string{"mon", "wed", "sun"}, From: pick("00:00", "02:00", "18:00"), Until: pick("06:00", "02:30", "23:59")}
		}
		r.Layers = append(r.Layers, l)
	}
	for range random.IntN(4) {
		from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(random.IntN(8760)) * time.Hour)
		until := from.Add(time.Duration(1+random.IntN(500)) * time.Hour)
		c.Overrides = append(c.Overrides, rota.Override{Rota: "r", Person: pick(people...), From: from, Until: until, At: from})
		c.Absences = append(c.Absences, rota.Absence{Person: pick(people...), Cover: pick("", "ann"), From: from, Until: until.Add(time.Hour)})
	}
	return r, c
}

// Everybody has as many shifts as the others.
func TestOn_isFair(t *testing.T) {
	t.Parallel()
	r := week("kim", "lee", "sam")
	had := map[string]int{}
	for at, n := berlin(t, "2026-01-05 10:00"), 0; n < 3*52; n++ {
		had[r.On(at.AddDate(0, 0, 7*n), rota.Changes{}).Person]++
	}
	if diff := cmp.Diff(map[string]int{"kim": 52, "lee": 52, "sam": 52}, had); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
