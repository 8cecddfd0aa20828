package email

import (
	"strings"
	"unicode/utf16"
)

// utf7Text reads UTF-7 (RFC 2152). It is tolerant: what is not UTF-7 stays.
func utf7Text(b []byte) string {
	var out strings.Builder
	out.Grow(len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '+' {
			out.WriteRune(rune(b[i])) // beyond ASCII: Latin-1
			continue
		}
		end := i + 1
		for end < len(b) && base64Value(b[end]) >= 0 && b[end] != '-' && b[end] != '_' {
			end++
		}
		switch {
		case end > i+1:
			out.WriteString(utf7Run(b[i+1 : end]))
		case end < len(b) && b[end] == '-':
			out.WriteByte('+')
		default:
			out.WriteByte('+')
			continue
		}
		i = end - 1
		if end < len(b) && b[end] == '-' {
			i = end
		}
	}
	return out.String()
}

// utf7Run decodes UTF-16 in base64.
func utf7Run(b []byte) string {
	units := make([]uint16, 0, len(b)*6/16)
	var bits uint32
	var n int
	for _, c := range b {
		bits = bits<<6 | uint32(base64Value(c))
		n += 6
		if n >= 16 {
			n -= 16
			units = append(units, uint16(bits>>n))
		}
	}
	return string(utf16.Decode(units))
}
