package expr

import (
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// Functions that macros put around arguments, to bound them.
const (
	shortFunction = "@short"
	fitsFunction  = "@fits"
)

// textFunctions are functions over texts: some of our own, and bounded
// versions of those that can make much from little.
func textFunctions() []cel.EnvOption {
	text, integer, texts := cel.StringType, cel.IntType, cel.ListType(cel.StringType)
	return []cel.EnvOption{
		cel.Function("lower", cel.MemberOverload("string_lower", []*cel.Type{text}, text, unary(strings.ToLower))),
		cel.Function("upper", cel.MemberOverload("string_upper", []*cel.Type{text}, text, unary(strings.ToUpper))),
		cel.Function("replace",
			cel.MemberOverload("string_replace_string_string", []*cel.Type{text, text, text}, text, cel.FunctionBinding(replace)),
			cel.MemberOverload("string_replace_string_string_int", []*cel.Type{text, text, text, integer}, text, cel.FunctionBinding(replace))),
		cel.Function("split",
			cel.MemberOverload("string_split_string", []*cel.Type{text, text}, texts, cel.BinaryBinding(func(s, sep ref.Val) ref.Val { return splitText(s, sep) })),
			cel.MemberOverload("string_split_string_int", []*cel.Type{text, text, integer}, texts, cel.FunctionBinding(splitText))),
		cel.Function("join",
			cel.MemberOverload("list_join", []*cel.Type{texts}, text, cel.UnaryBinding(func(l ref.Val) ref.Val { return join(l, types.String("")) })),
			cel.MemberOverload("list_join_string", []*cel.Type{texts, text}, text, cel.BinaryBinding(join))),
		cel.Function(shortFunction, cel.Overload("short_string", []*cel.Type{text}, text, cel.UnaryBinding(short))),
		cel.Function(fitsFunction, cel.Overload("fits_list", []*cel.Type{cel.ListType(cel.DynType)}, cel.ListType(cel.DynType), cel.UnaryBinding(fits))),
		cel.Function(overloads.TypeConvertDuration,
			cel.Overload(overloads.StringToDuration, []*cel.Type{text}, cel.DurationType, cel.UnaryBinding(func(v ref.Val) ref.Val {
				s, ok := v.(types.String)
				if !ok {
					return types.MaybeNoSuchOverloadErr(v)
				}
				d, err := ParseDuration(string(s))
				if err != nil {
					return types.NewErr("%v", err)
				}
				return types.Duration{Duration: d}
			}))),
	}
}

// unary makes a function of a text one of CEL.
func unary(f func(string) string) cel.OverloadOpt {
	return cel.UnaryBinding(func(v ref.Val) ref.Val {
		s, ok := v.(types.String)
		if !ok {
			return types.MaybeNoSuchOverloadErr(v)
		}
		if out := f(string(s)); len(out) <= MaxText {
			return types.String(out)
		}
		return tooLong()
	})
}

// textArgs returns the arguments that are texts, and the integer at the end or -1.
func textArgs(args []ref.Val) (texts []string, n int) {
	n = -1
	for _, a := range args {
		switch a := a.(type) {
		case types.String:
			texts = append(texts, string(a))
		case types.Int:
			n = int(max(-1, min(a, MaxText)))
		}
	}
	return texts, n
}

// replace is string.replace(old, new) and string.replace(old, new, times).
func replace(args ...ref.Val) ref.Val {
	texts, n := textArgs(args)
	if len(texts) != 3 {
		return types.NoSuchOverloadErr()
	}
	times := strings.Count(texts[0], texts[1])
	if n >= 0 {
		times = min(times, n)
	}
	if len(texts[0])+times*(len(texts[2])-len(texts[1])) > MaxText {
		return tooLong()
	}
	return types.String(strings.Replace(texts[0], texts[1], texts[2], n))
}

// splitText is string.split(separator) and string.split(separator, limit).
func splitText(args ...ref.Val) ref.Val {
	texts, n := textArgs(args)
	if len(texts) != 2 {
		return types.NoSuchOverloadErr()
	}
	parts := strings.Count(texts[0], texts[1]) + 1
	if n >= 0 {
		parts = min(parts, n)
	}
	if parts > MaxItems {
		return tooMany()
	}
	return types.NewStringList(adapter{}, strings.SplitN(texts[0], texts[1], n))
}

// join is list.join(separator).
func join(list, separator ref.Val) ref.Val {
	l, ok := list.(traits.Lister)
	sep, isText := separator.(types.String)
	if !ok || !isText {
		return types.MaybeNoSuchOverloadErr(list)
	}
	var b strings.Builder
	first := true
	for it := l.Iterator(); it.HasNext() == types.True; first = false {
		item, ok := it.Next().(types.String)
		if !ok {
			return types.NewErr("join needs a list of texts: use map(x, string(x)) before it")
		}
		if b.Len()+len(sep)+len(item) > MaxText {
			return tooLong()
		}
		if !first {
			b.WriteString(string(sep))
		}
		b.WriteString(string(item))
	}
	return types.String(b.String())
}

// short refuses texts that are too long for regular expressions and formats.
func short(v ref.Val) ref.Val {
	if s, ok := v.(types.String); ok && len(s) > maxMatched {
		return types.NewErr("the text has %d bytes, more than the %d that matches and format take: use contains, or substring(0, %d) of it", len(s), maxMatched, maxMatched)
	}
	return v
}

// fits refuses arguments of format that would make a text too long.
func fits(v ref.Val) ref.Val {
	left := MaxText
	if !measure(v, &left, 0) {
		return tooLong()
	}
	return v
}

// measure takes the rough length of a value as text from left and reports
// whether it was enough.
func measure(v ref.Val, left *int, depth int) bool {
	*left -= 8
	switch v := v.(type) {
	case types.String:
		*left -= len(v)
	case types.Bytes:
		*left -= 4 * len(v)
	case traits.Lister:
		for it := v.Iterator(); *left >= 0 && depth <= maxDepth && it.HasNext() == types.True; {
			measure(it.Next(), left, depth+1)
		}
	case traits.Mapper:
		for it := v.Iterator(); *left >= 0 && depth <= maxDepth && it.HasNext() == types.True; {
			key := it.Next()
			measure(key, left, depth+1)
			measure(v.Get(key), left, depth+1)
		}
	}
	return *left >= 0 && depth <= maxDepth
}
