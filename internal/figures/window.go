package figures

import (
	"fmt"
	"time"

	"github.com/harrier-soar/harrier"
)

// maxDays bounds what one figure is about.
const maxDays = 366

// Window is the time that figures are about: from a moment to before another.
type Window struct {
	From, To time.Time
	// Zone is where days begin.
	Zone *time.Location
}

// Span returns the window of some days that ends with the day of now.
func Span(now time.Time, days int, zone *time.Location) (Window, error) {
	if days < 1 || days > maxDays {
		return Window{}, harrier.Errorf(harrier.Invalid, "ask for 1 to %d days", maxDays)
	}
	y, m, d := now.In(zone).Date()
	return Window{From: time.Date(y, m, d-days+1, 0, 0, 0, 0, zone), To: time.Date(y, m, d+1, 0, 0, 0, 0, zone), Zone: zone}, nil
}

// Between returns the window from one day to another, both included, as written
// like 2026-11-27.
func Between(from, to string, zone *time.Location) (w Window, err error) {
	w.Zone = zone
	if w.From, err = time.ParseInLocation(time.DateOnly, from, zone); err != nil {
		return w, harrier.Errorf(harrier.Invalid, "from %q is no day; write it like 2026-11-27", from)
	}
	if w.To, err = time.ParseInLocation(time.DateOnly, to, zone); err != nil {
		return w, harrier.Errorf(harrier.Invalid, "to %q is no day; write it like 2026-11-27", to)
	}
	y, m, d := w.To.Date()
	w.To = time.Date(y, m, d+1, 0, 0, 0, 0, zone)
	if !w.From.Before(w.To) || w.To.After(w.From.AddDate(0, 0, maxDays)) {
		return w, harrier.Errorf(harrier.Invalid, "from %s to %s are not 1 to %d days", from, to, maxDays)
	}
	return w, nil
}

// day is the day of a time, in the zone of the window.
func (w Window) day(at time.Time) string { return at.In(w.Zone).Format(time.DateOnly) }

// week is the week of a time by ISO 8601.
func (w Window) week(at time.Time) string {
	year, week := at.In(w.Zone).ISOWeek()
	return fmt.Sprintf("%d-W%02d", year, week)
}

// parts are the days or the weeks of the window, also those in which nothing was.
func (w Window) parts(name func(time.Time) string) (keys []string) {
	from := w.From.In(w.Zone)
	y, m, d := from.Date()
	for i := 0; ; i++ {
		at := time.Date(y, m, d+i, 12, 0, 0, 0, w.Zone) // noon is on every day, however clocks change
		if time.Date(y, m, d+i, 0, 0, 0, 0, w.Zone).Compare(w.To) >= 0 {
			return keys
		}
		if key := name(at); len(keys) == 0 || keys[len(keys)-1] != key {
			keys = append(keys, key)
		}
	}
}
