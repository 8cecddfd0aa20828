package rota

import "time"

// plan is a rota with its changes, ready to be asked.
type plan struct {
	name    string
	zone    *time.Location
	layers  []layer
	changes Changes
}

// layer is a layer, ready to be asked.
type layer struct {
	name   string
	people []string
	start  time.Time
	at     time.Duration
	every  time.Duration
	hours  hours
}

// maxSteps bounds how far is looked ahead for the end of a turn.
const maxSteps = 500

func (r Rota) compile(c Changes) plan {
	zone := zoneOrUTC(r.Zone)
	p := plan{name: r.Name, zone: zone, changes: c}
	for _, l := range r.Layers {
		start, err := time.ParseInLocation(time.DateOnly, l.Start, zone)
		if err != nil || len(l.People) == 0 || l.Every < time.Hour {
			continue // Check says so
		}
		at, _ := clockOf(l.HandOver) // checked
		p.layers = append(p.layers, layer{l.Name, l.People, start, at, l.Every, l.Hours.in(zone)})
	}
	return p
}

// turn is who is on call at a time, and until when at least.
func (p plan) turn(t time.Time) Turn {
	turn := p.on(t)
	now := turn
	turn.From = t
	at := t
	for range maxSteps {
		if at = p.next(at); at.IsZero() {
			return turn
		}
		turn.Until = at
		if p.on(at) != now {
			return turn
		}
	}
	return turn
}

// on is who is on call, without since and until when.
func (p plan) on(t time.Time) Turn {
	planned := p.planned(t)
	best := -1
	for i, o := range p.changes.Overrides {
		if o.Rota != p.name || !within(t, o.From, o.Until) || p.changes.Away(o.Person, t) {
			continue
		}
		if best < 0 || !o.At.Before(p.changes.Overrides[best].At) {
			best = i
		}
	}
	if best < 0 || p.changes.Overrides[best].Person == planned.Person {
		return planned
	}
	return Turn{Person: p.changes.Overrides[best].Person, Instead: planned.Person}
}

// planned is whose turn it is where nothing overrides it.
func (p plan) planned(t time.Time) Turn {
	local := t.In(p.zone)
	for _, l := range p.layers {
		k, ok := l.index(local)
		if !ok || !l.hours.cover(t) {
			continue
		}
		if person, instead := l.present(k, t, p.changes); person != "" {
			return Turn{Person: person, Layer: l.name, Instead: instead}
		}
	}
	return Turn{}
}

// present is whose turn it is, or who stands in.
func (l layer) present(k int, t time.Time, c Changes) (person, instead string) {
	turn := l.people[k%len(l.people)]
	if !c.Away(turn, t) {
		return turn, ""
	}
	for _, a := range c.Absences {
		if a.Person == turn && within(t, a.From, a.Until) && a.Cover != "" && !c.Away(a.Cover, t) {
			return a.Cover, turn
		}
	}
	for i := 1; i < len(l.people); i++ {
		if next := l.people[(k+i)%len(l.people)]; !c.Away(next, t) {
			return next, turn
		}
	}
	return "", ""
}

// index is the number of the shift at a time on the clock of the zone, the
// first being 0; ok is false before that.
func (l layer) index(local time.Time) (k int, ok bool) {
	k = l.guess(local)
	for k > 0 && l.begin(k).After(local) {
		k--
	}
	for !l.begin(k + 1).After(local) {
		k++
	}
	return k, !l.begin(k).After(local)
}

// guess is the number of the shift as if all days had 24 hours, which is not
// far from the truth.
func (l layer) guess(local time.Time) int {
	clock := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), 0, 0, time.UTC)
	start := time.Date(l.start.Year(), l.start.Month(), l.start.Day(), 0, 0, 0, 0, time.UTC)
	return max(0, int(clock.Sub(start.Add(l.at))/l.every))
}

// begin is when shift k begins: so many days or hours after the first on the
// clock, which is not always so many hours that pass.
func (l layer) begin(k int) time.Time {
	if l.every >= day {
		return wall(l.start, k*int(l.every/day), l.at)
	}
	perDay := int(day / l.every)
	return wall(l.start, k/perDay, l.at+time.Duration(k%perDay)*l.every)
}

// next is the first time after t at which the answer could change; zero where
// there is none.
func (p plan) next(t time.Time) (next time.Time) {
	sooner := func(at time.Time) {
		if at.After(t) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	for _, l := range p.layers {
		if k, ok := l.index(t.In(p.zone)); !ok || len(l.people) > 1 {
			sooner(l.begin(k))
			sooner(l.begin(k + 1))
		}
		sooner(l.hours.next(t))
	}
	for _, o := range p.changes.Overrides {
		if o.Rota == p.name {
			sooner(o.From)
			sooner(o.Until)
		}
	}
	for _, a := range p.changes.Absences {
		sooner(a.From)
		sooner(a.Until)
	}
	return next
}
