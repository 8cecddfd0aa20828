package mapping

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

// recognises returns how well a mapping knows an event: -1 where it does not.
func (m *Mapping) recognises(f *finder, doc any) int {
	best := -1
	f.loose = m.loose
	defer func() { f.loose = false }()
	for _, p := range m.patterns {
		if w := p.weight(); w > best && p.holds(f, doc) {
			best = w
		}
	}
	return best
}
