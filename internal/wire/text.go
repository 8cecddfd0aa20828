package wire

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// text makes UTF-8 of a message, within limits, without what frames leave at its end.
func (p *parser) text(body []byte) string {
	if len(body) > maxBody {
		p.note("longer than 1 MiB; the rest is left out")
		body = body[:maxBody]
		for len(body) > 0 && !utf8.RuneStart(body[len(body)-1]) {
			body = body[:len(body)-1]
		}
		if n := len(body); n > 0 && body[n-1] >= utf8.RuneSelf {
			body = body[:n-1]
		}
	}
	return p.clean(body)
}

// clean makes UTF-8 of bytes.
func (p *parser) clean(body []byte) string {
	s := p.decode(body)
	s = strings.TrimPrefix(s, "\ufeff")
	s = strings.TrimRight(s, "\r\n\x00")
	if strings.IndexByte(s, 0) >= 0 {
		p.note("has NUL bytes")
		s = strings.ReplaceAll(s, "\x00", "\ufffd")
	}
	return s
}

// decode reads UTF-8, UTF-16 with its mark, and else takes single bytes for
// Latin-1, which is what old devices send.
func (p *parser) decode(body []byte) string {
	if len(body) >= 2 && len(body)%2 == 0 {
		switch {
		case body[0] == 0xff && body[1] == 0xfe:
			return wide(body[2:], binary.LittleEndian)
		case body[0] == 0xfe && body[1] == 0xff:
			return wide(body[2:], binary.BigEndian)
		}
	}
	if utf8.Valid(body) {
		return string(body)
	}
	p.note("not UTF-8; bytes that are not are read as Latin-1")
	var b strings.Builder
	b.Grow(len(body) + 16)
	for i := 0; i < len(body); {
		r, n := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && n == 1 {
			r = rune(body[i])
		}
		b.WriteRune(r)
		i += n
	}
	return b.String()
}

// wide decodes UTF-16.
func wide(body []byte, order binary.ByteOrder) string {
	units := make([]uint16, 0, len(body)/2)
	for ; len(body) >= 2; body = body[2:] {
		units = append(units, order.Uint16(body))
	}
	return string(utf16.Decode(units))
}

// word cuts a text at its first space or tab; rest has none in front.
func word(s string) (first, rest string) {
	i := strings.IndexAny(s, " \t")
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.TrimLeft(s[i:], " \t")
}

func digit(b byte) bool { return '0' <= b && b <= '9' }

func letter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

// allDigits tells whether a text is a number of at most 19 digits.
func allDigits(s string) bool {
	if s == "" || len(s) > 19 {
		return false
	}
	for i := range len(s) {
		if !digit(s[i]) {
			return false
		}
	}
	return true
}
