package wire

import (
	"strconv"
	"strings"
	"time"
)

// The envelopes.
const (
	noEnvelope = "none"
	rfc5424    = "rfc5424"
	rfc3164    = "rfc3164"
)

// maxRelays bounds headers within headers.
const maxRelays = 3

// envelope reads the header of syslog, whatever it looks like, and returns what
// it holds. A relay that puts its own header before the device's is noted, and
// the device's counts.
func (p *parser) envelope(s string) (name, message string) {
	name, message = noEnvelope, s
	var relays []any
	for range maxRelays {
		next := message
		if name != noEnvelope {
			var again bool
			if next, again = relayed(message); !again {
				break
			}
		}
		header := make(map[string]any, 10)
		kind, rest, ok := p.header(next, header)
		if !ok {
			break
		}
		if outer, had := p.out["syslog"]; had {
			relays = append(relays, outer)
		}
		header["message"] = rest
		p.out["syslog"] = header
		name, message = kind, rest
	}
	if len(relays) > 0 {
		if header, ok := p.out["syslog"].(map[string]any); ok {
			header["relays"] = relays
		}
	}
	return name, message
}

// relayed finds the header that a relay passed on: "<14>1 …", or with its length before.
func relayed(message string) (inner string, ok bool) {
	first, rest := word(message)
	if allDigits(first) && strings.HasPrefix(rest, "<") {
		message = rest
	}
	_, _, ok = priority(message)
	return message, ok
}

// header reads one header into a map.
func (p *parser) header(s string, header map[string]any) (kind, rest string, ok bool) {
	s = strings.TrimLeft(s, " ")
	pri, rest, marked := priority(s)
	if marked {
		header["pri"] = int64(pri)
		if pri <= 191 {
			header["facility"], header["severity"] = facility(pri/8), severity(pri%8)
			header["severity_code"] = int64(pri % 8)
		}
	}
	if marked || unmarked5424(s) {
		if after, ok := p.new5424(rest, header); ok {
			return rfc5424, after, true
		}
	}
	after, ok := p.old3164(rest, header, marked)
	return rfc3164, after, ok || marked
}

// unmarked5424 tells whether a line is of RFC 5424 but for its priority, as
// files have it: a version, and a time with its T.
func unmarked5424(s string) bool {
	return len(s) > 12 && strings.HasPrefix(s, "1 ") && digit(s[2]) && s[6] == '-' && s[9] == '-' && s[12] == 'T'
}

// priority reads <0> to <999>.
func priority(s string) (pri int, rest string, ok bool) {
	end := strings.IndexByte(s[:min(len(s), 5)], '>')
	if end < 2 || s[0] != '<' || !allDigits(s[1:end]) {
		return 0, s, false
	}
	pri, err := strconv.Atoi(s[1:end])
	return pri, s[end+1:], err == nil
}

// new5424 reads the header of RFC 5424, and Meraki's, which has seconds for a
// time and then only a host and a kind.
func (p *parser) new5424(s string, header map[string]any) (message string, ok bool) {
	version, rest := word(s)
	if len(version) > 2 || !allDigits(version) {
		return s, false
	}
	stamp, rest := word(rest)
	if t, seconds := epoch(stamp); seconds {
		p.syslogTime(header, t, stamp)
		header["version"] = version
		rest = p.token(header, "host", rest)
		return p.token(header, "app", rest), true
	}
	if stamp != "-" {
		t, after, isTime := p.leading(stamp)
		if !isTime || after != "" {
			return s, false
		}
		p.syslogTime(header, t, stamp)
	}
	header["version"] = version
	for _, name := range [...]string{"host", "app", "pid", "msgid"} {
		rest = p.token(header, name, rest)
	}
	rest = p.structured(header, rest)
	return strings.TrimPrefix(rest, "\ufeff"), true
}

func (p *parser) syslogTime(header map[string]any, t time.Time, written string) {
	header["time_written"] = written
	if !t.IsZero() {
		header["time"] = t.UTC().Format(time.RFC3339Nano)
		p.happened(t, "syslog")
	}
}

// token reads one word of the header; "-" is none.
func (p *parser) token(header map[string]any, name, s string) (rest string) {
	value, rest := word(s)
	if value != "-" {
		p.put(header, name, value)
	}
	return rest
}

// structured reads structured data. What is not well-formed stays message, so
// that nothing of it is lost.
func (p *parser) structured(header map[string]any, s string) (message string) {
	if rest, none := strings.CutPrefix(s, "-"); none && (rest == "" || rest[0] == ' ') {
		return strings.TrimPrefix(rest, " ")
	}
	data := make(map[string]any)
	rest := s
	for strings.HasPrefix(rest, "[") {
		after, ok := p.element(data, rest[1:])
		if !ok {
			p.note("structured data is not well-formed; it is left in the message")
			return s
		}
		rest = after
	}
	if len(data) > 0 {
		header["data"] = data
	}
	return strings.TrimLeft(rest, " ")
}

// element reads one element after its bracket: id name="value" … ].
func (p *parser) element(data map[string]any, s string) (rest string, ok bool) {
	end := strings.IndexAny(s, " ]")
	if end <= 0 || strings.ContainsAny(s[:end], `="`) {
		return s, false
	}
	id, rest := s[:end], s[end:]
	params := make(map[string]any)
	if p.fields++; p.fields > maxFields {
		return s, false
	}
	for {
		rest = strings.TrimLeft(rest, " ")
		if after, closed := strings.CutPrefix(rest, "]"); closed {
			if _, twice := data[id]; !twice {
				data[id] = params
			}
			return after, true
		}
		name, after, found := strings.Cut(rest, `="`)
		if !found || name == "" || strings.ContainsAny(name, ` ]"`) {
			return s, false
		}
		value, after, closed := quoted(after, '"')
		if !closed {
			return s, false
		}
		p.put(params, name, value)
		rest = after
	}
}

// quoted reads up to a closing quote. A backslash protects a quote, a bracket
// and itself, and is text before anything else.
func quoted(s string, quote byte) (value, rest string, ok bool) {
	end := strings.IndexByte(s, quote)
	if end < 0 {
		return "", s, false
	}
	if strings.IndexByte(s[:end], '\\') < 0 {
		return s[:end], s[end+1:], true
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == quote:
			return b.String(), s[i+1:], true
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == quote || s[i+1] == '\\' || s[i+1] == ']'):
			i++
		}
		b.WriteByte(s[i])
	}
	return "", s, false
}

// facility is the name of one.
func facility(code int) string {
	const names = "kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock " +
		"local0 local1 local2 local3 local4 local5 local6 local7 "
	return nth(names, code)
}

// severity is the name of one.
func severity(code int) string {
	return nth("emergency alert critical error warning notice info debug ", code)
}

// nth is a word of a list of words, each with a space behind.
func nth(words string, n int) string {
	for range n {
		words = words[strings.IndexByte(words, ' ')+1:]
	}
	return words[:strings.IndexByte(words, ' ')]
}
