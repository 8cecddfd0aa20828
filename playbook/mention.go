package playbook

import (
	"slices"
	"strings"
	"unicode"
)

// mention is a place where an expression names a root such as steps or inputs,
// and what it selects from it.
type mention struct {
	root string
	// path is what is selected: the id, then the next name if there is one.
	path []string
	// offset and width are those of the first selected name in characters, or
	// of the root where nothing is selected.
	offset, width int
	// start and end are those of the whole, root included.
	start, end int
}

// mentions finds where an expression names one of the roots. It reads tokens
// only, so that it works on expressions that do not compile.
func mentions(text string, template bool, roots ...string) []mention {
	s := scanner{text: []rune(text), roots: roots}
	if !template {
		s.expression(len(s.text))
		return s.found
	}
	for s.at < len(s.text) {
		if !s.looking("${{") {
			s.at++
			continue
		}
		s.at += 3
		s.expression(len(s.text))
	}
	return s.found
}

// scanner walks over the tokens of an expression.
type scanner struct {
	text  []rune
	at    int
	roots []string
	found []mention
}

// looking reports whether a text stands at the current place.
func (s *scanner) looking(text string) bool {
	return strings.HasPrefix(string(s.text[s.at:min(len(s.text), s.at+len(text))]), text)
}

// expression reads up to }} outside braces, or to the end.
func (s *scanner) expression(end int) {
	depth, dotted := 0, false
	for s.at < end {
		c := s.text[s.at]
		switch {
		case c == '"' || c == '\'':
			s.quoted(c)
			dotted = false
		case letter(c):
			s.word(dotted)
			dotted = false
		case c == '}' && depth == 0 && s.looking("}}"):
			s.at += 2
			return
		default:
			switch c {
			case '{':
				depth++
			case '}':
				depth--
			}
			if !unicode.IsSpace(c) {
				dotted = c == '.' || dotted && c == '?'
			}
			s.at++
		}
	}
}

// quoted skips a string.
func (s *scanner) quoted(quote rune) {
	raw := s.at > 0 && (s.text[s.at-1] == 'r' || s.text[s.at-1] == 'R')
	triple := s.at+2 < len(s.text) && s.text[s.at+1] == quote && s.text[s.at+2] == quote
	if triple {
		s.at += 3
	} else {
		s.at++
	}
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '\\' && !raw:
			s.at++
		case c == quote && !triple:
			s.at++
			return
		case c == quote && s.at+2 < len(s.text) && s.text[s.at+1] == quote && s.text[s.at+2] == quote:
			s.at += 3
			return
		}
		s.at++
	}
}

// word reads a name, and what is selected from it if it is a root.
func (s *scanner) word(dotted bool) {
	start := s.at
	name := s.name()
	if dotted || !slices.Contains(s.roots, name) {
		return
	}
	m := mention{root: name, offset: start, width: s.at - start, start: start}
	for len(m.path) < 2 {
		mark := s.at
		s.blank()
		if s.at >= len(s.text) || s.text[s.at] != '.' {
			s.at = mark
			break
		}
		s.at++
		if s.at < len(s.text) && s.text[s.at] == '?' {
			s.at++
		}
		s.blank()
		first := s.at
		selected := s.name()
		if selected == "" {
			s.at = mark
			break
		}
		if len(m.path) == 0 {
			m.offset, m.width = first, s.at-first
		}
		m.path = append(m.path, selected)
	}
	m.end = s.at
	s.found = append(s.found, m)
}

// name reads letters and digits.
func (s *scanner) name() string {
	start := s.at
	for s.at < len(s.text) && (letter(s.text[s.at]) || s.at > start && unicode.IsDigit(s.text[s.at])) {
		s.at++
	}
	return string(s.text[start:s.at])
}

// blank skips white space.
func (s *scanner) blank() {
	for s.at < len(s.text) && unicode.IsSpace(s.text[s.at]) {
		s.at++
	}
}

// letter reports whether a name can begin with c.
func letter(c rune) bool { return c == '_' || c < unicode.MaxASCII && unicode.IsLetter(c) }
