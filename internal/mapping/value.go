package mapping

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/expr"
)

// value says where a value comes from: the first of its ways that gives one.
type value struct {
	ways []way
	// otherwise is what it is where no way gives anything; nil for nothing.
	otherwise any
}

// way is one way to a value: a path or an expression, and what is done to it.
type way struct {
	// when must hold for the way to be gone at all.
	when    pattern
	path    *fieldPath
	program *expr.Program
	// fixed is the value itself, where there is neither path nor expression.
	fixed any
	// find takes a part of a text: its first group, or all that it matches.
	find *regexp.Regexp
	// split takes a text apart.
	split string
	// table replaces words; keys are in lower case.
	table map[string]string
	// scale replaces numbers: by the last whose least the number reaches, in ascending order.
	scale []threshold
}

// threshold is a line of a scale.
type threshold struct {
	least float64
	word  string
}

// view is an event on its way to a finding. It is used by one goroutine.
type view struct {
	ctx context.Context //nolint:containedctx // one evaluation of one event, never kept
	// whole is the delivered document, event the alert in it, item one entry of a list in it.
	whole, event, item any
	meta               map[string]any
	now                time.Time
	finder             finder
	// stopped is why the work must end, such as a context that was cancelled.
	stopped error
}

// Lookup implements expr.Scope.
func (v *view) Lookup(name string) (any, bool) {
	switch name {
	case "event":
		return v.event, true
	case "whole":
		return v.whole, true
	case "item":
		return v.item, v.item != nil
	case "meta":
		return v.meta, true
	}
	return nil, false
}

// start returns where a path starts.
func (v *view) start(p *fieldPath) any {
	switch {
	case p.whole:
		return v.whole
	case v.item != nil:
		return v.item
	}
	return v.event
}

// all returns the values; they are good until the next call.
func (w *value) all(v *view) []any {
	if w == nil {
		return nil
	}
	for i := range w.ways {
		if found := w.ways[i].all(v); len(found) > 0 {
			return found
		}
	}
	if w.otherwise != nil {
		return []any{w.otherwise}
	}
	return nil
}

// text returns the first value that can be written as text.
func (w *value) text(v *view) string {
	for _, found := range w.all(v) {
		if text, ok := asText(found); ok {
			return text
		}
	}
	return ""
}

// texts returns all values that can be written as text.
func (w *value) texts(v *view) []string {
	var out []string
	for _, found := range w.all(v) {
		if text, ok := asText(found); ok {
			out = append(out, text)
		}
	}
	return out
}

// all returns what one way gives.
func (w *way) all(v *view) []any {
	if w.when != nil && !v.holds(w.when) {
		return nil
	}
	var found []any
	switch {
	case w.program != nil:
		found = v.compute(w.program)
	case w.path != nil:
		found = v.finder.all(v.start(w.path), w.path)
	case w.fixed != nil:
		return []any{w.fixed}
	}
	found = scalars(found)
	if len(found) == 0 || w.find == nil && w.split == "" && w.table == nil && w.scale == nil {
		return found
	}
	out := make([]any, 0, len(found))
	for _, one := range found {
		text, ok := asText(one)
		if !ok {
			continue
		}
		for part := range w.parts(text) {
			if word, ok := w.word(part); ok && !saysNothing(word) {
				out = append(out, word)
			}
		}
	}
	return out
}

// holds reports whether conditions hold where paths start.
func (v *view) holds(p pattern) bool {
	at := v.event
	if v.item != nil {
		at = v.item
	}
	look := finder{dotted: v.finder.dotted, loose: v.finder.loose}
	return p.holds(&look, at)
}

// scalars leaves out objects: a field of a finding is a text, a number or a boolean.
func scalars(found []any) []any {
	isObject := func(v any) bool { _, ok := v.(map[string]any); return ok }
	if slices.ContainsFunc(found, isObject) {
		return slices.DeleteFunc(found, isObject)
	}
	return found
}

// maxSearched bounds the text that an expression is looked for in.
const maxSearched = 64 << 10

// parts yields what is taken of a text.
func (w *way) parts(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		if w.find != nil {
			m := w.find.FindStringSubmatch(text[:min(len(text), maxSearched)])
			if m == nil {
				return
			}
			text = m[len(m)-1]
		}
		if w.split == "" {
			yield(text)
			return
		}
		for part := range strings.SplitSeq(text, w.split) {
			if !yield(strings.TrimSpace(part)) {
				return
			}
		}
	}
}

// word replaces a text by what the table or the scale has for it.
func (w *way) word(text string) (string, bool) {
	if w.table != nil {
		word, ok := w.table[strings.ToLower(text)]
		return word, ok
	}
	if w.scale == nil {
		return text, true
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return "", false
	}
	word, ok := "", false
	for _, t := range w.scale {
		if n >= t.least {
			word, ok = t.word, true
		}
	}
	return word, ok
}

// compute evaluates an expression. One that reads what is not there gives
// nothing; that is how alternatives are told apart.
func (v *view) compute(p *expr.Program) []any {
	if v.stopped != nil {
		return nil
	}
	result, err := p.Eval(v.ctx, v, v.now)
	if err != nil {
		if harrier.KindOf(err) == harrier.Unavailable {
			v.stopped = err
		}
		return nil
	}
	f := finder{}
	f.add(result)
	return f.found
}
