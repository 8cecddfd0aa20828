package change

import (
	"maps"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier/document"
)

// Join joins what two sides made of one file: line by line and, where that does
// not go and it is a document, key by key and entry by entry, so that what two
// people changed side by side stands in each other's way no more.
func Join(path string, base, ours, theirs []byte) (merged []byte, clean bool) {
	merged, clean = Merge(base, ours, theirs)
	if clean || !strings.HasSuffix(path, ".yaml") {
		return merged, clean
	}
	if joined, ok := joinTrees(path, [3][]byte{base, ours, theirs}); ok {
		return joined, true
	}
	return merged, false
}

// The sides of a join.
const (
	sideBase = iota
	sideOurs
	sideTheirs
)

// joinTrees joins documents by their trees. Texts are taken as they are, so that
// comments and formatting of both sides stay. What comes of it is read again and
// held against what each side meant: ok is false where it is not exactly that.
func joinTrees(path string, texts [3][]byte) (joined []byte, ok bool) {
	var parts [3]part
	for i, text := range texts {
		file, problems := document.Parse(path, text)
		if problems.Err() != nil || file.Root == nil {
			return nil, false
		}
		lines := linesOf(text)
		parts[i] = part{lines: lines, node: file.Root, to: len(lines)}
	}
	lines, ok := joinParts(parts, true)
	if !ok {
		return nil, false
	}
	joined = []byte(strings.Join(lines, "\n") + "\n")
	return joined, meant(path, texts, joined) && commented(parts, lines)
}

// part is a stretch of the lines of a document with the node in it.
type part struct {
	lines    []string
	node     *document.Node
	from, to int // the first of its lines, and the one after the last, from 0
}

func (p part) text() []string { return p.lines[p.from:p.to] }

// children is a part taken apart. Its lines are those of the head, and then for
// each child the lines that lead to it and its own.
type children struct {
	head  []string
	names []string
	list  map[string]child
	tail  []string
	// ordered tells that the order means something.
	ordered bool
}

type child struct {
	lead []string // blank lines and comments before it
	part
}

// joinParts joins the lines of one part of three documents.
func joinParts(p [3]part, root bool) ([]string, bool) {
	if lines, ok := settled(p[sideBase].text(), p[sideOurs].text(), p[sideTheirs].text()); ok {
		return lines, true
	}
	var c [3]children
	for i := range p {
		var ok bool
		if c[i], ok = p[i].children(root); !ok || c[i].ordered != c[0].ordered {
			return nil, false
		}
	}
	names, ok := order(c)
	if !ok {
		return nil, false
	}
	out, ok := settled(c[sideBase].head, c[sideOurs].head, c[sideTheirs].head)
	if !ok {
		return nil, false
	}
	out = slices.Clone(out)
	for _, name := range names {
		lines, ok := joinChild(name, c)
		if !ok {
			return nil, false
		}
		out = append(out, lines...)
	}
	tail, ok := settled(c[sideBase].tail, c[sideOurs].tail, c[sideTheirs].tail)
	return append(out, tail...), ok
}

// joinChild joins one child that both sides have, or that one has made.
func joinChild(name string, c [3]children) ([]string, bool) {
	b, inBase := c[sideBase].list[name]
	o, inOurs := c[sideOurs].list[name]
	t, inTheirs := c[sideTheirs].list[name]
	switch {
	case inOurs && !inTheirs:
		return slices.Concat(o.lead, o.text()), true
	case inTheirs && !inOurs:
		return slices.Concat(t.lead, t.text()), true
	case !inBase:
		lines := slices.Concat(o.lead, o.text())
		return lines, slices.Equal(lines, slices.Concat(t.lead, t.text()))
	}
	lead, ok := settled(b.lead, o.lead, t.lead)
	if !ok {
		return nil, false
	}
	own, ok := joinParts([3]part{b.part, o.part, t.part}, false)
	return slices.Concat(lead, own), ok
}

// children takes a part apart; ok is false where it has no children that stand
// on lines of their own.
func (p part) children(root bool) (c children, ok bool) {
	c.list = map[string]child{}
	starts, ok := p.starts(&c)
	if !ok || len(starts) == 0 {
		return c, false
	}
	end := p.from // of what is taken already
	if starts[0] > p.from && !root {
		c.head, end = p.lines[p.from:p.from+1], p.from+1
	}
	for i, from := range starts {
		next := p.to
		if i+1 < len(starts) {
			next = starts[i+1]
		}
		if from < end || next <= from || next > p.to {
			return c, false
		}
		to := next
		for to > from+1 && isLead(p.lines[to-1]) {
			to--
		}
		one := child{lead: p.lines[end:from], part: part{lines: p.lines, node: c.list[c.names[i]].node, from: from, to: to}}
		c.list[c.names[i]] = one
		end = to
	}
	c.tail = p.lines[end:p.to]
	return c, true
}

// starts names the children and finds the lines that they begin on.
func (p part) starts(c *children) (starts []int, ok bool) {
	add := func(name string, at document.Pos, node *document.Node, dash bool) bool {
		line := at.Line - 1
		if line < 0 || line >= len(p.lines) || at.Column < 1 || len(p.lines[line]) < at.Column-1 {
			return false
		}
		before := strings.TrimSpace(p.lines[line][:at.Column-1])
		_, twice := c.list[name]
		c.names, c.list[name] = append(c.names, name), child{part: part{node: node}}
		starts = append(starts, line)
		return !twice && (before == "" && !dash || before == "-" && (dash || len(starts) == 1))
	}
	switch p.node.Kind {
	case document.Map:
		for _, e := range p.node.Entries {
			if !add(e.Key, e.KeyPos, e.Value, false) {
				return nil, false
			}
		}
	case document.List:
		for _, item := range p.node.Items {
			name, key := titleOf(item)
			if key == "" || !add(name, item.Pos, item, true) {
				return nil, false
			}
			c.ordered = c.ordered || key != "value"
		}
	case document.String, document.Int, document.Float, document.Bool, document.Null:
		return nil, false
	}
	return starts, true
}

// isLead reports whether a line is blank or a comment, and belongs to what follows.
func isLead(line string) bool {
	text := strings.TrimSpace(line)
	return text == "" || text[0] == '#'
}

// order is the order of all children that stay or come. What one side took away
// the other must have left alone.
func order(c [3]children) (names []string, ok bool) {
	b, o, t := c[sideBase], c[sideOurs], c[sideTheirs]
	before, here := "", map[string]bool{}
	come := map[string][]string{} // what theirs adds, by what stands before it
	for _, name := range o.names {
		if here[name], ok = b.stays(name, o, t); !ok {
			return nil, false
		}
	}
	for _, name := range t.names {
		if here[name] {
			before = name
			continue
		}
		stays, ok := b.stays(name, t, o)
		if !ok {
			return nil, false
		}
		if stays {
			come[before] = append(come[before], name)
		}
	}
	names = come[""]
	for _, name := range o.names {
		if here[name] {
			names = append(append(names, name), come[name]...)
		}
	}
	return names, !b.ordered || certain(c, names)
}

// stays reports whether a child that one side has stays: it was made there, or
// the other side has it too. ok is false where the other took away what this changed.
func (c children) stays(name string, mine, other children) (stays, ok bool) {
	was, there := c.list[name]
	_, has := other.list[name]
	if has || !there {
		return true, true
	}
	return false, mine.list[name].same(was)
}

// same reports whether two children are the same text.
func (c child) same(o child) bool {
	return slices.Equal(c.lead, o.lead) && slices.Equal(c.text(), o.text())
}

// certain reports whether the order of a list in which it means something follows
// from what both sides made: what both have stands in one order, and nowhere did
// both put something at one place.
func certain(c [3]children, names []string) bool {
	o, t := c[sideOurs], c[sideTheirs]
	oursHas := func(name string) bool { _, ok := o.list[name]; return !ok }
	theirsHas := func(name string) bool { _, ok := t.list[name]; return !ok }
	if !slices.Equal(slices.DeleteFunc(slices.Clone(o.names), theirsHas), slices.DeleteFunc(slices.Clone(t.names), oursHas)) {
		return false
	}
	kept := map[string]bool{} // what stays; true where it was there before
	for _, name := range names {
		_, kept[name] = c[sideBase].list[name]
	}
	at := o.places(kept, t)
	for place := range t.places(kept, o) {
		if at[place] {
			return false
		}
	}
	return true
}

// places are those at which a side put what the other has not, each named by
// what stands there before it and stays; empty at the beginning.
func (c children) places(kept map[string]bool, other children) map[string]bool {
	all := map[string]bool{}
	before := ""
	for _, name := range c.names {
		was, stays := kept[name]
		_, both := other.list[name]
		switch {
		case was:
			before = name
		case stays && !both:
			all[before] = true
		}
	}
	return all
}

// meant reports whether what came of a join is what each side made of the base,
// and nothing else.
func meant(path string, texts [3][]byte, joined []byte) bool {
	file, problems := document.Parse(path, joined)
	if problems.Err() != nil || file.Root == nil {
		return false
	}
	base := root(path, texts[sideBase])
	ours, theirs := root(path, texts[sideOurs]), root(path, texts[sideTheirs])
	byOurs, byTheirs := differences(base, ours), differences(base, theirs)
	all := maps.Clone(byOurs)
	maps.Copy(all, byTheirs)
	return maps.Equal(differences(base, file.Root), all)
}

// differences tells everything that one document makes otherwise than another,
// in full.
func differences(a, b *document.Node) map[Difference]bool {
	d := differ{whole: true, seen: map[Difference]bool{}}
	d.compare("", a, b)
	return d.seen
}

// commented reports whether every comment that neither side took away is there.
func commented(p [3]part, joined []string) bool {
	count := func(lines []string) map[string]int {
		all := map[string]int{}
		for _, line := range lines {
			if text := strings.TrimSpace(line); text != "" && text[0] == '#' {
				all[text]++
			}
		}
		return all
	}
	b, o, t, have := count(p[sideBase].lines), count(p[sideOurs].lines), count(p[sideTheirs].lines), count(joined)
	for text := range o {
		t[text] += 0
	}
	for text := range t {
		need := o[text] + t[text] - b[text]
		if o[text] == t[text] {
			need = o[text]
		}
		if have[text] < need {
			return false
		}
	}
	return true
}
