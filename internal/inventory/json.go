package inventory

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
)

// json reads a list of objects, an object that holds one, or an object a line. A
// document is taken whole or not at all; of lines each stands for itself.
func (rd Reading) json(lines *lineReader) (Told, error) {
	var told Told
	unused := map[string]bool{}
	read := rd.document
	if lines.ofJSON() {
		read = rd.jsonLines
	}
	err := read(lines, &told, unused)
	for name := range unused {
		told.Unused = append(told.Unused, name)
	}
	slices.Sort(told.Unused)
	return told, err
}

// jsonLines reads an object a line.
func (rd Reading) jsonLines(lines *lineReader, told *Told, unused map[string]bool) error {
	for len(told.Records) <= maxRecords {
		next, ok := lines.next()
		if !ok {
			break
		}
		if strings.TrimSpace(next.text) == "" {
			continue
		}
		var o map[string]any
		if err := decodeJSON([]byte(next.text), &o); err != nil || next.cut {
			told.Problems = append(told.Problems, Problem{Line: next.number, Reason: "it is no JSON object; the line is left out"})
			continue
		}
		told.object(rd, o, unused, next.number)
	}
	return nil
}

// maxDocument bounds a document of JSON, in bytes: it is read as a whole, which
// takes some ten times as much memory.
const maxDocument = 64 << 20

// document reads the objects of one document, which may stand on one line.
func (rd Reading) document(lines *lineReader, told *Told, unused map[string]bool) error {
	text, err := io.ReadAll(io.LimitReader(lines.r, maxDocument+1))
	if err != nil {
		lines.err = err
		return lines.failed()
	}
	if len(text) > maxDocument {
		return harrier.Errorf(harrier.Invalid, "a document of JSON may have %d MiB; write an object a line instead, or CSV", maxDocument>>20)
	}
	objects, err := objectsIn(text)
	for i, o := range objects {
		told.object(rd, o, unused, i+1)
	}
	return err
}

// ofJSON tells whether the lines that come are objects, by the first that is not
// empty and what follows it.
func (l *lineReader) ofJSON() bool {
	ahead, _ := l.r.Peek(l.r.Size()) // what there is of it
	first, rest, _ := bytes.Cut(bytes.TrimSpace(ahead), []byte("\n"))
	first, rest = bytes.TrimSpace(first), bytes.TrimSpace(rest)
	return bytes.HasPrefix(first, []byte("{")) && bytes.HasSuffix(first, []byte("}")) && len(rest) > 0
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
func (t *Told) object(rd Reading, o map[string]any, unused map[string]bool, number int) {
	values := map[string][]string{}
	flatten(o, "", 0, values)
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	w := writing{how: rd, r: Record{Kind: rd.Kind}, line: number}
	for _, name := range names {
		field := fieldOf(rd.Kind, name)
		for f, column := range rd.Columns {
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
