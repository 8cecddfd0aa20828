package rest

import (
	"strings"
	"unicode/utf8"
)

// piece is a part of a text: literal, or the expression between ${{ and }}.
type piece struct {
	literal string
	expr    string
	isExpr  bool
	// offset is where the piece's text begins, in characters.
	offset int
}

// split cuts a text into literals and expressions. Quotes and braces inside an
// expression are understood. ok is false where an expression does not end.
func split(s string) (pieces []piece, ok bool) {
	at := 0
	for {
		start := strings.Index(s[at:], "${{")
		if start < 0 {
			if at < len(s) {
				pieces = append(pieces, piece{literal: s[at:], offset: utf8.RuneCountInString(s[:at])})
			}
			return pieces, true
		}
		start += at
		if start > at {
			pieces = append(pieces, piece{literal: s[at:start], offset: utf8.RuneCountInString(s[:at])})
		}
		length := expressionLength(s[start+3:])
		if length < 0 {
			return pieces, false
		}
		pieces = append(pieces, piece{expr: s[start+3 : start+3+length], isExpr: true, offset: utf8.RuneCountInString(s[:start+3])})
		at = start + 3 + length + 2
	}
}

// expressionLength returns how many bytes stand before the closing }}, or -1.
func expressionLength(s string) int {
	depth, quote := 0, byte(0)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '{':
			depth++
		case c == '}' && depth > 0:
			depth--
		case c == '}' && strings.HasPrefix(s[i:], "}}"):
			return i
		}
	}
	return -1
}

// whole returns the one expression that a text consists of.
func whole(pieces []piece) (piece, bool) {
	var found piece
	for _, p := range pieces {
		switch {
		case !p.isExpr && strings.TrimSpace(p.literal) == "":
		case p.isExpr && !found.isExpr:
			found = p
		default:
			return piece{}, false
		}
	}
	return found, found.isExpr
}

// joinsText reports whether an expression glues texts together by + or format.
// Its quoted texts are passed over.
func joinsText(s string) bool {
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '+', strings.HasPrefix(s[i:], ".format("):
			return true
		}
	}
	return false
}
