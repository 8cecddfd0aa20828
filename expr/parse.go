package expr

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"strconv"

	"github.com/harrier-soar/harrier"
)

// ParseValue reads JSON into plain data. Numbers that are integral become
// int64 however they are written (1, 1.0, 1e3); others float64. Nesting deeper
// than 64 is an error.
func ParseValue(raw json.RawMessage) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	v, err := parseValue(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, harrier.Errorf(harrier.Invalid, "the JSON ends with more text at byte %d: send one value", d.InputOffset())
	}
	return v, nil
}

// parseValue reads the next value.
func parseValue(d *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, harrier.Errorf(harrier.Invalid, "the JSON nests deeper than %d levels: flatten it", maxDepth)
	}
	t, err := d.Token()
	if err != nil {
		return nil, harrier.Errorf(harrier.Invalid, "the JSON is not valid at byte %d: %w", d.InputOffset(), err)
	}
	switch t := t.(type) {
	case json.Number:
		return parseNumber(t.String())
	case json.Delim:
		if t == '[' {
			return parseList(d, depth)
		}
		return parseObject(d, depth)
	}
	return t, nil
}

// parseList reads the items of a list and its end.
func parseList(d *json.Decoder, depth int) (any, error) {
	list := []any{}
	for d.More() {
		v, err := parseValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, closing(d)
}

// parseObject reads the members of an object and its end; the last of several
// members with one name counts, as in encoding/json.
func parseObject(d *json.Decoder, depth int) (any, error) {
	object := map[string]any{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, harrier.Errorf(harrier.Invalid, "the JSON is not valid at byte %d: %w", d.InputOffset(), err)
		}
		name, ok := key.(string)
		if !ok {
			return nil, harrier.Errorf(harrier.Invalid, "the JSON has a member without a name at byte %d", d.InputOffset())
		}
		if object[name], err = parseValue(d, depth+1); err != nil {
			return nil, err
		}
	}
	return object, closing(d)
}

// closing reads the end of a list or object.
func closing(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return harrier.Errorf(harrier.Invalid, "the JSON ends too early: %w", err)
	}
	return nil
}

// parseNumber reads a number of JSON.
func parseNumber(text string) (any, error) {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return i, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, harrier.Errorf(harrier.Invalid, "the number %.40s is too large: send it as text", text)
	}
	return integral(f), nil
}

// integral returns f as int64 where that loses nothing.
func integral(f float64) any {
	const exact = 1 << 53
	if f == math.Trunc(f) && math.Abs(f) <= exact {
		return int64(f)
	}
	return f
}
