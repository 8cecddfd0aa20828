package sla

import (
	"slices"
	"time"
)

// Span is a part of a day, from a minute until before another, as the clocks
// on the wall show them. 1440 is the end of the day.
type Span struct{ From, Until int }

// Calendar is when people work. The zero value is always.
type Calendar struct {
	// Hours are the spans of each day of the week, Sunday first. A calendar of
	// no spans at all is always.
	Hours [7][]Span
	// Holidays are days off, such as 2026-12-25.
	Holidays map[string]bool
	// Zone is where the clocks hang; nil is UTC.
	Zone *time.Location
}

// always reports whether no time is outside of the hours.
func (c Calendar) always() bool {
	return len(c.Holidays) == 0 && !slices.ContainsFunc(c.Hours[:], func(s []Span) bool { return len(s) > 0 })
}

// spans are those of a day, which is a number of days since 1970.
func (c Calendar) spans(day int64) []Span {
	date := time.Unix(day*86400, 0).UTC()
	if c.Holidays[date.Format(time.DateOnly)] {
		return nil
	}
	if !slices.ContainsFunc(c.Hours[:], func(s []Span) bool { return len(s) > 0 }) {
		return []Span{{0, 1440}}
	}
	return c.Hours[date.Weekday()]
}

// each calls f for every stretch of working time between two times, in order,
// until it returns false. A stretch ends where clocks are changed.
func (c Calendar) each(from, to time.Time, f func(from, to time.Time) bool) {
	zone := c.Zone
	if zone == nil {
		zone = time.UTC
	}
	for from.Before(to) {
		local := from.In(zone)
		_, offset := local.Zone()
		until := to
		if _, change := local.ZoneBounds(); !change.IsZero() && change.Before(to) {
			until = change
		}
		if !c.steady(from, until, int64(offset), f) {
			return
		}
		from = until
	}
}

// steady is each between two times at which clocks are a number of seconds
// ahead of UTC.
func (c Calendar) steady(from, to time.Time, offset int64, f func(from, to time.Time) bool) bool {
	wall := func(day int64, minute int) time.Time {
		return time.Unix(day*86400+int64(minute)*60-offset, 0)
	}
	for day := floorDay(from.Unix() + offset); wall(day, 0).Before(to); day++ {
		for _, s := range c.spans(day) {
			begin, end := later(from, wall(day, s.From)), earlier(to, wall(day, s.Until))
			if begin.Before(end) && !f(begin, end) {
				return false
			}
		}
	}
	return true
}

func floorDay(seconds int64) int64 {
	day := seconds / 86400
	if seconds%86400 < 0 {
		day--
	}
	return day
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// Between is the working time between two times.
func (c Calendar) Between(from, to time.Time) time.Duration {
	if !from.Before(to) {
		return 0
	}
	if c.always() {
		return to.Sub(from)
	}
	var sum time.Duration
	c.each(from, to, func(a, b time.Time) bool {
		sum += b.Sub(a)
		return true
	})
	return sum
}

// farthest bounds how far [Calendar.After] looks.
const farthest = 3 * 366 * 24 * time.Hour

// After is when an amount of working time is over that begins at a time; ok is
// false where that is more than three years away.
func (c Calendar) After(from time.Time, amount time.Duration) (at time.Time, ok bool) {
	if amount <= 0 || c.always() {
		return from.Add(max(0, amount)), true
	}
	c.each(from, from.Add(farthest), func(a, b time.Time) bool {
		if b.Sub(a) >= amount {
			at, ok = a.Add(amount), true
			return false
		}
		amount -= b.Sub(a)
		return true
	})
	return at, ok
}
