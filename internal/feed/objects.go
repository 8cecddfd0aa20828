package feed

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
)

// objects reads objects in the words of abuse.ch: in a list, under a key such
// as data or urls, or under their ids.
func (x *reading) objects() error {
	dec := json.NewDecoder(x.buf)
	for {
		x.in.next()
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch tok {
		case json.Delim('{'):
			err = x.members(dec, 0)
		case json.Delim('['):
			_, err = x.elements(dec)
		default:
			x.report.skip("a value that is no object")
		}
		if err != nil {
			return err
		}
	}
}

// elements reads a list of objects, one after the other; of plain values it
// returns a few.
func (x *reading) elements(dec *json.Decoder) (plain []any, err error) {
	for dec.More() {
		x.in.next()
		var v any
		if err := dec.Decode(&v); err != nil {
			return nil, err
		}
		if m, ok := v.(map[string]any); ok {
			if err := x.object(m); err != nil {
				return nil, err
			}
		} else if len(plain) < maxTags {
			plain = append(plain, v)
		}
	}
	_, err = dec.Token()
	return plain, err
}

// members reads an object: the objects in it, and those in its lists, are rows,
// and so is what is left of it where that holds a value.
func (x *reading) members(dec *json.Decoder, depth int) error {
	const deepest = 3
	own := map[string]any{}
	for dec.More() {
		x.in.next()
		key, err := dec.Token()
		if err != nil {
			return err
		}
		v, err := dec.Token()
		if err != nil {
			return err
		}
		switch {
		case v == json.Delim('['):
			v, err = x.elements(dec)
		case v == json.Delim('{') && depth < deepest && key != "intelligence":
			v, err = nil, x.members(dec, depth+1)
		case v == json.Delim('{'):
			v, err = nil, skipRest(dec)
		}
		if err != nil {
			return err
		}
		if name, ok := key.(string); ok && v != nil && len(own) < maxColumns {
			own[name] = v
		}
	}
	if _, err := dec.Token(); err != nil {
		return err
	}
	if r := rowOf(own); hasValue(r) || x.opt.Column != "" && r[fieldName(x.opt.Column)] != "" {
		return x.object(own)
	}
	return nil
}

// skipRest reads up to the end of the object or list that has begun.
func skipRest(dec *json.Decoder) error {
	for depth := 1; depth > 0; {
		tok, err := dec.Token()
		if err != nil {
			return err
		}
		switch tok {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
	return nil
}

// object gives the values of an object away.
func (x *reading) object(v map[string]any) error {
	x.report.Items++
	return x.giveRow(rowOf(v))
}

// rowOf flattens an object to fields of text.
func rowOf(v map[string]any) row {
	r := row{}
	for k, one := range v {
		r[fieldName(k)] = text(one)
	}
	return r
}

// hasValue reports whether a row has a field that holds a value.
func hasValue(r row) bool {
	if r.first("ioc_value", "ioc", "indicator", "value") != "" {
		return true
	}
	for _, c := range columns() {
		if r.first(c.name) != "" {
			return true
		}
	}
	return false
}

// text is a plain value, or a list of them, as text.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		var parts []string
		for _, one := range v {
			if s, ok := one.(string); ok {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, ",")
	}
	return ""
}
