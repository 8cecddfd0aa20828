package mute

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// New is a mute that somebody wants.
type New struct {
	Verb   Verb
	Match  Match
	Window *Window
	// Start is now where it is zero.
	Start, End    time.Time
	Owner, Reason string
}

const (
	maxOwner  = 320
	maxReason = 2000
	// maxAhead is how far ahead a start may be.
	maxAhead = 366 * 24 * time.Hour
)

// check makes a mute of what somebody wants, or says all that is wrong.
func (n New) check(now time.Time) (Mute, error) {
	m := Mute{
		Verb: n.Verb, Match: n.Match.canonical(), Window: n.Window, Start: cmp.Or(n.Start, now).UTC(), End: n.End.UTC(),
		Owner: strings.TrimSpace(n.Owner), Reason: strings.TrimSpace(n.Reason),
	}
	var wrong []string
	if !slices.Contains(Verbs(), n.Verb) {
		wrong = append(wrong, "verb "+quoted(string(n.Verb))+" does not exist; use silence, allow, suppress, maintenance or tune")
	}
	wrong = append(wrong, m.Match.problems()...)
	if len(wrong) == 0 {
		wrong = append(wrong, m.narrowness()...)
	}
	if m.Owner == "" || len(m.Owner) > maxOwner {
		wrong = append(wrong, "owner is missing or longer than 320 bytes; name who answers for it")
	}
	if m.Reason == "" || len(m.Reason) > maxReason {
		wrong = append(wrong, "reason is missing or longer than 2000 bytes; say why, for whoever looks at it next")
	}
	wrong = append(wrong, m.times(now)...)
	if len(wrong) > 0 {
		return m, harrier.Errorf(harrier.Invalid, "%s", strings.Join(wrong, "; "))
	}
	return m, nil
}

// times says what is wrong with when a mute holds.
func (m Mute) times(now time.Time) (wrong []string) {
	if m.Start.After(now.Add(maxAhead)) {
		wrong = append(wrong, "it begins more than a year ahead; make it later")
	}
	if p := m.endProblem(now); p != "" {
		wrong = append(wrong, p)
	}
	switch {
	case m.Window == nil:
	case m.Verb != Maintenance:
		wrong = append(wrong, "window is for maintenance only")
	default:
		_, problems := m.Window.compile()
		wrong = append(wrong, problems...)
	}
	return wrong
}

// endProblem says what is wrong with the end of a mute.
func (m Mute) endProblem(now time.Time) string {
	from := m.Start
	if from.Before(now) {
		from = now
	}
	most := m.Verb.longest()
	switch {
	case m.End.Unix() <= 0:
		return "end is missing; every mute has one"
	case !m.End.After(from):
		return "end is not after the start, or has passed"
	case most > 0 && m.End.After(from.Add(most)):
		return fmt.Sprintf("end is too far ahead: %s lasts at most %d days, and can be renewed by whoever still needs it", m.Verb, int(most.Hours()/24))
	}
	return ""
}

// narrowness says where a match is too wide for its verb.
func (m Mute) narrowness() (wrong []string) {
	var things int
	for field := range m.Match {
		if narrow(field) {
			things++
		}
	}
	rule, named := m.Match.exact("rule")
	switch m.Verb {
	case Suppress:
		if !named || len(rule) != 1 {
			wrong = append(wrong, "suppress needs exactly one rule, without patterns: rule=ID")
		}
		if things < 2 {
			wrong = append(wrong, "suppress needs two fields at least beside the rule that tell its alerts apart, such as host and process; "+
				"source, category, severity, tactic and technique do not, since a rule always says the same of them")
		}
	case Allow:
		if len(m.Match) != 1 || !slices.Contains(observableFields(), sortedFields(m.Match)[0]) {
			wrong = append(wrong, "allow takes one type of observable, such as domain=example.com")
		}
	case Tune:
		if len(m.Match) != 1 || !named || len(rule) != 1 {
			wrong = append(wrong, "tune takes one rule, without patterns: rule=ID")
		}
	case Maintenance:
		if !m.assets() {
			wrong = append(wrong, "maintenance is of assets, sources or rules; name a host, user, address, mailbox, resource, source or rule")
		}
	case Silence:
		if len(m.Match) == 1 && len(m.Match["severity"]) > 0 {
			wrong = append(wrong, "a silence of a severity would silence everything of every source; name what it is about too")
		}
	}
	return wrong
}

// assets reports whether a match names what maintenance can be of.
func (m Mute) assets() bool {
	for field := range m.Match {
		if field == "source" || field == "rule" || slices.Contains(entityFields(), field) {
			return true
		}
	}
	return false
}
