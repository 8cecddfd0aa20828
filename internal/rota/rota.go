package rota

import (
	"fmt"
	"slices"
	"time"
)

// Rota is people who take turns in being on call.
type Rota struct {
	Name  string `json:"name"`
	Title string `json:"title,omitempty"`
	// Zone is the IANA name of the clock by which shifts are handed over.
	Zone string `json:"zone"`
	// Layers are asked in order: the first that has somebody says who is on.
	Layers []Layer `json:"layers"`
}

// Layer is people who follow one another.
type Layer struct {
	Name   string   `json:"name"`
	People []string `json:"people"`
	// Start is the day of the first shift, such as 2026-01-05.
	Start string `json:"start"`
	// HandOver is when shifts begin, on the clock of the zone, such as 09:00.
	HandOver string `json:"hand_over"`
	// Every is how long a shift is: whole days, or hours that a day is made of.
	Every time.Duration `json:"every"`
	// Hours are when the layer counts; the zero value is always. Their zone is the rota's.
	Hours Hours `json:"hours,omitzero"`
}

// Override puts somebody on call, whoever's turn it is.
type Override struct {
	Rota, Person string
	From, Until  time.Time
	// At is when it was made: of two that hold, the later one counts.
	At time.Time
}

// Absence keeps somebody from being on call.
type Absence struct {
	Person string
	// Cover takes the turns; empty leaves them to the next in the layer.
	Cover       string
	From, Until time.Time
}

// Changes are what makes a rota differ from its plan.
type Changes struct {
	Overrides []Override
	Absences  []Absence
}

// Turn is who is on call, and why.
type Turn struct {
	// Person is empty where nobody is.
	Person string `json:"person"`
	// Layer is whose turn it is; empty for an override.
	Layer string `json:"layer,omitempty"`
	// Instead is whom the person stands in for: by an override, or absent.
	Instead string `json:"instead,omitempty"`
	// From and Until are when it is the same person; Until is zero where nothing
	// known changes it.
	From  time.Time `json:"from"`
	Until time.Time `json:"until,omitzero"`
}

const (
	day = 24 * time.Hour
	// maxEvery bounds a shift.
	maxEvery = 366 * day
	// maxPeople bounds a layer.
	maxPeople = 200
)

// Check says what is wrong with a rota, all at once.
func (r Rota) Check() (problems []string) {
	if _, err := zoneOf(r.Zone); err != nil || r.Zone == "" {
		problems = append(problems, fmt.Sprintf("zone is %q; write an IANA name, such as Europe/Berlin or UTC", r.Zone))
	}
	if len(r.Layers) == 0 || len(r.Layers) > 20 {
		problems = append(problems, "a rota has one layer at least and 20 at most")
	}
	for _, l := range r.Layers {
		for _, p := range l.check() {
			problems = append(problems, "layer "+l.Name+": "+p)
		}
	}
	return problems
}

func (l Layer) check() (problems []string) {
	if len(l.People) == 0 || len(l.People) > maxPeople {
		problems = append(problems, fmt.Sprintf("there must be one person at least and %d at most", maxPeople))
	}
	if _, err := time.Parse(time.DateOnly, l.Start); err != nil {
		problems = append(problems, fmt.Sprintf("start is %q; write the day of the first shift, such as 2026-01-05", l.Start))
	}
	if _, err := clockOf(l.HandOver); err != nil {
		problems = append(problems, fmt.Sprintf("hand_over is %q; write hours and minutes, such as 09:00", l.HandOver))
	}
	if whole := l.Every >= day && l.Every%day == 0 && l.Every <= maxEvery; !whole && (l.Every < time.Hour || l.Every%time.Hour != 0 || day%l.Every != 0) {
		problems = append(problems, fmt.Sprintf("every is %s; write whole days such as 7d, or hours that make a day: 1h, 2h, 3h, 4h, 6h, 8h or 12h", l.Every))
	}
	return append(problems, l.Hours.Check()...)
}

// On says who is on call at a time.
func (r Rota) On(t time.Time, c Changes) Turn { return r.compile(c).turn(t) }

// Between lists who is on call from a time to another, at most limit turns.
func (r Rota) Between(from, until time.Time, c Changes, limit int) (turns []Turn) {
	p := r.compile(c)
	for at := from; at.Before(until) && len(turns) < limit; {
		turn := p.turn(at)
		if turn.Until.IsZero() || turn.Until.After(until) {
			turn.Until = until
		}
		turns = append(turns, turn)
		at = turn.Until
	}
	return turns
}

// Away reports whether somebody is absent at a time.
func (c Changes) Away(person string, t time.Time) bool {
	return slices.ContainsFunc(c.Absences, func(a Absence) bool { return a.Person == person && within(t, a.From, a.Until) })
}

func within(t, from, until time.Time) bool { return !t.Before(from) && t.Before(until) }
