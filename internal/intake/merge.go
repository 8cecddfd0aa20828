package intake

import (
	"encoding/json"
	"slices"

	"github.com/harrier-soar/harrier"
)

// mostParts bounds the entities and the observables that an alert gathers.
const mostParts = 500

// merged is a newer finding with what is known of its alert and not told again:
// entities, observables and techniques stay, however often a source forgets them.
func merged(a harrier.Alert, f harrier.Finding) harrier.Finding {
	var was harrier.Finding
	if json.Unmarshal(a.Finding, &was) != nil {
		return f
	}
	if a.ExternalID != f.ExternalID && !worse(f.Severity, was.Severity) {
		f.Severity = was.Severity // a repeat that is milder makes nothing better
	}
	f.Entities = union(f.Entities, was.Entities, func(e harrier.Entity) string { return string(e.Type) + ":" + e.Key })
	f.Observables = union(f.Observables, was.Observables, func(o harrier.Observable) string { return o.Type + ":" + o.Value })
	same := func(s string) string { return s }
	f.Tactics, f.Techniques = union(f.Tactics, was.Tactics, same), union(f.Techniques, was.Techniques, same)
	if f.Time.IsZero() {
		f.Time = was.Time
	}
	return f
}

// union is one list followed by what only the other has.
func union[T any](list, more []T, key func(T) string) []T {
	if len(more) == 0 {
		return list
	}
	has := map[string]bool{}
	for _, v := range list {
		has[key(v)] = true
	}
	out := slices.Clone(list)
	for _, v := range more {
		if k := key(v); !has[k] && len(out) < mostParts {
			has[k] = true
			out = append(out, v)
		}
	}
	return out
}
