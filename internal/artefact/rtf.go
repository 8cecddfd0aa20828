package artefact

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// Where documents in RTF lead, and what they embed.
var (
	rtfTemplate = regexp.MustCompile(`\\\*\s*\\template\s+([^{}]+)`)
	rtfClass    = regexp.MustCompile(`\\objclass\s+([\w.]{1,60})`)
	rtfWord     = regexp.MustCompile(`\\[a-z]+-?\d* ?`)
)

// rtf reads a document in RTF.
func (f *file) rtf() {
	const longest = 16 << 20
	b := f.content[:min(len(f.content), longest)]
	if !f.in.spend(len(b)) {
		return
	}
	for _, m := range rtfTemplate.FindAllSubmatch(b, 5) {
		target := strings.TrimSpace(rtfPlain(string(m[1])))
		f.r.sign(SignExternal, "template", target)
		f.linksIn(target, "template")
	}
	const mostFields = 500
	rest := b
	for range mostFields {
		i := bytes.Index(rest, []byte(`\fldinst`))
		if i < 0 {
			break
		}
		rest = rest[i+len(`\fldinst`):]
		f.fieldCodes(rtfPlain(string(rtfGroup(rest))), "field")
	}
	f.rtfObjects(b)
	if bytes.Contains(b, []byte(`\objupdate`)) {
		f.r.sign(SignExternal, "object", `an object that updates itself (\objupdate)`)
	}
	f.links(b, "text")
}

// rtfGroup returns what stands before the end of the group that b is inside of.
func rtfGroup(b []byte) []byte {
	const longest = 4096
	b = b[:min(len(b), longest)]
	depth := 0
	for i, c := range b {
		switch c {
		case '{':
			depth++
		case '}':
			if depth--; depth < 0 {
				return b[:i]
			}
		}
	}
	return b
}

// rtfPlain removes control words and groups, and decodes escaped characters.
func rtfPlain(s string) string {
	var b strings.Builder
	s = strings.NewReplacer("{", "", "}", "", `\\`, "\x00", "\r", "", "\n", "").Replace(s)
	for {
		i := strings.Index(s, `\'`)
		if i < 0 || i+4 > len(s) {
			break
		}
		b.WriteString(s[:i])
		high, low := hexDigit(s[i+2]), hexDigit(s[i+3])
		if high < 16 && low < 16 {
			b.WriteByte(high<<4 | low)
		}
		s = s[i+4:]
	}
	b.WriteString(s)
	return strings.ReplaceAll(rtfWord.ReplaceAllString(b.String(), ""), "\x00", `\`)
}

// rtfObjects looks into the OLE objects of a document.
func (f *file) rtfObjects(b []byte) {
	const most = 50
	for n := 1; n <= most; n++ {
		i := bytes.Index(b, []byte(`\objdata`))
		if i < 0 {
			return
		}
		class := "OLE"
		if m := rtfClass.FindSubmatch(b[max(0, i-300):min(len(b), i+300)]); m != nil {
			class = string(m[1])
		}
		where := fmt.Sprintf("object %d", n)
		f.r.sign(SignObject, where, class)
		b = b[i+len(`\objdata`):]
		data, used := rtfHex(b)
		b = b[used:]
		if !f.in.spend(len(data)) {
			return
		}
		f.rtfObject(data, where)
	}
	f.r.warn(WarnLimit, "", "the document has more objects than the limit; the rest was left out")
}

// rtfObject looks into the bytes of an object: OLE 1 around OLE 2 or a package.
func (f *file) rtfObject(data []byte, where string) {
	if i := bytes.Index(data, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")); i >= 0 {
		f.child(where, data[i:], true)
		return
	}
	if i := bytes.Index(data, []byte("Package\x00")); i >= 0 && len(data) > i+20 {
		f.native(data[i+16:], where)
		return
	}
	f.linksIn(strings16(data), where)
	f.links(data, where)
}

// rtfHex decodes the hexadecimal digits of an object. White space, groups and
// control words between them are there to mislead scanners.
// used is how much of b the object takes.
func rtfHex(b []byte) (data []byte, used int) {
	const most = 8 << 20
	high, half := byte(0), false
	depth := 0
	for i := 0; i < len(b) && len(data) < most; i++ {
		switch c := b[i]; {
		case c == '{':
			depth++
		case c == '}':
			if depth == 0 {
				return data, i
			}
			depth--
		case c == '\\':
			for i+1 < len(b) && (b[i+1] >= 'a' && b[i+1] <= 'z' || b[i+1] >= '0' && b[i+1] <= '9' || b[i+1] == '-' || b[i+1] == '*' || b[i+1] == '\'') {
				i++
			}
		default:
			v := hexDigit(c)
			if v > 15 {
				continue
			}
			if half {
				data = append(data, high<<4|v)
			}
			high, half = v, !half
		}
		used = i + 1
	}
	return data, used
}

// hexDigit returns the value of a hexadecimal digit, or 255.
func hexDigit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}
