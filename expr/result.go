package expr

import (
	"encoding/base64"
	"math"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"github.com/harrier-soar/harrier"
)

// budget bounds what a result may hold.
type budget struct{ text, items int }

func newBudget() *budget { return &budget{text: MaxText, items: MaxItems} }

// plain turns a value of CEL into plain data.
func (b *budget) plain(v ref.Val, depth int) (any, error) {
	if b.items--; b.items < 0 {
		return nil, harrier.Errorf(harrier.Limited, "the result has more than %d items: take a part of it, with slice or filter", MaxItems)
	}
	if depth > maxDepth {
		return nil, harrier.Errorf(harrier.Limited, "the result nests deeper than %d levels", maxDepth)
	}
	switch v := v.(type) {
	case types.Bool:
		return bool(v), nil
	case types.Int:
		return int64(v), nil
	case types.String:
		return b.take(string(v))
	case types.Null:
		return nil, nil
	case types.Double:
		return number64(float64(v))
	case types.Uint:
		if v <= math.MaxInt64 {
			return int64(v), nil
		}
		return float64(v), nil
	case types.Bytes:
		return b.take(base64.StdEncoding.EncodeToString(v))
	case types.Timestamp:
		return v.UTC().Format(time.RFC3339Nano), nil
	case types.Duration:
		return FormatDuration(v.Duration), nil
	case *types.Optional:
		if !v.HasValue() {
			return nil, nil
		}
		return b.plain(v.GetValue(), depth)
	case *types.Err:
		return nil, v
	case *objectValue:
		whole := v.whole()
		if types.IsError(whole) {
			return nil, harrier.Errorf(harrier.Invalid, "%v", whole)
		}
		return b.plain(whole, depth)
	case traits.Lister:
		return b.list(v, depth)
	case traits.Mapper:
		return b.mapping(v, depth)
	}
	return nil, harrier.Errorf(harrier.Invalid, "a %s cannot be a result", v.Type().TypeName())
}

// number64 returns a float as data: integral ones as int64.
func number64(f float64) (any, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, harrier.Errorf(harrier.Invalid, "the result is not a number: check for a division by zero")
	}
	return integral(f), nil
}

// take charges a text.
func (b *budget) take(text string) (any, error) {
	if b.text -= len(text); b.text < 0 {
		return nil, harrier.Errorf(harrier.Limited, "the result has more than %d bytes of text: take a part of it", MaxText)
	}
	return text, nil
}

// list turns a list into data.
func (b *budget) list(l traits.Lister, depth int) (any, error) {
	size, _ := l.Size().(types.Int)
	if int(size) > b.items {
		b.items = 0
		return b.plain(types.NullValue, depth)
	}
	out := make([]any, 0, size)
	for it := l.Iterator(); it.HasNext() == types.True; {
		v, err := b.plain(it.Next(), depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// mapping turns a map into data; keys that are not text are written as text.
func (b *budget) mapping(m traits.Mapper, depth int) (any, error) {
	out := map[string]any{}
	for it := m.Iterator(); it.HasNext() == types.True; {
		key := it.Next()
		text, ok := key.ConvertToType(types.StringType).(types.String)
		if !ok {
			return nil, harrier.Errorf(harrier.Invalid, "the keys of a map must be text, not %s", key.Type().TypeName())
		}
		if _, err := b.take(string(text)); err != nil {
			return nil, err
		}
		v, err := b.plain(m.Get(key), depth+1)
		if err != nil {
			return nil, err
		}
		out[string(text)] = v
	}
	return out, nil
}
