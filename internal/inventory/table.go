package inventory

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Reading says how a file of hosts or users is read.
type Reading struct {
	Kind harrier.EntityType
	// Format is csv or json; empty is found out from the content.
	Format string
	// Encoding is that of the text; empty is UTF-8, or what a mark at its beginning says.
	Encoding string
	// Columns names columns by the field that they hold, where their own name does
	// not tell.
	Columns map[string]string
	// Zone is that of times without one; nil is UTC.
	Zone *time.Location
}

// Told is what was read of a file.
type Told struct {
	Records  []Record
	Problems []Problem
	// Unused are columns that hold nothing of an inventory, or nothing that was
	// recognised.
	Unused []string
}

// Read reads a file of hosts or users: a table with a head, JSON or lines of
// JSON. A line that cannot be read is told and costs itself only; a file that is no
// table, or JSON that breaks off, is Invalid as a whole.
func Read(r io.Reader, how Reading) (Told, error) {
	if how.Zone == nil {
		how.Zone = time.UTC
	}
	for field := range how.Columns {
		if !slices.Contains(fieldNames(how.Kind), field) && !strings.HasPrefix(field, "id.") {
			return Told{}, harrier.Errorf(harrier.Invalid, "there is no field %q; there are %s, and id.PRODUCT", field, strings.Join(fieldNames(how.Kind), ", "))
		}
	}
	lines, err := decoded(&bounded{r: r, left: maxFile}, how.Encoding)
	if err != nil {
		return Told{}, err
	}
	format := how.Format
	if format == "" {
		format = lines.format()
	}
	var told Told
	switch format {
	case "csv":
		told, err = how.table(lines)
	case "json":
		told, err = how.json(lines)
	default:
		return Told{}, harrier.Errorf(harrier.Invalid, "there is no format %q; it is csv or json", how.Format)
	}
	switch failed := lines.failed(); {
	case err != nil:
	case failed != nil:
		err = failed
	case len(told.Records) > maxRecords:
		err = harrier.Errorf(harrier.Limited, "the file has more than the %d records that are kept for one tenant; import less", maxRecords)
	}
	return told, err
}

// format finds out whether a text is JSON.
func (l *lineReader) format() string {
	ahead, _ := l.r.Peek(l.r.Size()) // what there is of it
	ahead = bytes.TrimSpace(ahead)
	if bytes.HasPrefix(ahead, []byte("{")) || bytes.HasPrefix(ahead, []byte("[")) {
		return "json"
	}
	return "csv"
}

// table reads rows below a head.
func (rd Reading) table(lines *lineReader) (Told, error) {
	var told Told
	rows, head, err := header(lines)
	if err != nil {
		return told, err
	}
	fields, err := rd.fields(head.cells)
	if err != nil {
		return told, err
	}
	for i, name := range head.cells {
		if fields[i] == "" && strings.TrimSpace(name) != "" {
			told.Unused = append(told.Unused, clean(name))
		}
	}
	if len(told.Unused) == len(head.cells) {
		return told, harrier.Errorf(harrier.Invalid, "no column of the head is known: %s; name them, as in name=COLUMN", strings.Join(told.Unused[:min(len(told.Unused), 20)], ", "))
	}
	for len(told.Records) <= maxRecords {
		next, problem, ok := rows.next()
		if !ok {
			break
		}
		if problem != nil {
			told.Problems = append(told.Problems, *problem)
			continue
		}
		if len(next.cells) > len(fields) && strings.TrimSpace(strings.Join(next.cells[len(fields):], "")) != "" {
			told.Problems = append(told.Problems, Problem{Line: next.number, Reason: fmt.Sprintf("it has %d cells and the head %d; the line is left out", len(next.cells), len(fields))})
			continue
		}
		w := writing{how: rd, r: Record{Kind: rd.Kind}, line: next.number}
		for i, cell := range next.cells[:min(len(next.cells), len(fields))] {
			if fields[i] != "" {
				w.put(fields[i], parts(fields[i], cell, rows.separator))
			}
		}
		told.add(w)
	}
	return told, nil
}

// add takes a record, or says why not.
func (t *Told) add(w writing) {
	r, err := w.r.canonical()
	if err != nil {
		t.Problems = append(t.Problems, Problem{Line: w.line, Reason: err.Error()})
		return
	}
	for _, reason := range w.problems {
		t.Problems = append(t.Problems, Problem{Line: w.line, Reason: reason, Kept: true})
	}
	t.Records = append(t.Records, r)
}

// fields finds the field of each column; that of one without is empty.
func (rd Reading) fields(columns []string) ([]string, error) {
	out := make([]string, len(columns))
	for i, name := range columns {
		out[i] = fieldOf(rd.Kind, name)
	}
	for field, column := range rd.Columns {
		i := slices.IndexFunc(columns, func(c string) bool { return plainName(c) == plainName(column) })
		if i < 0 {
			return nil, harrier.Errorf(harrier.Invalid, "there is no column %q for %s; there are %s", column, field, strings.Join(columns[:min(len(columns), 50)], ", "))
		}
		for other := range out { // what is said holds against what is guessed
			if out[other] == field && !manyValued(field) {
				out[other] = ""
			}
		}
		out[i] = field
	}
	return out, nil
}
