package wire

import (
	"strconv"
	"strings"
	"time"
)

// clock reads times as devices write them.
type clock struct {
	received time.Time
	zone     *time.Location
}

// ahead is how far a device's clock may run before ours: a time without a year
// that would be later than that belongs to the year before.
const ahead = 36 * time.Hour

// stamp is a time as it was written.
type stamp struct {
	year, month, day        int
	hour, minute, sec, nsec int
	zoned                   bool
	offset                  int // seconds east of UTC, where zoned
}

// leading reads a time at the beginning of a text, in one of the forms
//
//	Mar  1 12:00:00   Mar 01 2026 12:00:00.123 CET   Mar  1 12:00:00 2026
//	2026-03-01T12:00:00.123456+01:00   2026/03/01 12:00:00   2026-03-01 12:00:00,123
//	01/Mar/2026:12:00:00 +0100   01 Mar 2026 12:00:00   Sun Mar  1 12:00:00 2026
//
// and returns what follows it. The time is zero where nothing tells its year.
func (c clock) leading(s string) (t time.Time, rest string, ok bool) {
	sc := &scanner{s: s}
	sc.weekday()
	var st stamp
	switch {
	case sc.yearFirst(&st):
	case sc.monthFirst(&st):
	case sc.dayFirst(&st):
	default:
		return time.Time{}, s, false
	}
	c.zoneOf(sc, &st)
	t, ok = c.resolve(st)
	if !ok {
		return time.Time{}, s, false
	}
	return t, sc.s[sc.i:], true
}

// whole reads a text that is a time and nothing else, seconds since 1970 in any
// unit included. It is zero where it is none.
func (c clock) whole(s string) time.Time {
	s = strings.TrimSpace(s)
	if t, ok := epoch(s); ok {
		return t
	}
	if t, rest, ok := c.leading(s); ok && strings.TrimSpace(rest) == "" {
		return t
	}
	return time.Time{}
}

// epoch reads seconds since 1970, with a fraction or in milli-, micro- or
// nanoseconds, of the years 2000 to 2100: other numbers are no times.
func epoch(s string) (time.Time, bool) {
	whole, fraction, _ := strings.Cut(s, ".")
	if !allDigits(whole) || fraction != "" && !allDigits(fraction) {
		return time.Time{}, false
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	var t time.Time
	switch len(whole) {
	case 9, 10:
		nanos, _ := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
		t = time.Unix(n, nanos)
	case 13:
		t = time.UnixMilli(n)
	case 16:
		t = time.UnixMicro(n)
	case 19:
		t = time.Unix(0, n)
	default:
		return time.Time{}, false
	}
	t = t.UTC()
	return t, 2000 <= t.Year() && t.Year() < 2100
}

// resolve makes a time of what was written.
func (c clock) resolve(st stamp) (time.Time, bool) {
	if st.month < 1 || st.month > 12 || st.day < 1 || st.hour > 23 || st.minute > 59 || st.sec > 60 {
		return time.Time{}, false
	}
	if st.year != 0 {
		return c.at(st), st.day <= daysIn(st.year, st.month)
	}
	if c.received.IsZero() {
		return time.Time{}, st.day <= 31 // a time, but nobody knows of which year
	}
	// The latest year in which it is not yet to come. Eight years back there was a 29 February.
	for year := c.received.In(c.zone).Year() + 1; year > c.received.Year()-9; year-- {
		st.year = year
		if t := c.at(st); st.day <= daysIn(year, st.month) && !t.After(c.received.Add(ahead)) {
			return t, true
		}
	}
	return time.Time{}, false
}

// at is the moment of a time with a year. In the hour that comes twice when
// summer time ends, it is the one nearer to when the message came.
func (c clock) at(st stamp) time.Time {
	zone := c.zone
	if st.zoned {
		zone = time.UTC
	}
	t := time.Date(st.year, time.Month(st.month), st.day, st.hour, st.minute, st.sec, st.nsec, zone)
	if st.zoned {
		return t.Add(-time.Duration(st.offset) * time.Second)
	}
	if c.received.IsZero() {
		return t
	}
	for _, shift := range [...]time.Duration{-time.Hour, time.Hour} {
		other := t.Add(shift)
		if other.Hour() == t.Hour() && other.Minute() == t.Minute() && distance(other, c.received) < distance(t, c.received) {
			return other
		}
	}
	return t
}

func distance(a, b time.Time) time.Duration { return a.Sub(b).Abs() }

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// zoneOf reads a zone after a time: Z, an offset, or a name that is known.
func (c clock) zoneOf(sc *scanner, st *stamp) {
	start := sc.i
	if sc.i < len(sc.s) && sc.s[sc.i] == ' ' {
		sc.i++
	}
	if sc.offset(st) {
		return
	}
	end := sc.i
	for end < len(sc.s) && 'A' <= sc.s[end] && sc.s[end] <= 'Z' {
		end++
	}
	name := sc.s[sc.i:end]
	if len(name) == 0 || len(name) > 5 || end < len(sc.s) && strings.IndexByte(" :,]\t", sc.s[end]) < 0 {
		sc.i = start
		return
	}
	if offset, ok := c.offsetOf(name, *st); ok {
		st.zoned, st.offset, sc.i = true, offset, end
		return
	}
	sc.i = start
}

// offsetOf knows zones by their short names, of which many mean several: those
// of the source's own zone come first.
func (c clock) offsetOf(name string, st stamp) (seconds int, ok bool) {
	if st.month >= 1 && st.month <= 12 {
		year := st.year
		if year == 0 {
			year = c.received.Year()
		}
		for _, month := range [...]time.Month{time.Month(st.month), time.January, time.July} {
			if short, offset := time.Date(year, month, 15, 12, 0, 0, 0, c.zone).Zone(); short == name {
				return offset, true
			}
		}
	}
	const hour = 3600
	switch name {
	case "Z", "UTC", "GMT", "WET":
		return 0, true
	case "CET", "BST", "WEST":
		return hour, true
	case "CEST", "EET":
		return 2 * hour, true
	case "EEST", "MSK":
		return 3 * hour, true
	case "HKT", "SGT", "AWST":
		return 8 * hour, true
	case "JST", "KST":
		return 9 * hour, true
	case "AEST":
		return 10 * hour, true
	case "AEDT":
		return 11 * hour, true
	case "NZST":
		return 12 * hour, true
	case "NZDT":
		return 13 * hour, true
	case "EDT":
		return -4 * hour, true
	case "EST", "CDT":
		return -5 * hour, true
	case "CST", "MDT":
		return -6 * hour, true
	case "MST", "PDT":
		return -7 * hour, true
	case "PST":
		return -8 * hour, true
	}
	return 0, false
}
