package judge

import (
	"slices"
	"strings"

	"github.com/harrier-soar/harrier/expr"
)

// rule is one line of the notebook: what is looked for, and what it says.
type rule struct {
	id, title, stage string
	// file and line are where it stands.
	file string
	line int
	// own tells that it is of a later tree than the first.
	own  bool
	when *expr.Program
	// weight is computed where the rule holds; nil weighs nothing.
	weight *expr.Program
	// category and disposition are set; empty ones are not. route is where it
	// goes unless something else says more.
	category, disposition string
	route                 int
	// least and most bound the decision.
	least, most bounds
	says        *expr.Program
	evidence    []evidence
	change      string
	// expires is the last day on which it holds, such as 2027-01-31.
	expires    string
	owner      string
	references []string

	fickle fickle
	// opinionated rules rest on what is thought of observables, sourced ones on
	// what the source says.
	opinionated, sourced bool
}

// evidence is a value that is shown with a rule.
type evidence struct {
	name    string
	program *expr.Program
}

// none tells that a bound or a route is not set.
const none = -1

// bounds are a severity, a route and a priority, each a rank or none. The rank
// of priority 1 is 3, that of priority 4 is 0, so that more is more urgent.
type bounds struct{ severity, route, urgency int }

// unbound sets nothing.
func unbound() bounds { return bounds{none, none, none} }

// set reports whether anything is set.
func (b bounds) set() bool { return b != unbound() }

// lowers reports whether a rule of this weight can make a decision milder.
func (r *rule) lowers(weight float64) bool {
	return weight < 0 || r.most.set() || r.disposition != ""
}

// severityOf is a severity in Harrier's words; one that is not known is medium.
func severityOf(text string) string {
	if slices.Contains(severities(), text) {
		return text
	}
	if low := strings.ToLower(strings.TrimSpace(text)); slices.Contains(severities(), low) {
		return low
	}
	return "medium"
}

// rank is the place of a text in a list that is ordered, or none.
func rank(list []string, text string) int { return slices.Index(list, text) }

// urgencyOf and priorityOf turn a priority from 1 to 4 into a rank and back.
func urgencyOf(priority int) int { return 4 - priority }

func priorityOf(urgency int) int { return 4 - urgency }
