package judge

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier/internal/picture"
)

// The bounds of weighing. Strengths are from 0 to 1.
const (
	// badAt is from where an observable is known to be bad: one source that
	// cannot be judged is enough, one that is not usually reliable is not.
	badAt = 0.5
	// disputed is how much of a strength is left off where another provider, of
	// the best reliability, calls the same thing benign.
	disputed = 0.3
	// suspects is what an opinion counts that only suspects.
	suspects = 0.4
)

// indicted is an observable that somebody calls malicious or suspicious.
type indicted struct {
	*picture.Observable
	strength float64
	// condemned tells that it is known to be bad: somebody calls it malicious,
	// not only suspicious, and they are believed enough. That another calls it
	// benign makes it less sure and does not take that away.
	condemned bool
	// providers are those who say so, the most reliable first; two names of one
	// provider are one.
	providers []string
	// grade is that of the best of them.
	grade string
	names []string
	// listed tells that a feed lists it.
	listed bool
	// until is when the last of the opinions ends; zero where one never does.
	until time.Time
}

// indict weighs what is thought of an observable now. Of each provider only the
// strongest word counts, and only while it is valid. lapsed tells that the
// words against it were all spoken too long ago.
func indict(o *picture.Observable, now time.Time) (found indicted, lapsed bool) {
	found = indicted{Observable: o, grade: "F"}
	best := map[string]float64{}
	benign := map[string]float64{}
	endless, heard := false, false
	for i := range o.Opinions {
		op := &o.Opinions[i]
		provider := cmp.Or(op.Provider, op.Source)
		said := says(op)
		if said == 0 {
			if op.Verdict == "benign" && !over(op, now) {
				benign[provider] = max(benign[provider], reliability(op.Reliability))
			}
			continue
		}
		heard = true
		if over(op, now) {
			continue
		}
		found.condemned = found.condemned || op.Verdict == "malicious" || op.Indicator
		found.listed = found.listed || op.Indicator
		if op.Name != "" && len(found.names) < maxList && !slices.Contains(found.names, op.Name) {
			found.names = append(found.names, op.Name)
		}
		endless = endless || op.Until.IsZero()
		if op.Until.After(found.until) {
			found.until = op.Until
		}
		if len(best) == 0 || reliability(op.Reliability) > reliability(found.grade) {
			found.grade = gradeOf(op.Reliability)
		}
		best[provider] = max(best[provider], said*reliability(op.Reliability))
	}
	if endless {
		found.until = time.Time{}
	}
	if !heard { // who made the picture says so, and does not say by whom
		switch o.Verdict {
		case "malicious":
			found.strength, found.condemned = badAt, true
		case "suspicious":
			found.strength = badAt * suspects
		}
		return found, false
	}
	found.strength = either(best)
	found.condemned = found.condemned && found.strength >= badAt
	found.strength *= 1 - disputed*harmless(best, benign)
	found.providers = ranked(best)
	return found, len(best) == 0
}

// says is how much an opinion speaks against an observable.
func says(op *picture.Opinion) float64 {
	switch {
	case op.Verdict == "malicious", op.Indicator && op.Verdict != "benign":
		return 1
	case op.Verdict == "suspicious":
		return suspects
	}
	return 0
}

// over reports whether an opinion has ended.
func over(op *picture.Opinion, now time.Time) bool { return !op.Until.IsZero() && !op.Until.After(now) }

// either combines what independent providers say.
func either(best map[string]float64) float64 {
	not := 1.0
	for _, w := range best {
		not *= 1 - w
	}
	return 1 - not
}

// harmless is how reliable the best of those is who call it benign and say
// nothing against it.
func harmless(best, benign map[string]float64) float64 {
	most := 0.0
	for provider, w := range benign {
		if _, both := best[provider]; !both {
			most = max(most, w)
		}
	}
	return most
}

// ranked returns providers, the weightiest first.
func ranked(best map[string]float64) []string {
	out := make([]string, 0, len(best))
	for provider := range best {
		out = append(out, provider)
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(best[b], best[a]), strings.Compare(a, b)) })
	return out
}

// reliability is how far a source of a grade of the Admiralty code is believed.
// One that cannot be judged stands between fairly and not usually reliable.
func reliability(grade string) float64 {
	switch gradeOf(grade) {
	case "A":
		return 1
	case "B":
		return 0.9
	case "C":
		return 0.7
	case "D":
		return 0.4
	case "E":
		return 0.1
	}
	return 0.5
}

// gradeOf is a grade, or F where none is told.
func gradeOf(grade string) string {
	switch g := strings.ToUpper(grade); g {
	case "A", "B", "C", "D", "E":
		return g
	}
	return "F"
}

// worse returns the less reliable of two grades; an empty one is none.
func worse(a, b string) string {
	if a == "" || b != "" && reliability(b) < reliability(a) {
		return b
	}
	return a
}
