package judge

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/harrier-soar/harrier/internal/picture"
)

// The bounds of a proof.
const (
	maxSays  = 600 // bytes of what a line says
	maxValue = 300 // bytes of a text in the evidence
	maxList  = 8   // items of a list in the evidence
	maxDeep  = 4
)

// proof returns the lines that led to the decision, in their order.
func (s *session) proof(ruled ruling) []picture.Line {
	lines := []picture.Line{s.given()}
	for i := range s.rules.rules {
		r, o := &s.rules.rules[i], s.outcomes[i]
		switch {
		case o.err != nil:
			lines = append(lines, picture.Line{
				Stage: r.stage, Rule: r.id, Says: "This rule could not be evaluated, so people look: " + clip(o.err.Error(), maxSays),
				Change: fmt.Sprintf("%s mends %s, line %d.", r.owner, r.file, r.line),
			})
		case o.fired:
			lines = append(lines, s.line(i, ruled))
		}
	}
	return lines
}

// given is the line that all others begin with: what the source says.
func (s *session) given() picture.Line {
	f := &s.subject.Finding
	severity := severityOf(f.Severity)
	line := picture.Line{
		Stage: "source", Rule: "source", Reliability: gradeOf(s.subject.Source.Reliability), Set: map[string]string{"severity": severity},
		Says: fmt.Sprintf("It begins as %s, as %s reports it.", severity, s.sourceName()), Evidence: map[string]any{"alert.severity": clip(f.Severity, maxValue)},
		Change: "The source changes it.",
	}
	if f.Category != "" {
		line.Set["category"] = clip(f.Category, maxValue)
	}
	return line
}

// line is what a rule that holds adds to the proof.
func (s *session) line(i int, ruled ruling) picture.Line {
	r, o := &s.rules.rules[i], s.outcomes[i]
	l := picture.Line{
		Stage: r.stage, Rule: r.id, Weight: o.weight, Reliability: s.grade(r), Change: r.change,
		Set: sets(r), Void: s.void(r, o.weight), Evidence: s.evidence(r), Says: s.words(r),
	}
	if _, always := r.when.Const(); l.Void == "" && !always {
		st := s.without(func(j int) bool { return i == j })
		if other := st.ruling(); !same(other, ruled) {
			l.Without = other.String()
		}
	}
	return l
}

// same compares what matters of two rulings.
func same(a, b ruling) bool {
	a.category = b.category
	return a == b
}

// words is a rule in words.
func (s *session) words(r *rule) string {
	v, err := r.says.EvalFast(s, s.now)
	text, ok := v.(string)
	if err != nil || !ok || text == "" {
		return r.title + "."
	}
	return clip(text, maxSays)
}

// grade is the reliability of the worst source that a rule rests on: of the
// source of the alert, and of the best of those who condemn each observable.
func (s *session) grade(r *rule) string {
	grade := ""
	if r.opinionated {
		list := s.standing.bad
		if len(list) == 0 {
			list = s.standing.doubtful
		}
		for _, i := range list {
			grade = worse(grade, i.grade)
		}
	}
	if grade == "" && r.sourced {
		grade = gradeOf(s.subject.Source.Reliability)
	}
	return grade
}

// sets tells what a rule sets, as people read it.
func sets(r *rule) map[string]string {
	out := map[string]string{}
	put := func(name, prefix string, rank int, list []string) {
		if rank != none {
			out[name] = prefix + list[rank]
		}
	}
	put("route", "", r.route, routes())
	for _, b := range []struct {
		prefix string
		bounds bounds
	}{{"at most ", r.most}, {"at least ", r.least}} {
		put("severity", b.prefix, b.bounds.severity, severities())
		put("route", b.prefix, b.bounds.route, routes())
		put("priority", b.prefix, b.bounds.urgency, []string{"4", "3", "2", "1"})
	}
	if r.category != "" {
		out["category"] = r.category
	}
	if r.disposition != "" {
		out["disposition"] = r.disposition
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// void tells why a rule that lowers does not count.
func (s *session) void(r *rule, weight float64) string {
	switch {
	case s.state.guarded && (r.lowers(weight) || r.route == 1):
		return guardText(s.standing.guards)
	case r.disposition != "" && s.state.open() != "":
		return "It is not closed by itself: " + s.state.open() + "."
	case r.most.severity != none && r.most.severity < s.state.source && s.state.incomplete:
		return "Its severity is not lowered: not everybody answered."
	}
	return ""
}

// guardText says in words what guards a finding.
func guardText(guards []string) string {
	var parts []string
	for _, g := range guards {
		switch g {
		case picture.KnownBad:
			parts = append(parts, "something in it is known to be bad")
		case picture.ProductionCredentials:
			parts = append(parts, "it uses an account of production")
		case picture.ToProduction:
			parts = append(parts, "it reaches production")
		}
	}
	return "Nothing lowers it: " + strings.Join(parts, ", and ") + "."
}

// evidence returns the values that a rule shows, by what was looked at.
func (s *session) evidence(r *rule) map[string]any {
	out := map[string]any{}
	for _, e := range r.evidence {
		v, err := e.program.EvalFast(s, s.now)
		if err != nil {
			continue // it was not there, and the rule did without
		}
		if v = tidy(v, 0); v != nil {
			out[e.name] = v
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// tidy cuts a value to what people read, and leaves out what is empty.
func tidy(v any, depth int) any {
	switch v := v.(type) {
	case string:
		if v == "" {
			return nil
		}
		return clip(v, maxValue)
	case []any:
		return tidyList(v, depth)
	case map[string]any:
		if depth >= maxDeep {
			return "…"
		}
		out := map[string]any{}
		for name, value := range v {
			if value = tidy(value, depth+1); value != nil && value != false {
				out[clip(name, maxValue)] = value
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	}
	return v
}

// tidyList cuts a list.
func tidyList(list []any, depth int) any {
	if depth >= maxDeep {
		return "…"
	}
	out := []any{}
	for _, item := range list {
		if item = tidy(item, depth+1); item != nil {
			out = append(out, item)
		}
		if len(out) == maxList && len(list) > maxList {
			out = append(out, fmt.Sprintf("and %d more", len(list)-maxList))
			break
		}
	}
	if len(out) == 0 {
		return nil
	}
	return slices.Clip(out)
}

// clip cuts text after most bytes, between characters.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most] + "…"
}
