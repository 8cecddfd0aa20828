package expr

import "strings"

// Piece is a part of a text with ${{ }}: literal text, or an expression.
type Piece struct {
	Text string
	// Expression tells that Text stood inside ${{ }}; Offset is where, in characters.
	Expression bool
	Offset     int
}

// Split cuts a text at its ${{ }}, as [Env.CompileText] does. $${{ is
// written for a ${{ that is text. The issue is an expression that does not end.
func Split(text string) ([]Piece, []Issue) {
	src := []rune(text)
	var pieces []Piece
	var issues []Issue
	var literal []rune
	flush := func() {
		if len(literal) > 0 {
			pieces = append(pieces, Piece{Text: string(literal)})
			literal = nil
		}
	}
	for i := 0; i < len(src); {
		if src[i] != '$' || at(src, i+1) != '{' || at(src, i+2) != '{' {
			if src[i] == '$' && at(src, i+1) == '$' && at(src, i+2) == '{' && at(src, i+3) == '{' {
				literal = append(literal, []rune("${{")...)
				i += 4
				continue
			}
			literal = append(literal, src[i])
			i++
			continue
		}
		end := endOfExpression(src, i+3)
		if end < 0 {
			issues = append(issues, Issue{Offset: i, Width: len(src) - i, Message: "this ${{ is never closed", Fix: "close it with }}, or write $${{ for a plain ${{"})
			return pieces, issues
		}
		flush()
		pieces = append(pieces, Piece{Text: string(src[i+3 : end]), Expression: true, Offset: i + 3})
		i = end + 2
	}
	flush()
	return pieces, issues
}

// endOfExpression returns where the }} stands that closes the expression that
// starts at i, or -1. Braces in maps and in texts do not close it.
func endOfExpression(src []rune, i int) int {
	depth := 0
	for i < len(src) {
		if depth == 0 && src[i] == '}' && at(src, i+1) == '}' {
			return i
		}
		switch src[i] {
		case '{':
			depth++
		case '}':
			depth = max(0, depth-1)
		}
		i, _ = next(src, i)
	}
	return -1
}

// Whole returns the one expression of a text that is nothing else.
func Whole(pieces []Piece) (Piece, bool) {
	var only Piece
	found := 0
	for _, p := range pieces {
		switch {
		case p.Expression:
			only = p
			found++
		case strings.TrimSpace(p.Text) != "":
			return Piece{}, false
		}
	}
	return only, found == 1
}

// Joins reports whether an expression may glue texts together, by + or format.
// What stands in quotes or in comments is passed over.
func Joins(source string) bool {
	before, name := "", false
	for _, t := range scan([]rune(source)) {
		if t.kind == mark && (t.text == "+" || t.text == "(" && name) {
			return true
		}
		name = before == "." && t.kind == word && t.text == "format"
		before = t.text
	}
	return false
}
