package expr

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/harrier-soar/harrier/schema"
)

// Tree is a value of a document in which expressions may stand: a constant, a
// program, or a map or list of such.
type Tree struct {
	value   any
	program *Program
	keys    []string
	items   []*Tree
	kind    treeKind
	// constant tells that nothing inside is computed; value then holds all of it.
	constant bool
}

type treeKind int

const (
	leafTree treeKind = iota
	mapTree
	listTree
)

// Const returns a tree that is a constant, made of plain data.
func Const(v any) *Tree { return &Tree{value: v, constant: true} }

// Dynamic returns a tree that is computed.
func Dynamic(p *Program) *Tree {
	if v, ok := p.Const(); ok {
		return &Tree{value: v, program: p, constant: true}
	}
	return &Tree{program: p}
}

// MapTree returns a tree that is a map; keys and values go in pairs.
func MapTree(keys []string, values []*Tree) *Tree {
	t := &Tree{kind: mapTree, keys: keys, items: values, constant: true}
	m := make(map[string]any, len(keys))
	for i, k := range keys {
		t.constant = t.constant && values[i].constant
		m[k] = values[i].value
	}
	if t.constant {
		t.value = m
	}
	return t
}

// ListTree returns a tree that is a list.
func ListTree(items []*Tree) *Tree {
	t := &Tree{kind: listTree, items: items, constant: true}
	list := make([]any, len(items))
	for i, item := range items {
		t.constant = t.constant && item.constant
		list[i] = item.value
	}
	if t.constant {
		t.value = list
	}
	return t
}

// Const returns the value of a tree in which nothing is computed. Do not
// change it.
func (t *Tree) Const() (any, bool) { return t.value, t.constant }

// Program returns the program of a tree that is computed as a whole, or nil.
func (t *Tree) Program() *Program { return t.program }

// Eval computes the tree's value as plain data; see [Program.Eval]. An error
// names the place in the tree.
func (t *Tree) Eval(ctx context.Context, s Scope, now time.Time) (any, error) {
	if t.constant {
		return t.value, nil
	}
	switch t.kind {
	case mapTree:
		out := make(map[string]any, len(t.keys))
		for i, k := range t.keys {
			v, err := t.items[i].Eval(ctx, s, now)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", k, err)
			}
			out[k] = v
		}
		return out, nil
	case listTree:
		out := make([]any, len(t.items))
		for i, item := range t.items {
			v, err := item.Eval(ctx, s, now)
			if err != nil {
				return nil, fmt.Errorf("[%d]: %w", i, err)
			}
			out[i] = v
		}
		return out, nil
	case leafTree:
	}
	return t.program.Eval(ctx, s, now)
}

// Walk calls visit for every program in the tree, in order, with its place,
// such as links[0].url; empty for the tree itself.
func (t *Tree) Walk(visit func(place string, p *Program)) { t.walk("", visit) }

func (t *Tree) walk(place string, visit func(string, *Program)) {
	if t.program != nil {
		visit(place, t.program)
	}
	for i, item := range t.items {
		inner := place + "[" + strconv.Itoa(i) + "]"
		if t.kind == mapTree {
			inner = t.keys[i]
			if place != "" {
				inner = place + "." + inner
			}
		}
		item.walk(inner, visit)
	}
}

// Type returns the type of the value.
func (t *Tree) Type() schema.Type {
	switch {
	case t.program != nil:
		return t.program.Type()
	case t.kind == mapTree:
		fields := make([]schema.Field, len(t.keys))
		for i, k := range t.keys {
			fields[i] = schema.Field{Name: k, Type: t.items[i].Type()}
		}
		return schema.ObjectOf(fields...)
	case t.kind == listTree:
		elems := make([]schema.Type, len(t.items))
		for i, item := range t.items {
			elems[i] = item.Type()
		}
		return schema.ListOf(commonType(elems))
	}
	return typeOfValue(t.value)
}

// typeOfValue returns the type of plain data.
func typeOfValue(v any) schema.Type {
	switch v := v.(type) {
	case bool:
		return schema.TypeOf(schema.Boolean)
	case int64:
		return schema.TypeOf(schema.Integer)
	case float64:
		return schema.TypeOf(schema.Number)
	case string:
		return schema.TypeOf(schema.String)
	case []any:
		elems := make([]schema.Type, len(v))
		for i, item := range v {
			elems[i] = typeOfValue(item)
		}
		return schema.ListOf(commonType(elems))
	case map[string]any:
		fields := make([]schema.Field, 0, len(v))
		for _, k := range sortedNames(v) {
			fields = append(fields, schema.Field{Name: k, Type: typeOfValue(v[k])})
		}
		return schema.ObjectOf(fields...)
	}
	return schema.TypeOf(schema.Any)
}

// commonType returns the type that all have, or any.
func commonType(all []schema.Type) schema.Type {
	if len(all) == 0 {
		return schema.TypeOf(schema.Any)
	}
	for _, t := range all[1:] {
		if t.Kind != all[0].Kind || t.String() != all[0].String() {
			return schema.TypeOf(schema.Any)
		}
	}
	return all[0]
}
