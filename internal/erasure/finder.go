package erasure

import (
	"bytes"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/harrier-soar/harrier"
)

const (
	maxIdentifiers = 20
	minIdentifier  = 4
	maxIdentifier  = 320
)

// Finder finds the identifiers of a person in texts, in whatever case, and
// overwrites them. It is safe for concurrent use.
type Finder struct {
	form *regexp.Regexp
	wide [][]byte // as UTF-16, in files
	mark func(identifier string) string
}

// NewFinder returns a finder of identifiers. Mark says what is written in the
// place of one.
func NewFinder(identifiers []string, mark func(identifier string) string) *Finder {
	f := &Finder{mark: mark}
	var forms []string
	for _, id := range identifiers {
		for _, form := range spellings(id) {
			forms = append(forms, regexp.QuoteMeta(form))
		}
		for _, order := range []func(uint16) []byte{little, big} {
			var wide []byte
			for _, unit := range utf16.Encode([]rune(id)) {
				wide = append(wide, order(unit)...)
			}
			f.wide = append(f.wide, wide)
		}
	}
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) }) // the longest that fits counts
	f.form = regexp.MustCompile(`(?i)(?:` + strings.Join(forms, "|") + `)`)
	return f
}

func little(u uint16) []byte { return []byte{byte(u), byte(u >> 8)} }
func big(u uint16) []byte    { return []byte{byte(u >> 8), byte(u)} }

// spellings are how an identifier may stand in a text, a JSON text or an address.
func spellings(id string) []string {
	list := []string{id, url.QueryEscape(id), url.PathEscape(id)}
	if quoted, err := json.Marshal(id); err == nil {
		list = append(list, strings.Trim(string(quoted), `"`))
	}
	var ascii strings.Builder
	for _, unit := range utf16.Encode([]rune(id)) {
		if unit < 0x80 {
			ascii.WriteByte(byte(unit))
			continue
		}
		const digits = "0123456789abcdef"
		ascii.WriteString(`\u` + string([]byte{digits[unit>>12], digits[unit>>8&15], digits[unit>>4&15], digits[unit&15]}))
	}
	list = append(list, ascii.String())
	slices.Sort(list)
	return slices.Compact(list)
}

// In reports whether a text names the person.
func (f *Finder) In(text []byte) bool {
	for at := 0; at < len(text); {
		found := f.form.FindIndex(text[at:])
		if found == nil {
			return false
		}
		if alone(text, at+found[0], at+found[1]) {
			return true
		}
		at += found[0] + 1
	}
	return false
}

// Erase overwrites what names the person.
func (f *Finder) Erase(text []byte) []byte {
	var out []byte
	last := 0
	for at := 0; at < len(text); {
		found := f.form.FindIndex(text[at:])
		if found == nil {
			break
		}
		from, to := at+found[0], at+found[1]
		if !alone(text, from, to) {
			at = from + 1
			continue
		}
		out = append(append(out, text[last:from]...), f.mark(strings.ToLower(string(text[from:to])))...)
		last, at = to, to
	}
	return append(out, text[last:]...)
}

// alone reports whether a place of a text is a whole identifier, and not a part
// of another, such as jane of jane.doe or of jane@corp.example.
func alone(text []byte, from, to int) bool {
	before, n := utf8.DecodeLastRune(text[:from])
	beyond, _ := utf8.DecodeLastRune(text[:from-n])
	if part(before) && !escaped(text, from) || joins(before) && part(beyond) {
		return false
	}
	after, n := utf8.DecodeRune(text[to:])
	beyond, _ = utf8.DecodeRune(text[to+n:])
	return !part(after) && (!joins(after) || !part(beyond))
}

// escaped tells that what stands before is a sign that JSON escapes, as in \njane.
func escaped(text []byte, at int) bool {
	return at >= 2 && text[at-2] == '\\' && strings.IndexByte("nrtbf", text[at-1]) >= 0 && (at < 3 || text[at-3] != '\\')
}

func part(r rune) bool  { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }
func joins(r rune) bool { return r == '.' || r == '-' || r == '@' || r == '+' }

// InFile reports whether a piece of a file names the person, as text of either width.
func (f *Finder) InFile(piece []byte) bool {
	return f.form.Match(piece) || slices.ContainsFunc(f.wide, func(w []byte) bool { return bytes.Contains(piece, w) })
}

// Identifiers reads what names a person: user:jane, email:jane@corp.example, or
// the bare value.
func Identifiers(list []string) ([]string, error) {
	if len(list) == 0 || len(list) > maxIdentifiers {
		return nil, harrier.Errorf(harrier.Invalid, "subject: name the person by 1 to %d identifiers, such as user:jane and email:jane@corp.example", maxIdentifiers)
	}
	var out []string
	for _, s := range list {
		value := Value(s)
		switch {
		case len(value) < minIdentifier || len(value) > maxIdentifier || !utf8.ValidString(value):
			return nil, harrier.Errorf(harrier.Invalid, "subject: %q has to have %d to %d bytes; a shorter one would be found in what is about others", value, minIdentifier, maxIdentifier)
		case strings.ContainsFunc(value, unicode.IsControl):
			return nil, harrier.Errorf(harrier.Invalid, "subject: %q has control characters", value)
		case !slices.Contains(out, s):
			out = append(out, s)
		}
	}
	return out, nil
}

// Value is an identifier without its type.
func Value(identifier string) string {
	s := strings.TrimSpace(identifier)
	if kind, value, ok := strings.Cut(s, ":"); ok && kind != "" && strings.Trim(kind, "abcdefghijklmnopqrstuvwxyz") == "" {
		return strings.TrimSpace(value)
	}
	return s
}

// values are identifiers without their types.
func values(list []string) (out []string) {
	for _, s := range list {
		out = append(out, Value(s))
	}
	return out
}
