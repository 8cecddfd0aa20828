package document

import (
	"strings"
	"unicode"
)

// scalar writes a scalar: plain where that cannot surprise, else in quotes.
func scalar(n *Node, flow bool) string {
	switch n.Kind {
	case Bool:
		return strings.ToLower(n.Text)
	case Null:
		return "null"
	case Int, Float:
		return n.Text
	case Map, List, String:
	}
	if kind, s := resolve(n.Text); kind == String && s.code == "" && plainText(n.Text, flow) {
		return n.Text
	}
	return quote(n.Text)
}

// key writes the key of a map.
func key(text string) string {
	for i, c := range text {
		plain := unicode.IsLetter(c) || unicode.IsDigit(c) || c == '_' || i > 0 && strings.ContainsRune("-./", c)
		if !plain {
			return quote(text)
		}
	}
	if text == "" {
		return `""`
	}
	return text
}

// plainText reports whether a text means itself without quotes.
func plainText(text string, flow bool) bool {
	if text == "" || !printable(text) || strings.TrimSpace(text) != text || strings.ContainsRune("-?:,[]{}#&*!|>'\"%@`=<", rune(text[0])) {
		return false
	}
	if strings.Contains(text, ": ") || strings.Contains(text, " #") || strings.HasSuffix(text, ":") || strings.HasPrefix(text, "...") {
		return false
	}
	return !flow || !strings.ContainsAny(text, ",[]{}:#\"'")
}

// blockScalar returns the lines of a text that was written as a block: the
// header, then its lines indented anew. Blocks that depend on how far they are
// indented or on empty lines at their end are written in quotes instead.
func (p *printer) blockScalar(n *Node, indent int) ([]string, bool) {
	header := p.reader.styles[n].block
	if header == "" || strings.ContainsAny(header, "+0123456789") || strings.TrimSpace(n.Text) == "" || strings.HasPrefix(n.Text, " ") || strings.HasPrefix(n.Text, "\n") {
		return nil, false
	}
	lines := []string{header}
	depth := -1
	for number := n.Pos.Line + 1; number <= len(p.reader.lines); number++ {
		line := p.reader.line(number)
		spaces := spacesOf(line)
		if spaces == len(line) {
			lines = append(lines, "")
			continue
		}
		if depth < 0 {
			depth = spaces
		}
		if spaces < depth {
			break
		}
		lines = append(lines, strings.Repeat(" ", indent)+string(line[depth:]))
	}
	for len(lines) > 1 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines, len(lines) > 1
}
