package wire

import (
	"strconv"
	"strings"
)

// zeek reads one line of a table of Zeek's with its header before it, as a
// sender that forwards whole files in pieces does:
//
//	#separator \x09
//	#path	notice
//	#fields	ts	uid	id.orig_h …
//	#types	time	string	addr …
//	1646222646.1	CxT…	10.0.0.1 …
//
// The record has the names that Zeek's JSON has, with the path as _path.
func (p *parser) zeek(s string) bool {
	if !strings.HasPrefix(s, "#separator ") {
		return false
	}
	table := newZeekTable()
	for line := range strings.Lines(s) {
		row, ok := table.line(strings.TrimRight(line, "\r\n"))
		if !ok || row == nil {
			continue
		}
		p.adopt(row)
		p.jsonTime(row)
		return true
	}
	return false
}

// zeekTable is what the lines that begin with # say about those that follow.
type zeekTable struct {
	separator, set, empty, unset string
	path                         string
	fields, types                []string
}

func newZeekTable() *zeekTable {
	return &zeekTable{separator: "\t", set: ",", empty: "(empty)", unset: "-"}
}

// line reads one line: a row where it is one, nothing where it is of the
// header. ok is false where it does not fit the header.
func (z *zeekTable) line(line string) (row map[string]any, ok bool) {
	if strings.HasPrefix(line, "#") {
		z.header(line)
		return nil, true
	}
	values := strings.SplitN(line, z.separator, maxFields)
	if len(z.fields) == 0 || len(values) != len(z.fields) {
		return nil, false
	}
	row = make(map[string]any, len(values)+1)
	if z.path != "" {
		row["_path"] = z.path
	}
	for i, value := range values {
		if value == z.unset {
			continue
		}
		kind := "string"
		if i < len(z.types) {
			kind = z.types[i]
		}
		if v := z.value(kind, value); v != nil {
			row[z.fields[i]] = v
		}
	}
	return row, true
}

func (z *zeekTable) header(line string) {
	if code, ok := strings.CutPrefix(line, "#separator "); ok {
		if n, err := strconv.ParseUint(strings.TrimPrefix(code, `\x`), 16, 8); err == nil && n > 0 {
			z.separator = string(rune(n))
		}
		return
	}
	name, rest, _ := strings.Cut(line, z.separator)
	switch name {
	case "#set_separator":
		z.set = rest
	case "#empty_field":
		z.empty = rest
	case "#unset_field":
		z.unset = rest
	case "#path":
		z.path = rest
	case "#fields":
		z.fields = strings.SplitN(rest, z.separator, maxFields)
	case "#types":
		z.types = strings.SplitN(rest, z.separator, maxFields)
	}
}

// value makes what Zeek's JSON has of a column; nil where it says nothing.
func (z *zeekTable) value(kind, s string) any {
	if inner, ok := innerType(kind); ok {
		items := []any{}
		if s != z.empty && z.set != "" {
			for _, item := range strings.SplitN(s, z.set, maxFields) {
				items = append(items, z.value(inner, item))
			}
		}
		return items
	}
	switch kind {
	case "bool":
		return s == "T"
	case "count", "int", "port":
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return n
		}
	case "time", "interval", "double":
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			return f
		}
	}
	if s == z.empty {
		return ""
	}
	return unhex(s)
}

// innerType is what a set or vector holds.
func innerType(kind string) (inner string, ok bool) {
	for _, outer := range [...]string{"set[", "vector["} {
		if rest, found := strings.CutPrefix(kind, outer); found {
			return strings.TrimSuffix(rest, "]"), true
		}
	}
	return "", false
}

// unhex replaces \x09 and its like.
func unhex(s string) string {
	if !strings.Contains(s, `\x`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) && s[i+1] == 'x' {
			if n, err := strconv.ParseUint(s[i+2:i+4], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return strings.ToValidUTF8(b.String(), "\ufffd")
}
