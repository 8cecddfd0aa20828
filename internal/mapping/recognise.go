package mapping

import (
	"slices"
	"strings"
)

// pattern is one way to recognise an event: all its conditions hold.
type pattern []condition

// condition holds where a value at one of some paths fits one of some globs.
type condition struct {
	text  string
	paths []*fieldPath
	globs []string
	// none tells that it holds where there is no such value.
	none bool
}

// holds reports whether all conditions hold.
func (p pattern) holds(f *finder, doc any) bool {
	for i := range p {
		if !p[i].holds(f, doc) {
			return false
		}
	}
	return true
}

func (c *condition) holds(f *finder, doc any) bool {
	for _, p := range c.paths {
		for _, v := range f.all(doc, p) {
			if c.none {
				return false
			}
			text, ok := asText(v)
			for _, g := range c.globs {
				if g == "*" || ok && glob(g, text) {
					return true
				}
			}
		}
	}
	return c.none
}

// tops are the first names of a document's keys, as they are and folded.
type tops map[string]bool

// topsOf returns the tops of a document.
func topsOf(doc any) tops {
	m, ok := doc.(map[string]any)
	if !ok {
		return tops{}
	}
	out := make(tops, 2*len(m))
	for key := range m {
		head, _, _ := strings.Cut(key, ".")
		out[head] = true
		out[fold(head)] = true
	}
	return out
}

// possible reports whether a document with these tops can fit: quickly, for most cannot.
func (p pattern) possible(t tops, loose bool) bool {
	for i := range p {
		if c := &p[i]; !c.none && !slices.ContainsFunc(c.paths, func(at *fieldPath) bool { return at.possible(t, loose) }) {
			return false
		}
	}
	return true
}

// possible reports whether there is something where a path begins.
func (p *fieldPath) possible(t tops, loose bool) bool {
	switch {
	case len(p.steps) == 0 || len(p.steps[0].ends) == 0:
		return true
	case loose:
		return t[p.steps[0].folded[:p.steps[0].foldedEnds[0]]]
	}
	return t[p.steps[0].names[:p.steps[0].ends[0]]]
}

// weight is how much a pattern tells: a value counts twice as much as that
// something is there.
func (p pattern) weight() int {
	n := 0
	for _, c := range p {
		n++
		if len(c.globs) > 0 && c.globs[0] != "*" {
			n++
		}
	}
	return n
}

// recognises returns how well a mapping knows an event with these tops: -1
// where it does not.
func (m *Mapping) recognises(f *finder, doc any, t tops) int {
	best := -1
	f.loose = m.loose
	defer func() { f.loose = false }()
	for _, p := range m.patterns {
		if w := p.weight(); w > best && p.possible(t, m.loose) && p.holds(f, doc) {
			best = w
		}
	}
	return best
}
