// Package sla tells how long people had to do something, and when they must
// have done it, on the calendar by which they work.
//
// Calendars have hours on the days of a week, days off, and a time zone. Time
// is counted as clocks in that zone show it, so that a night on which they go
// back is an hour longer and one on which they go forward an hour shorter. All
// of it is arithmetic on times that are given: nothing here reads a clock.
package sla
