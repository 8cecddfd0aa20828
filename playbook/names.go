package playbook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/expr"
)

// reservedNames are names that already mean something where steps and items
// are named.
func reservedNames() []string {
	return append(keywords(), "alert", "case", "inputs", "steps", "run", "now", "summary", "output", "status", "error")
}

// keywords are the words of expressions that cannot stand after a dot.
func keywords() []string { return []string{"true", "false", "null", "in", "not"} }

// variableWords are those that cannot be variables of expressions.
func variableWords() []string {
	return []string{
		"as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
		"namespace", "return", "var", "void", "while",
	}
}

const maxName = 64

// badName says why a text cannot be a name that expressions use, or "".
func badName(name string) string {
	switch {
	case name == "":
		return "it is empty"
	case len(name) > maxName:
		return fmt.Sprintf("it has more than %d characters", maxName)
	case slices.Contains(reservedNames(), name):
		return "the word is reserved"
	case !isName(name):
		return "names are lower-case letters, digits and _, and begin with a letter"
	}
	return ""
}

// badField says why a text cannot be the name of a value after a dot, or "".
func badField(name string) string {
	switch {
	case slices.Contains(keywords(), name):
		return "the word is reserved"
	case slices.Contains(reservedNames(), name):
		return ""
	}
	return badName(name)
}

// isName reports whether a text is written like a name.
func isName(name string) bool {
	for i, c := range []byte(name) {
		letter := c >= 'a' && c <= 'z'
		if !letter && (i == 0 || c != '_' && (c < '0' || c > '9')) {
			return false
		}
	}
	return name != ""
}

// nameLike returns a proper name that is like a text.
func nameLike(text string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(text) {
		switch {
		case c >= 'a' && c <= 'z', b.Len() > 0 && c >= '0' && c <= '9':
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	name := strings.Trim(b.String(), "_")
	if len(name) > maxName {
		name = strings.Trim(name[:maxName], "_")
	}
	if badName(name) != "" || isTry(name) || slices.Contains(variableWords(), name) {
		return strings.Trim("my_"+name, "_")
	}
	return name
}

// name checks a name of the author's choice.
func (v *validator) name(n *document.Node, at place) {
	why := badName(n.Text)
	switch {
	case why == "" && at.name == "id" && isTry(n.Text):
		why = "try and a number mark repeated calls in step paths"
	case why == "" && at.name == "as" && slices.Contains(variableWords(), n.Text):
		why = "the word is reserved in expressions"
	}
	if why != "" {
		v.reject(n, "name", fmt.Sprintf("%q cannot be the %s: %s", n.Text, nameRole(at.name), why), "name it "+nameLike(n.Text))
	}
}

// nameRole says what a name is for.
func nameRole(key string) string {
	switch key {
	case "id":
		return "id of a step"
	case "as":
		return "name of a loop's item"
	}
	return "name of " + key
}

// isTry reports whether a name looks like the mark of a repeated call.
func isTry(name string) bool {
	digits, ok := strings.CutPrefix(name, "try")
	return ok && digits != "" && strings.Trim(digits, "0123456789") == ""
}

// duration checks a duration and says how to write numbers without a unit.
func (v *validator) duration(n *document.Node, at place) {
	if n.Kind != document.String {
		v.reject(n, "duration", fmt.Sprintf("%s has no unit", at.name), fmt.Sprintf("write %s: %ss for seconds, %sm for minutes", at.name, n.Text, n.Text))
		return
	}
	d, err := expr.ParseDuration(n.Text)
	switch {
	case err != nil:
		v.reject(n, "duration", fmt.Sprintf("%q is not a duration", n.Text), fmt.Sprintf("write %s: 90s, 15m, 2h or 30d", at.name))
	case d <= 0:
		v.reject(n, "duration", at.name+" must be longer than nothing", fmt.Sprintf("write %s: 90s, 15m, 2h or 30d", at.name))
	}
}
