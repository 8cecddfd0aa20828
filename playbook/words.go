package playbook

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/harrier-soar/harrier/document"
)

// want says what a shape takes, as in "must be a duration".
func (s shape) want(g *grammar) string {
	out := s.wantAlone()
	if s.or != nil {
		out += " or " + g.resolve(*s.or).wantAlone()
	}
	return out
}

// wantAlone says what a shape takes, its alternative left out.
func (s shape) wantAlone() string {
	switch s.form {
	case textForm, boolForm:
		if len(s.values) > 0 {
			return orList(s.values)
		}
		if s.form == boolForm {
			return "true or false"
		}
		return "text"
	case nameForm:
		return "a name"
	case exprForm:
		return "an expression"
	case templateForm:
		return "text, which may hold ${{ }}"
	case intForm, numberForm:
		return s.wantNumber()
	case durationForm:
		return "a duration such as 15m"
	case listForm:
		return "a list"
	case mapForm, dictForm:
		return "a map"
	case stepForm:
		return "a step"
	case anyForm, treeForm:
		return "a value"
	}
	return "something else"
}

// wantNumber says which numbers a shape takes.
func (s shape) wantNumber() string {
	what := "a number"
	if s.form == intForm {
		what = "a whole number"
	}
	switch {
	case s.max == 0:
		return what
	case s.min == s.max:
		return fmt.Sprint(s.min)
	}
	return fmt.Sprintf("%s from %d to %d", what, s.min, s.max)
}

// howTo shows how to write a value of the shape under a key.
func (s shape) howTo(name string) string {
	name = strings.TrimPrefix(name, "an item of ")
	if s.form == listForm {
		return name + " as a list, one - item a line"
	}
	if s.form == mapForm || s.form == dictForm {
		return name + " as a map, one key: value a line"
	}
	if s.form == stepForm {
		return "a step as a map, such as - uses: case.open"
	}
	return name + ": " + s.sample()
}

// sample is a value of a scalar shape.
func (s shape) sample() string {
	switch {
	case s.example != "":
		return s.example
	case len(s.values) > 0:
		return s.values[0]
	}
	switch s.form {
	case boolForm:
		return "true"
	case intForm, numberForm:
		return fmt.Sprint(max(1, s.min))
	case durationForm:
		return "15m"
	case nameForm:
		return "my_name"
	case exprForm:
		return `alert.severity == "high"`
	case anyForm, textForm, templateForm, treeForm, listForm, mapForm, dictForm, stepForm:
	}
	return "…"
}

// kindName says what a value is.
func kindName(k document.Kind) string {
	switch k {
	case document.Map:
		return "a map"
	case document.List:
		return "a list"
	case document.String:
		return "text"
	case document.Int, document.Float:
		return "a number"
	case document.Bool:
		return "true or false"
	case document.Null:
		return "null"
	}
	return "something else"
}

// orList joins words as in "a, b or c".
func orList(words []string) string { return join(words, "or") }

// andList joins words as in "a, b and c".
func andList(words []string) string { return join(words, "and") }

// join joins words with commas and a last conjunction.
func join(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	end := len(words) - 1
	return strings.Join(words[:end], ", ") + " " + last + " " + words[end]
}

// lowerFirst makes a help text part of a sentence; names such as CEL stay.
func lowerFirst(help string) string {
	help = strings.TrimSuffix(help, ".")
	first, size := utf8.DecodeRuneInString(help)
	if next, _ := utf8.DecodeRuneInString(help[size:]); unicode.IsUpper(next) {
		return help
	}
	return string(unicode.ToLower(first)) + help[size:]
}
