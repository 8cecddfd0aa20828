package store

import (
	"context"
	"strconv"
	"strings"
	"time"
)

// Sighting is an observable with where it was seen.
type Sighting struct {
	Type, Value string
	// Alerts is in how many alerts it is; More tells that they were not all counted.
	Alerts int
	More   bool
	Last   time.Time
}

// maxSightings bounds how many alerts of a value are counted.
const maxSightings = 1000

// Sightings returns the observables whose value is a word, with the alerts that
// the viewer sees.
func (s *Store) Sightings(ctx context.Context, a Asked, word string) ([]Sighting, error) {
	var found []Sighting
	for _, kind := range observableTypes() {
		value := word
		if kind != "url" && kind != "file_path" && kind != "file_name" {
			value = strings.ToLower(word)
		}
		l := newListing("at", "alert_observables", a.Tenant).where("type = $", true, kind).where("value = $", true, value).seen(s, a.Viewer)
		text := "SELECT count(*), max(at) FROM (" + l.text.String() + " ORDER BY at DESC LIMIT " + strconv.Itoa(maxSightings) + ")"
		one := Sighting{Type: kind, Value: value}
		if _, err := s.searchers.one(ctx, sqlf(text, l.args...), &one.Alerts, &one.Last); err != nil {
			return nil, err
		}
		if one.More = one.Alerts == maxSightings; one.Alerts > 0 {
			found = append(found, one)
		}
	}
	return found, nil
}
