package step

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"
)

// Canonical returns v in the form in which values live in a run: nil, bool,
// int64 for integral numbers, float64, string, []any and map[string]any. What
// is recorded and what is read back from the journal are then the same value.
// Maps and slices are changed in place.
func Canonical(v any) any {
	switch v := v.(type) {
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int64(v)
		}
		return v
	case json.Number:
		return canonicalNumber(v)
	case int:
		return int64(v)
	case []any:
		for i := range v {
			v[i] = Canonical(v[i])
		}
		return v
	case map[string]any:
		for k, e := range v {
			v[k] = Canonical(e)
		}
		return v
	}
	return v
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
