package document

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

// remark is a comment on a line of its own.
type remark struct {
	text string
	// blank tells that an empty line stood before it.
	blank bool
}

// found is a comment where it stands; own tells that it has the line for itself.
type found struct {
	pos Pos
	own bool
	remark
}

// element is an entry of a map or an item of a list, and its comments.
type element struct {
	pos    Pos
	parent *element
	// flowEnd is where the brackets that it stands in close; zero outside any.
	flowEnd Pos
	head    []remark
	line    string
	foot    []remark
	// blank tells that an empty line stood before it.
	blank bool
}

// notes are the elements of a file by where they begin.
type notes map[Pos]*element

// notes attaches every comment to an element; false where that cannot be done.
func (r *reader) notes() (notes, bool) {
	n := notes{}
	var order []*element
	r.elements(r.file.Root, nil, func(e *element) {
		e.blank = r.blankBefore(e.pos.Line)
		n[e.pos] = e
		order = append(order, e)
	})
	slices.SortStableFunc(order, func(a, b *element) int { return compare(a.pos, b.pos) })
	for _, t := range r.comments {
		pos := r.place(t)
		line, text := r.line(pos.Line), commentText(t.Value)
		// A comment ends its line; the lexer is sometimes a column off.
		rest, ok := strings.CutSuffix(strings.TrimRight(string(line), " \t"), text)
		if len(order) == 0 || !ok {
			return nil, false
		}
		pos.Column = utf8.RuneCountInString(rest) + 1
		own := strings.TrimSpace(string(line[:pos.Column-1])) == ""
		i := sort.Search(len(order), func(i int) bool { return before(pos, order[i].pos) })
		attach(order, i, found{pos, own, remark{text, r.blankBefore(pos.Line)}})
	}
	return n, true
}

// compare tells which of two places comes first, as [cmp.Compare] does.
func compare(a, b Pos) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

// before reports whether a place comes before another.
func before(a, b Pos) bool { return compare(a, b) < 0 }

// blankBefore reports whether the line before is empty.
func (r *reader) blankBefore(line int) bool {
	return line > 1 && strings.TrimSpace(string(r.line(line-1))) == ""
}

// elements calls add for the entries and items of a node, outer ones first.
func (r *reader) elements(n *Node, parent *element, add func(*element)) {
	s := r.styles[n]
	flowEnd := s.end
	if !s.flow && parent != nil {
		flowEnd = parent.flowEnd
	}
	for _, e := range n.Entries {
		one := &element{pos: e.KeyPos, parent: parent, flowEnd: flowEnd}
		add(one)
		r.elements(e.Value, one, add)
	}
	for i, item := range n.Items {
		one := &element{pos: s.dashes[i], parent: parent, flowEnd: flowEnd}
		add(one)
		r.elements(item, one, add)
	}
}

// attach gives a comment to an element: one behind something to that, one on
// its own line to what follows, unless it is indented deeper than that.
func attach(order []*element, i int, f found) {
	pos, text := f.pos, f.remark
	if i == 0 {
		order[0].head = append(order[0].head, text)
		return
	}
	prev := order[i-1]
	for prev.flowEnd != (Pos{}) && before(prev.flowEnd, pos) && prev.parent != nil {
		prev = prev.parent
	}
	if !f.own {
		if prev.line != "" {
			prev.head = append(prev.head, remark{text: prev.line})
		}
		prev.line = text.text
		return
	}
	column := 0
	if i < len(order) {
		next := order[i]
		inside := prev.flowEnd != (Pos{}) && next.flowEnd != prev.flowEnd
		if !inside && pos.Column <= next.pos.Column {
			next.head = append(next.head, text)
			return
		}
		column = next.pos.Column
	}
	for prev.flowEnd == (Pos{}) && prev.parent != nil && prev.pos.Column > pos.Column && prev.parent.pos.Column > column {
		prev = prev.parent
	}
	prev.foot = append(prev.foot, text)
}

// commented reports whether an element inside a node has comments.
func (p *printer) commented(n *Node) bool {
	s := p.reader.styles[n]
	for _, e := range n.Entries {
		if p.notes[e.KeyPos].has() || p.commented(e.Value) {
			return true
		}
	}
	for i, item := range n.Items {
		if p.notes[s.dashes[i]].has() || p.commented(item) {
			return true
		}
	}
	return false
}

// has reports whether the element has comments.
func (e *element) has() bool { return e.line != "" || len(e.head)+len(e.foot) > 0 }
