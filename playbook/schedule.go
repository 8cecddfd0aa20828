package playbook

import (
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier/document"
)

// Schedule is when the clock starts a playbook.
type Schedule struct {
	// Cron is five fields: minute, hour, day, month, weekday. Where both day and
	// weekday say something, either is enough.
	Cron string
	// Zone is an IANA name, never empty.
	Zone string
	// Missed is what happens to times at which nothing ran: skip, once or all.
	Missed string

	times times
	zone  *time.Location
}

// times are the values that match, as bits.
type times struct {
	minute, hour, day, month, weekday uint64
	// any tells that the field says nothing, as * does.
	anyHour, anyDay, anyWeekday bool
}

// schedule compiles when the clock starts a playbook.
func (c *checker) schedule(n *document.Node) *Schedule {
	if n == nil {
		return nil
	}
	text, s := n, &Schedule{Zone: "UTC", Missed: "once"}
	if n.Kind == document.Map {
		text = n.Get("cron")
		if zone := n.Get("zone"); zone != nil {
			s.Zone = zone.Text
			if _, err := time.LoadLocation(s.Zone); err != nil || s.Zone == "" || s.Zone == "Local" {
				c.at(zone, problem("schedule", "write the name of a city's zone, such as Europe/Berlin, or UTC", "%q is not a time zone", zone.Text))
				return nil
			}
		}
		if missed := n.Get("missed"); missed != nil {
			s.Missed = missed.Text
		}
	}
	if text == nil {
		return nil // the grammar has said so
	}
	s.Cron = text.Text
	if why := badCron(s.Cron); why != "" {
		c.at(text, problem("schedule", "write five fields: minute hour day month weekday, such as 0 6 * * 1-5", "%q is not a schedule: %s", text.Text, why))
		return nil
	}
	s.compile()
	if s.Next(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		c.at(text, problem("schedule", "write a day that the month has", "%q never comes", text.Text))
	}
	return s
}

// compile reads the fields, which are known to be good.
func (s *Schedule) compile() {
	s.zone, _ = time.LoadLocation(s.Zone)
	if s.zone == nil {
		s.zone = time.UTC
	}
	parts, t := strings.Fields(s.Cron), &s.times
	for i, into := range []*uint64{&t.minute, &t.hour, &t.day, &t.month, &t.weekday} {
		for item := range strings.SplitSeq(parts[i], ",") {
			*into |= cronFields()[i].bits(item)
		}
	}
	if t.weekday&(1<<7) != 0 { // Sunday is 0 and 7
		t.weekday |= 1
	}
	t.anyHour, t.anyDay, t.anyWeekday = parts[1][0] == '*', parts[2][0] == '*', parts[4][0] == '*'
}

// bits returns the values of an item that is known to be good.
func (f cronField) bits(item string) (bits uint64) {
	span, step, stepped := strings.Cut(item, "/")
	by := 1
	if stepped {
		by, _ = strconv.Atoi(step)
	}
	low, high := f.low, f.high
	if span != "*" {
		first, last, ranged := strings.Cut(span, "-")
		low, _ = f.number(first)
		switch {
		case ranged:
			high, _ = f.number(last)
		case !stepped:
			high = low
		}
	}
	for v := low; v <= high; v += max(1, by) {
		bits |= 1 << v
	}
	return bits
}

// Next returns the first time after another; zero where there is none within
// ten years. A time that a change of clocks leaves out comes when the clock has
// moved on, and one that comes twice counts once, unless every hour counts.
func (s *Schedule) Next(after time.Time) time.Time {
	const longest = 10 * 366
	local := after.In(s.zone)
	// A change of clocks may move a time of the day before behind it.
	day := time.Date(local.Year(), local.Month(), local.Day()-1, 12, 0, 0, 0, s.zone)
	for range longest {
		if s.times.on(day) {
			if at := s.within(day, after); !at.IsZero() {
				return at.UTC()
			}
		}
		day = time.Date(day.Year(), day.Month(), day.Day()+1, 12, 0, 0, 0, s.zone)
	}
	return time.Time{}
}

// on reports whether a day counts.
func (t times) on(day time.Time) bool {
	if t.month&(1<<int(day.Month())) == 0 {
		return false
	}
	inMonth, inWeek := t.day&(1<<day.Day()) != 0, t.weekday&(1<<int(day.Weekday())) != 0
	if !t.anyDay && !t.anyWeekday {
		return inMonth || inWeek
	}
	return inMonth && inWeek
}

// within returns the first time of a day after another.
func (s *Schedule) within(day, after time.Time) (first time.Time) {
	y, m, d := day.Date()
	if s.times.anyHour {
		end := time.Date(y, m, d+1, 0, 0, 0, 0, s.zone)
		at := time.Date(y, m, d, 0, 0, 0, 0, s.zone)
		if begin := after.Truncate(time.Minute).Add(time.Minute).In(s.zone); begin.After(at) {
			at = begin
		}
		for ; at.Before(end); at = at.Add(time.Minute) {
			if s.times.hour&(1<<at.Hour()) != 0 && s.times.minute&(1<<at.Minute()) != 0 {
				return at
			}
		}
		return time.Time{}
	}
	for hour := range 24 {
		for minute := range 60 {
			if s.times.hour&(1<<hour) == 0 || s.times.minute&(1<<minute) == 0 {
				continue
			}
			at := s.instant(day, hour, minute)
			if at.After(after) && (first.IsZero() || at.Before(first)) {
				first = at
			}
		}
	}
	return first
}

// instant is a time of a day. One that a change of clocks leaves out comes as
// much later as the clock moved on, and of one that comes twice it is the first.
func (s *Schedule) instant(day time.Time, hour, minute int) time.Time {
	y, m, d := day.Date()
	at := time.Date(y, m, d, hour, minute, 0, 0, s.zone)
	if early := time.Date(y, m, d, hour, minute, 0, 0, time.UTC).Sub(onWall(at)); early > 0 {
		return at.Add(early)
	}
	for _, back := range []time.Duration{time.Hour, 30 * time.Minute} {
		if first := at.Add(-back); onWall(first).Equal(onWall(at)) {
			return first
		}
	}
	return at
}

// onWall is what a clock on the wall shows, as if it were UTC.
func onWall(at time.Time) time.Time {
	y, m, d := at.Date()
	return time.Date(y, m, d, at.Hour(), at.Minute(), 0, 0, time.UTC)
}
