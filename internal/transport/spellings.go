package transport

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Bounds of loose patterns: shorter values would be found by chance, longer
// ones are found line by line.
const (
	looseMin    = 8   // letters and digits in a value
	looseRun    = 4   // letters and digits in a row
	looseMax    = 512 // bytes of a value
	looseEscape = 16  // bytes that the escape of one byte may have
)

// loose finds one value under any mixture of escapes (JSON in a URL in HTML,
// and so on): its letters and digits in order, with escapes between them.
type loose struct {
	run string // its longest part, for a quick look
	re  *regexp.Regexp
}

// known is a value and all that finds it.
type known struct {
	value string
	exact []string
	loose []loose
}

func newKnown(value string) known {
	k := known{value: value}
	for _, core := range cores(value) {
		k.exact = append(k.exact, spellings(core)...)
		if l, ok := newLoose(core); ok {
			k.loose = append(k.loose, l)
		}
	}
	return k
}

func newPatterns(values []known) *patterns {
	p := &patterns{}
	for _, k := range values {
		p.list, p.loose = append(p.list, k.exact...), append(p.loose, k.loose...)
	}
	slices.SortFunc(p.list, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	p.list = slices.Compact(p.list)
	pairs := make([]string, 0, 2*len(p.list))
	for _, text := range p.list {
		pairs = append(pairs, text, redactedText)
	}
	p.replacer = strings.NewReplacer(pairs...)
	return p
}

// cores lists a value, its lines, and what it has inside of base64 and hexadecimal.
func cores(v string) []string {
	lower := hex.EncodeToString([]byte(v))
	out := append(base64Forms(v), v, lower, strings.ToUpper(lower))
	for line := range strings.SplitSeq(v, "\n") { // a log may show each line by itself
		if line = strings.TrimSpace(line); line != v && len(line) >= 2*looseMin && !strings.HasPrefix(line, "-----") {
			out = append(out, line)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// newLoose returns the loose pattern of a value; ok is false where an exact
// one is enough or a loose one would find too much.
func newLoose(v string) (l loose, ok bool) {
	if len(v) > looseMax {
		return loose{}, false
	}
	var re strings.Builder
	letters := 0
	for i := 0; i < len(v); {
		j := i
		for j < len(v) && isAlnum(v[j]) == isAlnum(v[i]) {
			j++
		}
		part := v[i:j]
		switch {
		case isAlnum(v[i]):
			letters += len(part)
			if len(part) > len(l.run) {
				l.run = part
			}
			re.WriteString(part)
		case i > 0 && j < len(v): // escapes at the ends tell nothing
			re.WriteString(gap(part))
		}
		i = j
	}
	if letters == len(v) || letters < looseMin || len(l.run) < looseRun {
		return loose{}, false
	}
	l.re = regexp.MustCompile(re.String()) // every piece of it is ours or quoted
	return l, true
}

// gap matches the escapes of part: one character that is no letter or digit,
// and then what escapes are made of, as little as possible.
func gap(part string) string {
	var own strings.Builder
	for _, r := range strings.ToValidUTF8(part, "") {
		own.WriteString(`\x{` + strconv.FormatInt(int64(r), 16) + `}`)
	}
	return `[^A-Za-z0-9][A-Za-z0-9%&#;\\` + own.String() + `]{0,` + strconv.Itoa(min(1000, looseEscape*len(part))) + `}?`
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// spellings lists the ways in which a value may be written in a URL, a header,
// a body, a log or a dump.
func spellings(v string) []string {
	query, path := url.QueryEscape(v), url.PathEscape(v)
	quoted, escaped := unquoted(strconv.Quote(v)), jsonText(v)
	out := []string{
		v, query, path, url.QueryEscape(query), lowerEscapes(query), lowerEscapes(path), percentAll(v),
		quoted, escaped, unquoted(strconv.Quote(escaped)), html.EscapeString(v),
	}
	for cut := range strings.SplitSeq(v, "\n") { // a log may show each line by itself
		if cut = strings.TrimSpace(cut); len(cut) >= 16 && !strings.HasPrefix(cut, "-----") {
			out = append(out, cut)
		}
	}
	out = append(out, base64Forms(v)...)
	return slices.DeleteFunc(out, func(s string) bool { return len(s) < minRedacted })
}

// base64Forms lists the text that v has inside any base64, whatever stands
// before it: three alignments in two alphabets, without the characters that
// depend on the neighbours.
func base64Forms(v string) []string {
	var out []string
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before, drop := range []int{0, 2, 3} {
			text := enc.EncodeToString(append(make([]byte, before), v...))
			if (before+len(v))%3 != 0 {
				text = text[:len(text)-1]
			}
			if len(text) > drop+minRedacted {
				out = append(out, text[drop:])
			}
		}
		out = append(out, enc.EncodeToString([]byte(v)))
	}
	return out
}

// jsonText is v as it stands between the quotes of a JSON string.
func jsonText(v string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return v
	}
	return unquoted(strings.TrimSpace(b.String()))
}

// unquoted drops the quotes around a quoted text.
func unquoted(s string) string { return s[1 : len(s)-1] }

// lowerEscapes writes the digits of percent escapes in lower case.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], bytes.ToLower(b[i+1:i+3]))
		}
	}
	return string(b)
}

// percentAll escapes every byte.
func percentAll(v string) string {
	var b strings.Builder
	for _, c := range []byte(v) {
		b.WriteByte('%')
		b.WriteString(strings.ToUpper(hex.EncodeToString([]byte{c})))
	}
	return b.String()
}
