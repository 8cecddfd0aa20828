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
	return l.err
}

// maxRowLines bounds how many lines a quoted cell may reach over: a quote that
// nobody closes loses its line and no more.
const maxRowLines = 100

// row is a row of a table.
type row struct {
	number int
	cells  []string
}

// rows reads a table whose cells stand between separators.
type rows struct {
	lines     *lineReader
	separator byte
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
		cells, open := split(text, r.separator)
		if !open {
			return row{first.number, cells}, nil
		}
		next, ok := r.lines.next()
		if !ok || next.cut || len(more) >= maxRowLines || len(text) > maxLine {
			if ok {
				more = append(more, next)
			}
			r.lines.unread(more...)
			return row{}, &Problem{Line: first.number, Reason: `a quote (") in it is not closed; the line is left out`}
		}
		more = append(more, next)
		text += "\n" + next.text
	}
}

// split parts a line into cells (RFC 4180). open tells that a quoted cell does
// not end in it.
func split(text string, separator byte) (cells []string, open bool) {
	for {
		if !strings.HasPrefix(text, `"`) {
			cell, rest, more := strings.Cut(text, string(separator))
			cells = append(cells, cell)
			if !more {
				return cells, false
			}
			text = rest
			continue
		}
		var cell strings.Builder
		text = text[1:]
		for {
			i := strings.IndexByte(text, '"')
			if i < 0 {
				return cells, true
			}
			cell.WriteString(text[:i])
			text = text[i+1:]
			if !strings.HasPrefix(text, `"`) {
				break
			}
			cell.WriteByte('"')
			text = text[1:]
		}
		// What follows the closing quote before the separator belongs to the cell.
		rest, after, more := strings.Cut(text, string(separator))
		cell.WriteString(rest)
		cells = append(cells, cell.String())
		if !more {
			return cells, false
		}
		text = after
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
