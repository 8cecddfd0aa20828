package feed

import "strings"

// token is a word, a sign or a text of a pattern.
type token struct {
	kind tokenKind
	text string
}

type tokenKind int

// The kinds of tokens.
const (
	tokEnd  tokenKind = iota
	tokWord           // a keyword, a name or a number
	tokText           // what stands between quotes
	tokSign
)

// lexer cuts a pattern of STIX into tokens.
type lexer struct {
	s  string
	at int
}

// next returns the next token; at the end, and where a text has no end, tokEnd.
func (l *lexer) next() token {
	for l.at < len(l.s) && strings.IndexByte(" \t\r\n", l.s[l.at]) >= 0 {
		l.at++
	}
	if l.at >= len(l.s) {
		return token{}
	}
	c := l.s[l.at]
	switch {
	case c == '\'':
		l.at++
		return l.quoted()
	case strings.IndexByte("tbh", c) >= 0 && strings.HasPrefix(l.s[l.at+1:], "'"):
		l.at += 2
		return l.quoted()
	case isWordByte(c):
		from := l.at
		for l.at < len(l.s) && isWordByte(l.s[l.at]) {
			l.at++
		}
		return token{tokWord, l.s[from:l.at]}
	}
	for _, two := range []string{"!=", "<=", ">=", "==", "<>"} {
		if strings.HasPrefix(l.s[l.at:], two) {
			l.at += 2
			return token{tokSign, two}
		}
	}
	l.at++
	return token{tokSign, string(rune(c))}
}

// quoted reads up to the quote that ends a text.
func (l *lexer) quoted() token {
	var b strings.Builder
	for l.at < len(l.s) {
		c := l.s[l.at]
		l.at++
		switch {
		case c == '\\' && l.at < len(l.s):
			b.WriteByte(l.s[l.at])
			l.at++
		case c == '\'':
			return token{tokText, b.String()}
		default:
			b.WriteByte(c)
		}
	}
	return token{tokSign, "a text without end"}
}

// isWordByte reports whether a byte is part of a word. Negative numbers and
// fractions are words too; dots part the steps of a path, so they are signs.
func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '*'
}
