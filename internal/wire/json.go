package wire

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"strconv"
	"strings"
)

// json reads an object, which becomes the record itself: one mapping serves it
// with and without syslog around. Words before it, such as rsyslog's cookie, are skipped.
func (p *parser) json(s string) bool {
	s = strings.TrimSpace(s)
	if at := strings.IndexByte(s, '{'); at > 0 && s[len(s)-1] == '}' && !strings.Contains(s[:at], "=") {
		s = s[at:] // behind a header that is nobody's
	}
	if !strings.HasPrefix(s, "{") {
		return false
	}
	object, ok := jsonObject(s)
	if !ok {
		return false
	}
	p.adopt(object)
	p.jsonTime(object)
	return true
}

// adopt makes an object's fields the record's. The header keeps its name: a
// field of the same name is moved to syslog_field.
func (p *parser) adopt(object map[string]any) {
	for name, value := range object {
		if _, taken := p.out[name]; taken || name == "wire" {
			name += "_field"
		}
		p.out[name] = value
	}
}

// jsonTime takes the time from where Suricata, Zeek and most others put it.
func (p *parser) jsonTime(object map[string]any) {
	for _, name := range [...]string{"timestamp", "@timestamp", "ts", "time", "EventTime", "event_time"} {
		switch v := object[name].(type) {
		case string:
			if t := p.whole(v); !t.IsZero() {
				p.happened(t, name)
				return
			}
		case float64:
			if t, ok := epoch(strconv.FormatFloat(v, 'f', 6, 64)); ok {
				p.happened(t, name)
				return
			}
		case int64:
			if t, ok := epoch(strconv.FormatInt(v, 10)); ok {
				p.happened(t, name)
				return
			}
		}
	}
}

// jsonObject decodes exactly one object, not deeper than the limit. Whole
// numbers are int64; those beyond are strings, so that no digit is lost.
func jsonObject(s string) (map[string]any, bool) {
	if tooDeep(s) {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader([]byte(s)))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil || object == nil {
		return nil, false
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, false
	}
	numbers(object)
	return object, true
}

// tooDeep counts brackets and members outside of strings, before anything is decoded.
func tooDeep(s string) bool {
	const mostMembers = 20_000
	depth, members, inside := 0, 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case inside && c == '\\':
			i++
		case c == '"':
			inside = !inside
		case inside:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		case c == ',':
			if members++; members > mostMembers {
				return true
			}
		}
	}
	return false
}

// numbers replaces json.Number in place.
func numbers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			v[name] = numbers(value)
		}
	case []any:
		for i, value := range v {
			v[i] = numbers(value)
		}
	case json.Number:
		return number(string(v))
	}
	return v
}

// number reads a number of JSON.
func number(s string) any {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) || !strings.ContainsAny(s, ".eE") {
		return s
	}
	return f
}
