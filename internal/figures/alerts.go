package figures

import (
	"time"

	"github.com/harrier-soar/harrier/internal/mute"
)

// Alert is what figures look at of an alert.
type Alert struct {
	Source, Severity, Status, Disposition string
	Came                                  time.Time
	// Repeats is how many were folded into it.
	Repeats int
	// ByRule tells that a rule closed it by itself.
	ByRule bool
}

// AlertFigures are the figures of some alerts.
type AlertFigures struct {
	Key string
	// Came counts alerts, Folded what was folded into them.
	Came, Folded int64
	// Closed counts those that are closed; of them Noise was nothing bad, and
	// ByRule was closed by rules.
	Closed, Noise, ByRule int64
}

// Checked is what people said of what rules closed.
type Checked struct{ Reviewed, Agreed int }

// Precision returns the bounds of how often the rules were right, by the part
// that people looked at (Wilson's interval for 95 %).
func (c Checked) Precision() (lower, upper float64) { return mute.Wilson(c.Agreed, c.Reviewed) }

// OfAlerts returns the figures of all alerts and of those that have something in
// common. Days and weeks in which none came are there too.
func OfAlerts(s Sample[Alert], w Window, by string) (all AlertFigures, groups []AlertFigures) {
	all = ofAlerts(s, s.Rows, "")
	apart := map[string][]Alert{}
	for _, a := range s.Rows {
		key := a.key(w, by)
		apart[key] = append(apart[key], a)
	}
	for _, key := range keysOf(apart, w, by) {
		groups = append(groups, ofAlerts(s, apart[key], key))
	}
	return all, groups
}

func (a Alert) key(w Window, by string) string {
	switch by {
	case "severity":
		return a.Severity
	case "day":
		return w.day(a.Came)
	case "week":
		return w.week(a.Came)
	}
	return a.Source
}

func ofAlerts(s Sample[Alert], rows []Alert, key string) AlertFigures {
	var folded, closed, noise, byRule int
	for _, a := range rows {
		folded += a.Repeats
		if a.ByRule {
			byRule++
		}
		if a.Status != "closed" {
			continue
		}
		closed++
		if a.Disposition == "benign" || a.Disposition == "false_positive" {
			noise++
		}
	}
	return AlertFigures{Key: key, Came: s.count(len(rows)), Folded: s.count(folded), Closed: s.count(closed), Noise: s.count(noise), ByRule: s.count(byRule)}
}
