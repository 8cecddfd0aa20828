package mute

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Window says at which times of a calendar maintenance is: from At for For, on
// these days, in this zone.
type Window struct {
	// Days are mon, tue, wed, thu, fri, sat, sun; none is every day.
	Days []string `json:"days,omitempty"`
	// Weeks are which of such days in a month: 1 is the first, -1 the last;
	// none is all.
	Weeks []int `json:"weeks,omitempty"`
	// At is when it begins, such as 22:00.
	At string `json:"at"`
	// For is how long it lasts, at most 7 days.
	For time.Duration `json:"for"`
	// Zone is an IANA name, such as Europe/Berlin.
	Zone string `json:"zone"`
}

// calendar is a window that can be asked.
type calendar struct {
	days   [7]bool
	weeks  []int
	hour   int
	minute int
	length time.Duration
	zone   *time.Location
}

const maxWindow = 7 * 24 * time.Hour

// compile checks a window. All that is wrong comes at once.
func (w Window) compile() (c calendar, problems []string) {
	names := []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	for _, d := range w.Days {
		i := slices.Index(names, strings.ToLower(d))
		if i < 0 {
			problems = append(problems, "window names the day "+quoted(d)+"; use mon, tue, wed, thu, fri, sat or sun")
			continue
		}
		c.days[i] = true
	}
	if len(w.Days) == 0 {
		c.days = [7]bool{true, true, true, true, true, true, true}
	}
	for _, n := range w.Weeks {
		if n == 0 || n < -1 || n > 5 {
			problems = append(problems, fmt.Sprintf("window names week %d; use 1 to 5 for the first to the fifth such day of a month, -1 for the last", n))
		}
	}
	c.weeks = w.Weeks
	at, err := time.Parse("15:04", w.At)
	if err != nil {
		problems = append(problems, "window begins at "+quoted(w.At)+"; write hours and minutes, such as 22:00")
	}
	c.hour, c.minute, c.length = at.Hour(), at.Minute(), w.For
	if w.For < time.Minute || w.For > maxWindow {
		problems = append(problems, "window lasts "+w.For.String()+"; it must be a minute at least and 7 days at most")
	}
	if c.zone, err = time.LoadLocation(w.Zone); err != nil || w.Zone == "" || w.Zone == "Local" {
		problems = append(problems, "window has the zone "+quoted(w.Zone)+"; write an IANA name, such as Europe/Berlin or UTC")
	}
	return c, problems
}

// covers reports whether a time is inside. A start that the clocks skip is
// when they go on; the length is time that passes, also across a change.
func (c calendar) covers(t time.Time) bool {
	local := t.In(c.zone)
	for back := 0; back <= int(c.length/(24*time.Hour))+1; back++ {
		start := time.Date(local.Year(), local.Month(), local.Day()-back, c.hour, c.minute, 0, 0, c.zone)
		if !t.Before(start) && t.Before(start.Add(c.length)) && c.begins(start) {
			return true
		}
	}
	return false
}

// begins reports whether it begins on the day of a time.
func (c calendar) begins(start time.Time) bool {
	if !c.days[start.Weekday()] {
		return false
	}
	if len(c.weeks) == 0 {
		return true
	}
	nth := (start.Day() + 6) / 7
	last := start.AddDate(0, 0, 7).Month() != start.Month()
	return slices.Contains(c.weeks, nth) || last && slices.Contains(c.weeks, -1)
}
