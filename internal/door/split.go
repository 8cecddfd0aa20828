package door

import (
	"bytes"
	"encoding/json"
)

// maxParts bounds the events that one body becomes.
const maxParts = 1000

// split cuts a body of very many records into parts of at most n records each,
// all of the body's own form: lines of JSON, texts of JSON one after the other,
// or an array. What has few records, or cannot be cut, stays whole: mappings
// understand it, or say why not.
func split(body []byte, n int) [][]byte {
	text := bytes.TrimSpace(body)
	if len(text) == 0 {
		return [][]byte{body}
	}
	var records [][]byte
	ok := false
	array := text[0] == '['
	switch {
	case array:
		records, ok = elements(text)
	case text[0] == '{':
		records, ok = texts(text)
	}
	if !ok || len(records) <= n || (len(records)+n-1)/n > maxParts {
		return [][]byte{body}
	}
	var parts [][]byte
	for len(records) > 0 {
		k := min(n, len(records))
		parts = append(parts, joined(records[:k], array))
		records = records[k:]
	}
	return parts
}

// joined puts records together as they were.
func joined(records [][]byte, array bool) []byte {
	if !array {
		return bytes.Join(records, []byte("\n"))
	}
	out := append([]byte("["), bytes.Join(records, []byte(","))...)
	return append(out, ']')
}

// elements finds the elements of an array.
func elements(text []byte) (list [][]byte, ok bool) {
	rest := bytes.TrimSpace(text[1:])
	for {
		n := extent(rest)
		if n == 0 {
			return nil, false
		}
		list = append(list, bytes.TrimSpace(rest[:n]))
		if rest = bytes.TrimSpace(rest[n:]); len(rest) == 0 {
			return nil, false
		}
		switch rest[0] {
		case ',':
			rest = bytes.TrimSpace(rest[1:])
		case ']':
			return list, len(bytes.TrimSpace(rest[1:])) == 0
		default:
			return nil, false
		}
	}
}

// texts finds objects that stand one after the other.
func texts(text []byte) (list [][]byte, ok bool) {
	for len(text) > 0 {
		if text[0] != '{' {
			return nil, false
		}
		n := extent(text)
		if n == 0 {
			return nil, false
		}
		list = append(list, text[:n])
		text = bytes.TrimSpace(text[n:])
	}
	return list, true
}

// extent is the length of the value that a text starts with, or 0 where it has
// no end. It looks at brackets and quotes alone: whether what is between them
// is JSON is for the mapping to say.
func extent(text []byte) int {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		c := text[i]
		if quoted {
			switch c {
			case '\\':
				i++
			case '"':
				quoted = false
			}
			continue
		}
		switch c {
		case '"':
			quoted = true
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 { // the end of what the value stands in
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',':
			if depth == 0 {
				return i
			}
		}
	}
	return 0
}

// Split cuts what a person submits into events as a delivery is cut.
func Split(body []byte) [][]byte { return split(body, defaultSplit) }

// uncollected takes what was sent to a collector of Splunk out of its envelopes:
// the events, one to a line. What has none stays as it is.
func uncollected(body []byte) []byte {
	records, ok := texts(bytes.TrimSpace(body))
	if !ok {
		return body
	}
	for i, record := range records {
		var envelope struct {
			Event json.RawMessage `json:"event"`
		}
		if json.Unmarshal(record, &envelope) != nil || len(envelope.Event) == 0 {
			return body
		}
		records[i] = envelope.Event
		var line string
		if json.Unmarshal(envelope.Event, &line) == nil {
			records[i] = bytes.ReplaceAll([]byte(line), []byte("\n"), []byte(" "))
		}
	}
	return bytes.Join(records, []byte("\n"))
}
