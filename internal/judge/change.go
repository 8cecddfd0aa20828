package judge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier/internal/picture"
)

// The bounds of looking for what would change a decision.
const (
	maxProviders = 4
	maxAnswers   = 2
	maxChanges   = 8
)

// changes lists what would change the decision, found by judging again.
func (s *session) changes(ruled ruling, proof []picture.Line) []string {
	out := append(s.withoutProviders(ruled), s.withAnswers(ruled)...)
	for _, l := range proof {
		i, ok := s.rules.byID[l.Rule]
		if !ok || l.Without == "" {
			continue
		}
		if r := &s.rules.rules[i]; r.stage != "decide" {
			out = append(out, fmt.Sprintf("If it did not hold that %s, it would be %s.", lowerFirst(r.title), l.Without))
		}
	}
	return out[:min(len(out), maxChanges)]
}

// withoutProviders tells what it would be without what each of those says who
// speak against something; and, where no single one makes a difference, how
// many must be wrong together.
func (s *session) withoutProviders(ruled ruling) (out []string) {
	providers := s.standing.providers
	for _, p := range providers[:min(len(providers), maxProviders)] {
		if other := s.unsaid([]string{p}); !same(other, ruled) {
			out = append(out, fmt.Sprintf("Without what %s says it would be %s.", p, other))
		}
	}
	if len(out) > 0 {
		return out
	}
	for n := 2; n <= min(len(providers), maxProviders); n++ {
		if other := s.unsaid(providers[:n]); !same(other, ruled) {
			return []string{fmt.Sprintf("Only without what %s say together it would be %s.", listed(providers[:n]), other)}
		}
	}
	return nil
}

// unsaid judges again without what some providers say.
func (s *session) unsaid(providers []string) ruling {
	return s.again(func(p *picture.Picture) {
		for i := range p.Observables {
			o := &p.Observables[i]
			if len(o.Opinions) == 0 {
				continue
			}
			kept := make([]picture.Opinion, 0, len(o.Opinions))
			for _, op := range o.Opinions {
				if !slices.Contains(providers, cmp.Or(op.Provider, op.Source)) {
					kept = append(kept, op)
				}
			}
			if len(kept) < len(o.Opinions) {
				o.Opinions, o.Verdict = kept, worst(kept)
			}
		}
	})
}

// worst is the worst verdict of some opinions.
func worst(list []picture.Opinion) string {
	verdict := "unknown"
	for _, op := range list {
		switch {
		case op.Verdict == "malicious":
			return op.Verdict
		case op.Verdict == "suspicious", op.Verdict == "benign" && verdict == "unknown":
			verdict = op.Verdict
		}
	}
	return verdict
}

// withAnswers tells what it would be if those who did not answer called it malicious.
func (s *session) withAnswers(ruled ruling) (out []string) {
	missing := s.subject.Picture.Missing
	for _, m := range missing[:min(len(missing), maxAnswers)] {
		other := s.again(func(p *picture.Picture) {
			for i := range p.Observables {
				if o := &p.Observables[i]; o.Value == m.What {
					opinion := picture.Opinion{Source: m.From, Verdict: "malicious", Reliability: "B"}
					o.Opinions, o.Verdict = append(slices.Clone(o.Opinions), opinion), "malicious"
				}
			}
		})
		if !same(other, ruled) {
			out = append(out, fmt.Sprintf("If %s answers that %s is malicious, it will be %s.", clip(m.From, 100), defang(clip(m.What, 200)), other))
		}
	}
	return out
}

// again judges what the subject would be with another picture.
func (s *session) again(alter func(*picture.Picture)) ruling {
	subject := *s.subject
	subject.Picture.Observables = slices.Clone(subject.Picture.Observables)
	alter(&subject.Picture)
	in := s.rules.open(s.ctx, &subject)
	for i, f := range s.rules.facts {
		if !f.opinionated && s.computed[i] {
			in.facts[i], in.computed[i] = s.facts[i], true
		}
	}
	for i := range s.rules.rules {
		r, o := &s.rules.rules[i], s.outcomes[i]
		if r.opinionated || r.fickle.any() && !r.fickle.same(o.saw, in.state.seen()) {
			o = in.evaluate(r)
		}
		in.take(in.state, r, o)
	}
	return in.state.ruling()
}

// listed is a list of names as people write it.
func listed(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// lowerFirst is a sentence inside another.
func lowerFirst(title string) string {
	title = strings.TrimSuffix(title, ".")
	first, rest, _ := strings.Cut(title, " ")
	if strings.ToUpper(first) != first || len(first) == 1 {
		first = strings.ToLower(first[:min(1, len(first))]) + first[min(1, len(first)):]
	}
	return strings.TrimSpace(first + " " + rest)
}

// defang spells a value so that nobody follows it by mistake.
func defang(value string) string {
	scheme, rest, link := strings.Cut(value, "://")
	if !link {
		return strings.NewReplacer(".", "[.]", "@", "[@]").Replace(value)
	}
	host, path := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	return strings.Replace(scheme, "tt", "xx", 1) + "://" + strings.ReplaceAll(host, ".", "[.]") + path
}
