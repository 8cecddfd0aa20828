package expr

import (
	"fmt"
	"strings"

	"cel.dev/cel-go/cel"
)

// syntax turns the errors of CEL's parser into issues. Where the words of
// another language stand in the expression, those are the issues.
func (c *check) syntax(errors []*cel.Error) {
	if foreign := c.foreign(); len(foreign) > 0 {
		c.issues = append(c.issues, foreign...)
		return
	}
	lines := lineStarts([]rune(c.source.text))
	for _, err := range errors {
		line := min(max(err.Location.Line()-1, 0), len(lines)-1)
		start := c.source.original(lines[line] + max(0, err.Location.Column()))
		offset, width := c.token(start, start)
		message := strings.TrimPrefix(err.Message, "Syntax error: ")
		c.issues = append(c.issues, Issue{
			Offset: min(offset, max(0, len(c.text)-1)), Width: max(1, width),
			Message: "the expression cannot be read here: " + readable(message), Fix: syntaxFix(message),
		})
	}
}

// lineStarts returns the offsets at which lines begin.
func lineStarts(src []rune) []int {
	starts := []int{0}
	for i, r := range src {
		if r == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// readable shortens a message of the parser.
func readable(message string) string {
	message, _, _ = strings.Cut(message, " expecting {")
	return strings.ReplaceAll(message, "<EOF>", "its end")
}

// syntaxFix says what to do about a message of the parser.
func syntaxFix(message string) string {
	switch {
	case strings.Contains(message, "token recognition error at: '\""), strings.Contains(message, "token recognition error at: ''"):
		return "close the quotes"
	case strings.Contains(message, "'<EOF>'"), strings.Contains(message, "at '<EOF>'"):
		return "the expression ends too early: close its brackets and give operators both sides"
	case strings.Contains(message, "expecting <EOF>"), strings.Contains(message, "extraneous input"):
		return "put an operator such as && between two values, or remove what is too much"
	}
	return "check brackets, quotes and operators around this place"
}

// foreign reports words and operators of other languages.
func (c *check) foreign() []Issue {
	var out []Issue
	tokens := scan(c.text)
	for i, t := range tokens {
		wrong, right := t.text, ""
		switch strings.ToLower(t.text) {
		case "and":
			right = "&&"
		case "or":
			right = "||"
		case "is":
			right = "=="
		case "not":
			if i+1 < len(tokens) && tokens[i+1].text == "in" {
				right = "!(… in …)"
			}
		case "=":
			right = "=="
		case "&":
			right = "&&"
		case "|":
			right = "||"
		case "“", "”", "„", "‘", "’", "«", "»":
			right = `"`
		}
		if right == "" || t.kind == quoted || t.kind == word && i > 0 && tokens[i-1].text == "." {
			continue
		}
		out = append(out, Issue{
			Offset: t.start, Width: t.end - t.start,
			Message: fmt.Sprintf("%s is not a word of this language", wrong), Fix: fmt.Sprintf("write %s instead of %s", right, wrong),
		})
	}
	return out
}
