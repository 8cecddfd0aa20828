package artefact

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
)

// The flags of a shell link (MS-SHLLINK 2.1.1) that tell which parts follow.
const (
	linkHasTargets = 1 << iota
	linkHasInfo
	linkHasName
	linkHasRelative
	linkHasWorking
	linkHasArguments
	linkHasIcon
	linkUnicode
)

// shortcut reads a Windows shortcut: what it starts, and with which arguments.
func (f *file) shortcut() {
	const head = 76
	b := f.content
	if len(b) < head {
		f.r.warn(WarnBroken, "", "the shortcut ends in its header")
		return
	}
	flags, at := le32(b, 20), head
	target := ""
	if flags&linkHasTargets != 0 && at+2 <= len(b) {
		end := min(at+2+int(le16(b, at)), len(b))
		target = lastName(b[at:end])
		at = end
	}
	if flags&linkHasInfo != 0 && at+4 <= len(b) {
		end := min(at+max(int(le32(b, at)), 4), len(b))
		if path := linkPath(b[at:end]); path != "" {
			target = path
		}
		at = end
	}
	var parts []string
	for _, flag := range []uint32{linkHasName, linkHasRelative, linkHasWorking, linkHasArguments, linkHasIcon} {
		if flags&flag == 0 || at+2 > len(b) {
			continue
		}
		n := int(le16(b, at))
		at += 2
		size := n
		if flags&linkUnicode != 0 {
			size *= 2
		}
		text := b[at:min(at+size, len(b))]
		at = min(at+size, len(b))
		s := string(text)
		if flags&linkUnicode != 0 {
			s = utf16Text(text, binary.LittleEndian)
		}
		if flag == linkHasRelative && target == "" {
			target = s
		}
		if flag == linkHasArguments {
			parts = append(parts, strings.Join(strings.Fields(s), " "))
		}
		f.linksIn(s, "shortcut")
	}
	f.r.sign(SignCommand, "", strings.TrimSpace(target+" "+strings.Join(parts, " ")))
	if rest := len(b) - at; rest > 64<<10 {
		f.r.sign(SignEmbedded, "after the shortcut", fmt.Sprintf("%d bytes", rest))
	}
	f.linksIn(strings16(b[:min(len(b), 1<<20)]), "shortcut")
}

// linkPath returns the path in a LinkInfo structure.
func linkPath(b []byte) string {
	if len(b) < 28 {
		return ""
	}
	at := int(le32(b, 16))
	if at <= 0 || at >= len(b) {
		return ""
	}
	text, _, _ := bytes.Cut(b[at:], []byte{0})
	return line(string(text))
}

// lastName returns the last printable name in a list of targets.
func lastName(b []byte) string {
	names := strings.Split(strings.TrimSpace(strings16(b)), "\n")
	return names[len(names)-1]
}

// urlFile reads an Internet shortcut.
func (f *file) urlFile() {
	text := plainText(f.content[:min(len(f.content), 64<<10)])
	for row := range strings.Lines(text) {
		key, value, ok := strings.Cut(strings.TrimSpace(row), "=")
		if !ok {
			continue
		}
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "url", "baseurl", "iconfile", "workingdirectory":
			value = strings.TrimSpace(value)
			if strings.EqualFold(strings.TrimSpace(key), "url") {
				f.r.sign(SignCommand, "", value)
			}
			if strings.HasPrefix(value, `\\`) {
				f.r.link("file:"+strings.ReplaceAll(value, `\`, "/"), "shortcut")
			}
			f.linksIn(value, "shortcut")
		}
	}
	f.linksIn(text, "shortcut")
}

// oneNote reads the files embedded in a OneNote section (MS-ONESTORE 2.6.13).
func (f *file) oneNote() {
	mark := []byte("\xe7\x16\xe3\xbd\x65\x26\x11\x45\xa4\xc4\x8d\x4d\x0b\x7a\x9e\xac")
	const head = 36
	n := 0
	for b := f.content; ; {
		i := bytes.Index(b, mark)
		if i < 0 || i+head > len(b) {
			break
		}
		size := binary.LittleEndian.Uint64(b[i+16:])
		b = b[i+head:]
		data := b[:min(size, uint64(len(b)), uint64(f.in.o.MemberBytes))]
		n++
		name := fmt.Sprintf("embedded-%d%s", n, usualExtension(data))
		if !f.in.spend(len(data)) {
			f.r.warn(WarnLimit, "", "the notes hold more than the limits allow; the rest was left out")
			break
		}
		c := f.child(name, data, uint64(len(data)) == size)
		if c == nil {
			break
		}
		if c.Kind != KindImage {
			f.r.sign(SignEmbedded, c.Name, c.Type)
		}
		b = b[len(data):]
	}
	const longest = 8 << 20
	if f.in.spend(len(f.content) / 8) {
		f.linksIn(strings16(f.content[:min(len(f.content), longest)]), "onenote")
	}
}

// usualExtension returns the extension that files of this content have.
func usualExtension(data []byte) string {
	_, ext := Sniff(data)
	return ext
}
