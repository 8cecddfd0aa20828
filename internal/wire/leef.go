package wire

import (
	"strconv"
	"strings"
)

// leef reads QRadar's Log Event Extended Format, 1.0 and 2.0.
func (p *parser) leef(s string) bool {
	start := marked(s, "LEEF:")
	if start < 0 {
		return false
	}
	parts, rest, ok := barred(s[start+len("LEEF:"):], 5)
	if !ok {
		return false
	}
	out := make(map[string]any, 8)
	for i, name := range [...]string{"version", "vendor", "product", "device_version", "event_id"} {
		p.put(out, name, strings.TrimSpace(parts[i]))
	}
	delimiter := "\t"
	if strings.HasPrefix(strings.TrimSpace(parts[0]), "2") {
		delimiter, rest = leefDelimiter(rest)
	}
	attrs := make(map[string]any, 32)
	if delimiter == " " || delimiter == "\t" && strings.IndexByte(rest, '\t') < 0 {
		p.spaced(rest, attrs) // values hold spaces too
	} else {
		for pair := range strings.SplitSeq(rest, delimiter) {
			key, value, _ := strings.Cut(pair, "=")
			p.put(attrs, strings.TrimSpace(key), strings.TrimSpace(value))
		}
	}
	if len(attrs) > 0 {
		out["attrs"] = attrs
	}
	p.out["leef"] = out
	p.timeOf(attrs, "leef", "devTime", "startTime", "eventTime")
	return true
}

// leefDelimiter reads the sixth field of LEEF 2.0: one character, its code in
// hexadecimal as x5E or 0x5E, or nothing. Devices leave the field out, too.
func leefDelimiter(s string) (delimiter, attributes string) {
	field, rest, found := strings.Cut(s, "|")
	if found && field == "" {
		// Either no delimiter is named, or the delimiter is the bar itself.
		if after, bar := strings.CutPrefix(rest, "|"); bar {
			return "|", after
		}
		return "\t", rest
	}
	if !found || len(field) > 4 {
		return "\t", s
	}
	if len([]rune(field)) == 1 {
		return field, rest
	}
	code, hex := strings.CutPrefix(strings.TrimPrefix(strings.ToLower(field), "0"), "x")
	if n, err := strconv.ParseUint(code, 16, 16); hex && err == nil && n > 0 {
		return string(rune(n)), rest
	}
	if field == `\t` {
		return "\t", rest
	}
	return "\t", s
}
