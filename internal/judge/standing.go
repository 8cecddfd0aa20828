package judge

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/picture"
)

// most is how many entities and observables rules look through; what is known
// to be bad is found among all of them, and stands first.
const most = 500

// entity is an entity as rules see it: what is unknown or out of date is never
// told as harmless.
type entity struct {
	*picture.Entity
	criticality, environment string
	vip                      bool
}

// standing is what code finds out about a subject before any rule looks.
type standing struct {
	entities []entity
	// bad is known to be bad, doubtful is suspected, lapsed was bad once.
	bad, doubtful, lapsed []indicted
	// providers are all who speak against something, the weightiest first.
	providers  []string
	incomplete bool
	guards     []string
}

// stand finds out how a subject stands.
func stand(s *Subject) *standing {
	st := &standing{incomplete: s.Pending || len(s.Picture.Missing) > 0}
	for i := range s.Picture.Observables {
		o := &s.Picture.Observables[i]
		st.incomplete = st.incomplete || o.Failed > 0
		found, lapsed := indict(o, s.Now)
		switch {
		case lapsed:
			st.lapsed = append(st.lapsed, found)
		case found.condemned:
			st.bad = append(st.bad, found)
		case found.strength > 0:
			st.doubtful = append(st.doubtful, found)
		}
	}
	st.order()
	st.entities = effective(s.Picture.Entities)
	st.guards = st.guarding(s)
	return st
}

// order puts the strongest first and counts the providers.
func (st *standing) order() {
	for _, list := range [][]indicted{st.bad, st.doubtful, st.lapsed} {
		slices.SortStableFunc(list, func(a, b indicted) int {
			return cmp.Or(cmp.Compare(b.strength, a.strength), strings.Compare(a.Value, b.Value))
		})
	}
	told := map[string]bool{}
	for _, list := range [][]indicted{st.bad, st.doubtful} {
		for _, i := range list {
			for _, p := range i.providers {
				if !told[p] {
					told[p] = true
					st.providers = append(st.providers, p)
				}
			}
		}
	}
}

// guarding returns what keeps a subject from being lowered.
func (st *standing) guarding(s *Subject) (guards []string) {
	if len(st.bad) > 0 || s.Finding.Disposition == "true_positive" {
		guards = append(guards, picture.KnownBad)
	}
	testing, production, credentials := false, false, false
	for _, e := range st.entities {
		place := isMachine(e.Type)
		testing = testing || place && harmlessPlace(e.environment)
		production = production || place && e.environment == "production"
		credentials = credentials || !place && (e.environment == "production" || !harmlessPlace(e.environment) && (e.Privileged || e.vip))
	}
	if testing && credentials {
		guards = append(guards, picture.ProductionCredentials)
	}
	if testing && production {
		guards = append(guards, picture.ToProduction)
	}
	return guards
}

// isMachine reports whether an entity is a place where things run.
func isMachine(t harrier.EntityType) bool {
	return t == harrier.HostEntity || t == harrier.AddressEntity || t == harrier.ResourceEntity
}

// harmlessPlace reports whether an environment is one where little can be lost.
func harmlessPlace(environment string) bool {
	return environment == "test" || environment == "development"
}

// effective returns entities as rules may take them.
func effective(list []picture.Entity) []entity {
	vips := map[string]bool{}
	for i := range list {
		if e := &list[i]; e.VIP && e.Type == harrier.UserEntity {
			vips[strings.ToLower(e.Key)], vips[strings.ToLower(e.Name)] = true, true
		}
	}
	out := make([]entity, len(list))
	for i := range list {
		e := &list[i]
		owned := len(vips) > 0 && e.Owner != "" && e.Type != harrier.UserEntity && vips[strings.ToLower(e.Owner)]
		out[i] = entity{e, criticalityOf(e), environmentOf(e), e.VIP || owned}
	}
	return out
}

// criticalityOf is how critical an entity is. What is out of date may be more
// critical by now, never less.
func criticalityOf(e *picture.Entity) string {
	c := strings.ToLower(e.Criticality)
	switch c {
	case "critical", "high":
		return c
	case "medium", "low":
		if !e.Stale {
			return c
		}
	}
	return "unknown"
}

// environmentOf is where an entity stands, under one name. What is out of date
// may have gone into production.
func environmentOf(e *picture.Entity) string {
	name := strings.ToLower(strings.TrimSpace(e.Environment))
	switch name {
	case "prod", "production", "live":
		return "production"
	case "test", "testing", "qa", "lab", "sandbox", "dev", "development":
		switch {
		case e.Stale:
			return "unknown"
		case strings.HasPrefix(name, "dev"):
			return "development"
		}
		return "test"
	}
	return cmp.Or(name, "unknown")
}

// ended reports whether a day, such as 2027-01-31, is over.
func ended(day string, now time.Time) bool {
	at, err := time.Parse(time.DateOnly, day)
	return err == nil && !now.Before(at.AddDate(0, 0, 1))
}
