package outlook

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// encodingOf returns the encoding of a code page with several bytes for a character, or nil.
func encodingOf(codePage int) encoding.Encoding {
	switch codePage {
	case 932, 942, 943:
		return japanese.ShiftJIS
	case 936, 20936:
		return simplifiedchinese.GBK
	case 949, 51949:
		return korean.EUCKR
	case 950, 951:
		return traditionalchinese.Big5
	case 1200:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case 1201:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case 20932, 51932:
		return japanese.EUCJP
	case 50220, 50221, 50222:
		return japanese.ISO2022JP
	case 52936:
		return simplifiedchinese.HZGB2312
	case 54936:
		return simplifiedchinese.GB18030
	}
	return nil
}

// charmapOf returns the table of a code page with one byte for each character, or nil.
func charmapOf(codePage int) *charmap.Charmap {
	switch codePage {
	case 437:
		return charmap.CodePage437
	case 850:
		return charmap.CodePage850
	case 852:
		return charmap.CodePage852
	case 855:
		return charmap.CodePage855
	case 858:
		return charmap.CodePage858
	case 860:
		return charmap.CodePage860
	case 862:
		return charmap.CodePage862
	case 863:
		return charmap.CodePage863
	case 865:
		return charmap.CodePage865
	case 866:
		return charmap.CodePage866
	case 874:
		return charmap.Windows874
	case 1250:
		return charmap.Windows1250
	case 1251:
		return charmap.Windows1251
	case 1252, 28591:
		return charmap.Windows1252
	case 1253:
		return charmap.Windows1253
	case 1254, 28599:
		return charmap.Windows1254
	case 1255:
		return charmap.Windows1255
	case 1256:
		return charmap.Windows1256
	case 1257:
		return charmap.Windows1257
	case 1258:
		return charmap.Windows1258
	case 10000:
		return charmap.Macintosh
	case 10007:
		return charmap.MacintoshCyrillic
	case 20866:
		return charmap.KOI8R
	case 21866:
		return charmap.KOI8U
	case 28592:
		return charmap.ISO8859_2
	case 28593:
		return charmap.ISO8859_3
	case 28594:
		return charmap.ISO8859_4
	case 28595:
		return charmap.ISO8859_5
	case 28596:
		return charmap.ISO8859_6
	case 28597:
		return charmap.ISO8859_7
	case 28598, 38598:
		return charmap.ISO8859_8
	case 28603:
		return charmap.ISO8859_13
	case 28605:
		return charmap.ISO8859_15
	}
	return nil
}

// decode returns bytes in a code page as UTF-8. Text that its code page does
// not explain is UTF-8 where that fits, else Windows-1252.
func decode(b []byte, codePage int) string {
	if isASCII(b) && codePage != 1200 && codePage != 1201 && (codePage < 50220 || codePage > 52936) {
		return string(b)
	}
	if table := charmapOf(codePage); table != nil {
		return decodeBytes(b, table)
	}
	if enc := encodingOf(codePage); enc != nil {
		if out, err := enc.NewDecoder().Bytes(b); err == nil {
			return strings.ToValidUTF8(string(out), "\ufffd")
		}
	}
	if utf8.Valid(b) {
		return string(b)
	}
	if codePage == 65001 {
		return strings.ToValidUTF8(string(b), "\ufffd")
	}
	return decodeBytes(b, charmap.Windows1252)
}

// decodeBytes returns bytes that are a character each.
func decodeBytes(b []byte, table *charmap.Charmap) string {
	var s strings.Builder
	s.Grow(len(b) + len(b)/4)
	for _, c := range b {
		s.WriteRune(table.DecodeByte(c))
	}
	return s.String()
}

// knowsPage reports whether text in a code page can be read.
func knowsPage(codePage int) bool {
	return codePage == 65001 || charmapOf(codePage) != nil || encodingOf(codePage) != nil
}

// isASCII reports whether all bytes are ASCII.
func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// decodeWide returns UTF-16 in little endian as UTF-8.
func decodeWide(b []byte) string {
	var s strings.Builder
	s.Grow(len(b)/2 + len(b)/16)
	for ; len(b) >= 2; b = b[2:] {
		r := rune(b[0]) | rune(b[1])<<8
		if utf16.IsSurrogate(r) {
			half := r
			r = utf8.RuneError
			if len(b) >= 4 {
				r = utf16.DecodeRune(half, rune(b[2])|rune(b[3])<<8)
			}
			if r != utf8.RuneError {
				b = b[2:]
			}
		}
		s.WriteRune(r)
	}
	return s.String()
}

// windowsPage returns the code page of Windows with the characters of one of the internet.
func windowsPage(internet int) int {
	pages := map[int]int{
		50220: 932, 50221: 932, 50222: 932, 51932: 932, 20932: 932, 51949: 949, 52936: 936, 54936: 936,
		20866: 1251, 21866: 1251, 28591: 1252, 28592: 1250, 28594: 1257, 28595: 1251, 28596: 1256, 28597: 1253,
		28598: 1255, 38598: 1255, 28599: 1254, 28605: 1252, 20127: 0,
	}
	if page, ok := pages[internet]; ok {
		return page
	}
	return internet
}

// localePage returns the code page of Windows for a language, as its number says it; 0 is unknown.
func localePage(locale int) int {
	switch locale & 0xffff {
	case 0x0404, 0x0c04, 0x1404: // Chinese in Taiwan, Hong Kong and Macao
		return 950
	case 0x081a, 0x082c, 0x0843: // Serbian, Azeri and Uzbek in other letters
		return 0
	}
	pages := map[int]int{
		0x01: 1256, 0x02: 1251, 0x04: 936, 0x05: 1250, 0x08: 1253, 0x0d: 1255, 0x0e: 1250, 0x11: 932, 0x12: 949,
		0x15: 1250, 0x18: 1250, 0x19: 1251, 0x1b: 1250, 0x1e: 874, 0x1f: 1254, 0x20: 1256, 0x22: 1251, 0x23: 1251,
		0x24: 1250, 0x25: 1257, 0x26: 1257, 0x27: 1257, 0x29: 1256, 0x2a: 1258, 0x2f: 1251,
		0x03: 1252, 0x06: 1252, 0x07: 1252, 0x09: 1252, 0x0a: 1252, 0x0b: 1252, 0x0c: 1252, 0x0f: 1252, 0x10: 1252,
		0x13: 1252, 0x14: 1252, 0x16: 1252, 0x1d: 1252,
	}
	return pages[locale&0x3ff]
}
