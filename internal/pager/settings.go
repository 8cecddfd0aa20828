package pager

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/rota"
)

// FileName is the file in the data directory.
const FileName = "oncall.yaml"

// The kinds of channels.
const (
	Chat = "chat"
	Mail = "mail"
	Page = "page"
)

// Channel is a way to reach people.
type Channel struct {
	Name string `json:"name"`
	// Kind is chat, mail or page.
	Kind string `json:"kind"`
	// Connection is what carries it; empty is the first that can.
	Connection string `json:"connection,omitempty"`
	// To is the place that is told, such as a chat channel; empty for a channel
	// that reaches persons where each says.
	To string `json:"to,omitempty"`
	// Reads is the connection that tells whether a page was taken, where it is
	// another than the one that sends it.
	Reads string `json:"reads,omitempty"`
}

// Level is whom a notification goes to at once.
type Level struct {
	// Tell are person:NAME, rota:NAME or channel:NAME.
	Tell []string `json:"tell"`
	// Via are the channels for persons: the next is used where one fails.
	Via []string `json:"via,omitempty"`
	// Wait is how long it waits for somebody to acknowledge before it goes on to
	// the next level; zero waits for nobody.
	Wait time.Duration `json:"wait,omitempty"`
}

// Route says what becomes of notifications. Of several that match the first counts.
type Route struct {
	Name string `json:"name"`
	// Severity, Kind and Owner are values of which one must match; none is all.
	Severity []string `json:"severity,omitempty"`
	Kind     []string `json:"kind,omitempty"`
	Owner    []string `json:"owner,omitempty"`
	// Hours are when the route counts.
	Hours  rota.Hours `json:"hours,omitzero"`
	Levels []Level    `json:"levels"`
	// Rounds is how often all levels are gone through where nobody acknowledges.
	Rounds int `json:"rounds"`
	// Urgent reaches people in their quiet hours.
	Urgent bool `json:"urgent,omitempty"`
	// Digest collects notifications and tells those of a span together; zero tells each.
	Digest time.Duration `json:"digest,omitempty"`
}

// Settings is what a team says about who is told of what.
type Settings struct {
	rota.Roster
	Channels map[string]Channel
	Routes   []Route
	// Base is how browsers reach Harrier, such as https://harrier.corp.example;
	// empty puts no link into what is told.
	Base string
}

// Facts are what routes look at.
type Facts struct {
	Kind, Severity string
	// Owners answer for what it is about.
	Owners []string
}

// Route returns the route of a notification at a time; ok is false where none
// matches.
func (s Settings) Route(f Facts, at time.Time) (Route, bool) {
	for _, r := range s.Routes {
		if r.matches(f, at) {
			return r, true
		}
	}
	return Route{}, false
}

func (r Route) matches(f Facts, at time.Time) bool {
	owner := len(r.Owner) == 0 || slices.ContainsFunc(f.Owners, func(o string) bool {
		return slices.ContainsFunc(r.Owner, func(want string) bool { return strings.EqualFold(o, want) })
	})
	return one(r.Severity, f.Severity) && one(r.Kind, f.Kind) && owner && r.Hours.Cover(at)
}

func one(of []string, value string) bool { return len(of) == 0 || slices.Contains(of, value) }

// check says everything that the parts say of one another and that is not so.
func (s Settings) check() (problems []string) {
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	people := slices.Sorted(maps.Keys(s.People))
	for _, name := range slices.Sorted(maps.Keys(s.Rotas)) {
		for _, p := range s.Rotas[name].Check() {
			say("rota %s: %s", name, p)
		}
		for _, l := range s.Rotas[name].Layers {
			for _, p := range l.People {
				if _, ok := s.People[p]; !ok {
					say("rota %s: nobody is called %q%s", name, p, suggestion(p, people))
				}
			}
		}
	}
	for _, name := range people {
		for _, p := range s.People[name].Quiet.Check() {
			say("quiet hours of %s: %s", name, p)
		}
	}
	for _, r := range s.Routes {
		for _, p := range s.checkRoute(r) {
			say("route %s: %s", r.Name, p)
		}
	}
	return problems
}

func (s Settings) checkRoute(r Route) (problems []string) {
	problems = r.Hours.Check()
	if len(r.Levels) == 0 || len(r.Levels) > 10 {
		problems = append(problems, "it needs one level at least and 10 at most")
	}
	for _, l := range r.Levels {
		if len(l.Tell) == 0 || len(l.Tell) > 20 {
			problems = append(problems, "a level tells one at least and 20 at most")
		}
		for _, who := range l.Tell {
			problems = append(problems, s.checkTarget(who, l)...)
		}
		for _, name := range l.Via {
			if c, ok := s.Channels[name]; !ok || c.To != "" {
				problems = append(problems, fmt.Sprintf("via names %q, which is no channel to persons%s", name, suggestion(name, slices.Sorted(maps.Keys(s.Channels)))))
			}
		}
	}
	return problems
}

// checkTarget says what is wrong with somebody who is to be told.
func (s Settings) checkTarget(who string, l Level) (problems []string) {
	kind, name, _ := strings.Cut(who, ":")
	switch kind {
	case "person":
		if _, ok := s.People[name]; !ok {
			problems = append(problems, fmt.Sprintf("nobody is called %q%s", name, suggestion(name, slices.Sorted(maps.Keys(s.People)))))
		}
	case "rota":
		if _, ok := s.Rotas[name]; !ok {
			problems = append(problems, fmt.Sprintf("there is no rota %q%s", name, suggestion(name, slices.Sorted(maps.Keys(s.Rotas)))))
		}
	case "channel":
		if c, ok := s.Channels[name]; !ok || c.To == "" && c.Kind != Page {
			problems = append(problems, fmt.Sprintf("there is no channel %q with a place to tell (to:)%s", name, suggestion(name, slices.Sorted(maps.Keys(s.Channels)))))
		}
		return problems
	default:
		return append(problems, fmt.Sprintf("%q is nobody to tell; write person:NAME, rota:NAME or channel:NAME", who))
	}
	if len(l.Via) == 0 {
		problems = append(problems, who+" needs via: with channels to persons")
	}
	return problems
}

func suggestion(name string, names []string) string {
	if near := harrier.Suggest(name, names); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}
