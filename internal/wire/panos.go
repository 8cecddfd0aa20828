package wire

import "strings"

// panos reads the columns of PAN-OS' own syslog, which has no names in it:
// their order depends on the type of log, and later versions append.
func (p *parser) panos(s string) bool {
	start := panosStart(s)
	if start < 0 {
		return false
	}
	columns := s[start:]
	names := ""
	out := make(map[string]any, 64)
	at := 0
	for rest, more := columns, true; more && at < maxFields; at++ {
		var value, name string
		value, rest, more = column(rest)
		if at == 3 {
			names = panosColumns(value)
			p.put(out, "type", value)
			continue
		}
		if at < 3 {
			name = nth("format receive_time serial ", at)
		} else if name, names = word(names); name == "" {
			name = "extra" // beyond what is known of this version
		}
		if name == "-" {
			continue
		}
		p.panosPut(out, name, value)
	}
	if at < 8 {
		return false
	}
	p.panosThreat(out)
	p.out["panos"] = out
	p.timeOf(out, "panos", "high_res_time", "generated_time", "receive_time")
	return true
}

// panosPut keeps a column; those that are not known are a list.
func (p *parser) panosPut(out map[string]any, name, value string) {
	if name != "extra" {
		p.put(out, name, value)
		return
	}
	extra, _ := out["extra"].([]any)
	if len(extra) < 64 {
		out["extra"] = append(extra, value)
	}
}

// panosStart finds the first column: "1," or another small number, then the
// time at which the log was received, a serial number and a type in capitals.
func panosStart(s string) int {
	const reach = 160 // a header that could not be read may stand before it
	comma := strings.IndexByte(s[:min(len(s), reach)], ',')
	start := comma
	for start > 0 && digit(s[start-1]) {
		start--
	}
	if comma < 0 || start == comma || comma-start > 4 || start > 0 && s[start-1] != ' ' {
		return -1
	}
	_, rest, _ := column(s[start:])
	received, rest, _ := column(rest)
	_, rest, _ = column(rest)
	kind, _, _ := column(rest)
	if len(received) < 16 || !digit(received[0]) || strings.ToUpper(kind) != kind || len(kind) < 3 || !letter(kind[0]) {
		return -1
	}
	return start
}

// column reads one field of CSV, in quotes or not. more is false after the last.
func column(s string) (value, rest string, more bool) {
	if !strings.HasPrefix(s, `"`) {
		value, rest, more = strings.Cut(s, ",")
		return strings.TrimSpace(value), rest, more
	}
	var b strings.Builder
	i := 1
	for ; i < len(s); i++ {
		if s[i] != '"' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '"' {
			b.WriteByte('"')
			i++
			continue
		}
		break
	}
	_, rest, more = strings.Cut(s[min(i+1, len(s)):], ",")
	return b.String(), rest, more
}

// panosThreat takes "Name(30845)" apart, as a threat's id comes.
func (p *parser) panosThreat(out map[string]any) {
	text, _ := out["threat"].(string)
	open := strings.LastIndexByte(text, '(')
	if open < 0 || !strings.HasSuffix(text, ")") {
		return
	}
	p.put(out, "threat_name", strings.TrimSpace(text[:open]))
	p.put(out, "threat_id", text[open+1:len(text)-1])
}
