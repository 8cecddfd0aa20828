package expr

import (
	"strings"
	"unicode"
)

// tokenKind is what a token of CEL is, as far as rewriting needs to know.
type tokenKind int

const (
	word tokenKind = iota + 1
	numeral
	span // a duration literal such as 1h30m
	quoted
	mark // an operator or bracket
)

// lexeme is a token of an expression. Offsets count characters.
type lexeme struct {
	kind       tokenKind
	start, end int
	text       string
}

// scan splits an expression into tokens; comments and blanks are left out. It
// takes any text: what is not CEL becomes marks, for CEL to complain about.
func scan(src []rune) []lexeme {
	var out []lexeme
	for i := 0; i < len(src); {
		end, kind := next(src, i)
		if kind != 0 {
			out = append(out, lexeme{kind, i, end, string(src[i:end])})
		}
		i = end
	}
	return out
}

// next returns where the token at i ends and its kind, 0 for blanks and comments.
func next(src []rune, i int) (int, tokenKind) {
	c := src[i]
	switch {
	case unicode.IsSpace(c):
		return i + 1, 0
	case c == '/' && at(src, i+1) == '/':
		for i < len(src) && src[i] != '\n' {
			i++
		}
		return i, 0
	case c == '"' || c == '\'':
		return endOfString(src, i, false), quoted
	case isWordStart(c):
		end := i
		for end < len(src) && isWordPart(src[end]) {
			end++
		}
		if raw, ok := stringPrefix(string(src[i:end])); ok && (at(src, end) == '"' || at(src, end) == '\'') {
			return endOfString(src, end, raw), quoted
		}
		return end, word
	case isDigit(c):
		return number(src, i)
	}
	for _, op := range []string{".?", "[?", "==", "!=", "<=", ">=", "&&", "||"} {
		if c == rune(op[0]) && at(src, i+1) == rune(op[1]) {
			return i + 2, mark
		}
	}
	return i + 1, mark
}

// stringPrefix reports whether a word before a quote makes a raw or bytes literal.
func stringPrefix(w string) (raw, ok bool) {
	switch strings.ToLower(w) {
	case "r", "br", "rb":
		return true, true
	case "b":
		return false, true
	}
	return false, false
}

// endOfString returns the end of the literal whose quote is at i; an unclosed
// one ends with its line, or with the text where it has three quotes.
func endOfString(src []rune, i int, raw bool) int {
	q := src[i]
	triple := at(src, i+1) == q && at(src, i+2) == q
	i++
	if triple {
		i += 2
	}
	for i < len(src) {
		switch {
		case src[i] == '\\' && !raw:
			i += 2
			continue
		case src[i] == '\n' && !triple:
			return i
		case src[i] == q && !triple:
			return i + 1
		case src[i] == q && at(src, i+1) == q && at(src, i+2) == q:
			return i + 3
		}
		i++
	}
	return len(src)
}

// number returns the end of the number or duration at i.
func number(src []rune, i int) (int, tokenKind) {
	if end := duration(src, i); end > i {
		return end, span
	}
	end := i
	for end < len(src) && (isWordPart(src[end]) || src[end] == '.' && isDigit(at(src, end+1))) {
		if (src[end] == 'e' || src[end] == 'E') && (at(src, end+1) == '+' || at(src, end+1) == '-') {
			end++
		}
		end++
	}
	return end, numeral
}

// duration returns the end of a duration literal at i, or i.
func duration(src []rune, i int) int {
	end := i
	for end < len(src) && isDigit(src[end]) {
		digits := end
		for digits < len(src) && (isDigit(src[digits]) || src[digits] == '.' && isDigit(at(src, digits+1))) {
			digits++
		}
		unit := digits
		for unit < len(src) && strings.ContainsRune("mshdw", src[unit]) {
			unit++
		}
		switch string(src[digits:unit]) {
		case "ms", "s", "m", "h", "d", "w":
			end = unit
		default:
			return i
		}
	}
	if end < len(src) && isWordPart(src[end]) {
		return i
	}
	return end
}

// at returns the character at i, or 0 behind the end.
func at(src []rune, i int) rune {
	if i < len(src) {
		return src[i]
	}
	return 0
}

func isDigit(c rune) bool     { return c >= '0' && c <= '9' }
func isWordStart(c rune) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isWordPart(c rune) bool  { return isWordStart(c) || isDigit(c) }
