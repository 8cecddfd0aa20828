package expr

import (
	"fmt"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/decls"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/stdlib"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// operation is an operator that we implement, to mix integers and numbers and
// to bound what + makes.
type operation struct {
	name  string
	apply func(l, r ref.Val) ref.Val
	trait int
}

func operations() []operation {
	return []operation{
		{operators.Add, add, traits.AdderType},
		{operators.Subtract, by(traits.Subtractor.Subtract), traits.SubtractorType},
		{operators.Multiply, by(traits.Multiplier.Multiply), traits.MultiplierType},
		{operators.Divide, by(traits.Divider.Divide), traits.DividerType},
	}
}

// by calls a method of the left side, which has it where the operator's trait
// was looked at.
func by[T any](method func(T, ref.Val) ref.Val) func(l, r ref.Val) ref.Val {
	return func(l, r ref.Val) ref.Val {
		left, ok := l.(T)
		if !ok {
			return types.MaybeNoSuchOverloadErr(l)
		}
		return method(left, r)
	}
}

// arithmeticNames are the operators that CEL's own library must leave out.
func arithmeticNames() []*env.Function {
	var out []*env.Function
	for _, op := range operations() {
		out = append(out, &env.Function{Name: op.name})
	}
	return out
}

// arithmetic declares the operators again: CEL's overloads, and those that mix.
func arithmetic() []cel.EnvOption {
	standard := map[string]*decls.FunctionDecl{}
	for _, f := range stdlib.Functions() {
		standard[f.Name()] = f
	}
	var out []cel.EnvOption
	for _, op := range operations() {
		var options []cel.FunctionOpt
		for _, o := range standard[op.name].OverloadDecls() {
			options = append(options, cel.Overload(o.ID(), o.ArgTypes(), o.ResultType()))
		}
		for _, mix := range [][2]*cel.Type{{cel.IntType, cel.DoubleType}, {cel.DoubleType, cel.IntType}} {
			id := fmt.Sprintf("mixed%s%s_%s", op.name, mix[0], mix[1])
			options = append(options, cel.Overload(id, mix[:], cel.DoubleType))
		}
		options = append(options, cel.SingletonBinaryBinding(mixed(op.apply), op.trait))
		out = append(out, cel.Function(op.name, options...))
	}
	return out
}

// mixed makes an operator work between an integer and a number.
func mixed(apply func(l, r ref.Val) ref.Val) func(l, r ref.Val) ref.Val {
	return func(l, r ref.Val) ref.Val {
		switch left := l.(type) {
		case types.Int:
			if _, ok := r.(types.Double); ok {
				l = types.Double(left)
			}
		case types.Double:
			if right, ok := r.(types.Int); ok {
				r = types.Double(right)
			}
		}
		return apply(l, r)
	}
}

// add adds; texts and lists stay within bounds.
func add(l, r ref.Val) ref.Val {
	switch left := l.(type) {
	case types.String:
		if right, ok := r.(types.String); ok && len(left)+len(right) > MaxText {
			return tooLong()
		}
	case types.Bytes:
		if right, ok := r.(types.Bytes); ok && len(left)+len(right) > MaxText {
			return tooLong()
		}
	case traits.Lister:
		if right, ok := r.(traits.Lister); ok && sizeOf(left)+sizeOf(right) > MaxItems {
			return tooMany()
		}
	}
	return by(traits.Adder.Add)(l, r)
}

// sizeOf returns the size of a text, list or map, 0 for others.
func sizeOf(v ref.Val) int {
	switch v := v.(type) {
	case types.String:
		return len(v)
	case types.Bytes:
		return len(v)
	case traits.Sizer:
		if n, ok := v.Size().(types.Int); ok {
			return int(n)
		}
	}
	return 0
}

func tooLong() ref.Val { return types.NewErr("the text is longer than %d bytes", MaxText) }

func tooMany() ref.Val { return types.NewErr("the list has more than %d items", MaxItems) }
