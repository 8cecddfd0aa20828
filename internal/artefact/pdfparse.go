package artefact

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
)

// pdfName, pdfRef, pdfDict and string, float64, []any are the values of PDF.
type (
	pdfName string
	pdfRef  int
	pdfDict map[pdfName]any
)

// pdfParser reads the values of PDF as viewers do: what is broken is skipped.
type pdfParser struct {
	b     []byte
	at    int
	nodes int // values that may still be read
}

// isSpace and isDelimiter are the classes of characters of ISO 32000 7.2.2.
func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}
func isDelimiter(c byte) bool { return strings.IndexByte("()<>[]{}/%", c) >= 0 }

// space skips white space and comments.
func (p *pdfParser) space() {
	for p.at < len(p.b) {
		c := p.b[p.at]
		if c == '%' {
			for p.at < len(p.b) && p.b[p.at] != '\n' && p.b[p.at] != '\r' {
				p.at++
			}
			continue
		}
		if !isSpace(c) {
			return
		}
		p.at++
	}
}

// word reads a run of regular characters.
func (p *pdfParser) word() string {
	start := p.at
	for p.at < len(p.b) && !isSpace(p.b[p.at]) && !isDelimiter(p.b[p.at]) {
		p.at++
	}
	return string(p.b[start:p.at])
}

// value reads a value; nil stands for everything that is none.
func (p *pdfParser) value(depth int) any {
	p.space()
	const deepest = 40
	p.nodes--
	if p.at >= len(p.b) || depth > deepest || p.nodes < 0 {
		p.at = len(p.b)
		return nil
	}
	switch c := p.b[p.at]; {
	case c == '/':
		p.at++
		return pdfName(plainName(p.word()))
	case c == '(':
		return p.literal()
	case c == '<' && p.at+1 < len(p.b) && p.b[p.at+1] == '<':
		p.at += 2
		return p.dict(depth)
	case c == '<':
		return p.hex()
	case c == '[':
		p.at++
		return p.array(depth)
	case isDelimiter(c):
		p.at++
		return nil
	}
	return p.number()
}

// number reads a number or a reference; other words are nil.
func (p *pdfParser) number() any {
	w := p.word()
	v, err := strconv.ParseFloat(w, 64)
	if err != nil {
		return nil
	}
	if v < 0 || v > 1e9 || strings.ContainsAny(w, ".+-") {
		return v
	}
	back := p.at
	p.space()
	if g := p.word(); g == "" || len(g) > 5 || strings.Trim(g, "0123456789") != "" {
		p.at = back
		return v
	}
	p.space()
	if p.at < len(p.b) && p.b[p.at] == 'R' && (p.at+1 == len(p.b) || isSpace(p.b[p.at+1]) || isDelimiter(p.b[p.at+1])) {
		p.at++
		return pdfRef(v)
	}
	p.at = back
	return v
}

// array reads up to the closing bracket.
func (p *pdfParser) array(depth int) []any {
	var list []any
	for {
		p.space()
		if p.at >= len(p.b) {
			return list
		}
		if p.b[p.at] == ']' {
			p.at++
			return list
		}
		before := p.at
		list = append(list, p.value(depth+1))
		if p.at == before {
			p.at++
		}
	}
}

// dict reads up to the closing brackets. Of equal keys the last counts.
func (p *pdfParser) dict(depth int) pdfDict {
	d := pdfDict{}
	for {
		p.space()
		if p.at >= len(p.b) {
			return d
		}
		if p.b[p.at] == '>' {
			p.at++
			if p.at < len(p.b) && p.b[p.at] == '>' {
				p.at++
			}
			return d
		}
		before := p.at
		if key, ok := p.value(depth + 1).(pdfName); ok {
			p.space()
			if p.at < len(p.b) && p.b[p.at] == '>' {
				continue
			}
			d[key] = p.value(depth + 1)
		} else if bytes.HasPrefix(p.b[before:], []byte("endobj")) || bytes.HasPrefix(p.b[before:], []byte("stream")) {
			p.at = before
			return d
		}
		if p.at == before {
			p.at++
		}
	}
}

// literal reads text in parentheses.
func (p *pdfParser) literal() string {
	var out []byte
	depth := 0
	for ; p.at < len(p.b); p.at++ {
		switch c := p.b[p.at]; c {
		case '(':
			if depth++; depth > 1 {
				out = append(out, c)
			}
		case ')':
			if depth--; depth == 0 {
				p.at++
				return pdfText(out)
			}
			out = append(out, c)
		case '\\':
			out = p.escaped(out)
		default:
			out = append(out, c)
		}
	}
	return pdfText(out)
}

// escaped reads what follows a backslash.
func (p *pdfParser) escaped(out []byte) []byte {
	if p.at++; p.at >= len(p.b) {
		return out
	}
	switch c := p.b[p.at]; c {
	case 'n':
		return append(out, '\n')
	case 'r':
		return append(out, '\r')
	case 't':
		return append(out, '\t')
	case 'b', 'f':
		return out
	case '\r':
		if p.at+1 < len(p.b) && p.b[p.at+1] == '\n' {
			p.at++
		}
		return out
	case '\n':
		return out
	default:
		if c < '0' || c > '7' {
			return append(out, c)
		}
		v := 0
		for n := 0; n < 3 && p.at < len(p.b) && p.b[p.at] >= '0' && p.b[p.at] <= '7'; n++ {
			v = v<<3 | int(p.b[p.at]-'0')
			p.at++
		}
		p.at--
		return append(out, byte(v))
	}
}

// hex reads text in hexadecimal digits.
func (p *pdfParser) hex() string {
	var out []byte
	high, half := byte(0), false
	for p.at++; p.at < len(p.b); p.at++ {
		c := p.b[p.at]
		if c == '>' {
			p.at++
			break
		}
		v := hexDigit(c)
		if v > 15 {
			continue
		}
		if half {
			out = append(out, high<<4|v)
		}
		high, half = v, !half
	}
	if half {
		out = append(out, high<<4)
	}
	return pdfText(out)
}

// pdfText decodes text with a mark of UTF-16; other text stays as it is.
func pdfText(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		return utf16Text(b[2:], binary.BigEndian)
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		return utf16Text(b[2:], binary.LittleEndian)
	}
	return string(b)
}

// plainName decodes the escapes in a name: /J#61vaScript is /JavaScript.
func plainName(s string) string {
	if !strings.Contains(s, "#") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '#' && i+2 < len(s) && hexDigit(s[i+1]) < 16 && hexDigit(s[i+2]) < 16 {
			b.WriteByte(hexDigit(s[i+1])<<4 | hexDigit(s[i+2]))
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
