package email

import (
	"slices"
	"strconv"
	"strings"
)

// media is the value of a Content-Type or Content-Disposition field.
type media struct {
	value  string // in lower case
	params map[string]string
	broken bool
}

// parseMedia reads a value with parameters as mail programs do: unquoted values
// may hold spaces, quotes may stay open, semicolons may be missing, encoded
// words may stand where they must not. The first of several equal names counts.
func parseMedia(s string) media {
	m := media{params: map[string]string{}}
	value, rest := s, ""
	if i := strings.IndexAny(s, "; \t"); i >= 0 {
		value, rest = s[:i], s[i:]
	}
	m.value = strings.ToLower(strings.Trim(value, "\"' "))
	pieces := map[string][]piece{}
	const most = 200
	for range most {
		var name, text string
		name, text, rest = m.param(rest)
		if name == "" && rest == "" {
			break
		}
		m.keep(pieces, name, text)
	}
	for name, list := range pieces {
		if _, taken := m.params[name]; !taken || strings.Contains(m.params[name], "=?") || slices.ContainsFunc(list, func(p piece) bool { return p.encoded }) {
			m.params[name] = join(list)
		}
	}
	for name, text := range m.params {
		if name == "boundary" {
			continue
		}
		m.params[name] = decodeWords(text)
	}
	return m
}

// param cuts the next parameter off.
func (m *media) param(s string) (name, text, rest string) {
	s = strings.TrimLeft(s, "; \t")
	if s == "" {
		return "", "", ""
	}
	i := strings.IndexAny(s, "=;")
	if i < 0 || s[i] == ';' {
		m.broken = m.broken || s[0] != '(' // a comment is fine
		if i < 0 {
			return "", "", ""
		}
		return "", "", s[i+1:]
	}
	name = strings.ToLower(strings.TrimSpace(s[:i]))
	if j := strings.LastIndexAny(name, " \t"); j >= 0 {
		name, m.broken = name[j+1:], true // a comment, or text without a semicolon after it
	}
	s = strings.TrimLeft(s[i+1:], " \t")
	if strings.HasPrefix(s, `"`) {
		text, rest = m.quoted(s[1:])
		return name, text, rest
	}
	text, rest, _ = strings.Cut(s, ";")
	return name, strings.TrimSpace(text), rest
}

// quoted reads a quoted value up to its closing quote. A backslash escapes only
// a quote or a backslash, since file names with single ones are common.
func (m *media) quoted(s string) (text, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
		}
		b.WriteByte(s[i])
	}
	m.broken = true
	before, after, _ := strings.Cut(s, ";")
	return before, after
}

// piece is a part of a parameter that was cut in parts (RFC 2231 §3).
type piece struct {
	index   int
	text    string
	encoded bool
}

// keep stores a parameter, or a piece of one.
func (m *media) keep(pieces map[string][]piece, name, text string) {
	base, index, cut := strings.Cut(name, "*")
	switch {
	case base == "":
		return
	case !cut:
		if earlier, taken := m.params[base]; taken {
			m.broken = m.broken || earlier != text
			return
		}
		m.params[base] = text
		return
	}
	number, encoded := strings.CutSuffix(index, "*")
	if index == "" { // name*=charset'language'text
		number, encoded = "0", true
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 {
		m.broken = true
		return
	}
	pieces[base] = append(pieces[base], piece{index: n, text: text, encoded: encoded})
}

// join puts the pieces of a parameter together and decodes them.
func join(list []piece) string {
	slices.SortStableFunc(list, func(a, b piece) int { return a.index - b.index })
	var raw []byte
	charset := ""
	for i, p := range list {
		if i > 0 && p.index == list[i-1].index {
			continue
		}
		text := p.text
		if !p.encoded {
			raw = append(raw, text...)
			continue
		}
		if i == 0 {
			if c, rest, ok := strings.Cut(text, "'"); ok {
				charset = c
				_, text, _ = strings.Cut(rest, "'")
			}
		}
		raw = append(raw, unescapePercent(text)...)
	}
	text, _ := decodeText(raw, charset)
	return text
}

// unescapePercent decodes percent escapes; what is none stays.
func unescapePercent(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' {
			if v, ok := hexByte(s[i+1:]); ok {
				b.WriteByte(v)
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
