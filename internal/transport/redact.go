package transport

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

const (
	// redactedText stands where a secret was; it is the same as that of harrier.Secret.
	redactedText = "[secret]"
	// minRedacted is the length from which a value is looked for. Shorter ones
	// would be found in ordinary words.
	minRedacted = 6
	// maxRemembered bounds how many values one connection remembers; tokens come and go.
	maxRemembered = 64
)

// redactor removes the secrets that it was told from texts, in the spellings in
// which they turn up. It is safe for concurrent use.
type redactor struct {
	mu       sync.Mutex // guards values
	values   []string   // oldest first
	patterns atomic.Pointer[patterns]
}

// patterns are all spellings of all values, longest first.
type patterns struct {
	list     []string
	replacer *strings.Replacer
}

// add remembers a value. Forgetting the oldest is safe: it is long expired.
func (r *redactor) add(values ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	changed := false
	for _, v := range values {
		if len(v) < minRedacted || slices.Contains(r.values, v) {
			continue
		}
		r.values, changed = append(r.values, v), true
	}
	if !changed {
		return
	}
	if over := len(r.values) - maxRemembered; over > 0 {
		r.values = slices.Delete(r.values, 0, over)
	}
	r.patterns.Store(newPatterns(r.values))
}

func newPatterns(values []string) *patterns {
	var list []string
	for _, v := range values {
		list = append(list, spellings(v)...)
	}
	slices.SortFunc(list, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	list = slices.Compact(list)
	pairs := make([]string, 0, 2*len(list))
	for _, p := range list {
		pairs = append(pairs, p, redactedText)
	}
	return &patterns{list, strings.NewReplacer(pairs...)}
}

// text returns s without the secrets.
func (r *redactor) text(s string) string {
	p := r.patterns.Load()
	if p == nil || !p.in(func(pattern string) bool { return strings.Contains(s, pattern) }) {
		return s
	}
	return p.replacer.Replace(s)
}

// bytes returns b without the secrets; b itself where there are none in it.
func (r *redactor) bytes(b []byte) []byte {
	p := r.patterns.Load()
	if p == nil || !p.in(func(pattern string) bool { return bytes.Contains(b, []byte(pattern)) }) {
		return b
	}
	return []byte(p.replacer.Replace(string(b)))
}

func (p *patterns) in(contains func(string) bool) bool { return slices.ContainsFunc(p.list, contains) }

// spellings lists the ways in which a value may be written in a URL, a header,
// a body, a log or a dump.
func spellings(v string) []string {
	query, path := url.QueryEscape(v), url.PathEscape(v)
	quoted, escaped := unquoted(strconv.Quote(v)), jsonText(v)
	out := []string{
		v, query, path, url.QueryEscape(query), lowerEscapes(query), lowerEscapes(path), percentAll(v),
		hex.EncodeToString([]byte(v)), strings.ToUpper(hex.EncodeToString([]byte(v))),
		quoted, escaped, unquoted(strconv.Quote(escaped)), html.EscapeString(v),
	}
	for _, cut := range strings.Split(v, "\n") { // a log may show each line by itself
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

// longest is the length of the longest pattern.
func (r *redactor) longest() int {
	p := r.patterns.Load()
	if p == nil || len(p.list) == 0 {
		return 0
	}
	return len(p.list[0])
}
