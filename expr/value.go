package expr

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"github.com/harrier-soar/harrier/schema"
)

// adapter turns plain data into values of CEL. It knows no other types of Go,
// so nothing else, such as a secret, can enter an expression.
type adapter struct{}

// NativeToValue implements types.Adapter.
func (a adapter) NativeToValue(v any) ref.Val {
	switch v := v.(type) {
	case nil:
		return types.NullValue
	case ref.Val:
		return v
	case bool:
		return types.Bool(v)
	case int64:
		return types.Int(v)
	case float64:
		return types.Double(v)
	case string:
		return types.String(v)
	case []any:
		return types.NewList(a, v)
	case map[string]any:
		return types.NewStringInterfaceMap(a, v)
	case Object:
		return &objectValue{object: v, adapter: a}
	case int:
		return types.Int(v)
	case []byte:
		return types.Bytes(v)
	case []ref.Val:
		return types.NewRefValList(a, v)
	case map[ref.Val]ref.Val:
		return types.NewRefValMap(a, v)
	case time.Time:
		return types.Timestamp{Time: v}
	case time.Duration:
		return types.Duration{Duration: v}
	case []string:
		return types.NewStringList(a, v)
	case []int:
		return types.NewList(a, v)
	}
	if plain := schema.Plain(v); plain != nil && reflect.TypeOf(plain) != reflect.TypeOf(v) {
		return a.NativeToValue(plain)
	}
	return types.NewErr("a value of type %T cannot be used in an expression", v)
}

// converter returns how a value of a declared type is made ready for CEL, or
// nil where plain data is ready as it is.
func converter(t schema.Type) func(any) any {
	if t.Optional {
		t.Optional = false
		return optional(converter(t))
	}
	switch t.Kind {
	case schema.Timestamp:
		return toTimestamp
	case schema.Duration:
		return toDuration
	case schema.Number:
		return toNumber
	case schema.Integer:
		return toInteger
	case schema.List, schema.Map:
		if t.Elem == nil {
			return nil
		}
		if convert := converter(*t.Elem); convert != nil {
			return each(convert)
		}
	case schema.Any, schema.String, schema.Boolean, schema.IP, schema.CIDR, schema.URL, schema.Domain, schema.Email, schema.Hash,
		schema.Host, schema.User, schema.Verdict, schema.EvidenceID, schema.Object:
	}
	return nil
}

// optional wraps a conversion so that null means absent.
func optional(convert func(any) any) func(any) any {
	return func(v any) any {
		if v == nil {
			return types.OptionalNone
		}
		if convert != nil {
			v = convert(v)
		}
		value := adapter{}.NativeToValue(v)
		if types.IsError(value) {
			return value
		}
		return types.OptionalOf(value)
	}
}

// each converts the items of a list or map.
func each(convert func(any) any) func(any) any {
	return func(v any) any {
		switch v := schema.Plain(v).(type) {
		case []any:
			out := make([]any, len(v))
			for i, item := range v {
				out[i] = convert(item)
			}
			return out
		case map[string]any:
			out := make(map[string]any, len(v))
			for k, item := range v {
				out[k] = convert(item)
			}
			return out
		}
		return v
	}
}

func toTimestamp(v any) any {
	switch v := v.(type) {
	case string:
		at, err := time.Parse(time.RFC3339Nano, v)
		if err != nil {
			return types.NewErr("%.60q is not a time such as 2026-11-23T08:00:00Z", v)
		}
		return types.Timestamp{Time: at.UTC()}
	case time.Time:
		return types.Timestamp{Time: v.UTC()}
	}
	return v
}

func toDuration(v any) any {
	text, ok := v.(string)
	if !ok {
		return v
	}
	d, err := ParseDuration(text)
	if err != nil {
		return types.NewErr("%v", err)
	}
	return types.Duration{Duration: d}
}

func toNumber(v any) any {
	switch v := schema.Plain(v).(type) {
	case int64:
		return types.Double(v)
	case float64:
		return types.Double(v)
	}
	return v
}

func toInteger(v any) any {
	if f, ok := schema.Plain(v).(float64); ok {
		return integral(f)
	}
	return v
}

// objectValue is an [Object] as a map of CEL.
type objectValue struct {
	object  Object
	adapter adapter
}

var _ traits.Mapper = (*objectValue)(nil)

// Find implements traits.Mapper.
func (o *objectValue) Find(key ref.Val) (ref.Val, bool) {
	name, ok := key.(types.String)
	if !ok {
		return nil, false
	}
	v, ok := o.object.Field(string(name))
	if !ok {
		return nil, false
	}
	return o.adapter.NativeToValue(v), true
}

// Get implements traits.Indexer.
func (o *objectValue) Get(key ref.Val) ref.Val {
	v, ok := o.Find(key)
	if !ok {
		return types.NewErr("no such key: %v", key)
	}
	return v
}

// Contains implements traits.Container.
func (o *objectValue) Contains(key ref.Val) ref.Val {
	_, ok := o.Find(key)
	return types.Bool(ok)
}

// whole returns the object as a map of CEL.
func (o *objectValue) whole() ref.Val {
	named, ok := o.object.(Named)
	if !ok {
		return types.NewErr("this value cannot be used as a whole: name the field you need")
	}
	m := map[string]any{}
	for _, name := range named.Names() {
		if v, ok := named.Field(name); ok {
			m[name] = v
		}
	}
	return o.adapter.NativeToValue(m)
}

// Iterator implements traits.Iterable.
func (o *objectValue) Iterator() traits.Iterator {
	if m, ok := o.whole().(traits.Mapper); ok {
		return m.Iterator()
	}
	return types.NewRefValList(o.adapter, nil).Iterator()
}

// Size implements traits.Sizer.
func (o *objectValue) Size() ref.Val {
	if m, ok := o.whole().(traits.Mapper); ok {
		return m.Size()
	}
	return o.whole()
}

// ConvertToNative implements ref.Val.
func (o *objectValue) ConvertToNative(t reflect.Type) (any, error) {
	return nil, fmt.Errorf("an object cannot become %v", t)
}

// ConvertToType implements ref.Val.
func (o *objectValue) ConvertToType(t ref.Type) ref.Val {
	switch t {
	case types.MapType:
		return o
	case types.TypeType:
		return types.MapType
	}
	return types.NewErr("an object cannot become %s", t.TypeName())
}

// Equal implements ref.Val.
func (o *objectValue) Equal(other ref.Val) ref.Val {
	if p, ok := other.(*objectValue); ok {
		other = p.whole()
	}
	mine := o.whole()
	if types.IsError(mine) {
		return mine
	}
	return mine.Equal(other)
}

// Type implements ref.Val.
func (o *objectValue) Type() ref.Type { return types.MapType }

// Value implements ref.Val.
func (o *objectValue) Value() any { return o.object }

// sortedMap is a map whose keys are iterated in order.
type sortedMap struct{ traits.Mapper }

// Iterator implements traits.Iterable.
func (m sortedMap) Iterator() traits.Iterator {
	var keys []ref.Val
	for it := m.Mapper.Iterator(); it.HasNext() == types.True; {
		keys = append(keys, it.Next())
	}
	slices.SortFunc(keys, compareKeys)
	return types.NewRefValList(adapter{}, keys).Iterator()
}

// compareKeys orders keys of maps: by kind, then by value.
func compareKeys(a, b ref.Val) int {
	if a.Type() == b.Type() {
		if c, ok := a.(traits.Comparer); ok {
			if n, ok := c.Compare(b).(types.Int); ok {
				return int(n)
			}
		}
	}
	return slices.Compare([]byte(a.Type().TypeName()), []byte(b.Type().TypeName()))
}
