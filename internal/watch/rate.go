package watch

import (
	"math"
	"time"
)

const (
	hoursOfWeek = 7 * 24
	// newest is the weight of the newest hour in what is learned, and doubtful
	// that of an hour in which an episode of silence is open.
	newest, doubtful = 0.3, 0.05
	// learning is how long a source is seen before its silence means anything.
	learning = 24 * time.Hour
	// blind is how long the watcher may have looked away before it counts
	// silence from when it looked again.
	blind = 5 * time.Minute
)

// State is what is known of a source. It is kept as JSON.
type State struct {
	FirstAt time.Time `json:"first_at,omitzero"`
	// SeenAt is when it was looked at last, and SightAt since when without a gap.
	SeenAt  time.Time `json:"seen_at,omitzero"`
	SightAt time.Time `json:"sight_at,omitzero"`
	// Accepted and Quarantined are the counters of then.
	Accepted    int64 `json:"accepted"`
	Quarantined int64 `json:"quarantined"`
	// Hour is the hour that is being counted, and Count how many came in it.
	Hour  time.Time `json:"hour,omitzero"`
	Count int64     `json:"count"`
	// Rates are events in each hour of the week, Known how often each was seen.
	Rates [hoursOfWeek]float64 `json:"rates"`
	Known [hoursOfWeek]int     `json:"known"`
	// Lull is how many events were missing at most in a time without any that
	// was usual; it shrinks slowly, so that what was long ago is forgotten.
	Lull   float64   `json:"lull"`
	LastAt time.Time `json:"last_at,omitzero"`
	// Missing is how many events should have come since the last one. It is
	// added up by what was known at each time: silence is not learned from first.
	Missing float64 `json:"missing"`
	// Recent counts what came in the last hour, in steps.
	Recent []step `json:"recent,omitempty"`
	// Odd counts how often in a row something looked wrong, and Calm since when
	// it has been right while its episode is open.
	Odd  map[Kind]int       `json:"odd,omitempty"`
	Calm map[Kind]time.Time `json:"calm,omitempty"`
}

// step is what came in a few minutes.
type step struct {
	At          time.Time `json:"at"`
	Accepted    int64     `json:"accepted"`
	Quarantined int64     `json:"quarantined"`
}

const (
	stepLength  = 5 * time.Minute
	recentSteps = 12
)

// Observation is how a source stands at a time.
type Observation struct {
	At                    time.Time
	Accepted, Quarantined int64
	LastAt                time.Time
}

// hourOfWeek numbers the hours of a week in UTC.
func hourOfWeek(t time.Time) int { return int(t.UTC().Weekday())*24 + t.UTC().Hour() }

// observe learns from an observation; silent tells that an episode of silence is open.
func (s *State) observe(o Observation, silent bool) {
	if s.FirstAt.IsZero() {
		*s = State{FirstAt: o.At, SeenAt: o.At, SightAt: o.At, Accepted: o.Accepted, Quarantined: o.Quarantined, Hour: o.At.Truncate(time.Hour), LastAt: o.LastAt}
		return
	}
	passed := o.At.Sub(s.SeenAt)
	if passed > blind || passed < 0 {
		s.SightAt, s.Hour, s.Count, s.Recent = o.At, o.At.Truncate(time.Hour).Add(time.Hour), 0, nil // this hour is not whole
		s.Missing, passed = 0, 0
	}
	// Counters only rise, but a quarantined event that is replayed leaves.
	came, bad := max(0, o.Accepted-s.Accepted), max(0, o.Quarantined-s.Quarantined)
	s.Missing += s.rate(hourOfWeek(o.At)) * passed.Hours()
	s.roll(o.At, silent)
	if !o.At.Before(s.Hour) {
		s.Count += came
	}
	if o.LastAt.After(s.LastAt) {
		s.came(o.LastAt, silent)
	}
	s.note(step{o.At, came, bad})
	s.SeenAt, s.Accepted, s.Quarantined = o.At, o.Accepted, o.Quarantined
}

// came learns from the lull that an event ends. One that was an episode teaches
// little: what comes again and again is usual in the end, and one outage does
// not make the next go unnoticed.
func (s *State) came(at time.Time, silent bool) {
	lull := s.Missing
	if silent {
		lull = min(lull, 2*max(s.Lull, enough/unusual))
	}
	s.Lull, s.LastAt, s.Missing = max(s.Lull, lull), at, 0
}

// roll ends the hours that are over.
func (s *State) roll(now time.Time, silent bool) {
	for n := 0; !now.Before(s.Hour.Add(time.Hour)) && n < hoursOfWeek; n++ {
		h := hourOfWeek(s.Hour)
		weight := newest
		if silent {
			weight = doubtful
		}
		if s.Known[h] == 0 {
			weight = 1
		}
		if s.Known[h] > 0 || !silent { // silence is no way to get to know an hour
			s.Rates[h] = weight*float64(s.Count) + (1-weight)*s.Rates[h]
			s.Known[h]++
		}
		s.Hour, s.Count = s.Hour.Add(time.Hour), 0
		s.Lull *= 0.998 // half of it in two weeks
	}
}

// note adds to what came in the last hour.
func (s *State) note(n step) {
	if i := len(s.Recent) - 1; i >= 0 && n.At.Sub(s.Recent[i].At) < stepLength {
		s.Recent[i].Accepted += n.Accepted
		s.Recent[i].Quarantined += n.Quarantined
		return
	}
	s.Recent = append(s.Recent, n)
	if len(s.Recent) > recentSteps {
		s.Recent = s.Recent[len(s.Recent)-recentSteps:]
	}
}

// lately is what came in the last hour.
func (s *State) lately() (accepted, quarantined int64) {
	for _, n := range s.Recent {
		accepted += n.Accepted
		quarantined += n.Quarantined
	}
	return accepted, quarantined
}

// rate is how many events an hour is known to bring: that hour of the week, or,
// as long as it was not seen, the quietest that was.
func (s *State) rate(hour int) float64 {
	if s.Known[hour] > 0 {
		return s.Rates[hour]
	}
	quietest, found := math.Inf(1), false
	for h, n := range s.Known {
		if n > 0 {
			quietest, found = min(quietest, s.Rates[h]), true
		}
	}
	if !found {
		return 0
	}
	return quietest
}
