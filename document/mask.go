package document

import (
	"strings"

	"github.com/goccy/go-yaml/token"
)

// maskValue overwrites the scalar from pos to the end of its line with a
// placeholder of the same width and remembers its text, so that the tree holds
// what was meant. It reports whether there was something to overwrite.
func (r *reader) maskValue(pos Pos) bool {
	return r.maskSpan(pos, r.rest(pos))
}

// maskSpan overwrites text, which stands at pos, with a placeholder.
func (r *reader) maskSpan(pos Pos, text string) bool {
	if _, done := r.masked[pos]; done || text == "" {
		return false
	}
	line := r.line(pos.Line)
	for i := range []rune(text) {
		line[pos.Column-1+i] = 'x'
	}
	r.masked[pos] = text
	return true
}

// maskLine masks the value on the line of a syntax error, or blanks the whole
// line where it has none.
func (r *reader) maskLine(pos Pos) bool {
	if start, ok := r.valueStart(pos.Line); ok && r.maskValue(start) {
		return true
	}
	line := r.line(pos.Line)
	if strings.TrimSpace(string(line)) == "" {
		return false
	}
	for i := range line {
		line[i] = ' '
	}
	return true
}

// valueStart returns where the value of the key or item on a line begins.
func (r *reader) valueStart(line int) (Pos, bool) {
	var on token.Tokens
	for _, t := range r.tokens {
		if t.Position.Line == line && t.Type != token.CommentType {
			on = append(on, t)
		}
	}
	i := 0
	for i < len(on) && on[i].Type == token.SequenceEntryType {
		i++
	}
	if i+1 < len(on) && on[i+1].Type == token.MappingValueType {
		i += 2
	}
	if i == 0 || i >= len(on) {
		return Pos{}, false
	}
	return r.place(on[i]), true
}
