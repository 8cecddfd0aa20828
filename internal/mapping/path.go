package mapping

import (
	"errors"
	"reflect"
	"strconv"
	"strings"
)

// fieldPath says where something stands in an event: names with dots between them,
// each of which may be a key of its own or a part of a key with dots in it.
// Behind a name may stand [] for all items of a list, [2] for one, and
// [key=value] for those with that value. A name that meets a list is looked for
// in all its items.
type fieldPath struct {
	text string
	// whole tells that it starts from the delivered document, not from the alert in it.
	whole bool
	steps []step
}

// step is a run of names with what stands in brackets behind the last of them.
type step struct {
	names string
	// ends are where the names end in names.
	ends []int
	// folded and foldedEnds are the same of the names as fold spells them.
	folded     string
	foldedEnds []int
	pick       picker
	// index is the item that pickOne picks, counted from the end where negative.
	index int
	// key and want are what pickEqual compares.
	key  *fieldPath
	want string
}

// picker says what of a list is meant.
type picker int

const (
	pickNothing picker = iota
	pickAll
	pickOne
	pickEqual
)

// maxSteps bounds a path.
const maxSteps = 16

// parsePath reads a path.
func parsePath(text string) (*fieldPath, error) {
	p := &fieldPath{text: text}
	rest := text
	if after, ok := strings.CutPrefix(rest, "/"); ok {
		p.whole, rest = true, after
	}
	if rest == "." || rest == "" && p.whole {
		return p, nil
	}
	if rest == "" || strings.ContainsAny(text, " \t\n\"'`(){},;<>|\\") && !strings.Contains(text, "[") {
		return nil, errors.New("a path is names with dots between them, such as rule.description")
	}
	for rest != "" {
		s, after, err := parseStep(rest)
		if err != nil {
			return nil, err
		}
		if p.steps = append(p.steps, s); len(p.steps) > maxSteps {
			return nil, errors.New("a path has at most 16 brackets")
		}
		rest = after
	}
	return p, nil
}

// parseStep reads names and what stands in brackets behind them.
func parseStep(text string) (s step, rest string, err error) {
	open := strings.IndexByte(text, '[')
	s.names, rest = text, ""
	if open >= 0 {
		s.names, rest = text[:open], text[open:]
	}
	at := 0
	for name := range strings.SplitSeq(s.names, ".") {
		if name == "" && s.names != "" {
			return s, "", errors.New("there is no name between two dots")
		}
		if at += len(name); name != "" {
			s.ends = append(s.ends, at)
			s.folded += fold(name) + "."
			s.foldedEnds = append(s.foldedEnds, len(s.folded)-1)
		}
		at++
	}
	if rest == "" {
		return s, "", nil
	}
	inside, after, ok := strings.Cut(rest[1:], "]")
	if !ok {
		return s, "", errors.New("the bracket is not closed")
	}
	if after != "" && after[0] != '.' && after[0] != '[' {
		return s, "", errors.New("behind a bracket comes a dot or another bracket")
	}
	return s, strings.TrimPrefix(after, "."), s.bracket(inside)
}

// bracket reads what stands between brackets.
func (s *step) bracket(inside string) error {
	key, want, equal := strings.Cut(inside, "=")
	switch n, err := strconv.Atoi(inside); {
	case inside == "":
		s.pick = pickAll
	case err == nil:
		s.pick, s.index = pickOne, n
	case equal:
		k, err := parsePath(key)
		if err != nil {
			return err
		}
		s.pick, s.key, s.want = pickEqual, k, want
	default:
		return errors.New("in brackets stands nothing, a number or key=value")
	}
	return nil
}

// finder collects what stands at a path.
type finder struct {
	found []any
	// dotted tells that the event has keys with dots in them.
	dotted bool
	// loose tells that upper and lower case, hyphens and underscores of names do not count.
	loose bool
	// folds holds the keys of the maps that were looked into last, as fold spells them.
	folds []folded
	next  int
}

// folded is a map by its keys as fold spells them.
type folded struct {
	of   uintptr
	keys map[string]any
}

// maxFolds is how many maps are kept so; an event has few in which many names are looked for.
const maxFolds = 8

// maxFound bounds what one path finds.
const maxFound = 1000

// find appends all that stands at a path of v.
func (f *finder) find(v any, p *fieldPath) { f.steps(v, p.steps) }

func (f *finder) steps(v any, steps []step) {
	if len(steps) == 0 {
		f.add(v)
		return
	}
	f.names(v, steps, 0)
}

// add keeps a value, and the items of a list one by one.
func (f *finder) add(v any) {
	list, ok := v.([]any)
	if !ok {
		if len(f.found) < maxFound && !absent(v) {
			f.found = append(f.found, v)
		}
		return
	}
	for _, item := range list {
		f.add(item)
	}
}

// names goes down from name k.
func (f *finder) names(v any, steps []step, k int) {
	s := &steps[0]
	if k == len(s.ends) {
		f.pick(v, steps)
		return
	}
	switch v := v.(type) {
	case map[string]any:
		for j := k; j < len(s.ends); j++ {
			if next, ok := f.get(v, s, k, j); ok {
				f.names(next, steps, j+1)
			}
			if !f.dotted {
				break
			}
		}
	case []any:
		for _, item := range v {
			if len(f.found) >= maxFound {
				return
			}
			f.names(item, steps, k)
		}
	}
}

// pick goes on with what the brackets pick.
func (f *finder) pick(v any, steps []step) {
	s, rest := &steps[0], steps[1:]
	if s.pick == pickNothing {
		f.steps(v, rest)
		return
	}
	list, ok := v.([]any)
	if !ok && s.pick == pickAll {
		return
	}
	if !ok {
		list = []any{v}
	}
	switch s.pick {
	case pickOne:
		i := s.index
		if i < 0 {
			i += len(list)
		}
		if i >= 0 && i < len(list) {
			f.steps(list[i], rest)
		}
	case pickAll, pickEqual, pickNothing:
		for _, item := range list {
			if s.pick == pickEqual && !f.equal(item, s) {
				continue
			}
			f.steps(item, rest)
		}
	}
}

// equal reports whether an item has the value that brackets ask for.
func (f *finder) equal(item any, s *step) bool {
	inner := finder{dotted: f.dotted, loose: f.loose}
	inner.find(item, s.key)
	for _, v := range inner.found {
		if text, ok := asText(v); ok && glob(s.want, text) {
			return true
		}
	}
	return false
}

// dig returns what stands at a path of names only, without collecting. ok is
// false where nothing does, or where a list is in the way.
func (f *finder) dig(v any, s *step) (found any, ok bool) {
	for k := range s.ends {
		m, isMap := v.(map[string]any)
		if !isMap {
			return nil, false
		}
		if v, ok = f.get(m, s, k, k); !ok {
			return nil, false
		}
	}
	return v, true
}

// all returns what stands at a path: nothing, one value, or several.
func (f *finder) all(v any, p *fieldPath) []any {
	if len(p.steps) == 1 && p.steps[0].pick == pickNothing {
		if one, ok := f.dig(v, &p.steps[0]); ok {
			if _, list := one.([]any); !list {
				if absent(one) {
					return nil
				}
				f.found = append(f.found[:0], one)
				return f.found
			}
		} else if _, list := v.([]any); !list && !f.dotted && !f.crosses(v, &p.steps[0]) {
			return nil
		}
	}
	f.found = f.found[:0]
	f.find(v, p)
	return f.found
}

// crosses reports whether a list is on the way along a path.
func (f *finder) crosses(v any, s *step) bool {
	for k := range s.ends {
		m, isMap := v.(map[string]any)
		if !isMap {
			_, list := v.([]any)
			return list
		}
		v, _ = f.get(m, s, k, k)
	}
	return false
}

// get returns the value of the key that names k to j of a step make.
func (f *finder) get(m map[string]any, s *step, k, j int) (any, bool) {
	v, ok := m[s.names[begin(s.ends, k):s.ends[j]]]
	if ok || !f.loose {
		return v, ok
	}
	v, ok = f.fold(m)[s.folded[begin(s.foldedEnds, k):s.foldedEnds[j]]]
	return v, ok
}

// begin returns where name k begins.
func begin(ends []int, k int) int {
	if k == 0 {
		return 0
	}
	return ends[k-1] + 1
}

// fold returns a map by its folded keys.
func (f *finder) fold(m map[string]any) map[string]any {
	of := reflect.ValueOf(m).Pointer()
	for i := range f.folds {
		if f.folds[i].of == of {
			return f.folds[i].keys
		}
	}
	one := folded{of, make(map[string]any, len(m))}
	for key, v := range m {
		one.keys[fold(key)] = v
	}
	if len(f.folds) < maxFolds {
		f.folds = append(f.folds, one)
		return one.keys
	}
	f.folds[f.next] = one
	f.next = (f.next + 1) % maxFolds
	return one.keys
}

// fold spells a name in lower case without hyphens and underscores.
func fold(name string) string {
	if !strings.ContainsFunc(name, func(r rune) bool { return r == '_' || r == '-' || r >= 'A' && r <= 'Z' }) {
		return name
	}
	out := make([]byte, 0, len(name))
	for i := range len(name) {
		switch c := name[i]; {
		case c == '_' || c == '-':
		case c >= 'A' && c <= 'Z':
			out = append(out, c+'a'-'A')
		default:
			out = append(out, c)
		}
	}
	return string(out)
}

// absent reports whether a value says nothing: products write nothing in many ways.
func absent(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return saysNothing(v)
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// saysNothing reports whether a text stands for nothing.
func saysNothing(text string) bool {
	if len(text) > 12 {
		return strings.TrimSpace(text) == ""
	}
	switch strings.TrimSpace(text) {
	case "", "-", "--", "N/A", "n/a", "NA", "null", "NULL", "(null)", "<unknown>", "<nil>", "None", "undefined", "<null>", "nil":
		return true
	}
	return false
}

// asText writes a scalar as text.
func asText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// glob reports whether a text fits a pattern, in which * stands for any characters.
func glob(pattern, text string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, head)
	if !ok {
		return false
	}
	for {
		part, after, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(text, part)
		}
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text, rest = text[at+len(part):], after
	}
}
