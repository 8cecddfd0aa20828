package judge

import (
	"fmt"

	"github.com/harrier-soar/harrier/expr"
)

// outcome is what evaluating a rule came to.
type outcome struct {
	fired  bool
	weight float64
	err    error
	// saw is what a rule that reads the decision saw of it.
	saw seen
}

// seen is what rules can read of a decision in the making.
type seen struct {
	category        string
	severity, route int
	score           float64
}

// seen returns what rules can read of it now.
func (st *state) seen() seen { return seen{st.category, st.severity(), st.route(), st.score()} }

// fickle tells what of the decision so far a rule reads: it is evaluated anew
// where that is another.
type fickle struct{ category, severity, score, route bool }

func (f fickle) any() bool { return f != fickle{} }

// same reports whether a rule would see the same twice.
func (f fickle) same(a, b seen) bool {
	return (!f.category || a.category == b.category) && (!f.severity || a.severity == b.severity) &&
		(!f.score || a.score == b.score) && (!f.route || a.route == b.route)
}

// fickleOf returns what a program reads of the decision.
func fickleOf(p *expr.Program) (f fickle) {
	for _, path := range p.Refs() {
		if path[0] != "decision" {
			continue
		}
		switch {
		case len(path) < 2:
			return fickle{true, true, true, true}
		case path[1] == "category":
			f.category = true
		case path[1] == "severity":
			f.severity = true
		case path[1] == "score":
			f.score = true
		default:
			f.route = true
		}
	}
	return f
}

// and is what two programs read together.
func (f fickle) and(g fickle) fickle {
	return fickle{f.category || g.category, f.severity || g.severity, f.score || g.score, f.route || g.route}
}

// state is a decision in the making. It is a value: a copy is a fork.
type state struct {
	// source is the severity that the source gave.
	source   int
	category string
	// guarded findings are not lowered; incomplete ones keep their severity and
	// are not closed; broken ones are not hidden, because a rule failed.
	guarded, incomplete, broken bool
	up, down                    float64
	base                        int
	least, most                 bounds
	disposition                 string
}

// begin is the state before any rule.
func begin(s *session) state {
	return state{
		source: rank(severities(), severityOf(s.subject.Finding.Severity)), category: s.subject.Finding.Category,
		guarded: len(s.standing.guards) > 0, incomplete: s.standing.incomplete, base: none, least: unbound(), most: unbound(),
	}
}

// apply adds a rule that holds.
func (st *state) apply(r *rule, weight float64) {
	if weight > 0 {
		st.up += weight
	} else {
		st.down += weight
	}
	if r.category != "" {
		st.category = r.category
	}
	if r.disposition != "" {
		st.disposition = r.disposition
	}
	if r.route != none && (!st.guarded || r.route > st.base) {
		st.base = r.route
	}
	st.least = bounds{max(st.least.severity, r.least.severity), max(st.least.route, r.least.route), max(st.least.urgency, r.least.urgency)}
	st.most = bounds{lower(st.most.severity, r.most.severity), lower(st.most.route, r.most.route), lower(st.most.urgency, r.most.urgency)}
}

// lower is the lesser of two ceilings.
func lower(a, b int) int {
	if a == none || b != none && b < a {
		return b
	}
	return a
}

// score is the sum of the weights, from 0 to 100. What is guarded is not
// weighed down.
func (st *state) score() float64 {
	sum := st.up
	if !st.guarded {
		sum += st.down
	}
	return min(100, max(0, sum))
}

// severity is how bad it is so far.
func (st *state) severity() int {
	s := st.source
	if st.most.severity != none {
		s = min(s, st.most.severity)
	}
	s = max(s, st.least.severity)
	if st.guarded || st.incomplete || st.broken {
		s = max(s, st.source)
	}
	return s
}

// route is where it goes so far; what no rule says anything about is looked at.
func (st *state) route() int {
	queue, closed := 2, 0
	if st.closes() {
		return closed
	}
	r := st.base
	if r == none {
		r = queue
	}
	if st.most.route != none && !st.guarded {
		r = min(r, st.most.route)
	}
	r = max(r, st.least.route, 1)
	if st.guarded || st.broken {
		r = max(r, queue)
	}
	return r
}

// closes reports whether it is closed without a person.
func (st *state) closes() bool { return st.disposition != "" && st.open() == "" }

// open says why a rule that closes does not.
func (st *state) open() string {
	switch high := 3; {
	case st.guarded:
		return "it is guarded"
	case st.incomplete:
		return "not everybody answered"
	case st.broken:
		return "a rule could not be evaluated"
	case st.severity() > high || st.source > high:
		return "nothing critical is closed without a person"
	case st.least.route > 0:
		return "another rule wants people to see it"
	}
	return ""
}

// urgency is the rank of its priority.
func (st *state) urgency() int {
	u := max(0, st.severity()-1)
	switch st.route() {
	case 4:
		u = 3
	case 3:
		u = max(u, 2)
	case 2:
	default:
		u = 0
	}
	if st.most.urgency != none && !st.guarded {
		u = min(u, st.most.urgency)
	}
	return max(u, st.least.urgency)
}

// ruling is what a state comes to.
type ruling struct {
	category, severity, route, disposition string
	priority                               int
}

// ruling returns what the state comes to.
func (st *state) ruling() ruling {
	r := ruling{category: st.category, severity: severities()[st.severity()], route: routes()[st.route()], priority: priorityOf(st.urgency())}
	if st.closes() {
		r.disposition = st.disposition
	}
	return r
}

// String is the ruling in few words.
func (r ruling) String() string {
	return fmt.Sprintf("%s, %s, priority %d", r.route, r.severity, r.priority)
}
