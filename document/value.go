package document

import (
	"strconv"
	"strings"
)

// Value returns the node as plain data: nil, bool, int64, float64, string,
// []any or map[string]any.
func (n *Node) Value() any {
	if n == nil {
		return nil
	}
	switch n.Kind {
	case Map:
		m := make(map[string]any, len(n.Entries))
		for _, e := range n.Entries {
			m[e.Key] = e.Value.Value()
		}
		return m
	case List:
		list := make([]any, len(n.Items))
		for i, item := range n.Items {
			list[i] = item.Value()
		}
		return list
	case Int:
		v, err := strconv.ParseInt(n.Text, 10, 64)
		if err != nil {
			return n.Text
		}
		return v
	case Float:
		v, err := strconv.ParseFloat(n.Text, 64)
		if err != nil {
			return n.Text
		}
		return v
	case Bool:
		return strings.EqualFold(n.Text, "true")
	case Null:
		return nil
	case String:
	}
	return n.Text
}
