package inventory

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/harrier-soar/harrier"
)

const (
	// maxLine bounds a line of a file, in bytes.
	maxLine = 1 << 20
	// maxFile bounds a file of an inventory, in bytes; files of leases are read as they come.
	maxFile = 256 << 20
)

// decoded reads text of an encoding as UTF-8. Without a name the mark at the
// beginning tells, and what then is not UTF-8 is read line by line as
// Windows-1252, which is what programs of Windows write that tell nothing.
func decoded(r io.Reader, name string) (*lineReader, error) {
	var enc encoding.Encoding
	if name != "" {
		var err error
		if enc, err = htmlindex.Get(name); err != nil {
			return nil, harrier.Errorf(harrier.Invalid, "there is no encoding %.40q: write one such as utf-8, utf-16le or windows-1252", name)
		}
		r = transform.NewReader(r, unicode.BOMOverride(enc.NewDecoder()))
	} else {
		r = transform.NewReader(r, unicode.BOMOverride(encoding.Nop.NewDecoder()))
	}
	return &lineReader{r: bufio.NewReaderSize(r, 64<<10), fallback: charmap.Windows1252.NewDecoder()}, nil
}

// lineReader reads lines and knows their numbers.
type lineReader struct {
	r        *bufio.Reader
	fallback *encoding.Decoder
	// pending are lines that were read and given back.
	pending []line
	number  int
	err     error
}

// line is a line of a text, without its end.
type line struct {
	number int
	text   string
	// cut tells that it was longer than maxLine; the rest is lost.
	cut bool
}

// next returns the next line; ok is false at the end or where reading failed.
func (l *lineReader) next() (line, bool) {
	if n := len(l.pending); n > 0 {
		out := l.pending[0]
		l.pending = l.pending[1:]
		return out, true
	}
	if l.err != nil {
		return line{}, false
	}
	var text []byte
	cut := false
	for {
		part, err := l.r.ReadSlice('\n')
		if room := maxLine - len(text); len(part) > room {
			part, cut = part[:room], true
		}
		text = append(text, part...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			l.err = err
			if len(text) == 0 {
				return line{}, false
			}
		}
		break
	}
	l.number++
	text = bytes.TrimRight(text, "\r\n")
	if !utf8.Valid(text) {
		if plain, err := l.fallback.Bytes(text); err == nil {
			text = plain
		}
	}
	return line{l.number, string(text), cut}, true
}

// unread gives lines back, to be read again.
func (l *lineReader) unread(lines ...line) {
	l.pending = append(append([]line(nil), lines...), l.pending...)
}

// failed returns why reading ended, or nil at the end of the text.
func (l *lineReader) failed() error {
	if l.err == nil || errors.Is(l.err, io.EOF) {
		return nil
	}
	if _, ok := errors.AsType[*harrier.Error](l.err); ok {
		return l.err
	}
	return harrier.Errorf(harrier.Unavailable, "the file cannot be read to its end, and nothing is taken of it: %w", l.err)
}

// bounded is a text that may not be longer: one that was cut off would lose what
// follows.
type bounded struct {
	r    io.Reader
	left int64
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n, harrier.Errorf(harrier.Invalid, "the file is larger than %d MiB; import less", maxFile>>20)
	}
	return n, err
}

const (
	// maxRowLines bounds how many lines a quoted cell may reach over, and maxRow how
	// long the row may be, in bytes: a quote that nobody closes loses its line and
	// no more.
	maxRowLines, maxRow = 100, 64 << 10
	// maxUnclosed is after how many such quotes nobody looks further than the line:
	// every look costs as much as a hundred lines.
	maxUnclosed = 300
)

// row is a row of a table.
type row struct {
	number int
	cells  []string
}

// rows reads a table whose cells stand between separators.
type rows struct {
	lines     *lineReader
	separator byte
	unclosed  int
}

// next returns the next row that is not empty; problem tells of one that cannot be read.
func (r *rows) next() (_ row, problem *Problem, ok bool) {
	for {
		first, ok := r.lines.next()
		if !ok {
			return row{}, nil, false
		}
		if strings.TrimSpace(first.text) == "" {
			continue
		}
		if first.cut {
			return row{}, &Problem{Line: first.number, Reason: "the line is longer than a MiB"}, true
		}
		got, problem := r.row(first)
		return got, problem, true
	}
}

// row reads the row that begins with a line.
func (r *rows) row(first line) (row, *Problem) {
	text := first.text
	var more []line
	for {
		cells, end := split(text, r.separator)
		if end == whole {
			return row{first.number, cells}, nil
		}
		var next line
		ok := false
		if end == open && r.unclosed < maxUnclosed && len(text) < maxRow && len(more) < maxRowLines {
			next, ok = r.lines.next()
		}
		if !ok || next.cut {
			if ok {
				more = append(more, next)
			}
			r.lines.unread(more...)
			r.unclosed++
			return row{}, &Problem{Line: first.number, Reason: `a quote (") in it is not closed; the line is left out`}
		}
		more = append(more, next)
		text += "\n" + next.text
	}
}

// ending is how a row ends: whole, within a quoted cell that is open, or broken.
type ending int

const (
	whole ending = iota
	open
	broken
)

// split parts a line into cells (RFC 4180). What follows the closing quote of a
// cell belongs to it, unless the cell reaches over lines: then the quote that
// opened it was one too many.
func split(text string, separator byte) (cells []string, end ending) {
	for {
		if !strings.HasPrefix(text, `"`) {
			cell, rest, more := strings.Cut(text, string(separator))
			cells = append(cells, cell)
			if !more {
				return cells, whole
			}
			text = rest
			continue
		}
		cell, rest, closed := quoted(text[1:])
		if !closed {
			return cells, open
		}
		after, next, more := strings.Cut(rest, string(separator))
		if strings.TrimSpace(after) != "" {
			if strings.Contains(cell+after, "\n") {
				return cells, broken
			}
			cell += after
		}
		cells = append(cells, cell)
		if !more {
			return cells, whole
		}
		text = next
	}
}

// quoted reads a cell up to the quote that closes it; two quotes are one in it.
func quoted(text string) (cell, rest string, closed bool) {
	var b strings.Builder
	for {
		i := strings.IndexByte(text, '"')
		if i < 0 {
			return b.String(), "", false
		}
		b.WriteString(text[:i])
		text = text[i+1:]
		if !strings.HasPrefix(text, `"`) {
			return b.String(), text, true
		}
		b.WriteByte('"')
		text = text[1:]
	}
}

// separatorOf finds what separates the cells of a header: what occurs most in it.
func separatorOf(header string) byte {
	best, most := byte(','), 0
	for _, c := range []byte{',', ';', '\t', '|'} {
		if n := strings.Count(header, string(c)); n > most {
			best, most = c, n
		}
	}
	return best
}

// header reads the head of a table. Spreadsheets may say before it what separates.
func header(lines *lineReader) (*rows, row, error) {
	r := &rows{lines: lines}
	for {
		first, ok := lines.next()
		if !ok {
			return nil, row{}, harrier.Errorf(harrier.Invalid, "the file is empty")
		}
		text := strings.TrimSpace(first.text)
		if rest, ok := strings.CutPrefix(text, "sep="); ok && len(rest) <= 1 {
			if rest != "" {
				r.separator = rest[0]
			}
			continue
		}
		if text == "" || strings.HasPrefix(text, "#") && first.number < maxRowLines {
			continue
		}
		if r.separator == 0 {
			r.separator = separatorOf(first.text)
		}
		head, problem := r.row(first)
		if problem != nil {
			return nil, row{}, harrier.Errorf(harrier.Invalid, "line %d, the head of the table: %s", problem.Line, problem.Reason)
		}
		return r, head, nil
	}
}
