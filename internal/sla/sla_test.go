package sla_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier/internal/sla"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// open is whether a minute is worked in, by looking at the clock on the wall.
func open(c sla.Calendar, t time.Time) bool {
	local := t.In(c.Zone)
	if c.Holidays[local.Format(time.DateOnly)] {
		return false
	}
	minute := local.Hour()*60 + local.Minute()
	for _, s := range c.Hours[local.Weekday()] {
		if minute >= s.From && minute < s.Until {
			return true
		}
	}
	return false
}

// calendar makes one up: up to two spans a day, some days off.
func calendar(r *rand.Rand, z *time.Location, near time.Time) sla.Calendar {
	c := sla.Calendar{Zone: z, Holidays: map[string]bool{}}
	for day := range c.Hours {
		at := 0
		for range r.IntN(3) {
			from := at + r.IntN(400)
			until := min(1440, from+1+r.IntN(600))
			if from >= 1440 {
				break
			}
			c.Hours[day] = append(c.Hours[day], sla.Span{From: from, Until: until})
			at = until + 1
		}
	}
	c.Hours[3] = []sla.Span{{From: 1439, Until: 1440}} // never all empty
	for range r.IntN(4) {
		c.Holidays[near.AddDate(0, 0, r.IntN(20)-10).Format(time.DateOnly)] = true
	}
	return c
}

// Working time is what somebody counts who looks at the clock on the wall every
// minute, whatever that clock does meanwhile.
func TestCalendar_countsAsTheClockOnTheWallDoes(t *testing.T) {
	t.Parallel()
	// Clocks change on these days; Lord Howe's by half an hour, and Apia once left out a day.
	turns := map[string][]time.Time{
		"Europe/Berlin":       {time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC)},
		"America/New_York":    {time.Date(2026, 3, 8, 7, 0, 0, 0, time.UTC), time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC)},
		"Australia/Lord_Howe": {time.Date(2026, 4, 4, 15, 0, 0, 0, time.UTC), time.Date(2026, 10, 3, 15, 30, 0, 0, time.UTC)},
		"Pacific/Apia":        {time.Date(2011, 12, 30, 10, 0, 0, 0, time.UTC)},
		"Asia/Kathmandu":      {time.Date(2026, 5, 5, 0, 0, 0, 0, time.UTC)},
	}
	for name, days := range turns {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			z := zone(t, name)
			r := rand.New(rand.NewPCG(1, uint64(len(name))))
			for n := range 60 {
				turn := days[n%len(days)]
				c := calendar(r, z, turn)
				from := turn.Add(-time.Duration(r.IntN(4*1440)) * time.Minute)
				to := from.Add(time.Duration(r.IntN(7*1440)) * time.Minute)
				var want time.Duration
				for at := from; at.Before(to); at = at.Add(time.Minute) {
					if open(c, at) {
						want += time.Minute
					}
				}
				if got := c.Between(from, to); got != want {
					t.Fatalf("between %s and %s: got %s, want %s; %+v", from, to, got, want, c.Hours)
				}
				if want == 0 {
					continue
				}
				amount := time.Duration(1+r.IntN(int(want/time.Minute))) * time.Minute
				at, ok := c.After(from, amount)
				if !ok || at.After(to) || c.Between(from, at) != amount || c.Between(from, at.Add(-time.Second)) >= amount {
					t.Fatalf("%s after %s: got %s, %v", amount, from, at, ok)
				}
			}
		})
	}
}

func office(t *testing.T) sla.Calendar {
	t.Helper()
	c := sla.Calendar{Zone: zone(t, "Europe/Berlin"), Holidays: map[string]bool{"2026-12-25": true}}
	for day := 1; day <= 5; day++ {
		c.Hours[day] = []sla.Span{{From: 9 * 60, Until: 17 * 60}}
	}
	return c
}

func TestCalendar_goesOverNightsWeekendsAndDaysOff(t *testing.T) {
	t.Parallel()
	c := office(t)
	from := time.Date(2026, 12, 24, 15, 0, 0, 0, c.Zone) // a Thursday; Friday is off
	at, ok := c.After(from, 4*time.Hour)
	if want := time.Date(2026, 12, 28, 11, 0, 0, 0, c.Zone); !ok || !at.Equal(want) {
		t.Errorf("got %s, want %s", at, want)
	}
	if got := (sla.Calendar{}).Between(from, from.Add(time.Hour)); got != time.Hour {
		t.Errorf("a calendar without hours counts %s of an hour", got)
	}
	never := sla.Calendar{Hours: [7][]sla.Span{{{From: 0, Until: 0}}}}
	if at, ok := never.After(from, time.Hour); ok {
		t.Errorf("a calendar without working time ends at %s", at)
	}
}

func TestPolicy_stopsClocksWhileTheCaseWaits(t *testing.T) {
	t.Parallel()
	c := office(t)
	p := sla.Policy{Calendar: c, Targets: map[string]sla.Target{"high": {sla.Acknowledge: time.Hour, sla.Close: 10 * time.Hour}}}
	day := func(d, h int) time.Time { return time.Date(2026, 11, d, h, 0, 0, 0, c.Zone) }
	course := sla.Course{
		Severity: "high", Began: day(2, 10), Ended: map[string]time.Time{sla.Acknowledge: day(2, 12)},
		Pauses: []sla.Pause{{From: day(2, 14), Until: day(3, 11)}, {From: day(3, 15)}},
	}
	got := p.Read(course, day(4, 12))
	want := []sla.Clock{
		{Name: sla.Acknowledge, Target: time.Hour, Spent: 2 * time.Hour, Due: day(2, 11), Ended: day(2, 12), Missed: true},
		{Name: sla.Close, Target: 10 * time.Hour, Spent: 8 * time.Hour, Paused: true},
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	course.Pauses[1].Until = day(4, 12)
	got = p.Read(course, day(4, 13))
	if due, ok := sla.Soonest(got, day(4, 13)); !ok || !due.Equal(day(4, 14)) {
		t.Errorf("due at %s, %v; want %s", due, ok, day(4, 14))
	}
	if got = p.Read(course, day(4, 15)); len(sla.Missed(got)) != 2 {
		t.Errorf("missed %v, want both", sla.Missed(got))
	}
	if _, ok := sla.Soonest(got, day(4, 15)); ok {
		t.Error("a clock that is missed is due again")
	}
}

// A clock that was over before a pause stays over at the time at which it was.
func TestPolicy_keepsWhenAClockWasOver(t *testing.T) {
	t.Parallel()
	p := sla.Policy{Targets: map[string]sla.Target{"low": {sla.Close: time.Hour}}}
	began := time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC)
	got := p.Read(sla.Course{Severity: "low", Began: began, Pauses: []sla.Pause{{From: began.Add(3 * time.Hour)}}}, began.Add(5*time.Hour))
	if len(got) != 1 || !got[0].Missed || !got[0].Due.Equal(began.Add(time.Hour)) || got[0].Spent != 3*time.Hour {
		t.Errorf("got %+v", got)
	}
}
