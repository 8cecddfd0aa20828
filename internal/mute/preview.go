package mute

import (
	"context"
	"encoding/json"

	"github.com/harrier-soar/harrier"
)

// Forecast is what a mute would have done in the past.
type Forecast struct {
	// Looked is how many alerts were looked at, Matched how many it matches.
	Looked, Matched int
	// Overruled is how many of these it would not have hidden, because
	// something in them is known to be bad.
	Overruled int
	// Dispositions counts those that it matches by what they turned out to be.
	Dispositions map[string]int
	// Wrong are true positives that it would have kept from people.
	Wrong []Sample
	// Samples are others that it matches, the newest first.
	Samples []Sample
}

const (
	// forecastAlerts is how many alerts a forecast looks at.
	forecastAlerts = 2000
	// shown is how many samples a forecast has of each sort.
	shown = 10
)

// Preview says what a mute would have done to the alerts of the last 90 days.
func (s *Service) Preview(ctx context.Context, by harrier.Principal, n New) (Forecast, error) {
	m, err := n.check(s.now())
	if err != nil {
		return Forecast{}, err
	}
	f := Forecast{Dispositions: map[string]int{}, Wrong: []Sample{}, Samples: []Sample{}}
	rule := ""
	if names, ok := m.Match.exact("rule"); ok && len(names) == 1 && m.Verb == Suppress {
		rule = names[0]
	}
	alerts, err := s.store.PastAlerts(ctx, by.Tenant, rule, s.now().Add(-lookBack), forecastAlerts)
	if err != nil {
		return f, err
	}
	sources := map[harrier.SourceID]harrier.Source{}
	for _, a := range alerts {
		src, known := sources[a.Source]
		if !known {
			if src, err = s.store.Source(ctx, by.Tenant, a.Source); err != nil && harrier.KindOf(err) != harrier.NotFound {
				return f, err
			}
			sources[a.Source] = src
		}
		f.look(m, src, a)
	}
	return f, nil
}

// look holds a mute against an alert as it was.
func (f *Forecast) look(m Mute, src harrier.Source, a harrier.Alert) {
	subject := Subject{Source: src, Now: a.CreatedAt}
	if len(a.Finding) == 0 || json.Unmarshal(a.Finding, &subject.Finding) != nil {
		return // from before alerts kept what their sources said
	}
	_ = json.Unmarshal(a.Picture, &subject.Picture) // where there is none, nothing was known
	_ = json.Unmarshal(a.Data, &subject.Finding.Data)
	f.Looked++
	// It is asked as if it had held then, whatever its times are.
	m.Start, m.End = a.CreatedAt.Add(-lookBack), a.CreatedAt.Add(lookBack)
	c, ok := compile(m)
	if !ok {
		return
	}
	if _, ok := c.applies(&subject, subject.facts()); !ok {
		return
	}
	f.Matched++
	disposition := a.Disposition
	if disposition == "" {
		disposition = "open"
	}
	f.Dispositions[disposition]++
	sample := Sample{Alert: a.ID, Title: a.Title, Severity: a.Severity, Disposition: disposition, Reason: a.Reason, At: a.CreatedAt}
	_, bad := subject.KnownBad()
	switch {
	case bad:
		f.Overruled++
	case disposition == "true_positive" && len(f.Wrong) < shown:
		f.Wrong = append(f.Wrong, sample)
	case disposition != "true_positive" && len(f.Samples) < shown:
		f.Samples = append(f.Samples, sample)
	}
}
