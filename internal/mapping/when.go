package mapping

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// clock reads times as sources write them.
type clock struct {
	// zone holds for times without one, received is when the event came: it
	// gives the year where a time has none.
	zone     *time.Location
	received time.Time
}

// read returns the time that a value tells: a text in one of the usual forms,
// or a number of seconds, milli-, micro- or nanoseconds since 1970.
func (c clock) read(v any) (time.Time, bool) {
	switch v := v.(type) {
	case string:
		return c.text(strings.TrimSpace(v))
	case int64:
		return epoch(v, 0)
	case float64:
		if math.Abs(v) >= 1<<62 {
			return time.Time{}, false
		}
		whole, fraction := math.Modf(v)
		return epoch(int64(whole), fraction)
	}
	return time.Time{}, false
}

// epoch tells units apart by their size; the seconds of this century have ten digits.
func epoch(n int64, fraction float64) (time.Time, bool) {
	switch {
	case n < 100_000_000:
		return time.Time{}, false // before 1973, or no time at all
	case n < 100_000_000_000:
		return time.Unix(n, int64(math.Round(fraction*1e6))*1e3).UTC(), true
	case n < 100_000_000_000_000:
		return time.UnixMilli(n).Add(time.Duration(fraction * 1e6)).UTC(), true
	case n < 100_000_000_000_000_000:
		return time.UnixMicro(n).UTC(), true
	}
	return time.Unix(0, n).UTC(), true
}

// text reads a time in text.
func (c clock) text(text string) (time.Time, bool) {
	if len(text) < 8 || len(text) > 64 {
		return time.Time{}, false
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return sane(t)
	}
	if strings.Trim(text, "0123456789.") == "" {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return epoch(n, 0)
		}
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return c.read(f)
		}
		return time.Time{}, false
	}
	text = strings.Replace(strings.TrimSuffix(text, " (UTC)"), ",", ".", 1)
	for _, layout := range layouts(text) {
		zone := c.zone
		if zone == nil {
			zone = time.UTC
		}
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			if t.Year() == 0 {
				t = c.year(t)
			}
			return sane(t)
		}
	}
	return time.Time{}, false
}

// layouts lists the forms that a text may have, by its first character.
func layouts(text string) []string {
	if text[0] >= '0' && text[0] <= '9' {
		return []string{
			"2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02 15:04:05 Z0700", "2006-01-02 15:04:05 -0700 MST",
			"2006-01-02 15:04:05 MST", "2006-01-02T15:04:05Z07", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02", "2006/01/02 15:04:05", "2006/01/02-15:04:05",
			"02/Jan/2006:15:04:05 -0700", "02 Jan 2006 15:04:05", "2 Jan 2006 15:04:05 -0700", "2 January 2006 15:04:05", "02-Jan-2006 15:04:05", "20060102T150405Z0700", "20060102150405",
			"1/2/2006 3:04:05 PM", "01/02/2006 15:04:05", "15:04:05 02 Jan 2006",
		}
	}
	return []string{
		"Jan _2 15:04:05", "Jan _2 2006 15:04:05", "Jan _2 2006 15:04:05 MST", "Jan _2 15:04:05 2006", "Jan 2, 2006 3:04:05 PM", "Jan 2. 2006 3:04:05 PM", "Jan 2. 2006 15:04:05", "January 2. 2006 15:04:05", "Jan _2 15:04:05 MST",
		time.RFC1123Z, time.RFC1123, "Mon. 02 Jan 2006 15:04:05 -0700", "Mon. 02 Jan 2006 15:04:05 MST", "Mon. 2 Jan 2006 15:04:05 -0700", time.ANSIC, time.UnixDate, "Mon Jan 2 15:04:05 2006 -0700",
	}
}

// year gives a time without a year that of when the event came, or the one
// before where it would lie in the future.
func (c clock) year(t time.Time) time.Time {
	year := c.received.In(t.Location()).Year()
	t = t.AddDate(year, 0, 0)
	if t.After(c.received.Add(48 * time.Hour)) {
		t = t.AddDate(-1, 0, 0)
	}
	return t
}

// sane leaves out times that no event has, such as the year 1 or 9999.
func sane(t time.Time) (time.Time, bool) {
	t = t.UTC()
	return t, t.Year() >= 1980 && t.Year() < 2200
}
