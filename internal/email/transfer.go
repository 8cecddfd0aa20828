package email

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// decodeTransfer undoes a Content-Transfer-Encoding. The result shares memory
// with body where nothing is encoded. The warning is a code, or "".
func decodeTransfer(body []byte, encoding string, isText bool) (decoded []byte, warning string) {
	encoding = strings.ToLower(strings.TrimSpace(encoding))
	encoding, _, _ = strings.Cut(encoding, ";")
	encoding, _, _ = strings.Cut(encoding, "(")
	switch strings.TrimSpace(strings.Trim(encoding, "\"' ")) {
	case "", "7bit", "8bit", "binary", "7-bit", "8-bit":
		return body, ""
	case "quoted-printable", "quotedprintable", "quoted_printable", "quoted-printible", "qp":
		return decodeQuotedPrintable(body)
	case "base64", "base-64", "base_64", "b64":
		decoded, junk := decodeBase64(body)
		switch {
		case isText && junk && !utf8.Valid(decoded) && utf8.Valid(body) && hasInnerSpaces(body):
			return body, WarnTransfer // plain text that only says it is base64
		case junk:
			return decoded, WarnTransfer
		}
		return decoded, ""
	}
	return body, WarnEncoding
}

// hasInnerSpaces reports whether one of the first lines has a space between
// other characters, which base64 never has.
func hasInnerSpaces(body []byte) bool {
	for range 8 {
		line, rest := cutLine(body)
		if bytes.ContainsAny(bytes.TrimSpace(line), " \t") {
			return true
		}
		body = rest
	}
	return false
}

// base64Value returns the value of a character of base64, also of its URL-safe
// form, or -1.
func base64Value(c byte) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case c >= '0' && c <= '9':
		return int(c-'0') + 52
	case c == '+' || c == '-':
		return 62
	case c == '/' || c == '_':
		return 63
	}
	return -1
}

// decodeBase64 decodes as mail programs do: what is not base64 is skipped,
// padding may stand anywhere or be missing. A line of other text after the
// padding is a footer that a list server added; decoding ends there.
func decodeBase64(body []byte) (decoded []byte, junk bool) {
	decoded = make([]byte, 0, len(body)/4*3+3)
	var bits uint32
	var n int
	padded := false
	for len(body) > 0 {
		var line []byte
		line, body = cutLine(body)
		if padded && hasInnerSpaces(line) {
			return decoded, true
		}
		for _, c := range line {
			v := base64Value(c)
			switch {
			case v >= 0:
				bits = bits<<6 | uint32(v)
				n++
			case c == '=':
				decoded, bits, n = flushBase64(decoded, bits, n), 0, 0
				padded = true
			case c != ' ' && c != '\t' && c != '\r':
				junk = true
			}
			if n == 4 {
				decoded = append(decoded, byte(bits>>16), byte(bits>>8), byte(bits))
				bits, n = 0, 0
			}
		}
		junk = junk || hasInnerSpaces(line)
	}
	return flushBase64(decoded, bits, n), junk
}

// flushBase64 appends what an incomplete group of n characters holds.
func flushBase64(out []byte, bits uint32, n int) []byte {
	switch n {
	case 2:
		return append(out, byte(bits>>4))
	case 3:
		return append(out, byte(bits>>10), byte(bits>>2))
	}
	return out
}

// decodeQuotedPrintable decodes as mail programs do: an equals sign that
// starts no escape stays.
func decodeQuotedPrintable(body []byte) (decoded []byte, warning string) {
	decoded = make([]byte, 0, len(body))
	for len(body) > 0 {
		i := bytes.IndexByte(body, '\n')
		line, end := body, []byte(nil)
		if i >= 0 {
			line, end = body[:i], []byte("\n")
			if i > 0 && line[i-1] == '\r' {
				line, end = line[:i-1], []byte("\r\n")
			}
			body = body[i+1:]
		} else {
			body = nil
		}
		line = bytes.TrimRight(line, " \t")
		if soft := bytes.TrimSuffix(line, []byte("=")); len(soft) < len(line) {
			line, end = soft, nil
		}
		var bad bool
		decoded, bad = appendUnquoted(decoded, line)
		if bad {
			warning = WarnTransfer
		}
		decoded = append(decoded, end...)
	}
	return decoded, warning
}

// appendUnquoted appends a line with its escapes decoded.
func appendUnquoted(out, line []byte) (_ []byte, bad bool) {
	for i := 0; i < len(line); i++ {
		c := line[i]
		if c != '=' {
			out = append(out, c)
			continue
		}
		v, ok := hexByte(line[i+1:])
		if !ok {
			out, bad = append(out, c), true
			continue
		}
		out = append(out, v)
		i += 2
	}
	return out, bad
}

// hexByte returns the byte that two hexadecimal digits at the start of b stand for.
func hexByte[T string | []byte](b T) (byte, bool) {
	if len(b) < 2 {
		return 0, false
	}
	hi, lo := hexDigit(b[0]), hexDigit(b[1])
	return byte(hi<<4 | lo), hi >= 0 && lo >= 0
}

// hexDigit returns the value of a hexadecimal digit, or -1.
func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
