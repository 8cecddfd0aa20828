package expr

import (
	"strings"

	"cel.dev/cel-go/common/types/ref"
)

// costs charges functions whose work grows with their operands; CEL's own
// charges only some of its functions so.
type costs struct{}

// CallCost implements cost.ActualCostEstimator: a unit for a call, one for ten
// bytes of text and one for an item of a list, result included.
func (costs) CallCost(function, _ string, args []ref.Val, result ref.Val) *uint64 {
	if !isOurs(function) {
		return nil
	}
	work := 1 + uint64(sizeOf(result)/10)
	for _, a := range args {
		switch n := sizeOf(a); a.Type().TypeName() {
		case "string", "bytes":
			work += uint64(n / 10)
		default:
			work += uint64(n)
		}
	}
	return &work
}

// isOurs reports whether a function is one that this package implements.
func isOurs(name string) bool {
	switch name {
	case "lower", "upper", "replace", "split", "join", "distinct", "flatten", "sets.contains", "sets.intersects", "sets.equivalent",
		"worst", "cidr", "defang", "refang", "domain_of":
		return true
	}
	return strings.HasPrefix(name, "@ordered") || strings.HasPrefix(name, "@fits")
}
