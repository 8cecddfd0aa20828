package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"strconv"
	"time"
)

// Object is a JSON object with anything in it. Numbers that are read are
// [json.Number], so that each keeps its value, however large.
type Object map[string]any

// UnmarshalJSON implements [json.Unmarshaler].
func (o *Object) UnmarshalJSON(text []byte) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	return dec.Decode((*map[string]any)(o))
}

// values is a query: the fields of a struct by their tag query. What is zero is
// left out.
func values(query any) url.Values {
	out := url.Values{}
	v := reflect.ValueOf(query)
	for i := range v.NumField() {
		name, f := v.Type().Field(i).Tag.Get("query"), v.Field(i)
		if f.IsZero() {
			continue
		}
		if f.Kind() != reflect.Slice {
			out.Set(name, parameter(f))
			continue
		}
		for k := range f.Len() {
			out.Add(name, parameter(f.Index(k)))
		}
	}
	return out
}

// parameter is a value as a query has it.
func parameter(v reflect.Value) string {
	if t, ok := v.Interface().(time.Time); ok {
		return t.Format(time.RFC3339Nano)
	}
	switch v.Kind() {
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.String:
		return v.String()
	}
	return fmt.Sprint(v.Interface())
}
