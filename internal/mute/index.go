package mute

import (
	"cmp"
	"slices"

	"github.com/harrier-soar/harrier"
)

// snapshot is all mutes that may hold, by tenant. Nothing changes it.
type snapshot map[harrier.TenantID]*index

// index finds mutes by what an alert says.
type index struct {
	// anchored are mutes under a value without which they cannot match.
	anchored map[fact][]*compiled
	// rest are those that name patterns only, and are all tried.
	rest []*compiled
}

// compiled is a mute that can be asked.
type compiled struct {
	Mute
	conditions []condition
	calendar   calendar
}

// compile prepares a mute. What does not compile was never accepted; it is
// left out, so that it mutes nothing.
func compile(m Mute) (*compiled, bool) {
	c := &compiled{Mute: m}
	if m.Window != nil {
		var problems []string
		if c.calendar, problems = m.Window.compile(); len(problems) > 0 {
			return nil, false
		}
	}
	for _, field := range sortedFields(m.Match) {
		c.conditions = append(c.conditions, newCondition(field, m.Match[field]))
	}
	return c, len(c.conditions) > 0
}

func newSnapshot(mutes []Mute) snapshot {
	s := snapshot{}
	for _, m := range mutes {
		c, ok := compile(m)
		if !ok {
			continue
		}
		x := s[m.Tenant]
		if x == nil {
			x = &index{anchored: map[fact][]*compiled{}}
			s[m.Tenant] = x
		}
		x.add(c)
	}
	return s
}

// selective lists fields by how few alerts share a value of them.
func selective() []string {
	return slices.Concat(
		[]string{"hash", "url", "file_path", "email", "domain", "ip", "registry_key", "cve"},
		entityFields(),
		[]string{"rule", "process", "file_name", "user_agent", "technique", "source", "category", "tactic", "severity"},
	)
}

// add puts a mute under the most selective field whose values are exact.
func (x *index) add(c *compiled) {
	for _, field := range selective() {
		values, ok := c.Match.exact(field)
		if !ok {
			continue
		}
		for _, v := range values {
			x.anchored[fact{field, v}] = append(x.anchored[fact{field, v}], c)
		}
		return
	}
	x.rest = append(x.rest, c)
}

// match returns what applies to a subject, the strongest first.
func (x *index) match(s *Subject) []Applied {
	if x == nil {
		return nil
	}
	facts := s.facts()
	var out []Applied
	var asked, known bool
	var why string
	try := func(c *compiled) {
		on, ok := c.applies(s, facts)
		if !ok || slices.ContainsFunc(out, func(a Applied) bool { return a.Mute == c.ID }) {
			return
		}
		a := Applied{Mute: c.ID, Verb: c.Verb, Effect: c.Verb.effect(), Owner: c.Owner, Reason: c.Reason, Until: c.End, On: on}
		if a.Effect.strength() > Annotate.strength() {
			if !asked {
				why, known = s.KnownBad()
				asked = true
			}
			if known {
				a.Effect, a.Overruled = Annotate, why
			}
		}
		out = append(out, a)
	}
	for _, f := range facts {
		for _, c := range x.anchored[f] {
			try(c)
		}
	}
	for _, c := range x.rest {
		try(c)
	}
	slices.SortFunc(out, func(a, b Applied) int {
		return cmp.Or(b.Effect.strength()-a.Effect.strength(), slices.Compare(a.Mute[:], b.Mute[:]))
	})
	return out
}

// applies reports whether a mute is about a subject now, and about what in it.
func (c *compiled) applies(s *Subject, facts []fact) (on []string, ok bool) {
	if !c.holds(s) {
		return nil, false
	}
	for i := range c.conditions {
		names, ok := c.conditions[i].holds(s, facts, c.Verb)
		if !ok {
			return nil, false
		}
		on = append(on, names...)
	}
	return on, true
}

// holds reports whether a mute is in force for a subject.
func (c *compiled) holds(s *Subject) bool {
	at := s.Now
	if c.Verb == Maintenance {
		at = s.eventTime()
	}
	if c.State(at) != StateActive {
		return false
	}
	return c.Window == nil || c.calendar.covers(at)
}

// holds reports whether a field matches, and names what of it does. For verbs
// that keep an alert from people all values of the field must match: a second
// host is none that anybody meant. For the others one is enough.
func (c condition) holds(s *Subject, facts []fact, v Verb) (names []string, ok bool) {
	all := (v == Silence || v == Suppress) && narrow(c.field)
	tell := func(value string) bool {
		if !c.matches(value) {
			return !all
		}
		if narrow(c.field) {
			names = append(names, c.field+" "+value)
		}
		ok = true
		return true
	}
	if len(c.field) > len(dataPrefix) && c.field[:len(dataPrefix)] == dataPrefix {
		for _, value := range s.path(c.field[len(dataPrefix):]) {
			if !tell(value) {
				return nil, false
			}
		}
		return names, ok
	}
	for _, f := range facts {
		if f.field == c.field && !tell(f.value) {
			return nil, false
		}
	}
	return names, ok
}
