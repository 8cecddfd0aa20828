package email

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
)

// decodeText returns b, written in the named charset, as UTF-8, and the code of
// a warning where that was not possible without guessing.
func decodeText(b []byte, charset string) (text, warning string) {
	charset = strings.ToLower(strings.Trim(charset, " \t\"'"))
	charset = strings.TrimPrefix(charset, "charset=")
	charset, _, _ = strings.Cut(charset, "*") // RFC 2231 §5: a language
	switch charset {
	case "", "us-ascii", "ascii", "ansi_x3.4-1968", "8bit", "7bit", "binary", "unknown", "unknown-8bit", "x-unknown", "default", "none":
		return guessText(b), ""
	case "utf-8", "utf8", "utf_8", "utf-8mb4", "utf8mb4", "cp65001", "unicode-1-1-utf-8":
		return utf8Text(b)
	case "utf-7", "utf7", "unicode-1-1-utf-7", "x-unicode-2-0-utf-7":
		return utf7Text(b), ""
	}
	enc := charsetOf(charset)
	if enc == nil {
		return guessText(b), WarnCharset
	}
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil {
		return guessText(b), WarnCharsetBytes
	}
	return strings.ToValidUTF8(string(out), "\ufffd"), ""
}

// charsetOf returns the encoding of a charset by any of the names it goes by, or nil.
func charsetOf(name string) encoding.Encoding {
	if rest, ok := strings.CutPrefix(name, "cp-"); ok {
		name = "cp" + rest
	}
	number := strings.TrimPrefix(name, "cp")
	for _, try := range []string{name, strings.ReplaceAll(name, "_", "-"), "windows-" + number, "ibm" + number, strings.TrimPrefix(name, "x-"), strings.Replace(name, "iso", "iso-", 1)} {
		enc, err := htmlindex.Get(try)
		if err == nil && enc != encoding.Replacement {
			return enc
		}
		enc, err = ianaindex.MIME.Encoding(try)
		if err == nil && enc != nil {
			return enc
		}
	}
	return nil
}

// guessText reads text of an unknown charset: a byte order mark, UTF-8, else Windows-1252.
func guessText(b []byte) string {
	if bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")) {
		out, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(b)
		if err == nil {
			return strings.ToValidUTF8(string(out), "\ufffd")
		}
	}
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if utf8.Valid(b) {
		return string(b)
	}
	return windows1252(b)
}

// utf8Text reads text that says it is UTF-8. Where more than every eighth byte
// beyond ASCII is not, it is another charset.
func utf8Text(b []byte) (text, warning string) {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if utf8.Valid(b) {
		return string(b), ""
	}
	high, bad := 0, 0
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if b[i] >= utf8.RuneSelf {
			high++
		}
		if r == utf8.RuneError && n == 1 {
			bad++
		}
		i += n
	}
	if bad > 1 && bad*8 > high {
		return windows1252(b), WarnCharsetBytes
	}
	return strings.ToValidUTF8(string(b), "\ufffd"), WarnCharsetBytes
}

// windows1252 reads bytes as the superset of Latin-1 that has a character for every byte.
func windows1252(b []byte) string {
	var s strings.Builder
	s.Grow(len(b) + len(b)/8)
	for _, c := range b {
		s.WriteRune(charmap.Windows1252.DecodeByte(c))
	}
	return s.String()
}
