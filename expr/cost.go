package expr

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types/ref"
)

// counted are the options of a program whose work is limited.
func counted() []cel.ProgramOption {
	var overrides []cost.TrackerOption
	for id, factor := range map[string]uint64{
		"list_distinct": 6, "list_flatten": 3, "list_flatten_int": 3, "string_replace_string_string": 1, "string_replace_string_string_int": 1,
		"string_split_string": 1, "string_split_string_int": 1, "list_join": 1, "list_join_string": 1,
	} {
		overrides = append(overrides, cost.OverloadTracker(id, func(args []ref.Val, result ref.Val) *uint64 { return work(factor, args, result) }))
	}
	return []cel.ProgramOption{
		cel.CostLimit(maxCost), cel.CostTracking(costs{}), cel.CostTrackerOptions(overrides...), cel.InterruptCheckFrequency(16),
	}
}

// costs charges functions whose work grows with their operands; CEL's own
// charges only some of its functions so, and none where a type is any.
type costs struct{}

// CallCost implements cost.ActualCostEstimator.
func (costs) CallCost(function, _ string, args []ref.Val, result ref.Val) *uint64 {
	switch function {
	case "lower", "upper", "replace", "split", "join", "defang", "refang", "domain_of", "cidr", "worst",
		"bytes", "string", "base64.encode", "base64.decode", "reverse", "trim", "substring", "charAt", "indexOf", "lastIndexOf",
		"contains", "startsWith", "endsWith", "lowerAscii", "upperAscii", "slice", "lists.range",
		operators.In, operators.OldIn, operators.Equals, operators.NotEquals, orderedFunction, fitsFunction, shortFunction:
		return work(1, args, result)
	case "distinct", "flatten", "sets.contains", "sets.intersects", "sets.equivalent", "strings.quote":
		return work(6, args, result)
	case "sort", "@sortByAssociatedKeys", "format":
		return work(10, args, result)
	case "matches":
		return work(50, args, result)
	}
	return nil
}

// work charges a unit for a call, and factor units for ten bytes of text and
// for an item of a list, result included.
func work(factor uint64, args []ref.Val, result ref.Val) *uint64 {
	units := 1 + factor*extent(result)
	for _, a := range args {
		units += factor * extent(a)
	}
	return &units
}

// extent returns the size of a value in units of work.
func extent(v ref.Val) uint64 {
	if v == nil {
		return 0
	}
	n := uint64(sizeOf(v))
	if name := v.Type().TypeName(); name == "string" || name == "bytes" {
		return n / 10
	}
	return n
}
