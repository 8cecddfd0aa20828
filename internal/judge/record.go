package judge

import (
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/schema"
)

// record says how rules see a struct: its fields, their types, and how each is
// read when an expression asks for it. Nothing is converted that no rule reads.
type record[T any] struct {
	columns []column[T]
	names   []string
	index   map[string]int
}

// column is one field of a record.
type column[T any] struct {
	name string
	typ  schema.Type
	help string
	read func(*T) any
}

// recordOf returns the record of some columns.
func recordOf[T any](columns ...column[T]) *record[T] {
	r := &record[T]{columns: columns, index: make(map[string]int, len(columns))}
	for i, c := range columns {
		r.index[c.name] = i
		r.names = append(r.names, c.name)
	}
	return r
}

// typ is the type that expressions are checked with.
func (r *record[T]) typ() schema.Type {
	fields := make([]schema.Field, len(r.columns))
	for i, c := range r.columns {
		fields[i] = schema.Field{Name: c.name, Type: c.typ, Help: c.help}
	}
	return schema.ObjectOf(fields...)
}

// view returns a struct as rules see it.
func (r *record[T]) view(of *T) expr.Named { return &view[T]{of, r} }

// views returns the items of a list as rules see them.
func (r *record[T]) views(items []T) []any {
	out := make([]any, len(items))
	views := make([]view[T], len(items))
	for i := range items {
		views[i] = view[T]{&items[i], r}
		out[i] = &views[i]
	}
	return out
}

// view is a struct as rules see it.
type view[T any] struct {
	of     *T
	record *record[T]
}

var _ expr.Named = (*view[int])(nil)

// Field implements [expr.Object].
func (v *view[T]) Field(name string) (any, bool) {
	i, ok := v.record.index[name]
	if !ok {
		return nil, false
	}
	return v.record.columns[i].read(v.of), true
}

// Names implements [expr.Named].
func (v *view[T]) Names() []string { return v.record.names }
