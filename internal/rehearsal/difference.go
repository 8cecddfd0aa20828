package rehearsal

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// mostDifferences is how many differences of one value are told.
const mostDifferences = 10

// differences says in which fields a value lacks what is wanted of it. Fields
// of objects that nothing is said of may have any value; lists must be as long
// as wanted; nothing (null) is wanted where a field must be absent.
func differences(want map[string]any, got any) []string {
	object, _ := got.(map[string]any)
	var c comparison
	c.object("", want, object)
	if extra := len(c.found) - mostDifferences; extra > 0 {
		return append(c.found[:mostDifferences], fmt.Sprintf("… and %d more differences", extra))
	}
	return c.found
}

// comparison gathers differences.
type comparison struct{ found []string }

func (c *comparison) object(path string, want, got map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		c.value(strings.TrimPrefix(path+"."+name, "."), want[name], got[name])
	}
}

func (c *comparison) value(path string, want, got any) {
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			c.object(path, w, g)
			return
		}
	case []any:
		if g, ok := got.([]any); ok {
			c.list(path, w, g)
			return
		}
	default:
		if same(want, got) {
			return
		}
	}
	c.found = append(c.found, fmt.Sprintf("%s: want %s, got %s", path, shown(want), shown(got)))
}

func (c *comparison) list(path string, want, got []any) {
	if len(want) != len(got) {
		c.found = append(c.found, fmt.Sprintf("%s: want %d items, got %d: want %s, got %s", path, len(want), len(got), shown(want), shown(got)))
		return
	}
	for i := range want {
		c.value(fmt.Sprintf("%s[%d]", path, i), want[i], got[i])
	}
}

// same reports whether two scalars are equal; 1 and 1.0 are.
func same(a, b any) bool {
	x, ok := number(a)
	y, ok2 := number(b)
	if ok && ok2 {
		return x == y
	}
	switch b.(type) {
	case map[string]any, []any:
		return false
	}
	return a == b
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// shown is a value as a failure shows it: as JSON, cut where it is long.
func shown(v any) string {
	const most = 160
	if v == nil {
		return "nothing"
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil { // values in a run are JSON values
		return fmt.Sprint(v)
	}
	text := []rune(strings.TrimSpace(b.String()))
	if len(text) > most {
		return string(text[:most]) + "…"
	}
	return string(text)
}

// quoted is a text as a failure shows it; nothing where it is empty.
func quoted(s string) string {
	if s == "" {
		return ""
	}
	return shown(s)
}
