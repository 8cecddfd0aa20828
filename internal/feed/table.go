package feed

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/harrier-soar/harrier"
)

// maxColumns bounds the columns of a table.
const maxColumns = 200

// table reads a table. Its header is its first line, or the last line of
// comment before it, as abuse.ch has it.
func (x *reading) table() error {
	var header []string
	comment := ""
	return x.eachRow(func(line string) { comment = line }, func(cells []string) error {
		if len(cells) > maxColumns {
			return harrier.Errorf(harrier.Invalid, "the table has %d columns; %d are read at most", len(cells), maxColumns)
		}
		if header == nil {
			var isHeader bool
			header, isHeader = x.header(comment, cells)
			if isHeader {
				return nil
			}
		}
		x.report.Items++
		r := row{}
		for i, cell := range cells {
			if i < len(header) && header[i] != "" {
				r[header[i]] = cell
			}
			if x.opt.Column == strconv.Itoa(i+1) {
				r[x.opt.Column] = cell
			}
		}
		return x.giveRow(r)
	})
}

// header names the columns: by a comment, by the first row where it holds
// names, or by what the first row holds. isRow tells that the row was it.
func (x *reading) header(comment string, cells []string) (names []string, isRow bool) {
	named := cellsOf(strings.TrimLeft(comment, "# "))
	if len(named) > 1 && len(headerRoles(strings.Join(named, ","))) > 0 {
		return fieldNames(named), false
	}
	guessed, strong := make([]string, len(cells)), false
	for i, cell := range cells {
		kind, _, ok := Guess(cell)
		if ok && !strong {
			strong, guessed[i] = true, kind
		}
	}
	if strong && guessed[0] == "" && len(cells) == 9 && guessed[2] == "url" {
		return urlhausHeader(), false
	}
	if strong {
		return guessed, false
	}
	return fieldNames(cells), true
}

// urlhausHeader names the columns of URLhaus, whose rows are often cut out of
// their file without it.
func urlhausHeader() []string {
	return []string{"id", "dateadded", "url", "url_status", "last_online", "threat", "tags", "urlhaus_link", "reporter"}
}

func fieldNames(cells []string) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = fieldName(c)
	}
	return out
}

// eachRow calls f for every row, and note for every comment.
func (x *reading) eachRow(note func(string), f func([]string) error) error {
	lines := &uncommented{x: x, note: note}
	r := csv.NewReader(lines)
	r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace, r.ReuseRecord = -1, true, true, true
	for {
		x.in.next()
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f(cells); err != nil {
			return err
		}
	}
}

// uncommented is a feed without its lines of comment.
type uncommented struct {
	x    *reading
	note func(string)
	rest []byte
	mid  bool // in the middle of a line
	end  error
}

// Read implements [io.Reader].
func (u *uncommented) Read(p []byte) (int, error) {
	for len(u.rest) == 0 {
		if u.end != nil {
			return 0, u.end
		}
		line, err := u.x.buf.ReadSlice('\n')
		whole := !errors.Is(err, bufio.ErrBufferFull)
		if err != nil && whole {
			u.end = err
		}
		text := strings.TrimSpace(string(line))
		if !u.mid && strings.HasPrefix(text, "#") {
			u.note(cut(text, 8000))
			u.mid = !whole
			for !whole && u.end == nil { // the rest of a long comment
				_, err = u.x.buf.ReadSlice('\n')
				if whole = !errors.Is(err, bufio.ErrBufferFull); err != nil && whole {
					u.end = err
				}
			}
			u.mid = false
			continue
		}
		u.mid = !whole
		u.rest = line
	}
	n := copy(p, u.rest)
	u.rest = u.rest[n:]
	return n, nil
}

// cellsOf splits one line of a table.
func cellsOf(line string) []string {
	r := csv.NewReader(strings.NewReader(line))
	r.LazyQuotes, r.TrimLeadingSpace = true, true
	cells, err := r.Read()
	if err != nil {
		return nil
	}
	return cells
}
