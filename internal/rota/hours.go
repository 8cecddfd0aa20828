package rota

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Hours are times of a week on the clock of a zone: from From to Until on Days.
// The zero value is always.
type Hours struct {
	// Days are mon, tue, wed, thu, fri, sat, sun on which the hours begin; none is every day.
	Days []string `json:"days,omitempty"`
	// From and Until are such as 22:00 and 06:00, which is on the next day; both
	// empty is the whole day.
	From  string `json:"from,omitempty"`
	Until string `json:"until,omitempty"`
	// Zone is an IANA name, such as Europe/Berlin.
	Zone string `json:"zone,omitempty"`
}

// Always reports whether no time is outside.
func (h Hours) Always() bool { return len(h.Days) == 0 && h.From == "" && h.Until == "" }

// Check says what is wrong, all at once.
func (h Hours) Check() (problems []string) {
	for _, d := range h.Days {
		if !slices.Contains(weekdays(), d) {
			problems = append(problems, fmt.Sprintf("%q is no day; use mon, tue, wed, thu, fri, sat or sun", d))
		}
	}
	for _, at := range []string{h.From, h.Until} {
		if _, err := clockOf(at); err != nil && (h.From != "" || h.Until != "") {
			problems = append(problems, fmt.Sprintf("%q is no time of a day; write hours and minutes, such as 22:00", at))
		}
	}
	if _, err := zoneOf(h.Zone); err != nil {
		problems = append(problems, err.Error())
	}
	return problems
}

// Cover reports whether a time is inside.
func (h Hours) Cover(t time.Time) bool { return h.in(zoneOrUTC(h.Zone)).cover(t) }

// Next returns the first time after t at which the hours begin or end, within
// nine days; zero where they are always.
func (h Hours) Next(t time.Time) time.Time { return h.in(zoneOrUTC(h.Zone)).next(t) }

// hours are hours, ready to be asked.
type hours struct {
	always     bool
	days       [7]bool
	begin, end time.Duration
	zone       *time.Location
}

func (h Hours) in(zone *time.Location) hours {
	out := hours{always: h.Always(), zone: zone}
	out.begin, _ = clockOf(h.From) // checked; empty is midnight
	out.end, _ = clockOf(h.Until)
	for i, name := range weekdays() {
		out.days[i] = len(h.Days) == 0 || slices.Contains(h.Days, name)
	}
	return out
}

func (h hours) cover(t time.Time) bool {
	if h.always {
		return true
	}
	local := t.In(h.zone)
	for back := range 2 {
		from, until, on := h.span(local, -back)
		if on && !t.Before(from) && t.Before(until) {
			return true
		}
	}
	return false
}

func (h hours) next(t time.Time) (next time.Time) {
	if h.always {
		return next
	}
	local := t.In(h.zone)
	for d := -1; d <= 8; d++ {
		from, until, on := h.span(local, d)
		if !on {
			continue
		}
		for _, edge := range []time.Time{from, until} {
			if edge.After(t) && (next.IsZero() || edge.Before(next)) {
				next = edge
			}
		}
	}
	return next
}

// span is when the hours begin and end that begin days after that of local; on
// is false where none begin on that day.
func (h hours) span(local time.Time, days int) (from, until time.Time, on bool) {
	later := 0
	if h.end <= h.begin {
		later = 1
	}
	noon := wall(local, days, 12*time.Hour) // midnight may be skipped
	return wall(local, days, h.begin), wall(local, days+later, h.end), h.days[noon.Weekday()]
}

// wall is a time on the clock of a day. One that the clocks skip is when they go on.
func wall(local time.Time, days int, clock time.Duration) time.Time {
	return time.Date(local.Year(), local.Month(), local.Day()+days, int(clock/time.Hour), int(clock%time.Hour/time.Minute), 0, 0, local.Location())
}

// clockOf reads a time of a day, such as 09:30.
func clockOf(text string) (time.Duration, error) {
	t, err := time.Parse("15:04", text)
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, err
}

// zoneOf reads the name of a zone; empty is UTC.
func zoneOf(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || strings.EqualFold(name, "local") {
		return nil, fmt.Errorf("%q is no time zone; write an IANA name, such as Europe/Berlin", name)
	}
	return zone, nil
}

func zoneOrUTC(name string) *time.Location {
	if zone, err := zoneOf(name); err == nil {
		return zone
	}
	return time.UTC // Check says so
}

// weekdays are the names of days in the order of [time.Weekday].
func weekdays() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }
