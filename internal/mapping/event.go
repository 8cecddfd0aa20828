package mapping

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"

	"github.com/harrier-soar/harrier"
)

// The limits of an event.
const (
	// MaxBytes is how large an event may be.
	MaxBytes = 16 << 20
	// MaxFindings is how many findings one event may become.
	MaxFindings = 10_000
	// maxDepth is how deep an event may nest.
	maxDepth = 64
	// maxValues is how many values an event may hold.
	maxValues = 500_000
)

// record is one of the things that an event delivers.
type record struct {
	value  any
	dotted bool
}

// records reads what an event delivers: JSON documents one after the other,
// the items of a list each as one, a message of syslog, or lines of text. zone
// holds for times of text that have none.
func records(ev harrier.RawEvent, zone *time.Location) ([]record, error) {
	if len(ev.Body) > MaxBytes {
		return nil, harrier.Errorf(harrier.Invalid, "the event has %d bytes, more than the %d that are read: send fewer alerts at once", len(ev.Body), MaxBytes)
	}
	text := textOptions(ev, zone)
	if isSyslog(ev.Content) {
		return syslogRecord(ev.Body, text)
	}
	body := decode(ev.Body, ev.Content)
	body = bytes.TrimFunc(body, func(r rune) bool { return r <= ' ' || r == '\ufeff' })
	if len(body) == 0 {
		return nil, harrier.Errorf(harrier.Invalid, "the event is empty: the sender sent no body")
	}
	if body[0] != '{' && body[0] != '[' {
		return textRecords(body, text)
	}
	docs, err := jsonRecords(body)
	if err != nil && isText(body) {
		return textRecords(body, text)
	}
	return docs, err
}

// isText reports whether what begins like JSON is a line of text, such as
// [2026-01-02 03:04:05] something.
func isText(body []byte) bool {
	return body[0] == '[' && len(body) > 1 && !bytes.ContainsRune([]byte("{}[]\"-0123456789tfn \t\r\n"), rune(body[1]))
}

// decode returns the bytes as UTF-8, by their byte order mark, their zero bytes
// or what their media type says.
func decode(body []byte, content string) []byte {
	switch {
	case bytes.HasPrefix(body, []byte("\xef\xbb\xbf")):
		return body[3:]
	case bytes.HasPrefix(body, []byte("\xff\xfe")):
		return utf16Bytes(body[2:], 1)
	case bytes.HasPrefix(body, []byte("\xfe\xff")):
		return utf16Bytes(body[2:], 0)
	case len(body) > 3 && body[1] == 0 && body[3] == 0 && body[0] != 0:
		return utf16Bytes(body, 1)
	case len(body) > 3 && body[0] == 0 && body[2] == 0 && body[1] != 0:
		return utf16Bytes(body, 0)
	}
	if utf8.Valid(body) {
		return body
	}
	name := "windows-1252"
	if _, params, err := mime.ParseMediaType(content); err == nil && params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8") {
		name = params["charset"]
	}
	charset, err := htmlindex.Get(name)
	if err != nil {
		return bytes.ToValidUTF8(body, []byte("\ufffd"))
	}
	out, err := charset.NewDecoder().Bytes(body)
	if err != nil {
		return bytes.ToValidUTF8(body, []byte("\ufffd"))
	}
	return out
}

// utf16Bytes reads UTF-16; high is which byte of a pair is the high one.
func utf16Bytes(body []byte, high int) []byte {
	units := make([]uint16, 0, len(body)/2)
	for i := 0; i+1 < len(body); i += 2 {
		units = append(units, uint16(body[i+high])<<8|uint16(body[i+1-high]))
	}
	return []byte(string(utf16.Decode(units)))
}

// jsonRecords reads JSON documents that follow each other.
func jsonRecords(body []byte) ([]record, error) {
	if err := bounded(body); err != nil {
		return nil, err
	}
	var docs []record
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	for {
		var v any
		err := decoder.Decode(&v)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, notJSON(body, err, decoder.InputOffset())
		}
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, one := range list {
			d := record{}
			d.value = d.plain(one)
			docs = append(docs, d)
		}
	}
	if len(docs) == 0 {
		return nil, harrier.Errorf(harrier.Invalid, "the event is an empty list: it holds no alert")
	}
	return docs, nil
}

// bounded refuses documents that nest too deep or hold too many values, before
// memory is spent on them.
func bounded(body []byte) error {
	depth, values, quoted := 0, 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted:
			switch c {
			case '\\':
				i++
			case '"':
				quoted = false
			}
		case c == '"':
			quoted = true
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return harrier.Errorf(harrier.Invalid, "the event nests deeper than %d levels", maxDepth)
			}
			values++
		case c == '}' || c == ']':
			depth--
		case c == ',':
			if values++; values > maxValues {
				return harrier.Errorf(harrier.Invalid, "the event holds more than %d values: send fewer alerts at once", maxValues)
			}
		}
	}
	return nil
}

// notJSON says where a document stops to be JSON, and what is often the reason.
func notJSON(body []byte, err error, offset int64) error {
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = max(offset, e.Offset)
	}
	offset = min(max(offset, 1), int64(len(body)))
	line := 1 + bytes.Count(body[:offset-1], []byte("\n"))
	column := int(offset) - 1 - bytes.LastIndexByte(body[:offset-1], '\n')
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return harrier.Errorf(harrier.Invalid, "the JSON ends in the middle of a value, after %d bytes: it was cut on the way, so raise the sender's limit on the size of a message", len(body))
	}
	return harrier.Errorf(harrier.Invalid,
		"this is not JSON: line %d, character %d: %s; near %s. Where the sender fills in a template, values must be put in escaped as JSON",
		line, column, describeJSON(err), strconv.Quote(strings.ToValidUTF8(string(body[max(0, offset-20):min(int64(len(body)), offset+20)]), "")))
}

// describeJSON is the message of encoding/json without its own name.
func describeJSON(err error) string {
	return strings.TrimPrefix(err.Error(), "json: ")
}

// plain turns numbers into int64, float64 or, where neither holds them, text.
// It works in place and notes keys with dots.
func (d *record) plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		return number(string(v))
	case map[string]any:
		for k, one := range v {
			if !d.dotted && strings.IndexByte(k, '.') >= 0 {
				d.dotted = true
			}
			switch one.(type) {
			case json.Number, map[string]any, []any:
				v[k] = d.plain(one)
			}
		}
	case []any:
		for i, one := range v {
			v[i] = d.plain(one)
		}
	}
	return v
}

// number reads a number so that no digit is lost.
func number(text string) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	if !strings.ContainsAny(text, ".eE") {
		return text
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	return f
}

// tooMany is the error of an event with too many alerts.
func tooMany() error {
	return harrier.Errorf(harrier.Invalid, "the event holds more than %d alerts: send fewer at once", MaxFindings)
}

// unfold replaces texts that hold JSON, at these paths, by what they hold.
func (d *record) unfold(paths []*fieldPath) {
	for _, p := range paths {
		if len(p.steps) > 0 {
			d.unfoldAt(d.value, p.steps, 0)
		}
	}
}

// unfoldAt goes down the names of a path to the map that holds the text.
func (d *record) unfoldAt(v any, steps []step, k int) {
	s := &steps[0]
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			d.unfoldAt(item, steps, k)
		}
	case map[string]any:
		from := 0
		if k > 0 {
			from = s.ends[k-1] + 1
		}
		name := s.names[from:s.ends[k]]
		next, ok := v[name]
		switch {
		case !ok:
		case k+1 < len(s.ends):
			d.unfoldAt(next, steps, k+1)
		case len(steps) > 1:
			d.unfoldAt(next, steps[1:], 0)
		default:
			if inner, ok := d.held(next); ok {
				v[name] = inner
			}
		}
	}
}

// held returns the JSON in a text.
func (d *record) held(v any) (any, bool) {
	text, ok := v.(string)
	text = strings.TrimSpace(text)
	if !ok || text == "" || text[0] != '{' && text[0] != '[' {
		return nil, false
	}
	docs, err := jsonRecords([]byte(text))
	if err != nil {
		return nil, false
	}
	list := make([]any, len(docs))
	for i := range docs {
		list[i], d.dotted = docs[i].value, d.dotted || docs[i].dotted
	}
	if text[0] == '{' && len(list) == 1 {
		return list[0], true
	}
	return list, true
}

// metaOf reads what the way in knows about an event.
func metaOf(ev harrier.RawEvent, source harrier.Source) map[string]any {
	meta := map[string]any{"source": source.Name, "received": ev.Received.UTC().Format("2006-01-02T15:04:05.999999999Z07:00")}
	if len(ev.Meta) > 0 {
		var given map[string]any
		if err := json.Unmarshal(ev.Meta, &given); err == nil {
			d := record{}
			for k, v := range given {
				meta[k] = d.plain(v)
			}
		}
	}
	return meta
}

// short shows the beginning of a value in a message.
func short(v any) string {
	text := fmt.Sprint(v)
	if len(text) > 80 {
		text = strings.ToValidUTF8(text[:80], "") + "…"
	}
	return text
}
