package transport

import (
	"bytes"
	"slices"
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
	values   []known    // oldest first
	patterns atomic.Pointer[patterns]
}

// patterns find all spellings of all values.
type patterns struct {
	list     []string // exact spellings, longest first
	replacer *strings.Replacer
	loose    []loose
}

// add remembers a value. Forgetting the oldest is safe: it is long expired.
func (r *redactor) add(values ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	changed := false
	for _, v := range values {
		if len(v) < minRedacted || slices.ContainsFunc(r.values, func(k known) bool { return k.value == v }) {
			continue
		}
		r.values, changed = append(r.values, newKnown(v)), true
	}
	if !changed {
		return
	}
	if over := len(r.values) - maxRemembered; over > 0 {
		r.values = slices.Delete(r.values, 0, over)
	}
	r.patterns.Store(newPatterns(r.values))
}

// text returns s without the secrets.
func (r *redactor) text(s string) string {
	p := r.patterns.Load()
	if p == nil {
		return s
	}
	if slices.ContainsFunc(p.list, func(pattern string) bool { return strings.Contains(s, pattern) }) {
		s = p.replacer.Replace(s)
	}
	for _, l := range p.loose {
		if strings.Contains(s, l.run) {
			s = l.re.ReplaceAllLiteralString(s, redactedText)
		}
	}
	return s
}

// bytes returns b without the secrets; b itself where there are none in it.
func (r *redactor) bytes(b []byte) []byte {
	p := r.patterns.Load()
	if p == nil || !p.suspect(b) {
		return b
	}
	return []byte(r.text(string(b)))
}

// suspect is a quick check that finds nothing in nearly every answer.
func (p *patterns) suspect(b []byte) bool {
	return slices.ContainsFunc(p.loose, func(l loose) bool { return bytes.Contains(b, []byte(l.run)) }) ||
		slices.ContainsFunc(p.list, func(pattern string) bool { return bytes.Contains(b, []byte(pattern)) })
}

// longest bounds the length of what a pattern finds.
func (r *redactor) longest() int {
	p := r.patterns.Load()
	if p == nil || len(p.list) == 0 {
		return 0
	}
	return 4 * len(p.list[0])
}
