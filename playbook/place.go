package playbook

import (
	"strings"

	"github.com/harrier-soar/harrier/document"
)

// locate returns where a character of a scalar's text stands in the file. The
// text of quoted, folded and block scalars is not what is written, so both are
// walked side by side.
func (c *checker) locate(n *document.Node, offset int) document.Pos {
	w := walker{lines: c.source(), line: n.Pos.Line - 1, column: n.Pos.Column - 1}
	if offset <= 0 && !n.Quoted || w.line >= len(w.lines) {
		return n.Pos
	}
	w.open(n.Quoted)
	text := []rune(n.Text)
	for i := 0; i < min(offset, len(text)); i++ {
		w.settle(text[i])
		w.step()
	}
	if offset < len(text) {
		w.settle(text[offset])
	}
	if w.line >= len(w.lines) {
		return n.Pos
	}
	return document.Pos{Line: w.line + 1, Column: w.column + 1}
}

// source returns the lines of the file.
func (c *checker) source() [][]rune {
	if c.lines != nil {
		return c.lines
	}
	text := strings.TrimPrefix(string(c.doc.Source), "\ufeff")
	for line := range strings.SplitSeq(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n") {
		c.lines = append(c.lines, []rune(line))
	}
	return c.lines
}

// walker stands on a character of the file.
type walker struct {
	lines        [][]rune
	line, column int
	quote        rune
}

// open goes to the first character of a scalar's text.
func (w *walker) open(quoted bool) {
	if !quoted || w.column >= len(w.lines[w.line]) {
		return
	}
	switch c := w.lines[w.line][w.column]; c {
	case '"', '\'':
		w.quote = c
		w.column++
	case '|', '>':
		w.line, w.column = w.line+1, 0
	}
}

// here returns the current character; the end of a line is a line break.
func (w *walker) here() rune {
	if w.line >= len(w.lines) || w.column >= len(w.lines[w.line]) {
		return '\n'
	}
	return w.lines[w.line][w.column]
}

// settle goes on to where c is written: over indentation, folds and the first
// character of escapes.
func (w *walker) settle(c rune) {
	for w.line < len(w.lines) {
		here := w.here()
		switch {
		case here == c, c == ' ' && here == '\n', c == '\n' && here == '\n':
			return
		case here == '\\' && w.quote == '"':
			return
		case here == ' ', here == '\t', here == '\n':
			w.next()
		default:
			return
		}
	}
}

// step goes behind the current character of the text.
func (w *walker) step() {
	here := w.here()
	w.next()
	switch {
	case here == '\\' && w.quote == '"':
		w.escape()
	case here == '\'' && w.quote == '\'':
		w.next()
	}
}

// escape goes behind what follows a backslash.
func (w *walker) escape() {
	digits := map[rune]int{'x': 2, 'u': 4, 'U': 8}[w.here()]
	w.next()
	for range digits {
		w.next()
	}
}

// next goes one character on.
func (w *walker) next() {
	if w.line >= len(w.lines) {
		return
	}
	if w.column++; w.column > len(w.lines[w.line]) {
		w.line, w.column = w.line+1, 0
	}
}
