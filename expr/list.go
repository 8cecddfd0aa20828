package expr

import (
	"encoding/json"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

const (
	// orderedFunction is put by macros around what they range over.
	orderedFunction = "@ordered"
	// probeFunction takes nothing that an expression has, to learn types from
	// the error.
	probeFunction = "@probe"
)

// listFunctions are functions over lists: sets, and versions of distinct and
// flatten whose work grows with their input only.
func listFunctions() []cel.EnvOption {
	item, key := cel.TypeParamType("T"), cel.TypeParamType("K")
	list, mapping := cel.ListType(item), cel.MapType(key, item)
	return []cel.EnvOption{
		cel.Function(orderedFunction,
			cel.Overload("ordered_list", []*cel.Type{list}, list),
			cel.Overload("ordered_map", []*cel.Type{mapping}, mapping),
			cel.SingletonUnaryBinding(ordered)),
		cel.Function(probeFunction, cel.Overload("probe_bytes", []*cel.Type{cel.BytesType}, cel.BytesType, cel.UnaryBinding(func(v ref.Val) ref.Val { return v }))),
		cel.Function("distinct", cel.MemberOverload("list_distinct", []*cel.Type{list}, list, cel.UnaryBinding(distinct))),
		cel.Function("flatten",
			cel.MemberOverload("list_flatten", []*cel.Type{cel.ListType(list)}, list,
				cel.UnaryBinding(func(v ref.Val) ref.Val { return flatten(v, types.Int(1)) })),
			cel.MemberOverload("list_flatten_int", []*cel.Type{cel.ListType(cel.DynType), cel.IntType}, cel.ListType(cel.DynType),
				cel.BinaryBinding(flatten))),
		cel.Function("sets.contains", cel.Overload("sets_contains", []*cel.Type{list, list}, cel.BoolType, cel.BinaryBinding(contains))),
		cel.Function("sets.intersects", cel.Overload("sets_intersects", []*cel.Type{list, list}, cel.BoolType, cel.BinaryBinding(intersects))),
		cel.Function("sets.equivalent", cel.Overload("sets_equivalent", []*cel.Type{list, list}, cel.BoolType,
			cel.BinaryBinding(func(l, r ref.Val) ref.Val {
				if forth := contains(l, r); forth != types.True {
					return forth
				}
				return contains(r, l)
			}))),
	}
}

// ordered gives maps an order and refuses what cannot be ranged over.
func ordered(v ref.Val) ref.Val {
	switch m := v.(type) {
	case traits.Lister:
		return v
	case *objectValue:
		return ordered(m.whole())
	case traits.Mapper:
		return sortedMap{m}
	case *types.Err:
		return v
	}
	return types.NewErr("a %s cannot be gone through, only lists and maps", v.Type().TypeName())
}

// distinct keeps the first of items that are equal.
func distinct(v ref.Val) ref.Val {
	l, ok := v.(traits.Lister)
	if !ok {
		return types.MaybeNoSuchOverloadErr(v)
	}
	keys, err := fingerprints(l)
	if err != nil {
		return err
	}
	var out []ref.Val
	seen := make(map[string]bool, len(keys))
	for i, k := range keys {
		if !seen[k] {
			seen[k] = true
			out = append(out, l.Get(types.Int(i)))
		}
	}
	return types.NewRefValList(adapter{}, out)
}

// fingerprints returns texts that are equal where the items are.
func fingerprints(l traits.Lister) (keys []string, failure ref.Val) {
	b := newBudget()
	for it := l.Iterator(); it.HasNext() == types.True; {
		v, err := b.plain(it.Next(), 0)
		if err != nil {
			return nil, types.WrapErr(err)
		}
		if s, ok := v.(string); ok {
			keys = append(keys, "s"+s)
			continue
		}
		raw, err := json.Marshal(v)
		if err != nil {
			return nil, types.WrapErr(err)
		}
		keys = append(keys, "j"+string(raw))
	}
	return keys, nil
}

// flatten is list.flatten() and list.flatten(depth).
func flatten(v, depth ref.Val) ref.Val {
	l, ok := v.(traits.Lister)
	n, isInt := depth.(types.Int)
	if !ok || !isInt {
		return types.MaybeNoSuchOverloadErr(v)
	}
	if n < 0 {
		return types.NewErr("the depth of flatten cannot be negative")
	}
	out, left := []ref.Val(nil), MaxItems
	if !flattenInto(&out, &left, l, int(min(n, maxDepth))) {
		return tooMany()
	}
	return types.NewRefValList(adapter{}, out)
}

// flattenInto appends the items of a list, lists among them opened.
func flattenInto(out *[]ref.Val, left *int, l traits.Lister, depth int) bool {
	for it := l.Iterator(); it.HasNext() == types.True; {
		if *left--; *left < 0 {
			return false
		}
		item := it.Next()
		if inner, ok := item.(traits.Lister); ok && depth > 0 {
			if !flattenInto(out, left, inner, depth-1) {
				return false
			}
			continue
		}
		*out = append(*out, item)
	}
	return true
}

// contains reports whether all items of the second list are in the first.
func contains(l, r ref.Val) ref.Val {
	first, second, err := bothFingerprints(l, r)
	if err != nil {
		return err
	}
	for _, k := range second {
		if !first[k] {
			return types.False
		}
	}
	return types.True
}

// intersects reports whether the lists have an item in common.
func intersects(l, r ref.Val) ref.Val {
	first, second, err := bothFingerprints(l, r)
	if err != nil {
		return err
	}
	for _, k := range second {
		if first[k] {
			return types.True
		}
	}
	return types.False
}

// bothFingerprints returns the first list as a set and the second as a list.
func bothFingerprints(l, r ref.Val) (map[string]bool, []string, ref.Val) {
	left, ok := l.(traits.Lister)
	right, also := r.(traits.Lister)
	if !ok || !also {
		return nil, nil, types.MaybeNoSuchOverloadErr(l)
	}
	keys, err := fingerprints(left)
	if err != nil {
		return nil, nil, err
	}
	second, err := fingerprints(right)
	if err != nil {
		return nil, nil, err
	}
	first := make(map[string]bool, len(keys))
	for _, k := range keys {
		first[k] = true
	}
	return first, second, nil
}
