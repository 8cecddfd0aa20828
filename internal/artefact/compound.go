package artefact

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/richardlehane/mscfb"
)

// oleStream is a stream of an OLE compound file.
type oleStream struct {
	path string // storages and name, joined by slashes
	data []byte
}

// streams returns the streams of a compound file, as far as the limits allow.
// class is the identifier of the program that it belongs to.
func (f *file) streams(content []byte) (list []oleStream, class string) {
	doc, err := mscfb.New(bytes.NewReader(content))
	if err != nil {
		f.r.warn(WarnBroken, "", "the OLE file has no readable directory")
		return nil, ""
	}
	class = doc.ID()
	const most = 2000
	for range most {
		e, err := doc.Next()
		if err != nil {
			return list, class
		}
		if e.FileInfo().IsDir() || e.Size <= 0 {
			continue
		}
		// Streams may share sectors, so that all together are larger than the file.
		limit := min(e.Size, int64(len(content)), f.in.o.MemberBytes)
		data := make([]byte, limit)
		n, err := io.ReadFull(e, data)
		if err != nil && n == 0 {
			continue
		}
		if !f.in.spend(n) {
			f.r.warn(WarnLimit, "", "the document holds more than the limits allow; not all of it was read")
			f.unsure()
			return list, class
		}
		list = append(list, oleStream{path: strings.Join(append(append([]string(nil), e.Path...), e.Name), "/"), data: data[:n]})
	}
	f.r.warn(WarnLimit, "", "the document has more streams than the limit; the rest was left out")
	return list, class
}

// compound reads an OLE compound file: a document of old Office, a mail of
// Outlook, an installer.
func (f *file) compound() {
	list, class := f.streams(f.content)
	if strings.HasPrefix(strings.ToUpper(class), "000C1084") || strings.HasPrefix(strings.ToUpper(class), "000C1086") {
		f.r.Kind = KindExecutable
		f.r.sign(SignProgram, "", "Windows Installer")
		return
	}
	if list == nil {
		f.unsure()
	}
	for _, s := range list {
		f.oleStream(s)
	}
	f.macros(list, "")
	if f.in.spend(len(f.content) / 4) {
		const longest = 8 << 20
		f.linksIn(strings16(f.content[:min(len(f.content), longest)]), "document")
		f.links(f.content, "document")
	}
}

// oleStream looks into one stream.
func (f *file) oleStream(s oleStream) {
	name := s.path[strings.LastIndexByte(s.path, '/')+1:]
	switch {
	case name == "__properties_version1.0":
		f.r.Kind = KindMail
	case name == "EncryptedPackage":
		f.r.Encrypted, f.r.Macros = true, MacrosUnknown
		f.r.warn(WarnEncrypted, "", "the document is encrypted")
	case strings.HasSuffix(name, "Ole10Native"):
		f.native(s.data, s.path)
	case name == "Package" || name == "CONTENTS" && signature(s.data) != formatOther:
		f.r.sign(SignObject, s.path, "")
		f.child(s.path+usualExtension(s.data), s.data, true)
	case name == "Workbook" || name == "Book":
		f.workbook(s.data, s.path)
	case name == "WordDocument":
		const flags, encrypted = 0x0a, 0x0100
		if len(s.data) > flags+2 && le16(s.data, flags)&encrypted != 0 {
			f.r.Encrypted, f.r.Macros = true, MacrosUnknown
			f.r.warn(WarnEncrypted, "", "the document is encrypted")
		}
		f.wordFields(s)
	case strings.HasPrefix(name, "\x01CompObj") && strings.Contains(s.path, "ObjectPool"):
		f.r.sign(SignObject, s.path, printable(s.data, 60))
	}
}

// wordFields reads the field codes in the text of an old Word document.
func (f *file) wordFields(s oleStream) {
	const longest = 4 << 20
	data := s.data[:min(len(s.data), longest)]
	for b := data; len(b) > 0; {
		start := bytes.IndexByte(b, 0x13) // a field begins
		if start < 0 {
			return
		}
		b = b[start+1:]
		const longestField = 1000
		field := b[:min(len(b), longestField)]
		if end := bytes.IndexAny(field, "\x14\x15"); end >= 0 {
			field = field[:end]
		}
		f.fieldCodes(line(string(bytes.ReplaceAll(field, []byte{0}, nil))), s.path)
	}
}

// workbook reads the records of an old Excel workbook (MS-XLS): sheets of
// Excel 4 macros, and whether it is encrypted.
func (f *file) workbook(b []byte, where string) {
	const boundSheet, filePass = 0x85, 0x2f
	for len(b) >= 4 {
		id, n := le16(b, 0), int(le16(b, 2))
		if len(b) < 4+n {
			return
		}
		data := b[4 : 4+n]
		b = b[4+n:]
		switch id {
		case filePass:
			// Workbooks with macros of Excel 4 are often encrypted with a password
			// that Excel tries by itself.
			f.r.Encrypted = true
			f.unsure()
			f.r.warn(WarnEncrypted, where, "the workbook is encrypted")
		case boundSheet:
			if len(data) < 8 || data[5] != 1 {
				continue
			}
			state := [4]string{"visible", "hidden", "very hidden", "hidden"}[data[4]&3]
			f.r.Macros = MacrosYes
			f.r.sign(SignExcel4, where, fmt.Sprintf("%s sheet %s", state, printable(data[8:], 60)))
		case 0: // zeros after the last record
			if n == 0 {
				return
			}
		}
	}
}

// native reads what the Object Packager embeds: a file with its name.
func (f *file) native(b []byte, where string) {
	f.r.sign(SignObject, where, "Package")
	const head = 6
	if len(b) < head {
		return
	}
	rest := b[head:]
	text := func() string {
		end := bytes.IndexByte(rest, 0)
		if end < 0 {
			rest = nil
			return ""
		}
		s := string(rest[:end])
		rest = rest[end+1:]
		return s
	}
	label, source := text(), text()
	const middle = 8
	if len(rest) < middle {
		return
	}
	skip := uint64(le32(rest, 4))
	rest = rest[middle:]
	if skip+4 > uint64(len(rest)) {
		return
	}
	rest = rest[skip:]
	size := uint64(le32(rest, 0))
	data := rest[4:]
	name := source[strings.LastIndexAny(source, `\/`)+1:]
	if name == "" {
		name = label
	}
	f.child(name, data[:min(size, uint64(len(data)))], size <= uint64(len(data)))
}

// printable returns the printable characters of bytes, up to a number.
func printable(b []byte, most int) string {
	var s strings.Builder
	for _, c := range b[:min(len(b), 4*most)] {
		if c >= ' ' && c <= '~' && s.Len() < most {
			s.WriteByte(c)
		}
	}
	return s.String()
}
