package email

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Field is a header field as it stands: unfolded, not decoded, valid UTF-8.
type Field struct{ Name, Value string }

// Header is the header of a mail or a part, in order.
type Header []Field

// First returns the value of the topmost field of that name, or "".
func (h Header) First(name string) string {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// All returns the values of all fields of that name, topmost first.
func (h Header) All(name string) []string {
	var all []string
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			all = append(all, f.Value)
		}
	}
	return all
}

// cutLine returns the first line of data without its end, and the rest.
func cutLine(data []byte) (line, rest []byte) {
	before, after, ok := bytes.Cut(data, []byte{'\n'})
	if !ok {
		return bytes.TrimSuffix(data, []byte("\r")), nil
	}
	return bytes.TrimSuffix(before, []byte("\r")), after
}

// skipEnvelope leaves out what stands before a header in mailboxes and files:
// a byte order mark, blank lines, and the From line of mbox.
func skipEnvelope(data []byte) []byte {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	for len(data) > 0 {
		line, rest := cutLine(data)
		blank := len(bytes.TrimSpace(line)) == 0
		_, _, field := fieldName(line)
		mbox := bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From "))
		if (!mbox || field) && (!blank || !startsWithField(rest)) {
			break
		}
		data = rest
	}
	return data
}

// startsWithField reports whether data starts with a header field, blank lines
// and an mbox line before it aside.
func startsWithField(data []byte) bool {
	for range 8 {
		line, rest := cutLine(data)
		if len(bytes.TrimSpace(line)) > 0 {
			return bytes.HasPrefix(line, []byte("From ")) || likelyField(line)
		}
		if len(rest) == 0 {
			return false
		}
		data = rest
	}
	return false
}

// fieldName returns the length of the name that line starts with, without the
// space that may stand before its colon, and where its value starts.
func fieldName(line []byte) (name, value int, ok bool) {
	i := 0
	for i < len(line) && line[i] > ' ' && line[i] < 0x7f && line[i] != ':' {
		i++
	}
	name = i
	for i < len(line) && (line[i] == ' ' || line[i] == '\t') {
		i++
	}
	if name == 0 || name > 200 || i == len(line) || line[i] != ':' {
		return 0, 0, false
	}
	return name, i + 1, true
}

// likelyField is stricter than [fieldName], for guessing: text such as
// http://… is not a field.
func likelyField(line []byte) bool {
	name, value, ok := fieldName(line)
	if !ok || name != value-1 {
		return false
	}
	for _, c := range line[:name] {
		if c != '-' && c != '_' && !isAlnum(c) {
			return false
		}
	}
	return value == len(line) || line[value] == ' ' || line[value] == '\t'
}

// headerReader reads one header.
type headerReader struct {
	p     *parser
	m     *Message
	where string
	out   Header
	value []byte // of the field that is being read
	name  string
	used  int
	full  bool
}

// header splits data into header and body.
func (p *parser) header(m *Message, data []byte, where string) (Header, []byte) {
	r := &headerReader{p: p, m: m, where: where}
	body := r.read(data)
	r.flush()
	return r.out, body
}

// read reads fields until the body starts, which it returns.
func (r *headerReader) read(data []byte) []byte {
	for len(data) > 0 {
		line, rest := cutLine(data)
		if len(bytes.TrimRight(line, " \t\r")) == 0 && (len(line) == 0 || !folded(rest)) {
			return rest
		}
		name, value, ok := fieldName(line)
		switch {
		case line[0] == ' ' || line[0] == '\t':
			r.more(line)
		case ok:
			r.field(line, name, value)
		case r.bodyStarts(line, rest):
			r.p.warn(r.m, WarnNoBlankLine, r.where, "the body starts without a blank line")
			return data
		default:
			r.p.warn(r.m, WarnHeader, r.where, "a header holds a line that is no field; read as part of the field before it")
			r.more(line)
		}
		data = rest
	}
	return nil
}

// folded reports whether data starts with a continuation line that is not blank.
func folded(data []byte) bool {
	line, _ := cutLine(data)
	return len(line) > 0 && (line[0] == ' ' || line[0] == '\t') && len(bytes.TrimSpace(line)) > 0
}

// bodyStarts decides what a line that is no field is: a badly folded field
// where fields follow within a few lines, else the body.
func (r *headerReader) bodyStarts(line, rest []byte) bool {
	if r.name == "" && len(r.out) == 0 || bytes.HasPrefix(line, []byte("--")) {
		return true
	}
	for range 4 {
		next, after := cutLine(rest)
		if len(next) == 0 || bytes.HasPrefix(next, []byte("--")) {
			return true
		}
		if likelyField(next) {
			return false
		}
		rest = after
	}
	return true
}

// field starts a field.
func (r *headerReader) field(line []byte, name, value int) {
	r.flush()
	if name != value-1 {
		r.p.warn(r.m, WarnSpacedField, r.where, "a header name has a space before its colon")
	}
	r.name = string(line[:name])
	r.value = r.value[:0]
	r.append(line[value:])
}

// more goes on with a folded field.
func (r *headerReader) more(line []byte) {
	if r.name == "" {
		return
	}
	r.append([]byte(" "))
	r.append(bytes.TrimLeft(line, " \t"))
}

// append adds to the value as far as the limit allows.
func (r *headerReader) append(b []byte) {
	if room := min(r.p.lim.HeaderBytes-r.used, r.p.headerRoom); len(b) > room {
		b = b[:max(room, 0)]
		r.full = true
	}
	r.used += len(b)
	r.p.headerRoom -= len(b)
	r.value = append(r.value, b...)
}

// flush keeps the field that was read.
func (r *headerReader) flush() {
	if r.name == "" {
		return
	}
	if len(r.out) >= r.p.lim.Headers || r.used >= r.p.lim.HeaderBytes {
		r.full = true
	}
	if r.full {
		r.p.warn(r.m, WarnTooMany, r.where, "the header is larger than the limit; the rest of it was left out")
	}
	if len(r.out) < r.p.lim.Headers && (!r.full || len(r.value) > 0) {
		if bytes.IndexByte(r.value, 0) >= 0 {
			r.p.warn(r.m, WarnNulBytes, r.where, "a header holds NUL bytes; they were left out")
			r.value = bytes.ReplaceAll(r.value, []byte{0}, nil)
		}
		r.out = append(r.out, Field{Name: r.name, Value: headerText(r.value)})
	}
	r.name = ""
	r.used += 32 // names and overhead count as well
}

// headerText returns bytes of a header as text: UTF-8 (RFC 6532), else Windows-1252.
func headerText(b []byte) string {
	b = bytes.TrimSpace(b)
	if utf8.Valid(b) {
		return string(b)
	}
	return windows1252(b)
}

// isAlnum reports whether c is an ASCII letter or digit.
func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
