package expr

// piece is a part of a text with ${{ }}: literal text, or an expression.
type piece struct {
	text string
	// expression tells that text stood inside ${{ }}; offset is where, in characters.
	expression bool
	offset     int
}

// split cuts a text at its ${{ }}. $${{ is written for a ${{ that is text.
func split(text string) ([]piece, []Issue) {
	src := []rune(text)
	var pieces []piece
	var issues []Issue
	var literal []rune
	flush := func() {
		if len(literal) > 0 {
			pieces = append(pieces, piece{text: string(literal)})
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
		pieces = append(pieces, piece{text: string(src[i+3 : end]), expression: true, offset: i + 3})
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
