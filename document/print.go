package document

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// printer writes a tree in canonical form.
type printer struct {
	reader *reader
	rules  FormatRules
	notes  notes
	out    strings.Builder
	path   []string
	// fresh tells that nothing was written yet in the innermost block, so that
	// a blank line is not wanted.
	fresh bool
}

// print writes a whole file.
func (p *printer) print(root *Node) []byte {
	p.fresh = true
	if text, ok := p.inline(root, 0, false); ok {
		p.out.WriteString(text + "\n")
	} else {
		p.block(root, 0, false)
	}
	return []byte(p.out.String())
}

// block writes the entries of a map or the items of a list. Where joined, the
// first one goes on the line of the dash before it.
func (p *printer) block(n *Node, indent int, joined bool) {
	for i, e := range p.ordered(n) {
		note := p.notes[e.KeyPos]
		p.begin(note, indent, joined && i == 0)
		p.out.WriteString(key(e.Key) + ":")
		p.path = append(p.path, e.Key)
		p.value(e.Value, note, indent, slices.Contains(p.rules.Block, e.Key))
		p.path = p.path[:len(p.path)-1]
		p.end(note, indent)
	}
	dashes := p.reader.styles[n].dashes
	for i, item := range n.Items {
		note := p.notes[dashes[i]]
		if i > 0 || !joined {
			p.hoist(item, note, indent)
		}
		p.begin(note, indent, joined && i == 0)
		p.item(item, note, indent)
		p.end(note, indent)
	}
}

// ordered returns the entries of a map in the order that the rules want.
func (p *printer) ordered(n *Node) []Entry {
	if p.rules.Order == nil || n.Kind != Map {
		return n.Entries
	}
	first := p.rules.Order(slices.Clone(p.path))
	rank := func(e Entry) int {
		if i := slices.Index(first, e.Key); i >= 0 {
			return i
		}
		return len(first)
	}
	out := slices.Clone(n.Entries)
	slices.SortStableFunc(out, func(a, b Entry) int { return rank(a) - rank(b) })
	return out
}

// begin writes what stands before an element: a blank line, comments, and the
// indentation. What is joined to a dash has its comments before the dash.
func (p *printer) begin(note *element, indent int, joined bool) {
	if joined {
		return
	}
	p.remarks(note.head, indent)
	if note.blank && !p.fresh {
		p.out.WriteByte('\n')
	}
	p.fresh = false
	p.out.WriteString(strings.Repeat(" ", indent))
}

// end writes the comments below an element.
func (p *printer) end(note *element, indent int) { p.remarks(note.foot, indent) }

// remarks writes comments on lines of their own.
func (p *printer) remarks(all []remark, indent int) {
	for _, c := range all {
		if c.blank && !p.fresh {
			p.out.WriteByte('\n')
		}
		p.fresh = false
		p.out.WriteString(strings.Repeat(" ", indent) + c.text + "\n")
	}
}

// value writes what stands behind a key, from the blank to the end of its lines.
func (p *printer) value(n *Node, note *element, indent int, forced bool) {
	if lines, ok := p.blockScalar(n, indent+2); ok {
		p.out.WriteString(" " + lines[0])
		p.lineComment(note)
		for _, line := range lines[1:] {
			p.out.WriteString(line + "\n")
		}
		return
	}
	if text, ok := p.inline(n, p.column()+1, forced); ok {
		p.out.WriteString(" " + text)
		p.lineComment(note)
		return
	}
	p.lineComment(note)
	p.fresh = true
	p.block(n, indent+2, false)
	p.fresh = false
}

// item writes an item of a list, from its dash to the end of its lines.
func (p *printer) item(n *Node, note *element, indent int) {
	if _, scalar := p.blockScalar(n, indent+2); scalar {
		p.out.WriteString("-")
		p.value(n, note, indent, false)
		return
	}
	if text, ok := p.inline(n, p.column()+2, false); ok {
		p.out.WriteString("- " + text)
		p.lineComment(note)
		return
	}
	p.out.WriteString("- ")
	p.block(n, indent+2, true)
}

// hoist moves comments that would stand between a dash and what is joined to
// it to before the dash.
func (p *printer) hoist(n *Node, note *element, indent int) {
	if _, inline := p.inline(n, indent+2, false); inline {
		return
	}
	if note.line != "" {
		note.head = append(note.head, remark{text: note.line})
		note.line = ""
	}
	var first Pos
	switch {
	case n.Kind == Map:
		first = p.ordered(n)[0].KeyPos
	default:
		first = p.reader.styles[n].dashes[0]
		p.hoist(n.Items[0], p.notes[first], indent+2)
	}
	note.head = append(note.head, p.notes[first].head...)
	p.notes[first].head = nil
}

// lineComment writes the comment behind an element and ends its line.
func (p *printer) lineComment(note *element) {
	if note.line != "" {
		p.out.WriteString(" " + note.line)
	}
	p.out.WriteByte('\n')
}

// column returns how many characters the last line has so far.
func (p *printer) column() int {
	text := p.out.String()
	return utf8.RuneCountInString(text[strings.LastIndexByte(text, '\n')+1:])
}

// inline returns a value that stands on one line: a scalar, or a map or list
// in braces or brackets that was written so, fits and has no comments inside.
func (p *printer) inline(n *Node, column int, forced bool) (string, bool) {
	switch n.Kind {
	case Map, List:
		if len(n.Entries)+len(n.Items) == 0 {
			return p.flow(n), true
		}
		if forced || !p.reader.styles[n].flow || p.commented(n) {
			return "", false
		}
		text := p.flow(n)
		return text, column+utf8.RuneCountInString(text) <= MaxColumns
	case String, Int, Float, Bool, Null:
	}
	return scalar(n, false), true
}

// flow writes a value in braces or brackets.
func (p *printer) flow(n *Node) string {
	var parts []string
	switch n.Kind {
	case Map:
		for _, e := range p.ordered(n) {
			p.path = append(p.path, e.Key)
			parts = append(parts, key(e.Key)+": "+p.flow(e.Value))
			p.path = p.path[:len(p.path)-1]
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case List:
		for _, item := range n.Items {
			parts = append(parts, p.flow(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case String, Int, Float, Bool, Null:
	}
	return scalar(n, true)
}
