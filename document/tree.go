package document

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// style is how a node was written.
type style struct {
	// flow tells that a map or list was written in brackets, end where they close.
	flow bool
	end  Pos
	// block is the header of a block scalar, such as |- .
	block string
	// dashes are where the items of a list begin.
	dashes []Pos
}

// root turns the parsed file into the tree.
func (r *reader) root(file *ast.File) {
	for _, doc := range file.Docs {
		if doc.Body != nil && r.file.Root == nil {
			r.file.Root = r.node(doc.Body, nil)
		}
	}
	if r.file.Root == nil && len(r.problems) == 0 {
		r.report(Pos{1, 1}, 1, trap{"empty", "the file is empty", "write at least one key: value"})
	}
}

// node turns a value into a node; key is the token of its key, or nil.
func (r *reader) node(n ast.Node, key *token.Token) *Node {
	if r.nodes++; r.nodes > MaxNodes {
		if r.nodes == MaxNodes+1 {
			r.report(r.place(n.GetToken()), 1, trap{"too-many", fmt.Sprintf("the file holds more than %d values", MaxNodes), "split it"})
		}
		return &Node{Kind: Null, Pos: r.place(n.GetToken())}
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		return r.mapping(n.Values, n.IsFlowStyle, n.Start, n.End)
	case *ast.MappingValueNode:
		return r.mapping([]*ast.MappingValueNode{n}, false, n.Start, nil)
	case *ast.SequenceNode:
		return r.list(n)
	case *ast.LiteralNode:
		node := &Node{Kind: String, Pos: r.place(n.Start), Quoted: true}
		if n.Value != nil {
			node.Text = n.Value.Value
		}
		r.styles[node] = style{block: n.Start.Value}
		return node
	case *ast.TagNode:
		return r.tagged(n)
	case *ast.AnchorNode:
		if n.Value == nil {
			return &Node{Kind: Null, Pos: r.place(n.Start)}
		}
		return r.node(n.Value, key)
	case *ast.AliasNode:
		return &Node{Kind: String, Pos: r.place(n.Start), Text: r.rest(r.place(n.Start))}
	}
	return r.scalar(n.GetToken(), key)
}

// tagged keeps the text of a value that was read as a tag.
func (r *reader) tagged(n *ast.TagNode) *Node {
	if _, null := n.Value.(*ast.NullNode); null || n.Value == nil {
		pos := r.place(n.Start)
		return &Node{Kind: String, Pos: pos, Text: r.rest(pos)}
	}
	return r.node(n.Value, nil)
}

// mapping turns the entries of a map into a node and reports keys that are there twice.
func (r *reader) mapping(values []*ast.MappingValueNode, flow bool, start, end *token.Token) *Node {
	node := &Node{Kind: Map, Pos: r.place(start)}
	seen := map[string]Pos{}
	for i, v := range values {
		key := v.Key.GetToken()
		if k, ok := v.Key.(*ast.MappingKeyNode); ok && k.Value != nil {
			key = k.Value.GetToken()
		}
		entry := Entry{Key: r.keyText(v.Key, key), KeyPos: r.place(key)}
		if i == 0 && !flow {
			node.Pos = entry.KeyPos
		}
		if v.Value == nil {
			continue
		}
		entry.Value = r.node(v.Value, key)
		if first, twice := seen[entry.Key]; twice {
			r.report(entry.KeyPos, width(key.Value), trap{"duplicate-key", fmt.Sprintf("the key %s is already there, on line %d", entry.Key, first.Line),
				"remove one of them or give it another name"})
			continue
		}
		seen[entry.Key] = entry.KeyPos
		node.Entries = append(node.Entries, entry)
	}
	r.setStyle(node, flow, end)
	return node
}

// keyText returns the text of a key, which must be a scalar.
func (r *reader) keyText(key ast.Node, t *token.Token) string {
	switch k := key.(type) {
	case *ast.MappingKeyNode:
		if k.Value != nil {
			return r.keyText(k.Value, t)
		}
	case *ast.StringNode:
		if text, ok := r.masked[r.place(t)]; ok {
			return text
		}
		return k.Value
	case *ast.MappingNode, *ast.MappingValueNode, *ast.SequenceNode, *ast.LiteralNode:
		r.report(r.place(t), 1, trap{"complex-key", "a key must be plain text", "write key: value"})
	case *ast.NullNode:
		if t.Type != token.NullType {
			r.report(r.place(t), 1, trap{"complex-key", "the key is missing", "write key: value"})
		}
	}
	return t.Value
}

// list turns a list into a node.
func (r *reader) list(n *ast.SequenceNode) *Node {
	node := &Node{Kind: List, Pos: r.place(n.Start)}
	dashes := make([]Pos, 0, len(n.Values))
	for i, v := range n.Values {
		item := r.node(v, nil)
		node.Items = append(node.Items, item)
		start := item.Pos
		if !n.IsFlowStyle && i < len(n.Entries) && n.Entries[i].Start != nil {
			start = r.place(n.Entries[i].Start)
		}
		dashes = append(dashes, start)
	}
	r.setStyle(node, n.IsFlowStyle, n.End)
	s := r.styles[node]
	s.dashes = dashes
	r.styles[node] = s
	return node
}

func (r *reader) setStyle(node *Node, flow bool, end *token.Token) {
	s := style{flow: flow}
	if flow && end != nil {
		s.end = r.place(end)
	}
	r.styles[node] = s
}

// scalar turns a scalar's token into a node and reports scalars that surprise.
func (r *reader) scalar(t, key *token.Token) *Node {
	node := &Node{Kind: String, Pos: r.place(t), Text: t.Value}
	if text, ok := r.masked[node.Pos]; ok {
		node.Text = text
		return node
	}
	switch t.Type {
	case token.SingleQuoteType, token.DoubleQuoteType:
		node.Quoted = true
		return node
	case token.ImplicitNullType:
		node.Kind, node.Text = Null, ""
		r.missing(node, key)
		return node
	}
	kind, s := resolve(node.Text)
	node.Kind = kind
	if s.code != "" {
		r.report(node.Pos, width(node.Text), trap{s.code, fmt.Sprintf(s.message, node.Text), fmt.Sprintf(s.fix, node.Text)})
	}
	return node
}

// missing reports a key or item without a value.
func (r *reader) missing(node *Node, key *token.Token) {
	if key == nil {
		dash := Pos{node.Pos.Line, node.Pos.Column - 1}
		r.report(r.clamp(dash), 1, trap{"null", "this item has no value", "write a value after the dash or remove the line"})
		return
	}
	pos := r.place(key)
	if r.markedLine(pos.Line) {
		return
	}
	r.report(pos, width(key.Value), trap{"null", fmt.Sprintf("the key %s has no value", key.Value),
		fmt.Sprintf("write %s: and a value, \"\" for an empty text, or remove the line", key.Value)})
}
