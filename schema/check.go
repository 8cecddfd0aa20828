package schema

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Mismatch is one place where a value is not what its type says.
type Mismatch struct {
	// Path is where, such as messages[3].id; empty for the value itself.
	Path string
	// Message says what is wrong, for people.
	Message string
	// Extra mismatches are fields that the type does not have. They were left
	// out of the value: an error in an input, harmless in an answer.
	Extra bool
}

// String returns the mismatch as one line.
func (m Mismatch) String() string {
	if m.Path == "" {
		return m.Message
	}
	return m.Path + ": " + m.Message
}

// Wrong returns the mismatches that are more than [Mismatch.Extra] fields.
func Wrong(all []Mismatch) []Mismatch {
	return slices.DeleteFunc(slices.Clone(all), func(m Mismatch) bool { return m.Extra })
}

const (
	maxDepth      = 64
	maxMismatches = 50
)

// Check compares a value with a type and returns it in canonical form: nil,
// bool, int64, float64, string, []any and map[string]any only, addresses and
// times spelled one way, fields that the type lacks left out. All mismatches are
// reported, up to 50; the value is then not to be used, unless only
// [Mismatch.Extra] ones are among them. The argument is not changed.
func Check(value any, t Type) (any, []Mismatch) {
	c := checker{}
	out := c.value("", value, Field{Type: t}, 0)
	return out, c.found
}

// CheckFields compares named values with their fields, bounds included, as
// [Check] does. It fills in no defaults; see [Defaults].
func CheckFields(in map[string]any, fields []Field) (map[string]any, []Mismatch) {
	c := checker{}
	out := c.object("", in, fields, 0)
	return out, c.found
}

// Defaults returns a copy of in where absent fields have their defaults, inside
// objects too. Values are shared with in and fields: do not change them.
func Defaults(fields []Field, in map[string]any) map[string]any {
	out := maps.Clone(in)
	if out == nil {
		out = make(map[string]any)
	}
	for _, f := range fields {
		if out[f.Name] == nil && f.Default != nil {
			out[f.Name] = f.Default
		}
		if nested, ok := out[f.Name].(map[string]any); ok && f.Type.Kind == Object {
			out[f.Name] = Defaults(f.Type.Fields, nested)
		}
	}
	return out
}

type checker struct{ found []Mismatch }

// wrong notes a mismatch.
func (c *checker) wrong(path, format string, args ...any) {
	if len(c.found) < maxMismatches {
		c.found = append(c.found, Mismatch{Path: path, Message: fmt.Sprintf(format, args...)})
	}
}

// value checks one value against the type and the bounds of a field.
func (c *checker) value(path string, v any, f Field, depth int) any {
	if v = Plain(v); v == nil {
		if !f.Type.Optional && f.Type.Kind != Any {
			c.wrong(path, "is missing, want %s", describe(f.Type))
		}
		return nil
	}
	if depth > maxDepth {
		c.wrong(path, "is nested more than %d deep", maxDepth)
		return nil
	}
	switch f.Type.Kind {
	case Any:
		return c.anything(path, v, depth)
	case List:
		return c.list(path, v, f, depth)
	case Map:
		return c.mapping(path, v, f, depth)
	case Object:
		m, ok := v.(map[string]any)
		if !ok {
			return c.mismatch(path, v, f.Type)
		}
		if len(f.Type.Fields) == 0 {
			return c.anything(path, v, depth)
		}
		return c.object(path, m, f.Type.Fields, depth)
	case Integer, Number:
		return c.number(path, v, f)
	case Boolean:
		if _, ok := v.(bool); !ok {
			return c.mismatch(path, v, f.Type)
		}
		return v
	case String, IP, CIDR, URL, Domain, Email, Hash, Host, User, Timestamp, Duration, Verdict, EvidenceID:
		return c.text(path, v, f)
	}
	c.wrong(path, "has the unknown type %q", f.Type.Kind)
	return nil
}

// mismatch notes that a value is of another type and returns nil.
func (c *checker) mismatch(path string, v any, t Type) any {
	c.wrong(path, "is %s, want %s", kindOf(v), describe(t))
	return nil
}

// anything checks an untyped value: only its parts are brought to plain form.
func (c *checker) anything(path string, v any, depth int) any {
	if depth > maxDepth {
		c.wrong(path, "is nested more than %d deep", maxDepth)
		return nil
	}
	switch v := Plain(v).(type) {
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = c.anything(index(path, i), item, depth+1)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out[k] = c.anything(join(path, k), v[k], depth+1)
		}
		return out
	case nil, bool, int64, string:
		return v
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			c.wrong(path, "is not a number")
			return nil
		}
		return v
	default:
		c.wrong(path, "is %T, which is not data", v)
		return nil
	}
}

// list checks the length and the items of a list.
func (c *checker) list(path string, v any, f Field, depth int) any {
	items, ok := v.([]any)
	if !ok {
		return c.mismatch(path, v, f.Type)
	}
	c.bounds(path, float64(len(items)), f, "items")
	elem := TypeOf(Any)
	if f.Type.Elem != nil {
		elem = *f.Type.Elem
	}
	out := make([]any, len(items))
	for i, item := range items {
		out[i] = c.value(index(path, i), item, Field{Type: elem}, depth+1)
	}
	return out
}

// mapping checks the values of a map with text keys.
func (c *checker) mapping(path string, v any, f Field, depth int) any {
	entries, ok := v.(map[string]any)
	if !ok {
		return c.mismatch(path, v, f.Type)
	}
	c.bounds(path, float64(len(entries)), f, "entries")
	elem := TypeOf(Any)
	if f.Type.Elem != nil {
		elem = *f.Type.Elem
	}
	out := make(map[string]any, len(entries))
	for _, k := range slices.Sorted(maps.Keys(entries)) {
		out[k] = c.value(join(path, k), entries[k], Field{Type: elem}, depth+1)
	}
	return out
}

// object checks the fields of an object; those that it should not have are
// left out and noted.
func (c *checker) object(path string, in map[string]any, fields []Field, depth int) map[string]any {
	out := make(map[string]any, len(fields))
	known := make(map[string]bool, len(fields))
	for _, f := range fields {
		known[f.Name] = true
		v := in[f.Name]
		if Plain(v) == nil {
			if f.Required && !f.Type.Optional {
				c.wrong(join(path, f.Name), "is missing, want %s", describe(f.Type))
			}
			continue
		}
		out[f.Name] = c.value(join(path, f.Name), v, f, depth+1)
	}
	for _, k := range slices.Sorted(maps.Keys(in)) {
		if !known[k] && len(c.found) < maxMismatches {
			c.found = append(c.found, Mismatch{Path: join(path, k), Message: "is not a field that is known", Extra: true})
		}
	}
	return out
}

// number checks an integer or a number. Integral floats are integers, as JSON has it.
func (c *checker) number(path string, v any, f Field) any {
	var n float64
	switch v := v.(type) {
	case int64:
		n = float64(v)
	case float64:
		n = v
	default:
		return c.mismatch(path, v, f.Type)
	}
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return c.mismatch(path, v, f.Type)
	}
	c.bounds(path, n, f, "")
	if f.Type.Kind == Number {
		return n
	}
	if i, ok := v.(int64); ok {
		return i
	}
	if n != math.Trunc(n) || math.Abs(n) > 1<<53 {
		return c.mismatch(path, v, f.Type)
	}
	return int64(n)
}

// text checks a scalar that is text in JSON.
func (c *checker) text(path string, v any, f Field) any {
	s, ok := v.(string)
	if !ok {
		return c.mismatch(path, v, f.Type)
	}
	if !utf8.ValidString(s) {
		c.wrong(path, "is not UTF-8 text")
		return nil
	}
	if len(f.Type.Values) > 0 && !slices.Contains(f.Type.Values, s) {
		c.wrong(path, "is %s, want %s", quote(s), describe(f.Type))
		return nil
	}
	out, ok := canonical(s, f.Type.Kind)
	if !ok {
		c.wrong(path, "is %s, want %s", quote(s), describe(f.Type))
		return nil
	}
	c.bounds(path, float64(utf8.RuneCountInString(out)), f, "characters")
	return out
}

// bounds checks a number, or a length in the given unit, against a field's bounds.
func (c *checker) bounds(path string, n float64, f Field, unit string) {
	show := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	if unit != "" {
		unit = " " + unit
	}
	if f.Min != nil && n < *f.Min {
		c.wrong(path, "is %s%s, want at least %s", show(n), unit, show(*f.Min))
	}
	if f.Max != nil && n > *f.Max {
		c.wrong(path, "is %s%s, want at most %s", show(n), unit, show(*f.Max))
	}
}

// join returns the path of a field.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// index returns the path of an item.
func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }
