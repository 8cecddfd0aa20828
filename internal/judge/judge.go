package judge

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/picture"
)

// maxTime ends a judging whatever it costs. The costs of its expressions are
// limited one by one; this is for a thousand rules on a machine that is busy.
const maxTime = 20 * time.Second

// Rules are what alerts are judged by. They do not change and may be used by
// many goroutines.
type Rules struct {
	words     *words
	facts     []fact
	factIndex map[string]int
	rules     []rule
	byID      map[string]int
	version   string
}

// Subject is what is judged.
type Subject struct {
	Finding harrier.Finding
	Source  harrier.Source
	Picture picture.Picture
	// Pending tells that answers are still to come, though nobody has failed to
	// give one: it is no whole picture either.
	Pending bool
	Now     time.Time
}

// Rule is a rule as people list it.
type Rule struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Stage string `json:"stage"`
	Owner string `json:"owner"`
	When  string `json:"when"`
	// Weight is as it is written, Sets what the rule sets in words.
	Weight string `json:"weight,omitempty"`
	Sets   string `json:"sets,omitempty"`
	// Says and Change are as they are written.
	Says    string `json:"says"`
	Change  string `json:"change,omitempty"`
	Expires string `json:"expires,omitempty"`
	// File and Line are where it stands.
	File string `json:"file"`
	Line int    `json:"line"`
	// Lowers tells that it makes decisions milder, against which guards hold;
	// Raises that it makes them graver.
	Lowers bool `json:"lowers"`
	Raises bool `json:"raises"`
	// Own tells that it does not ship: it is of a later tree.
	Own        bool     `json:"own"`
	References []string `json:"references,omitempty"`
}

// List returns the rules in the order in which they are looked at.
func (r *Rules) List() []Rule {
	out := make([]Rule, len(r.rules))
	for i := range r.rules {
		out[i] = r.rules[i].described()
	}
	return out
}

// Find returns the rule of an id.
func (r *Rules) Find(id string) (Rule, bool) {
	i, ok := r.byID[id]
	if !ok {
		return Rule{}, false
	}
	return r.rules[i].described(), true
}

// described returns a rule as people list it.
func (r *rule) described() Rule {
	weight := ""
	if r.weight != nil {
		weight = r.weight.Text()
	}
	set := sets(r)
	var words []string
	for _, name := range slices.Sorted(maps.Keys(set)) {
		words = append(words, name+" "+set[name])
	}
	lowers := r.most.set() || r.disposition != "" || strings.HasPrefix(weight, "-")
	return Rule{
		ID: r.id, Title: r.title, Stage: r.stage, Owner: r.owner, When: r.when.Text(), Weight: weight,
		File: r.file, Line: r.line, Expires: r.expires, References: r.references, Own: r.own,
		Lowers: lowers, Raises: !lowers && (weight != "" || r.least.set()),
		Says: r.says.Text(), Change: r.change, Sets: strings.Join(words, ", "),
	}
}

// Version identifies the rules: others have another one.
func (r *Rules) Version() string { return r.version }

// Judge decides about a subject, which it does not change. It is pure: the same
// rules, subject and time give the same decision. A rule that cannot be
// evaluated is told in the proof and hides nothing; the error is that ctx ended.
func (r *Rules) Judge(ctx context.Context, s Subject) (picture.Decision, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, maxTime, harrier.Errorf(harrier.Limited, "the rules take longer than %v", maxTime))
	defer cancel()
	in := r.open(ctx, &s)
	if err := in.run(); err != nil {
		return picture.Decision{}, err
	}
	ruled := in.state.ruling()
	d := picture.Decision{
		Category: ruled.category, Severity: ruled.severity, Priority: ruled.priority, Disposition: ruled.disposition, Route: ruled.route,
		Score: math.Round(10*in.state.score()) / 10, Guards: in.standing.guards, Provisional: in.standing.incomplete, Rules: r.version,
		Proof: in.proof(ruled),
	}
	d.Risk = in.risk(d.Score)
	d.Reason = in.reason(ruled, d.Proof)
	d.Change = in.changes(ruled, d.Proof)
	if err := ctx.Err(); err != nil {
		return picture.Decision{}, harrier.Errorf(harrier.Unavailable, "the judging was stopped: %w", context.Cause(ctx))
	}
	return d, nil
}

// risk is what the alert is held against each entity: its score, less where the
// entity is only what something was done to.
func (s *session) risk(score float64) map[string]float64 {
	if score <= 0 || s.state.closes() {
		return nil
	}
	out := map[string]float64{}
	for _, e := range first(s.standing.entities) {
		of, share := e.Entity.Entity, 1.0
		if e.As != nil {
			of = *e.As
		}
		switch e.Role {
		case "destination", "target":
			share = 0.5
		}
		key := string(of.Type) + ":" + of.Key
		out[key] = max(out[key], math.Round(10*score*share)/10)
	}
	return out
}

// reason is the decision in one sentence.
func (s *session) reason(ruled ruling, proof []picture.Line) string {
	head := map[string]string{
		picture.Escalate: "Escalated", picture.ToCase: "A case", picture.ToQueue: "To be looked at", picture.ToLog: "Kept only", picture.ToClose: "Closed as " + strings.ReplaceAll(ruled.disposition, "_", " "),
	}[ruled.route]
	if line, ok := s.decisive(ruled, proof); ok {
		return fmt.Sprintf("%s: %s", head, line)
	}
	return fmt.Sprintf("%s: %s severity by %s, and nothing else is known.", head, ruled.severity, s.sourceName())
}

// sourceName is how people call the source.
func (s *session) sourceName() string {
	if s.subject.Source.Name == "" {
		return "the source"
	}
	return s.subject.Source.Name
}

// decisive is what the line says that the decision rests on most: it sets the
// route that was taken, or weighs most towards it.
func (s *session) decisive(ruled ruling, proof []picture.Line) (string, bool) {
	down := ruled.route == picture.ToLog || ruled.route == picture.ToClose
	best, found := "", math.Inf(-1)
	at := 0
	for i := range s.rules.rules {
		r, o := &s.rules.rules[i], s.outcomes[i]
		if !o.fired {
			continue
		}
		for at < len(proof) && proof[at].Rule != r.id {
			at++
		}
		if at == len(proof) {
			break
		}
		weight := o.weight
		bound := r.least.route
		if down {
			weight, bound = -o.weight, max(r.most.route, closing(r))
		}
		if bound != none && routes()[bound] == ruled.route {
			weight += 1000
		}
		if proof[at].Void == "" && r.stage != "decide" && weight > found && (weight > 0 || bound != none) {
			best, found = proof[at].Says, weight
		}
	}
	return best, best != ""
}

// closing is the rank of the route of a rule that closes, or none.
func closing(r *rule) int {
	if r.disposition != "" {
		return 0
	}
	return none
}
