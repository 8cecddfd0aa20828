package rest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/schema"
)

// language is a query language that values are put into as literals.
type language string

// The languages. Prose is text for people: nothing in it is syntax.
const (
	kql    language = "kql" // Kusto, as in Microsoft Sentinel and Defender
	odata  language = "odata"
	spl    language = "spl"
	lucene language = "lucene"
	ldap   language = "ldap" // search filters, RFC 4515
	jql    language = "jql"
	gmail  language = "gmail" // the search of Gmail
	prose  language = "text"
)

// languages lists the languages by name.
func languages() []string {
	return []string{string(kql), string(odata), string(spl), string(lucene), string(ldap), string(jql), string(gmail), string(prose)}
}

// quotes reports whether literals of the language bring quotes of their own.
func (l language) quotes() bool { return l != ldap && l != prose }

// literal returns a value as a complete literal of the language. kind is the
// declared kind of the value, for times. Values that the language has no safe
// spelling for are refused.
func (l language) literal(v any, kind schema.Kind) (string, error) {
	switch v := v.(type) {
	case string:
		if kind == schema.Timestamp && l.quotes() {
			return l.time(v)
		}
		return l.text(v)
	case bool:
		return strconv.FormatBool(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case []any:
		return l.list(v)
	}
	return "", connector.Errorf(connector.Invalid, "a value that is no text, number, boolean or list cannot be part of a %s query", l)
}

// gmailCharacters have no meaning of their own in the search of Gmail.
const gmailCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.@_-+=<>$~!#%&*/?^'"

// text returns a text as a literal.
func (l language) text(s string) (string, error) {
	control := strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) })
	switch l {
	case prose:
		return s, nil
	case ldap:
		return ldapEscape(s), nil
	case odata:
		if control {
			return "", l.refuse("control characters")
		}
		return "'" + strings.ReplaceAll(s, "'", "''") + "'", nil
	case spl:
		// SPL has no way to write these as themselves: * matches anything, and
		// backticks name macros.
		if control || strings.ContainsAny(s, "*`") {
			return "", l.refuse("control characters, * or `")
		}
		return `"` + escape(s, `\"`) + `"`, nil
	case kql:
		return kqlText(s), nil
	case gmail:
		// A quote cannot be written in it at all, and what has no blanks and no
		// syntax stands as it is, since some operators take no quotes.
		if control || strings.Contains(s, `"`) {
			return "", l.refuse("control characters or quotes")
		}
		if plain := strings.Trim(s, gmailCharacters) == "" && !strings.HasPrefix(s, "-") && s != ""; plain {
			return s, nil
		}
		return `"` + s + `"`, nil
	case lucene, jql:
		if control {
			return "", l.refuse("control characters")
		}
		return `"` + escape(s, `\"`) + `"`, nil
	}
	return "", connector.Errorf(connector.Invalid, "unknown query language %q", l)
}

// refuse returns the error for a text that cannot be written.
func (l language) refuse(what string) error {
	return connector.Errorf(connector.Invalid, "a value has %s, which cannot be part of a %s query", what, l)
}

// time returns a time as a literal.
func (l language) time(s string) (string, error) {
	if strings.Trim(s, "0123456789-:.TZ+") != "" {
		return "", connector.Errorf(connector.Invalid, "%q is not a time", s)
	}
	switch l {
	case kql:
		return "datetime(" + s + ")", nil
	case odata:
		return s, nil
	case spl, lucene, jql, gmail, ldap, prose:
	}
	return `"` + s + `"`, nil
}

// list returns a list of literals in brackets, for the operators in and has_any.
func (l language) list(items []any) (string, error) {
	if !l.quotes() && l != prose || l == spl && len(items) == 0 || len(items) == 0 && l != prose {
		return "", connector.Errorf(connector.Invalid, "an empty list, or a list in %s, cannot be part of a query", l)
	}
	parts := make([]string, len(items))
	for i, item := range items {
		part, err := l.literal(item, schema.String)
		if err != nil {
			return "", err
		}
		parts[i] = part
	}
	switch l {
	case prose:
		return strings.Join(parts, ", "), nil
	case gmail:
		return "{" + strings.Join(parts, " ") + "}", nil
	case lucene:
		return "(" + strings.Join(parts, " OR ") + ")", nil
	case kql, odata, spl, jql, ldap:
	}
	return "(" + strings.Join(parts, ", ") + ")", nil
}

// escape puts a backslash before each of these characters.
func escape(s, special string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune(special, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// kqlText returns a Kusto string literal.
func kqlText(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '\\' || r == '"':
			b.WriteByte('\\')
			b.WriteRune(r)
		case unicode.IsControl(r) || r == '\u2028' || r == '\u2029':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// ldapEscape escapes an assertion value as RFC 4515 says.
func ldapEscape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || slices.Contains([]byte(`\*()`), c) {
			fmt.Fprintf(&b, `\%02x`, c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
