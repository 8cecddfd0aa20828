package scim

import (
	"encoding/json"
	"strings"
	"unicode"

	"github.com/harrier-soar/harrier"
)

// Test is a comparison of a filter: an attribute, in lower case, that has a value.
type Test struct{ Attribute, Value string }

// The bounds of filters and paths.
const (
	maxFilter = 2000
	maxTests  = 10
)

// ParseFilter reads a filter: comparisons by eq, joined by and. An empty text is
// no filter.
func ParseFilter(text string) ([]Test, error) {
	if len(text) > maxFilter {
		return nil, badFilter("it is longer than %d bytes", maxFilter)
	}
	var tests []Test
	for rest := strings.TrimSpace(text); rest != ""; {
		t, after, err := parseTest(rest)
		if err != nil {
			return nil, err
		}
		if tests = append(tests, t); len(tests) > maxTests {
			return nil, badFilter("it compares more than %d attributes", maxTests)
		}
		if rest = strings.TrimSpace(after); rest == "" {
			break
		}
		word, more := cutWord(rest)
		if rest = more; !strings.EqualFold(word, "and") || rest == "" {
			return nil, badFilter("%q stands where only and, with another comparison, can", word)
		}
	}
	return tests, nil
}

func badFilter(format string, args ...any) error {
	return &Fault{Type: "invalidFilter", Err: harrier.Errorf(harrier.Invalid, "the filter cannot be used: "+format+`; write userName eq "ann"`, args...)}
}

// parseTest reads one comparison and returns what follows it.
func parseTest(text string) (t Test, rest string, err error) {
	name, rest := cutWord(text)
	op, rest := cutWord(rest)
	if t.Attribute = plainName(name); t.Attribute == "" {
		return t, "", badFilter("%q is no attribute", name)
	}
	if !strings.EqualFold(op, "eq") {
		return t, "", badFilter("%q is not understood: only eq is", op)
	}
	t.Value, rest, err = cutValue(rest)
	return t, rest, err
}

// cutWord cuts the first word off, with the space after it.
func cutWord(text string) (word, rest string) {
	i := strings.IndexFunc(text, unicode.IsSpace)
	if i < 0 {
		return text, ""
	}
	return text[:i], strings.TrimLeftFunc(text[i:], unicode.IsSpace)
}

// cutValue cuts a text, true or false off.
func cutValue(text string) (value, rest string, err error) {
	if !strings.HasPrefix(text, `"`) {
		value, rest = cutWord(text)
		if value != "true" && value != "false" {
			return "", "", badFilter("%q is no value; write texts in double quotes", value)
		}
		return value, rest, nil
	}
	end := 1
	for ; end < len(text) && text[end] != '"'; end++ {
		if text[end] == '\\' {
			end++
		}
	}
	if end >= len(text) || json.Unmarshal([]byte(text[:end+1]), &value) != nil {
		return "", "", badFilter("a text in it does not end, or is none of JSON")
	}
	rest = text[end+1:]
	if rest != "" && !unicode.IsSpace(rune(rest[0])) {
		return "", "", badFilter("something stands right after a text")
	}
	return value, rest, nil
}

// plainName is an attribute without the schema before it, in lower case; empty
// where it is none.
func plainName(name string) string {
	if strings.HasPrefix(strings.ToLower(name), "urn:") {
		name = name[strings.LastIndexByte(name, ':')+1:]
	}
	for _, r := range name {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-$", r) {
			return ""
		}
	}
	return strings.ToLower(name)
}

// Path is where a change of a resource takes place.
type Path struct {
	// Attribute is in lower case; empty is the resource itself.
	Attribute string
	// Only selects the values that have all of these.
	Only []Test
}

// ParsePath reads a path, as in members[value eq "x"].
func ParsePath(text string) (p Path, err error) {
	text = strings.TrimSpace(text)
	if len(text) > maxFilter {
		return p, badPath(text[:40])
	}
	if text == "" {
		return p, nil
	}
	name, rest, filtered := strings.Cut(text, "[")
	if p.Attribute = plainName(name); p.Attribute == "" {
		return p, badPath(text)
	}
	if !filtered {
		return p, nil
	}
	at := strings.LastIndexByte(rest, ']')
	if at < 0 {
		return p, badPath(text)
	}
	if p.Only, err = ParseFilter(rest[:at]); err != nil || len(p.Only) == 0 {
		return p, badPath(text)
	}
	if sub := rest[at+1:]; sub != "" {
		inner := plainName(strings.TrimPrefix(sub, "."))
		if !strings.HasPrefix(sub, ".") || inner == "" {
			return p, badPath(text)
		}
		p.Attribute += "." + inner
	}
	return p, nil
}

func badPath(text string) error {
	return &Fault{Type: "invalidPath", Err: harrier.Errorf(harrier.Invalid, `the path %q cannot be used; write active, or members[value eq "…"]`, text)}
}

// Fault is an error with the word that SCIM has for it.
type Fault struct {
	Type string
	Err  error
}

// Error implements [error].
func (f *Fault) Error() string { return f.Err.Error() }

// Unwrap gives the error its kind.
func (f *Fault) Unwrap() error { return f.Err }
