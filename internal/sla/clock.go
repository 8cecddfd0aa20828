package sla

import (
	"slices"
	"time"
)

// The clocks of a case.
const (
	Acknowledge = "acknowledge"
	Contain     = "contain"
	Close       = "close"
)

// Clocks lists the clocks of a case in the order in which they should end.
func Clocks() []string { return []string{Acknowledge, Contain, Close} }

// Target is how much working time there is for each clock; none has no target.
type Target map[string]time.Duration

// Policy is what a team promises.
type Policy struct {
	Calendar Calendar
	// Targets are by severity.
	Targets map[string]Target
}

// Pause is a time during which a case waited for somebody else. It goes on
// where Until is zero.
type Pause struct{ From, Until time.Time }

// Course is what happened to a case, as far as clocks look at it.
type Course struct {
	Severity string
	// Began is when the case was opened, and when the clocks began.
	Began time.Time
	// Ended is when each clock ended; one that is missing runs.
	Ended map[string]time.Time
	// Pauses are in order and do not overlap.
	Pauses []Pause
}

// Clock is how one promise stands.
type Clock struct {
	Name   string
	Target time.Duration
	// Spent is the working time that went by, without pauses.
	Spent time.Duration
	// Due is when the time is over; zero while the case waits.
	Due time.Time
	// Ended is when it was done; zero while the clock runs.
	Ended  time.Time
	Paused bool
	// Missed tells that the time was over before it was done.
	Missed bool
}

// Read reads the clocks of a case at a time. Clocks without a target are left out.
func (p Policy) Read(c Course, now time.Time) []Clock {
	var all []Clock
	for _, name := range Clocks() {
		target, ok := p.Targets[c.Severity][name]
		if !ok || target <= 0 {
			continue
		}
		all = append(all, p.clock(Clock{Name: name, Target: target, Ended: c.Ended[name]}, c, now))
	}
	return all
}

// clock fills in how a clock stands.
func (p Policy) clock(k Clock, c Course, now time.Time) Clock {
	until := now
	if !k.Ended.IsZero() {
		until = k.Ended
	}
	at := c.Began
	left := k.Target
	for _, pause := range c.Pauses {
		if !pause.From.Before(until) {
			break
		}
		ran := p.Calendar.Between(at, pause.From)
		if ran > left && k.Due.IsZero() {
			k.Due, _ = p.Calendar.After(at, left)
		}
		k.Spent, left = k.Spent+ran, left-ran
		if pause.Until.IsZero() || pause.Until.After(until) {
			k.Paused = k.Ended.IsZero()
			k.Missed = k.Spent > k.Target
			return k
		}
		at = pause.Until
	}
	k.Spent += p.Calendar.Between(at, until)
	if k.Due.IsZero() {
		k.Due, _ = p.Calendar.After(at, left)
	}
	k.Missed = k.Spent > k.Target
	return k
}

// Soonest is when the next of some clocks is over at a time: one that runs, is
// not paused and is not missed yet.
func Soonest(all []Clock, now time.Time) (due time.Time, ok bool) {
	for _, k := range all {
		if k.Ended.IsZero() && !k.Paused && !k.Missed && !k.Due.IsZero() && (!ok || k.Due.Before(due)) {
			due, ok = k.Due, true
		}
	}
	return due, ok
}

// Missed names the clocks that are missed.
func Missed(all []Clock) []string {
	var names []string
	for _, k := range all {
		if k.Missed {
			names = append(names, k.Name)
		}
	}
	slices.Sort(names)
	return names
}

// DefaultPolicy is what holds where a team has promised nothing: around the clock.
func DefaultPolicy() Policy {
	return Policy{Targets: map[string]Target{
		"critical": {Acknowledge: 15 * time.Minute, Contain: 4 * time.Hour, Close: 72 * time.Hour},
		"high":     {Acknowledge: time.Hour, Contain: 8 * time.Hour, Close: 5 * 24 * time.Hour},
		"medium":   {Acknowledge: 8 * time.Hour, Contain: 48 * time.Hour, Close: 14 * 24 * time.Hour},
		"low":      {Acknowledge: 24 * time.Hour, Close: 30 * 24 * time.Hour},
	}}
}
