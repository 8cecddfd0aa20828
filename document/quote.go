package document

import "strings"

// quote puts quotes around a text as people would: double ones, or single ones
// where the text has double quotes or backslashes itself.
func quote(text string) string {
	if strings.ContainsAny(text, "\"\\") && printable(text) {
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	return doubleQuote(text)
}

// printable reports whether a text can stand in single quotes on one line.
func printable(text string) bool {
	for _, c := range text {
		if c < ' ' || c >= 0x7f && c <= 0x9f || c == 0xfeff || c == 0x2028 || c == 0x2029 {
			return false
		}
	}
	return true
}

// doubleQuote escapes what cannot stand in a double-quoted text.
func doubleQuote(text string) string {
	const hex = "0123456789abcdef"
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case c < ' ' || c >= 0x7f && c <= 0x9f || c == 0xfeff || c == 0x2028 || c == 0x2029:
			b.WriteString(`\u`)
			for shift := 12; shift >= 0; shift -= 4 {
				b.WriteByte(hex[c>>shift&15])
			}
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
