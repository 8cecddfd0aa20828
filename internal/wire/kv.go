package wire

import "strings"

// leastPairs is how many pairs make a text key=value: with fewer it is prose.
const leastPairs = 3

// keyValue reads pairs such as FortiGate's: key=value key="value with spaces",
// between spaces, tabs, bars, semicolons or commas.
func (p *parser) keyValue(s string) bool {
	start := firstKey(s)
	if start < 0 {
		return false
	}
	between := separator(s[start:])
	into := make(map[string]any, 32)
	q := &parser{clock: p.clock}
	q.pairs(s[start:], between, into)
	if len(into) < leastPairs {
		return false
	}
	p.fields += q.fields
	for _, note := range q.notes {
		if text, ok := note.(string); ok {
			p.note(text)
		}
	}
	p.out["kv"] = into
	p.kvTime(into)
	return true
}

// firstKey finds the first key: at the start, or after a few words.
func firstKey(s string) int {
	const reach = 256
	equals := strings.IndexByte(s[:min(len(s), reach)], '=')
	if equals <= 0 {
		return -1
	}
	i := equals
	for i > 0 && keyByte(s[i-1]) {
		i--
	}
	if i == equals || i > 0 && strings.IndexByte(" \t|;,:[]", s[i-1]) < 0 {
		return -1
	}
	return i
}

func keyByte(c byte) bool {
	return letter(c) || digit(c) || c == '_' || c == '-' || c == '.'
}

// separator tells what stands between pairs: the one of tab, bar, semicolon and
// comma after which most keys begin, or else a space.
func separator(s string) byte {
	const sample = 2048
	s = s[:min(len(s), sample)]
	var keys [256]int
	inside := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			inside = !inside
		case s[i] == '=' && !inside:
			j := i
			for j > 0 && keyByte(s[j-1]) {
				j--
			}
			for j > 1 && s[j-1] == ' ' && strings.IndexByte("|;,", s[j-2]) >= 0 {
				j--
			}
			if j > 0 && j < i {
				keys[s[j-1]]++
			}
		}
	}
	best := byte(' ')
	for _, c := range [...]byte{'\t', '|', ';', ','} {
		if keys[c] > keys[best] {
			best = c
		}
	}
	return best
}

// pairs reads key=value after key=value.
func (p *parser) pairs(s string, between byte, into map[string]any) {
	for s != "" && p.fields <= maxFields {
		s = strings.TrimLeft(s, " \t\r\n|;,")
		key, rest, found := strings.Cut(s, "=")
		if !found {
			return
		}
		if at := strings.LastIndexAny(key, " \t|;,"); at >= 0 {
			key = key[at+1:] // words without a value before it
		}
		var value string
		value, s = pairValue(rest, between)
		p.put(into, strings.Trim(key, `"'[]{}`), value)
	}
}

// pairValue reads a value: in quotes, or up to what stands between pairs. A
// space within a value without quotes belongs to it where no key follows.
func pairValue(s string, between byte) (value, rest string) {
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		if value, rest, ok := quoted(s[1:], s[0]); ok {
			return value, rest
		}
	}
	if between != ' ' {
		end := strings.IndexByte(s, between)
		if end < 0 {
			return strings.TrimSpace(s), ""
		}
		return strings.TrimSpace(s[:end]), s[end+1:]
	}
	for i := 0; i < len(s); i++ {
		if s[i] == ' ' && keyFollows(s[i+1:]) {
			return strings.TrimSpace(s[:i]), s[i+1:]
		}
	}
	return strings.TrimSpace(s), ""
}

// keyFollows tells whether a key and an equals sign come next.
func keyFollows(s string) bool {
	const most = 128
	s = strings.TrimLeft(s, " ")
	i := 0
	for i < len(s) && i < most && keyByte(s[i]) {
		i++
	}
	return i > 0 && i < len(s) && s[i] == '=' && s[0] != '-'
}

// kvTime knows FortiGate's time: eventtime in seconds or nanoseconds, or a
// date and a time of day with their zone in tz; and other usual names.
func (p *parser) kvTime(kv map[string]any) {
	date, _ := kv["date"].(string)
	day, _ := kv["time"].(string)
	zone, _ := kv["tz"].(string)
	p.timeOf(kv, "kv", "eventtime", "timestamp", "devicetime", "device_date", "event_time", "rt", "ts", "time")
	if p.whenFrom == "kv.eventtime" || date == "" || day == "" {
		return
	}
	if t := p.whole(date + " " + day + " " + zone); !t.IsZero() {
		p.happened(t, "kv.date")
		return
	}
	if t := p.whole(date + " " + day); !t.IsZero() {
		p.happened(t, "kv.date")
	}
}

// checkPoint reads Check Point's own form: [action:"Drop"; flags:"400644"; …].
func (p *parser) checkPoint(s string) bool {
	open := strings.IndexByte(s, '[')
	if open < 0 || open > 256 {
		return false
	}
	into := make(map[string]any, 32)
	q := &parser{clock: p.clock}
	rest := s[open+1:]
	for {
		rest = strings.TrimLeft(rest, " ;")
		key, after, found := strings.Cut(rest, `:"`)
		if !found || key == "" || strings.ContainsAny(key, ` ;]"`) {
			break
		}
		value, after, closed := quoted(after, '"')
		if !closed {
			break
		}
		q.put(into, key, value)
		rest = after
	}
	if header, _ := p.out["syslog"].(map[string]any); len(into) < leastPairs && (len(into) == 0 || header["app"] != "CheckPoint") {
		return false
	}
	p.fields += q.fields
	p.out["checkpoint"] = into
	p.timeOf(into, "checkpoint", "time")
	return true
}
