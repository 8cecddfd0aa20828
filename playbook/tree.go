package playbook

import (
	"slices"
	"strconv"
	"strings"

	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/schema"
)

// tree compiles values that may hold expressions anywhere, of any type. It is
// nil where something inside is wrong.
func (c *checker) tree(n *document.Node, at site) *expr.Tree {
	if n == nil {
		return expr.Const(nil)
	}
	switch n.Kind {
	case document.Map:
		keys, values := make([]string, 0, len(n.Entries)), make([]*expr.Tree, 0, len(n.Entries))
		for _, e := range n.Entries {
			keys = append(keys, e.Key)
			values = append(values, c.tree(e.Value, at))
		}
		if slices.Contains(values, nil) {
			return nil
		}
		return expr.MapTree(keys, values)
	case document.List:
		items := make([]*expr.Tree, 0, len(n.Items))
		for _, item := range n.Items {
			items = append(items, c.tree(item, at))
		}
		if slices.Contains(items, nil) {
			return nil
		}
		return expr.ListTree(items)
	case document.String:
		if dynamic(n) {
			return c.dynamic(n, at)
		}
	case document.Int, document.Float, document.Bool, document.Null:
	}
	return expr.Const(n.Value())
}

// dynamic compiles a text with expressions; one that is wrong stands for any value.
func (c *checker) dynamic(n *document.Node, at site) *expr.Tree {
	p := c.compile(n, true, at)
	if p == nil {
		return nil
	}
	return expr.Dynamic(p)
}

// typeOf is the type of a tree; a broken one is of any type.
func typeOf(t *expr.Tree) schema.Type {
	if t == nil {
		return schema.TypeOf(schema.Any)
	}
	return t.Type()
}

// treeFields compiles the entries of a map and returns their types as the
// fields of an object.
func (c *checker) treeFields(n *document.Node, at site) (*expr.Tree, schema.Type) {
	if n == nil {
		return nil, schema.TypeOf(schema.Object)
	}
	var keys []string
	var values []*expr.Tree
	var fields []schema.Field
	broken := false
	for _, e := range n.Entries {
		t := c.tree(e.Value, at)
		broken = broken || t == nil
		keys, values = append(keys, e.Key), append(values, t)
		fields = append(fields, schema.Field{Name: e.Key, Type: typeOf(t)})
	}
	if broken {
		return nil, schema.ObjectOf(fields...)
	}
	return expr.MapTree(keys, values), schema.ObjectOf(fields...)
}

// nodeAt returns the node at a path such as messages[3].id below a node, or
// the nearest one above it.
func nodeAt(n *document.Node, path string) *document.Node {
	for path != "" {
		var next *document.Node
		var rest string
		if strings.HasPrefix(path, "[") {
			number, after, _ := strings.Cut(path[1:], "]")
			if i, err := strconv.Atoi(number); err == nil && i >= 0 && i < len(n.Items) {
				next = n.Items[i]
			}
			rest = after
		} else {
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			next, rest = n.Get(path[:end]), path[end:]
		}
		if next == nil {
			return n
		}
		n, path = next, strings.TrimPrefix(rest, ".")
	}
	return n
}
