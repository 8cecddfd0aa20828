package api

import (
	"time"

	"github.com/harrier-soar/harrier/internal/figures"
)

// Figured is what figures are about.
type Figured struct {
	From      string `json:"from" doc:"The first day."`
	To        string `json:"to" doc:"The last day, included."`
	TimeZone  string `json:"time_zone" doc:"Where days begin."`
	By        string `json:"by" doc:"By what the items are told apart."`
	Estimated bool   `json:"estimated,omitempty" doc:"Whether the figures are reckoned from a part that was chosen by chance: where there are more than 20,000."`
}

// CaseMetrics are figures of cases that were opened in a time, and that the
// principal may see.
type CaseMetrics struct {
	Figured
	CaseFigures
	Items []CaseFigures `json:"items" doc:"The same by what was asked; days and weeks also where there were none."`
}

// CaseFigures are figures of some cases.
type CaseFigures struct {
	Key          string            `json:"key,omitempty" doc:"What they have in common; absent for nothing, such as no owner."`
	Name         string            `json:"name,omitempty"`
	Opened       int64             `json:"opened"`
	Closed       int64             `json:"closed" doc:"How many of them are closed now."`
	Dispositions map[string]int64  `json:"dispositions" doc:"The closed ones by what they were, after all corrections."`
	Times        map[string]Spread `json:"times" doc:"By name, as TheHive counts: detect from event to case, triage from case to work, acknowledge from event to work, qualify from case to end, resolve from work to end, contain from case to containment, dwell from event to containment."`
}

// Spread is how long something took.
type Spread struct {
	Count int64 `json:"count" doc:"Of how many it is known."`
	Mean  int64 `json:"mean" doc:"In seconds."`
	P50   int64 `json:"p50" doc:"Half took no longer."`
	P90   int64 `json:"p90" doc:"Nine of ten took no longer."`
}

// AlertMetrics are figures of alerts that came in a time, and that the principal
// may see.
type AlertMetrics struct {
	Figured
	AlertFigures
	Reviewed  int            `json:"reviewed" doc:"How much of what rules closed people looked at."`
	Agreed    int            `json:"agreed" doc:"How much of that they found harmless too."`
	Precision *Bounds        `json:"precision,omitempty" doc:"How often rules that close alerts are right, within these bounds of 95 %; absent where nobody looked."`
	Items     []AlertFigures `json:"items" doc:"The same by what was asked; days and weeks also where none came."`
}

// Bounds are between what something is.
type Bounds struct {
	Lower float64 `json:"lower"`
	Upper float64 `json:"upper"`
}

// AlertFigures are figures of some alerts.
type AlertFigures struct {
	Key        string  `json:"key,omitempty"`
	Came       int64   `json:"came"`
	Folded     int64   `json:"folded" doc:"What was folded into them."`
	Closed     int64   `json:"closed"`
	Noise      int64   `json:"noise" doc:"The closed ones that were benign or false."`
	ByRule     int64   `json:"by_rule" doc:"Those that rules closed by themselves."`
	NoiseShare float64 `json:"noise_share" doc:"Noise of what is closed, from 0 to 1."`
	RuleShare  float64 `json:"by_rule_share" doc:"What rules closed of what came, from 0 to 1."`
}

// Load is what somebody has to do.
type Load struct {
	Person   *Person   `json:"person,omitempty" doc:"Who; absent for what is nobody's."`
	Cases    int64     `json:"cases"`
	Alerts   int64     `json:"alerts"`
	Tasks    int64     `json:"tasks"`
	Oldest   time.Time `json:"oldest,omitzero" doc:"Since when the oldest open case or alert waits."`
	Breached int64     `json:"breached" doc:"Promises about their open cases that were missed."`
	More     bool      `json:"more,omitempty" doc:"Whether there are more alerts than were counted: more than 10,000."`
}

// CaseFiguresOf are figures as the API shows them.
func CaseFiguresOf(f figures.CaseFigures) CaseFigures {
	out := CaseFigures{Key: f.Key, Name: f.Name, Opened: f.Opened, Closed: f.Closed, Dispositions: f.Dispositions, Times: map[string]Spread{}}
	for name, t := range f.Times {
		out.Times[name] = Spread{Count: t.Count, Mean: t.Mean, P50: t.Median, P90: t.Ninth}
	}
	return out
}

// AlertFiguresOf are figures as the API shows them.
func AlertFiguresOf(f figures.AlertFigures) AlertFigures {
	return AlertFigures{
		Key: f.Key, Came: f.Came, Folded: f.Folded, Closed: f.Closed, Noise: f.Noise, ByRule: f.ByRule,
		NoiseShare: share(f.Noise, f.Closed), RuleShare: share(f.ByRule, f.Came),
	}
}

func share(part, of int64) float64 {
	if of == 0 {
		return 0
	}
	return float64(part) / float64(of)
}

// LoadOf is what somebody has to do, as the API shows it.
func LoadOf(l figures.Load) Load {
	return Load{Person: person(l.Person), Cases: l.Cases, Alerts: l.Alerts, Tasks: l.Tasks, Oldest: l.Oldest, Breached: l.Breached, More: l.More}
}
