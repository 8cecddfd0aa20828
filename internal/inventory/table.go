package inventory

import (
	"bytes"
	"encoding/json"
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
	lines, err := decoded(io.LimitReader(r, maxFile+1), how.Encoding)
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
	if err == nil && lines.failed() != nil {
		err = harrier.Errorf(harrier.Unavailable, "the file cannot be read to its end: %w", lines.failed())
	}
	return told, err
}

// format finds out whether a text is JSON.
func (l *lineReader) format() string {
	var before []line
	format := "csv"
	for len(before) < maxRowLines {
		next, ok := l.next()
		if !ok {
			break
		}
		before = append(before, next)
		if text := strings.TrimSpace(next.text); text != "" {
			if strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") {
				format = "json"
			}
			break
		}
	}
	l.unread(before...)
	return format
}

// table reads rows below a head.
func (how Reading) table(lines *lineReader) (Told, error) {
	var told Told
	rows, head, err := header(lines)
	if err != nil {
		return told, err
	}
	fields, err := how.fields(head.cells)
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
		w := writing{how: how, r: Record{Kind: how.Kind}, line: next.number}
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
func (how Reading) fields(columns []string) ([]string, error) {
	out := make([]string, len(columns))
	for i, name := range columns {
		out[i] = fieldOf(how.Kind, name)
	}
	for field, column := range how.Columns {
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

// json reads a list of objects, an object that holds one, or an object a line.
func (how Reading) json(lines *lineReader) (Told, error) {
	var told Told
	unused := map[string]bool{}
	var all bytes.Buffer
	var list []line
	for {
		next, ok := lines.next()
		if !ok {
			break
		}
		list = append(list, next)
		if all.Len() > maxFile {
			return told, harrier.Errorf(harrier.Invalid, "the file is larger than %d MiB", maxFile>>20)
		}
		all.WriteString(next.text)
		all.WriteByte('\n')
	}
	if each := linesOfJSON(list); each {
		for _, l := range list {
			if strings.TrimSpace(l.text) == "" {
				continue
			}
			var o map[string]any
			if err := decodeJSON([]byte(l.text), &o); err != nil || l.cut {
				told.Problems = append(told.Problems, Problem{Line: l.number, Reason: "it is no JSON object; the line is left out"})
				continue
			}
			told.object(how, o, unused, l.number)
		}
	} else {
		objects, err := objectsIn(all.Bytes())
		if err != nil {
			return told, err
		}
		for i, o := range objects {
			told.object(how, o, unused, i+1)
		}
	}
	for name := range unused {
		told.Unused = append(told.Unused, name)
	}
	slices.Sort(told.Unused)
	return told, nil
}

// linesOfJSON tells whether every line begins an object of its own.
func linesOfJSON(list []line) bool {
	n := 0
	for _, l := range list {
		if text := strings.TrimSpace(l.text); text != "" {
			if n++; !strings.HasPrefix(text, "{") || n == 1 && !strings.HasSuffix(text, "}") {
				return false
			}
		}
	}
	return n > 1
}

func decodeJSON(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(v)
}

// objectsIn finds the objects of a document: those of its list, or of the one
// list that its object has.
func objectsIn(text []byte) ([]map[string]any, error) {
	var doc any
	if err := decodeJSON(text, &doc); err != nil {
		return nil, harrier.Errorf(harrier.Invalid, "it is not whole JSON: %v; nothing is taken of it", err)
	}
	list, ok := doc.([]any)
	if o, isObject := doc.(map[string]any); isObject {
		for _, v := range o {
			if l, isList := v.([]any); isList && (!ok || len(l) > len(list)) {
				list, ok = l, true
			}
		}
		if !ok {
			return []map[string]any{o}, nil
		}
	}
	if !ok {
		return nil, harrier.Errorf(harrier.Invalid, "it is neither a list of objects nor an object that holds one")
	}
	out := make([]map[string]any, 0, len(list))
	for _, v := range list {
		o, _ := v.(map[string]any)
		out = append(out, o) // one that is no object has no name, which is told
	}
	return out, nil
}

// object takes one object.
func (t *Told) object(how Reading, o map[string]any, unused map[string]bool, number int) {
	values := map[string][]string{}
	flatten(o, "", 0, values)
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	w := writing{how: how, r: Record{Kind: how.Kind}, line: number}
	for _, name := range names {
		field := fieldOf(how.Kind, name)
		for f, column := range how.Columns {
			if plainName(column) == plainName(name) {
				field = f
			}
		}
		if field == "" {
			if len(unused) < 100 {
				unused[clean(name)] = true
			}
			continue
		}
		w.put(field, values[name])
	}
	t.add(w)
}

// flatten names the values of an object by their path.
func flatten(v any, path string, depth int, out map[string][]string) {
	const deepest = 4
	if depth > deepest || len(out) > 500 {
		return
	}
	switch x := v.(type) {
	case map[string]any:
		for name, inner := range x {
			flatten(inner, strings.TrimPrefix(path+"."+name, "."), depth+1, out)
		}
	case []any:
		for _, inner := range x {
			flatten(inner, path, depth+1, out)
		}
	case nil:
	default:
		if path != "" && len(out[path]) < maxList {
			out[path] = append(out[path], fmt.Sprint(x))
		}
	}
}
