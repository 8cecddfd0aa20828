package step

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
)

// Canonical returns v in the form in which values live in a run: nil, bool,
// int64 for integral numbers, float64, string, []any and map[string]any. What
// is recorded and what is read back from the journal are then the same value.
// It changes nothing in place, because v may belong to the plan, which many
// runs share; what is in that form already is returned as it is.
func Canonical(v any) any {
	out, _ := canonical(v)
	return out
}

// canonical is Canonical, and tells whether anything had to be changed.
func canonical(v any) (out any, changed bool) {
	switch v := v.(type) {
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int64(v), true
		}
	case json.Number:
		return canonicalNumber(v), true
	case int:
		return int64(v), true
	case []any:
		return canonicalList(v)
	case map[string]any:
		return canonicalObject(v)
	}
	return v, false
}

func canonicalList(list []any) (out []any, changed bool) {
	out = list
	for i, e := range list {
		c, differs := canonical(e)
		if differs && !changed {
			out, changed = slices.Clone(list), true
		}
		if differs {
			out[i] = c
		}
	}
	return out, changed
}

func canonicalObject(object map[string]any) (out map[string]any, changed bool) {
	out = object
	for k, e := range object {
		c, differs := canonical(e)
		if differs && !changed {
			out, changed = maps.Clone(object), true
		}
		if differs {
			out[k] = c
		}
	}
	return out, changed
}

func canonicalNumber(n json.Number) any {
	if i, err := strconv.ParseInt(n.String(), 10, 64); err == nil {
		return i
	}
	f, err := n.Float64()
	if err != nil {
		return n.String()
	}
	return Canonical(f)
}

// HashOf returns the SHA-256 of the canonical JSON of v, in hex: keys sorted,
// no white space.
func HashOf(v any) string {
	data, err := appendValue(nil, v)
	if err != nil { // values in a run are JSON values
		return ""
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
