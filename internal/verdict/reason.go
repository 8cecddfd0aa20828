package verdict

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// The kinds of reasons.
const (
	kindSource         = "source"
	kindDetonation     = "detonation"
	kindPerson         = "person"
	kindSignal         = "signal"
	kindAuthentication = "authentication"
	kindRelation       = "relation"
	kindSimulation     = "simulation"
	kindMissing        = "missing"
	kindConflict       = "conflict"
	kindIgnored        = "ignored"
)

func reasonKinds() []string {
	return []string{kindSource, kindDetonation, kindPerson, kindSignal, kindAuthentication, kindRelation, kindSimulation, kindMissing, kindConflict, kindIgnored}
}

// reason is one thing that was weighed. Weights above 0 speak for malicious,
// those below for benign.
type reason struct {
	kind, text string
	weight     float64
	// source is who says so; link is its page; observable is what it is about,
	// of the sort of.
	source, link, observable, of, role string
	// changes says what would make it otherwise.
	changes string
	// malicious tells a definite opinion from a doubt, provider whose it is.
	malicious bool
	provider  string
}

// output is what a playbook sees of it.
func (r reason) output() map[string]any {
	from := map[string]any{"source": r.source}
	if strings.Contains(r.link, "://") {
		from["link"] = r.link
	}
	for name, value := range map[string]string{"observable": r.observable, "role": r.role} {
		if value != "" {
			from[name] = clip(value, 2000)
		}
	}
	return map[string]any{"kind": r.kind, "text": clip(r.text, 600), "weight": percent(r.weight), "evidence": from, "changes": r.changes}
}

// percent returns a weight as a whole number of percent.
func percent(w float64) int64 { return int64(math.Round(100 * w)) }

// ordered returns reasons as they are told: what speaks for malicious, the
// weightiest first, then what speaks for nothing, then for benign. Of more than
// most the weightiest are kept.
func ordered(reasons []reason, most int) []reason {
	slices.SortStableFunc(reasons, func(a, b reason) int {
		return cmp.Or(
			cmp.Compare(percent(b.weight), percent(a.weight)), strings.Compare(a.kind, b.kind), strings.Compare(a.observable, b.observable),
			strings.Compare(a.source, b.source), strings.Compare(a.text, b.text))
	})
	if len(reasons) <= most {
		return reasons
	}
	slices.SortStableFunc(reasons, func(a, b reason) int { return cmp.Compare(math.Abs(b.weight), math.Abs(a.weight)) })
	return ordered(reasons[:most], most)
}

// defang spells a value so that nobody follows it by mistake, cut to be read.
func defang(value string) string {
	value = clip(value, 200)
	scheme, rest, link := strings.Cut(value, "://")
	if !link {
		return strings.NewReplacer(".", "[.]", "@", "[@]").Replace(value)
	}
	end := len(rest)
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		end = i
	}
	return strings.Replace(scheme, "tt", "xx", 1) + "://" + strings.ReplaceAll(rest[:end], ".", "[.]") + rest[end:]
}

// clip cuts text after most bytes, between characters.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
