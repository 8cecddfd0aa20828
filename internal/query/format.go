package query

import (
	"strings"
	"unicode"
)

// Format writes a query in its one spelling: what [Parse] makes of it is the
// same query.
func Format(q Query) string {
	var b strings.Builder
	write(&b, q.Root, Any)
	return b.String()
}

// write writes a node that stands inside a node of a kind.
func write(b *strings.Builder, n Node, inside Kind) {
	switch n.Kind {
	case All:
		between(b, n, " ", inside == Not)
	case Any:
		between(b, n, " OR ", inside != Any)
	case Not:
		b.WriteByte('-')
		write(b, n.Nodes[0], Not)
	case Match:
		writeMatch(b, n)
	case Words:
		writeWords(b, n)
	}
}

// between writes the nodes with something between them.
func between(b *strings.Builder, n Node, sep string, brackets bool) {
	if brackets {
		b.WriteByte('(')
	}
	for i, one := range n.Nodes {
		if i > 0 {
			b.WriteString(sep)
		}
		write(b, one, n.Kind)
	}
	if brackets {
		b.WriteByte(')')
	}
}

func writeMatch(b *strings.Builder, n Node) {
	b.WriteString(n.Field.Name + ":")
	for i, t := range n.Tests {
		if i > 0 {
			b.WriteByte(',')
		}
		if t.Op == Within {
			b.WriteString(t.Value.Text + ".." + t.To.Text)
			continue
		}
		b.WriteString(string(t.Op) + atomText(n.Field, t.Value))
	}
}

// atomText is a value as it is read again as the same.
func atomText(f Field, v Value) string {
	switch {
	case v.Empty, v.Present:
		return v.Text
	case f.Type == Text && v.Prefix:
		return v.Text + "*"
	case f.Type == Text && (v.Text == "none" || strings.HasSuffix(v.Text, "*")), f.Type != Number && f.Type != Moment && special(v.Text):
		return quote(v.Text)
	}
	return v.Text
}

// special tells whether a text means something else without quotes.
func special(text string) bool {
	return text == "" || strings.HasPrefix(text, "<") || strings.HasPrefix(text, ">") ||
		strings.ContainsFunc(text, func(r rune) bool {
			return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`(),"`, r)
		})
}

func quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

func writeWords(b *strings.Builder, n Node) {
	if bareWord(n.Text) {
		b.WriteString(n.Text)
	} else {
		b.WriteString(quote(n.Text))
	}
	if n.Prefix {
		b.WriteByte('*')
	}
}

// bareWord tells whether words are read the same without quotes.
func bareWord(text string) bool {
	return !special(text) && !strings.HasPrefix(text, "-") && !strings.HasSuffix(text, "*") && !strings.Contains(text, ":") &&
		text != "OR" && text != "AND" && text != "NOT"
}
