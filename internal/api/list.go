package api

import (
	"bytes"
	"encoding/json"
	"io"
	"math"

	"github.com/danielgtaylor/huma/v2"
	"github.com/harrier-soar/harrier"
)

// List is one page of a list.
type List[T any] struct {
	Items []T `json:"items" doc:"The items of this page, at most limit of them."`
	// Next is the cursor of the next page; empty on the last one.
	Next string `json:"next,omitempty" doc:"The cursor of the next page; absent on the last one."`
	// Total is how many there are on all pages, where that was asked.
	Total *Total `json:"total,omitempty" doc:"How many there are on all pages, where count was asked for."`
}

// Paged is the part of a request that asks for a page.
type Paged struct {
	Cursor string `query:"cursor" maxLength:"512" doc:"What the page before returned as next."`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"How many items are wanted."`
}

func (p Paged) page() harrier.Page { return harrier.Page{Cursor: p.Cursor, Limit: p.Limit} }

// Object is a JSON object whose integers keep their value, however large.
type Object map[string]any

// UnmarshalJSON implements [json.Unmarshaler].
func (o *Object) UnmarshalJSON(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var m map[string]any
	if err := dec.Decode(&m); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return harrier.Errorf(harrier.Invalid, "there is something after the object")
	}
	v, err := exact(m)
	if err != nil {
		return err
	}
	*o, _ = v.(map[string]any)
	return nil
}

// exact turns numbers into int64 where they are one, and into float64 otherwise.
func exact(v any) (any, error) {
	var err error
	switch x := v.(type) {
	case json.Number:
		if n, err := x.Int64(); err == nil {
			return n, nil
		}
		f, err := x.Float64()
		if err != nil {
			return nil, harrier.Errorf(harrier.Invalid, "the number %s is too large", x)
		}
		if f == math.Trunc(f) && math.Abs(f) < 1<<53 { // 2.0 and 2e0 are the integer 2
			return int64(f), nil
		}
		return f, nil
	case []any:
		for i := range x {
			if x[i], err = exact(x[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for k := range x {
			if x[k], err = exact(x[k]); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// Schema implements [huma.SchemaProvider].
func (Object) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
}

// some is a list that is never null in JSON.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// full is a page whose items are never null in JSON.
func full[T any](l List[T], err error) (List[T], error) {
	l.Items = some(l.Items)
	return l, err
}
