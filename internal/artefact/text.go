package artefact

import (
	"bytes"
	"encoding/binary"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// urlPattern finds what leads elsewhere in text that is no mail: scripts,
// macros, the strings of documents.
var urlPattern = regexp.MustCompile(`(?i)\b(?:https?|ftps?|smb|file|ms-msdt|search-ms)(?::|%3a)(?://|\\\\|\\/\\/|%2f%2f)[^\s"'<>\x00-\x20{}|^` + "`" + `\x7f-\xa0\x{fffd}]+`)

// links keeps the links in text.
func (f *file) links(content []byte, where string) {
	const longest = 4 << 20
	content = content[:min(len(content), longest)]
	if !f.in.spend(len(content) / 8) {
		return
	}
	f.linksIn(plainText(content), where)
}

// linksIn keeps the links in a text.
func (f *file) linksIn(text, where string) {
	if !strings.Contains(text, "//") && !strings.Contains(text, `\\`) && !strings.Contains(text, `\/\/`) && !strings.ContainsRune(text, '%') {
		return // the search below costs far more
	}
	for _, url := range urlPattern.FindAllString(text, mostLinks) {
		url = strings.ReplaceAll(url, `\/`, "/")
		f.r.link(strings.TrimRight(url, ".,;:!?'*)]\\"), where)
	}
}

// plainText returns text in UTF-8 of text in UTF-16 with a mark, or itself.
func plainText(content []byte) string {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(content, []byte("\xff\xfe")):
		order = binary.LittleEndian
	case bytes.HasPrefix(content, []byte("\xfe\xff")):
		order = binary.BigEndian
	default:
		return string(content)
	}
	return utf16Text(content[2:], order)
}

// utf16Text decodes UTF-16.
func utf16Text(b []byte, order binary.ByteOrder) string {
	out := make([]byte, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		r := rune(order.Uint16(b[i:]))
		if utf16.IsSurrogate(r) && i+3 < len(b) {
			r = utf16.DecodeRune(r, rune(order.Uint16(b[i+2:])))
			i += 2
		}
		out = utf8.AppendRune(out, r)
	}
	return string(out)
}

// strings16 returns the runs of printable UTF-16 in binary content as text,
// joined by line ends: what a person would see in an editor.
func strings16(content []byte) string {
	const shortest = 6
	var b strings.Builder
	for at := range 2 {
		var run []byte
		for i := at; ; i += 2 {
			more := i+1 < len(content)
			if more && content[i+1] == 0 && content[i] >= ' ' && content[i] <= '~' {
				run = append(run, content[i])
				continue
			}
			if len(run) >= shortest {
				b.Write(run)
				b.WriteByte('\n')
			}
			run = run[:0]
			if !more {
				break
			}
		}
	}
	return b.String()
}
