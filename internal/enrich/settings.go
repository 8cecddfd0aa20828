package enrich

import (
	"time"

	"github.com/harrier-soar/harrier"
)

// Settings say how much is asked, and for whom.
type Settings struct {
	// Most bounds the observables of one finding that others are asked about;
	// default 20.
	Most int
	// Deadline is how long a picture waits for answers; default 2 s.
	Deadline time.Duration
	// Kept is the share of each day's calls, in percent, that alerts of a
	// severity leave for more severe ones.
	Kept map[string]int
	// MaxTLP is the strictest mark under which others are still asked; default amber.
	MaxTLP string
	// Inside names connections that are the organisation's own: they are asked
	// about everything.
	Inside []string
	// Live is the least severity of alerts whose entities are looked up in the
	// organisation's own systems; default medium.
	Live string
	// FactsHold is how long facts about an entity hold, by its type.
	FactsHold map[string]time.Duration
	// Searches are made in the logs around the event.
	Searches []Search
	// Lookback is how far back history looks; default 90 days.
	Lookback time.Duration
}

// withDefaults returns the settings with what they do not say.
func (s Settings) withDefaults() Settings {
	if s.Most <= 0 {
		s.Most = 20
	}
	if s.Deadline <= 0 {
		s.Deadline = 2 * time.Second
	}
	if s.Kept == nil {
		s.Kept = map[string]int{"high": 20, "medium": 20, "low": 40}
	}
	if s.MaxTLP == "" {
		s.MaxTLP = "amber"
	}
	if s.Live == "" {
		s.Live = "medium"
	}
	if s.FactsHold == nil {
		s.FactsHold = map[string]time.Duration{"user": 15 * time.Minute, "mailbox": 15 * time.Minute, "host": 10 * time.Minute, "address": 10 * time.Minute, "resource": time.Hour}
	}
	if s.Lookback <= 0 {
		s.Lookback = 90 * 24 * time.Hour
	}
	return s
}

// liveLane is the last lane whose entities are looked up.
func (s Settings) liveLane() int { return Request{Severity: s.Live}.lane() }

// holds is how long facts about an entity hold.
func (s Settings) holds(t harrier.EntityType) time.Duration {
	if d := s.FactsHold[string(t)]; d > 0 {
		return d
	}
	return 10 * time.Minute
}
