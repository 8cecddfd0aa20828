package playbook

import (
	"strconv"
	"strings"
)

// Walk calls visit for every step of the plan, in order of the file. The one
// action of a loop comes after the loop, under the same label; the steps of
// children are left out.
func (p *Plan) Walk(visit func(*Step)) { p.walk(visit) }

// PlainPath returns a step path without the keys of items and rounds, as in
// hunt/purge for hunt["evil.example"]/purge["a/17"].
func PlainPath(path string) string {
	var plain strings.Builder
	for {
		before, rest, found := strings.Cut(path, "[")
		plain.WriteString(before)
		if !found {
			return plain.String()
		}
		if key, err := strconv.QuotedPrefix(rest); err == nil {
			rest = rest[len(key):]
		}
		_, path, _ = strings.Cut(rest, "]")
	}
}

// labelsOf splits a step path, such as hunt/purge["a/17"]/try2, into the labels on it.
func labelsOf(path string) []string {
	labels := strings.Split(PlainPath(path), "/")
	if last := len(labels) - 1; last > 0 && isTry(labels[last]) {
		labels = labels[:last]
	}
	return labels
}

// named returns the step that a label or a path means, or nil. Steps of a
// child are named after the step that calls it, as in handle/block.
func (p *Plan) named(labels []string) *Step {
	steps := map[string]*Step{}
	p.walk(func(s *Step) {
		if steps[s.Label] == nil {
			steps[s.Label] = s
		}
	})
	last := len(labels) - 1
	for i, label := range labels[:last] {
		if s := steps[label]; s != nil && s.Call != nil && s.Call.Plan != nil {
			return s.Call.Plan.named(labels[i+1:])
		}
	}
	return steps[labels[last]]
}
