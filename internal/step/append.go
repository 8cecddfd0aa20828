package step

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/harrier-soar/harrier"
)

// This file writes the events that nearly every step has, in the very bytes
// that encoding/json writes, at a fraction of its cost. Other events are
// encoding/json's.

// encodeBody is the JSON of a body.
func encodeBody(body Body) ([]byte, error) {
	switch b := body.(type) {
	case ActionSucceeded:
		return b.append(make([]byte, 0, 768))
	case ActionIntended:
		return b.append(make([]byte, 0, 768))
	}
	return json.Marshal(body)
}

func (e ActionSucceeded) append(b []byte) (_ []byte, err error) {
	b = appendString(append(b, `{"path":`...), e.Path)
	if !e.To.IsZero() {
		b = appendID(append(b, `,"to":`...), e.To)
	}
	if e.Begin != nil {
		if b, err = e.Begin.append(append(b, `,"begin":`...)); err != nil {
			return nil, err
		}
	}
	b = strconv.AppendInt(append(b, `,"attempt":`...), int64(e.Attempt), 10)
	if b, err = appendMap(append(b, `,"output":`...), e.Output); err != nil {
		return nil, err
	}
	b = appendFilled(b, `,"by":`, e.By)
	if e.Epoch != 0 {
		b = strconv.AppendInt(append(b, `,"epoch":`...), int64(e.Epoch), 10)
	}
	if e.Same {
		b = append(b, `,"same":true`...)
	}
	return append(b, '}'), nil
}

func (e ActionIntended) append(b []byte) (_ []byte, err error) {
	b = appendString(append(b, `{"path":`...), e.Path)
	if !e.To.IsZero() {
		b = appendID(append(b, `,"to":`...), e.To)
	}
	if e.Begin != nil {
		if b, err = e.Begin.append(append(b, `,"begin":`...)); err != nil {
			return nil, err
		}
	}
	b = strconv.AppendInt(append(b, `,"attempt":`...), int64(e.Attempt), 10)
	b = strconv.AppendInt(append(b, `,"epoch":`...), int64(e.Epoch), 10)
	b = appendString(append(b, `,"key":`...), e.Key)
	if !e.Approval.IsZero() {
		b = appendID(append(b, `,"approval":`...), e.Approval)
	}
	b = appendFilled(b, `,"leaf":`, e.Leaf)
	if e.PastGuard {
		b = append(b, `,"past_guard":true`...)
	}
	return append(b, '}'), nil
}

func (e *Begin) append(b []byte) (_ []byte, err error) {
	b = append(b, '{')
	if len(e.With) > 0 {
		if b, err = appendMap(append(b, `"with":`...), e.With); err != nil {
			return nil, err
		}
		b = append(b, ',')
	}
	b = append(b, `"targets":`...)
	if e.Targets == nil {
		b = append(b, "null"...)
	} else {
		b = append(b, '[')
		for i := range e.Targets {
			if i > 0 {
				b = append(b, ',')
			}
			b = e.Targets[i].append(b)
		}
		b = append(b, ']')
	}
	if b, err = appendTime(append(b, `,"at":`...), e.At); err != nil {
		return nil, err
	}
	return append(b, '}'), nil
}

func (e *Target) append(b []byte) []byte {
	b = append(b, '{')
	if !e.Connection.IsZero() {
		b = append(appendID(append(b, `"id":`...), e.Connection), ',')
	}
	b = appendString(append(b, `"name":`...), e.Name)
	b = appendString(append(b, `,"action":`...), e.Action)
	b = appendFilled(b, `,"address":`, e.Address)
	b = appendFilled(b, `,"manifest":`, e.Manifest)
	if e.Rev != 0 {
		b = strconv.AppendInt(append(b, `,"rev":`...), e.Rev, 10)
	}
	return append(b, '}')
}

// appendFilled adds a field whose text is not empty.
func appendFilled(b []byte, field, text string) []byte {
	if text == "" {
		return b
	}
	return appendString(append(b, field...), text)
}

// appendID adds an identity that is not zero.
func appendID[K harrier.IDKind](b []byte, id harrier.ID[K]) []byte {
	return append(append(append(b, '"'), id.String()...), '"')
}

func appendTime(b []byte, t time.Time) ([]byte, error) {
	b, err := t.AppendText(append(b, '"'))
	return append(b, '"'), err
}

// appendValue adds a value of a run; see [Canonical].
func appendValue(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case string:
		return appendString(b, v), nil
	case []any:
		return appendList(b, v)
	case map[string]any:
		return appendMap(b, v)
	}
	data, err := json.Marshal(v)
	return append(b, data...), err
}

func appendList(b []byte, list []any) (_ []byte, err error) {
	if list == nil {
		return append(b, "null"...), nil
	}
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendValue(b, v); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

// appendMap adds an object with its keys in order.
func appendMap(b []byte, m map[string]any) (_ []byte, err error) {
	if m == nil {
		return append(b, "null"...), nil
	}
	var few [16]string
	keys := few[:0]
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	b = append(b, '{')
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, k), ':')
		if b, err = appendValue(b, m[k]); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// appendString adds a text. One with anything that has to be escaped is
// encoding/json's.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x80 || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			data, _ := json.Marshal(s) // a text can always be encoded
			return append(b, data...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
