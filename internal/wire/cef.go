package wire

import (
	"strconv"
	"strings"
)

// cef reads ArcSight's Common Event Format, wherever in the message it begins.
func (p *parser) cef(s string) bool {
	start := marked(s, "CEF:")
	if start < 0 {
		return false
	}
	parts, extension, ok := barred(s[start+len("CEF:"):], 7)
	if !ok {
		return false
	}
	out := make(map[string]any, 10)
	for i, name := range [...]string{"version", "vendor", "product", "device_version", "class_id", "name", "severity"} {
		p.put(out, name, strings.TrimSpace(parts[i]))
	}
	if level := cefLevel(strings.TrimSpace(parts[6])); level != "" {
		out["level"] = level
	}
	ext := make(map[string]any, 32)
	p.spaced(extension, ext)
	if len(ext) > 0 {
		out["ext"] = ext
	}
	if labels := p.labels(ext); len(labels) > 0 {
		out["labels"] = labels
	}
	p.out["cef"] = out
	p.timeOf(ext, "cef", "start", "rt", "end") // when it happened, else when a device noticed
	return true
}

// marked finds where a format begins that says its name: at the start or after
// a space, with the digit of a version behind.
func marked(s, mark string) int {
	const reach = 2048
	for from := 0; from < min(len(s), reach); {
		i := strings.Index(s[from:min(len(s), reach)], mark)
		if i < 0 {
			return -1
		}
		at := from + i
		after := strings.TrimLeft(s[at+len(mark):], " ")
		if after != "" && digit(after[0]) && (at == 0 || !letter(s[at-1]) && !digit(s[at-1])) {
			return at
		}
		from = at + len(mark)
	}
	return -1
}

// barred reads n fields that end at bars; \| and \\ protect a bar and a backslash.
func barred(s string, n int) (parts []string, rest string, ok bool) {
	parts = make([]string, 0, n)
	start, escaped := 0, false
	for i := 0; i < len(s) && len(parts) < n; i++ {
		switch s[i] {
		case '\\':
			escaped = true
			i++
		case '|':
			part := s[start:i]
			if escaped {
				part = unescape(part)
			}
			parts, start, escaped = append(parts, part), i+1, false
		}
	}
	if len(parts) == n-1 { // the last bar is missing where there is no extension
		return append(parts, s[start:]), "", n > 1 && len(s)-start < 40
	}
	return parts, s[min(start, len(s)):], len(parts) == n
}

// unescape removes the backslashes of CEF: before a bar, an equals sign and a
// backslash; \n, \r and \t are what they are in C. Others are text.
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 't':
			b.WriteByte('\t')
		case '|', '=', '\\':
			b.WriteByte(s[i])
		default:
			b.WriteByte('\\')
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// spaced reads key=value pairs between spaces whose values may hold spaces,
// and equals signs too where no key could stand before them: a value ends
// where the next key begins.
func (p *parser) spaced(s string, into map[string]any) {
	key, value := "", 0
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
			continue
		}
		if s[i] != '=' {
			continue
		}
		start := keyBefore(s, i)
		if start < value || start < 0 {
			continue
		}
		if key != "" {
			p.put(into, key, unescape(strings.TrimSpace(s[value:start])))
		}
		key, value = s[start:i], i+1
	}
	if key != "" {
		p.put(into, key, unescape(strings.TrimSpace(s[value:])))
	}
}

// keyBefore finds where the key begins that ends before an equals sign; -1 where none does.
func keyBefore(s string, end int) int {
	const most = 128
	i := end
	for i > 0 && end-i < most && (letter(s[i-1]) || digit(s[i-1]) || strings.IndexByte("_.-[]", s[i-1]) >= 0) {
		i--
	}
	if i == end || !letter(s[i]) && !digit(s[i]) && s[i] != '_' {
		return -1
	}
	if i > 0 && strings.IndexByte(" \t\r\n", s[i-1]) < 0 {
		return -1
	}
	return i
}

// labels names the custom fields: cs1 by cs1Label.
func (p *parser) labels(ext map[string]any) map[string]any {
	labels := make(map[string]any)
	for key, label := range ext {
		base, ok := strings.CutSuffix(key, "Label")
		if !ok {
			continue
		}
		value, ok := ext[base].(string)
		if name, isText := label.(string); ok && isText {
			labels[name] = value
		}
	}
	return labels
}

// cefLevel is a severity in Harrier's words; empty where it is unknown.
func cefLevel(s string) string {
	switch strings.ToLower(s) {
	case "low":
		return "low"
	case "medium":
		return "medium"
	case "high":
		return "high"
	case "very-high", "very high":
		return "critical"
	}
	n, err := strconv.Atoi(s)
	switch {
	case err != nil || n < 0 || n > 10:
		return ""
	case n == 0:
		return "info"
	case n <= 3:
		return "low"
	case n <= 6:
		return "medium"
	case n <= 8:
		return "high"
	}
	return "critical"
}

// timeOf takes the time from the first of some fields that has one.
func (p *parser) timeOf(fields map[string]any, where string, names ...string) {
	for _, name := range names {
		text, _ := fields[name].(string)
		if t := p.whole(text); !t.IsZero() {
			p.happened(t, where+"."+name)
			return
		}
	}
}
