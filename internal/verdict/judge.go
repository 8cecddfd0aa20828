package verdict

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// The outcomes.
const (
	malicious    = "malicious"
	benign       = "benign"
	inconclusive = "inconclusive"
)

// judgement is what is thought of a mail.
type judgement struct {
	verdict    string
	confidence float64
	// contain tells that what is known is enough to act on: two independent
	// sources, or a detonation. independent are the sources.
	contain     bool
	independent []string
	simulation  bool
	reasons     []reason
	missing     []unanswered
	against     []doubt
}

// judge weighs everything.
func (e *evidence) judge() judgement {
	found := slices.Concat(e.sources(), e.ran(), e.signals())
	score, condemned := weigh(found)
	people := e.people()
	j := judgement{missing: e.missing()}
	j.against = e.against(found, j.missing)
	j.reasons = slices.Concat(found, people, e.forBenign(), missingReasons(j.missing))
	vendor, simulated := e.simulated()
	yes, no := says(people, true), says(people, false)
	technical := condemned && score >= maliciousAt
	switch {
	case simulated:
		j.verdict, j.simulation, j.confidence = benign, true, 0.95
		j.reasons = append(j.reasons, reason{
			kind: kindSimulation, source: vendor, weight: -1, text: "It is a phishing simulation of " + vendor + ", proven by where it came from.",
			changes: "The simulation is taken off the organisation's list.",
		})
	case no && (yes || technical):
		j.verdict, j.confidence = inconclusive, score
		j.reasons = append(j.reasons, reason{
			kind: kindConflict, source: "harrier", text: "A person calls it benign, and that is not how the rest of the evidence stands.",
			changes: "Those who differ agree.",
		})
	case yes || technical:
		weights := []float64{score}
		if yes {
			weights = append(weights, personWeighs)
		}
		j.verdict, j.confidence = malicious, either(weights...)
	case no:
		j.verdict, j.confidence = benign, personWeighs*(1-score)
	case len(j.against) == 0:
		j.verdict, j.confidence = benign, 0.9
	default:
		j.verdict, j.confidence = inconclusive, score
	}
	if j.verdict == malicious {
		j.independent, j.contain = enough(append(found, people...))
	}
	j.reasons = ordered(j.reasons, 200)
	return j
}

// weigh combines the strongest of each provider, all that is striking as one,
// and all addresses on the way as one. condemned tells whether something other
// than looks and addresses on the way calls the mail malicious.
func weigh(found []reason) (score float64, condemned bool) {
	strongest := map[string]float64{}
	var striking []float64
	for _, r := range found {
		switch {
		case r.weight <= 0:
		case r.kind == kindSignal:
			striking = append(striking, r.weight)
		case r.role == roleHop:
			strongest["an address on the way"] = max(strongest["an address on the way"], r.weight)
		default:
			strongest[r.kind+" "+r.provider] = max(strongest[r.kind+" "+r.provider], r.weight)
			condemned = condemned || r.malicious && r.weight >= condemnsAt
		}
	}
	weights := []float64{min(either(striking...), signalsAtMost)}
	for _, name := range slices.Sorted(maps.Keys(strongest)) {
		weights = append(weights, strongest[name])
	}
	return either(weights...), condemned
}

// enough reports whether the evidence carries a containment, and who gave it.
func enough(found []reason) (independent []string, ok bool) {
	detonated := false
	names := map[string]bool{}
	for _, r := range found {
		if r.malicious && r.weight >= condemnsAt && r.role != roleHop {
			names[r.provider] = true
			detonated = detonated || r.kind == kindDetonation
		}
	}
	return slices.Sorted(maps.Keys(names)), detonated || len(names) >= 2
}

// says reports whether a person calls the mail malicious, or benign.
func says(people []reason, bad bool) bool {
	return slices.ContainsFunc(people, func(r reason) bool { return bad && r.weight > 0 || !bad && r.weight < 0 })
}

// simulated reports whether the mail is proven to be a simulation that was
// ordered, and whose. What it says of itself proves nothing.
func (e *evidence) simulated() (vendor string, ok bool) {
	if e.mail.Simulation.proven {
		return cmp.Or(e.mail.Simulation.vendor, "the organisation"), true
	}
	for _, s := range e.profile.Simulations {
		// Where email.parse looks for marks of simulations, one that has a mark bears it.
		told := e.mail.Simulation.known || e.mail.Authentication.Trusted != nil
		if s.Header != "" && told && !e.mail.Simulation.made {
			continue
		}
		if s.Sent(e.mail.From.Domain, e.proven(), e.mail.origin()) {
			return s.Vendor, true
		}
	}
	return "", false
}

// output is what a playbook sees of it.
func (j judgement) output() map[string]any {
	reasons, missing, against, independent := []any{}, []any{}, []any{}, []any{}
	for _, r := range j.reasons {
		reasons = append(reasons, r.output())
	}
	for _, m := range j.missing {
		missing = append(missing, map[string]any{"type": m.Type, "value": clip(m.Value, 2000), "reason": clip(m.Reason, 300)})
	}
	for _, d := range j.against {
		against = append(against, map[string]any{"code": d.code, "text": clip(d.text, 600), "changes": d.changes})
	}
	for _, name := range j.independent {
		independent = append(independent, name)
	}
	return map[string]any{
		"verdict": j.verdict, "confidence": percent(min(j.confidence, 0.99)), "contain": j.contain, "simulation": j.simulation,
		"independent": independent, "reasons": reasons, "missing": missing, "against_benign": against, "summary": j.summary(),
	}
}

// summary tells the outcome in one sentence.
func (j judgement) summary() string {
	switch {
	case j.simulation:
		return "A phishing simulation."
	case j.verdict == malicious && !j.contain:
		return "Malicious, by one source alone: a person decides on removal."
	case j.verdict == malicious:
		return "Malicious."
	case j.verdict == benign:
		return "Benign."
	case len(j.missing) > 0:
		return fmt.Sprintf("Not clear: %d look-ups gave no answer.", len(j.missing))
	}
	return "Not clear: " + cmp.Or(firstText(j.against), "people differ.")
}

// firstText is the first of some doubts.
func firstText(list []doubt) string {
	if len(list) == 0 {
		return ""
	}
	return list[0].text
}
