package feed

import "strings"

// named is a value that a pattern names.
type named struct {
	kind, value string
	// partial tells that the pattern asks for more than it.
	partial bool
}

// found is what a part of a pattern comes to.
type found struct {
	values []named
	// narrows tells that it asks for more than values: it holds something that
	// names none.
	narrows bool
}

// maxPattern bounds a pattern, in bytes, and maxNesting how deep it nests.
const (
	maxPattern = 64 << 10
	maxNesting = 64
)

// patternValues returns the values that a pattern of STIX names. Why is empty,
// or why some of it, or all, names none.
func patternValues(pattern string) (values []named, why string) {
	if len(pattern) > maxPattern {
		return nil, "a pattern longer than 64 KiB"
	}
	p := &patternReader{lex: lexer{s: pattern}}
	p.next()
	f := p.observations(0)
	if p.wrong == "" && p.tok.kind != tokEnd {
		p.fail("something after its end")
	}
	if p.wrong != "" {
		return nil, "a pattern that cannot be read: " + p.wrong
	}
	if len(f.values) == 0 && p.why == "" {
		p.why = "a pattern that names no value"
	}
	return f.values, p.why
}

// patternReader reads a pattern by recursive descent.
type patternReader struct {
	lex   lexer
	tok   token
	wrong string // why it cannot be read
	why   string // why a part of it names no value
}

func (p *patternReader) next() { p.tok = p.lex.next() }

func (p *patternReader) fail(why string) {
	if p.wrong == "" {
		p.wrong = why
		p.tok = token{kind: tokEnd}
		p.lex.s, p.lex.at = "", 0
	}
}

// unnamed is a comparison that names no value.
func (p *patternReader) unnamed(why string) found {
	if p.why == "" {
		p.why = why
	}
	return found{narrows: true}
}

// word takes a word, in any case, and reports whether it was there.
func (p *patternReader) word(w string) bool {
	if p.tok.kind == tokWord && strings.EqualFold(p.tok.text, w) {
		p.next()
		return true
	}
	return false
}

// sign takes a sign and reports whether it was there.
func (p *patternReader) sign(s string) bool {
	if p.tok.kind == tokSign && p.tok.text == s {
		p.next()
		return true
	}
	return false
}

func (p *patternReader) want(s string) {
	if !p.sign(s) {
		p.fail("there is no " + s + " where one belongs")
	}
}

// observations reads observations that are joined. Of those that must come
// together each value is partial.
func (p *patternReader) observations(depth int) found {
	if depth > maxNesting {
		p.fail("it nests too deep")
		return found{}
	}
	out := p.observation(depth)
	for p.wrong == "" {
		switch {
		case p.word("OR"):
			out = either(out, p.observation(depth))
		case p.word("AND"), p.word("FOLLOWEDBY"):
			out = together(out, p.observation(depth))
		case p.qualifier():
		default:
			return out
		}
	}
	return out
}

// qualifier reads WITHIN, REPEATS, or START and STOP. They say when and how
// often, which narrows nothing for one sighting.
func (p *patternReader) qualifier() bool {
	switch {
	case p.word("WITHIN"), p.word("REPEATS"):
		p.next()
		if !p.word("SECONDS") && !p.word("TIMES") {
			p.fail("a time or a number lacks its unit")
		}
	case p.word("START"), p.word("STOP"):
		p.next()
	default:
		return false
	}
	return true
}

func (p *patternReader) observation(depth int) found {
	var out found
	switch {
	case p.sign("["):
		out = p.comparisons(depth + 1)
		p.want("]")
	case p.sign("("):
		out = p.observations(depth + 1)
		p.want(")")
	default:
		p.fail("there is no [ where an observation begins")
	}
	return out
}

// comparisons reads comparisons that are joined by OR, which binds less than AND.
func (p *patternReader) comparisons(depth int) found {
	if depth > maxNesting {
		p.fail("it nests too deep")
		return found{}
	}
	out := p.conjunction(depth)
	for p.wrong == "" && p.word("OR") {
		out = either(out, p.conjunction(depth))
	}
	return out
}

func (p *patternReader) conjunction(depth int) found {
	out := p.comparison(depth)
	for p.wrong == "" && p.word("AND") {
		out = beside(out, p.comparison(depth))
	}
	return out
}

// either joins alternatives: each value stands for itself.
func either(a, b found) found {
	return found{values: append(a.values, b.values...), narrows: a.narrows && b.narrows}
}

// together joins observations that must all be made: none of the values is enough.
func together(a, b found) found {
	out := found{values: append(a.values, b.values...), narrows: a.narrows || b.narrows}
	for i := range out.values {
		out.values[i].partial = true
	}
	return out
}

// beside joins what is asked of one thing. A hash names it whatever else is
// asked; without one, a value is partial where something narrows it or another
// value must be there.
func beside(a, b found) found {
	out := found{values: append(a.values, b.values...), narrows: a.narrows || b.narrows}
	if len(a.values) > 0 && len(b.values) > 0 || out.narrows {
		for i, v := range out.values {
			if v.kind != "hash" {
				out.values[i].partial = true
			}
		}
	}
	return out
}
