package outlook

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/harrier-soar/harrier/internal/outlook/outlooktest"
)

// deep returns a mail with levels of mails inside.
func deep(levels int) outlooktest.Mail {
	m := outlooktest.Mail{Props: []outlooktest.Prop{outlooktest.Text(propSubject, "the bottom")}}
	for i := range levels {
		inner := m
		m = outlooktest.Mail{Props: []outlooktest.Prop{outlooktest.Text(propSubject, fmt.Sprint("level ", i))}, Attachments: []outlooktest.Attached{{Props: []outlooktest.Prop{outlooktest.Number(propMethod, methodEmbedded)}, Mail: &inner}}}
	}
	return m
}

// deepTNEF returns TNEF with levels of TNEF inside. All checksums but the innermost are wrong.
func deepTNEF(levels int) []byte {
	inner := outlooktest.Mail{}.TNEF()
	start := append([]byte(tnefSignature), 1, 0)
	start = append(start, outlooktest.Attribute(2, attrAttachment, nil)...)
	const own = 4 + 4 + 4 + 4 + 16 // what stands before the object in the list of properties
	sizes := []int{len(inner)}
	for range levels {
		sizes = append(sizes, len(start)+9+own+(sizes[len(sizes)-1]+3)&^3+2)
	}
	var out []byte
	for i := levels; i > 0; i-- {
		object := uint32(sizes[i-1]) + 16
		out = append(out, start...)
		out = append(out, 2, attrAttachedProp&0xff, attrAttachedProp>>8, 6, 0)
		out = binary.LittleEndian.AppendUint32(out, own-16+(object+3)&^3)
		out = append(out, 1, 0, 0, 0, typeObject, 0, propContent&0xff, propContent>>8, 1, 0, 0, 0)
		out = append(binary.LittleEndian.AppendUint32(out, object), make([]byte, 16)...)
	}
	out = append(out, inner...)
	for i := range levels {
		out = append(out, make([]byte, (4-sizes[i]%4)%4+2)...)
	}
	return out
}

// patch returns a copy of data with a number of 32 bits changed.
func patch(data []byte, at int, n uint32) []byte {
	out := bytes.Clone(data)
	binary.LittleEndian.PutUint32(out[at:], n)
	return out
}

// patchEntries returns a copy of a container in which a number of every entry of the directory is changed.
func patchEntries(data []byte, at int, n func(i uint32) uint32) []byte {
	c, err := openContainer(data)
	if err != nil {
		panic(err)
	}
	out := bytes.Clone(data)
	for i := range uint32(len(c.seen)) {
		from := (int(c.directory[i/4])+1)*512 + int(i%4)*entrySize
		binary.LittleEndian.PutUint32(out[from+at:], n(i))
	}
	return out
}

// hostile returns files made to cost as much as possible, or to lie.
func hostile() map[string][]byte {
	files := hostileContainers()
	whole := sample().TNEF()
	many := append([]byte(tnefSignature), 1, 0)
	attachments := bytes.Repeat(outlooktest.Attribute(2, attrAttachment, nil), 50_000)
	lists := binary.LittleEndian.AppendUint32(nil, 0xffffffff)
	var bomb []byte
	for at := len(firstDictionary); len(bomb) < 3<<20; {
		bomb = append(bomb, 0xff)
		for range 8 {
			from := (at + 100) % 4096
			bomb = append(bomb, byte(from>>4), byte(from<<4)|15)
			at += 17
		}
	}
	bomb = outlooktest.PackedRTF(1<<30, bomb)
	maps.Copy(files, map[string][]byte{
		"TNEF of 5,000 levels":         deepTNEF(5000),
		"TNEF with 50,000 attachments": append(bytes.Clone(many), attachments...),
		"TNEF with endless properties": append(bytes.Clone(many), outlooktest.Attribute(1, attrProperties, append(bytes.Clone(lists), make([]byte, 1<<20)...))...),
		"TNEF with endless recipients": append(bytes.Clone(many), outlooktest.Attribute(1, attrRecipients, append(bytes.Clone(lists), make([]byte, 1<<20)...))...),
		"TNEF with endless values":     append(bytes.Clone(many), outlooktest.Attribute(1, attrProperties, append([]byte{1, 0, 0, 0, 2, 0x10, 0, 0x80}, bytes.Repeat([]byte{0xff, 0, 0, 0}, 1<<18)...))...),
		"TNEF with a lying length":     patch(whole, 11, 0xffffffff),
		"TNEF cut in the middle":       whole[:len(whole)/2],
		"TNEF with wrong checksums":    bytes.ReplaceAll(whole, outlooktest.Attribute(2, attrAttachment, make([]byte, 14)), append(outlooktest.Attribute(2, attrAttachment, make([]byte, 14))[:23], 9, 9)),
		"TNEF and then text":           append(bytes.Clone(whole), strings.Repeat("garbage ", 1000)...),
		"empty attributes":             append(bytes.Clone(many), bytes.Repeat([]byte{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 100_000)...),
		"packed RTF that grows":        outlooktest.Mail{Props: []outlooktest.Prop{outlooktest.Binary(propRTF, bomb)}}.MSG(),
		"RTF of brackets":              outlooktest.Mail{Props: []outlooktest.Prop{outlooktest.Binary(propRTF, outlooktest.PackRTF(strings.Repeat("{", 1<<20)))}}.MSG(),
		"RTF of fonts":                 outlooktest.Mail{Props: []outlooktest.Prop{outlooktest.Binary(propRTF, outlooktest.PackRTF(`{\rtf1{\fonttbl`+fontTable(50_000)))}}.MSG(),
		"RTF that changes its font":    outlooktest.Mail{Props: []outlooktest.Prop{outlooktest.Binary(propRTF, outlooktest.PackRTF(`{\rtf1\fromhtml1`+strings.Repeat(`\f1 \'e9\f2 \'e9`, 60_000)))}}.MSG(),
		"RTF of fields":                outlooktest.Mail{Props: []outlooktest.Prop{outlooktest.Binary(propRTF, outlooktest.PackRTF(`{\rtf1`+strings.Repeat(`{\fldinst HYPERLINK x`, 50_000)))}}.MSG(),
		"reply-to with lying lengths":  outlooktest.Mail{Props: []outlooktest.Prop{outlooktest.Binary(propReplyTo, bytes.Repeat([]byte{0xff}, 1<<20))}}.MSG(),
		"reply-to of empty ids":        outlooktest.Mail{Props: []outlooktest.Prop{outlooktest.Binary(propReplyTo, make([]byte, 1<<20))}}.MSG(),
		"display names":                outlooktest.Mail{Props: []outlooktest.Prop{outlooktest.Text(propDisplayTo, strings.Repeat("a;", 1<<19))}}.MSG(),
		"1 MB of header text":          outlooktest.Mail{Props: []outlooktest.Prop{outlooktest.Text(propHeaderText, strings.Repeat("A: b\r\n", 1<<17))}}.MSG(),
	})
	return files
}

// fontTable returns a table of n fonts.
func fontTable(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{\f%d\fcharset128 x;}`, i)
	}
	return b.String()
}

// hostileContainers are those of [hostile] that break the container.
func hostileContainers() map[string][]byte {
	whole := sample().MSG()
	c, err := openContainer(whole)
	if err != nil {
		panic(err)
	}
	folders := outlooktest.Node{Name: nameAttachedPrefix + "#0", Folder: true}
	for range 5000 {
		folders = outlooktest.Node{Name: nameAttachedPrefix + "#0", Inside: []outlooktest.Node{folders}}
	}
	streams := make([]outlooktest.Node, 20_000)
	for i := range streams {
		streams[i] = outlooktest.Node{Name: fmt.Sprintf("%s%08X", namePropertyPrefix, i), Data: []byte{1}}
	}
	big := outlooktest.Container(append(outlooktest.Mail{}.Nodes(), outlooktest.Node{Name: namePropertyPrefix + "10130102", Data: make([]byte, 1<<20)})...)
	manyAttached := outlooktest.Mail{}
	for range 3000 {
		manyAttached.Attachments = append(manyAttached.Attachments, outlooktest.Attached{Props: []outlooktest.Prop{outlooktest.Binary(propContent, []byte("x"))}})
		manyAttached.Recipients = append(manyAttached.Recipients, []outlooktest.Prop{outlooktest.Text(propDisplayName, "x")})
	}
	table := (int(c.table[0]) + 1) * 512
	return map[string][]byte{
		"5,000 levels":                      deep(5000).MSG(),
		"5,000 folders":                     outlooktest.Container(append(outlooktest.Mail{}.Nodes(), folders)...),
		"20,000 streams":                    outlooktest.Container(append(outlooktest.Mail{}.Nodes(), streams...)...),
		"3,000 attachments and recipients":  manyAttached.MSG(),
		"every sector follows itself":       cycles(whole, table, func(i uint32) uint32 { return i }),
		"every sector follows the first":    cycles(whole, table, func(uint32) uint32 { return 0 }),
		"sectors follow each other in turn": cycles(whole, table, func(i uint32) uint32 { return i ^ 1 }),
		"a table of free sectors":           cycles(whole, table, func(uint32) uint32 { return noEntry }),
		"all streams are the same 1 MB":     patchEntries(patchEntries(big, 116, func(i uint32) uint32 { return 2 }), 120, func(uint32) uint32 { return 1 << 20 }),
		"streams of 4 GB":                   patchEntries(whole, 120, func(uint32) uint32 { return 0xffffffff }),
		"siblings that are themselves":      patchEntries(whole, 72, func(i uint32) uint32 { return i }),
		"siblings in a ring":                patchEntries(whole, 68, func(i uint32) uint32 { return (i + 7) % 40 }),
		"every folder holds the root":       patchEntries(whole, 76, func(uint32) uint32 { return 0 }),
		"every folder holds the same":       patchEntries(whole, 76, func(uint32) uint32 { return 1 }),
		"siblings beyond the directory":     patchEntries(whole, 72, func(uint32) uint32 { return 1 << 30 }),
		"a directory beyond the file":       patch(whole, 48, 0x00fffff0),
		"a table beyond the file":           patch(whole, 76, 0x00fffff0),
		"lists of tables in a ring":         patch(patch(whole, 68, 0), 72, 0xffffffff),
		"a small table beyond the file":     patch(whole, 60, 0xfffffff0),
		"cut in the middle":                 whole[:len(whole)/2],
		"cut in a sector":                   whole[:len(whole)-300],
		"only a header":                     whole[:600],
	}
}

// cycles returns a copy of data with other entries in its table of sectors.
func cycles(data []byte, table int, next func(i uint32) uint32) []byte {
	out := bytes.Clone(data)
	for i := range uint32(128) {
		if at := table + int(i)*4; at+4 <= len(out) {
			binary.LittleEndian.PutUint32(out[at:], next(i))
		}
	}
	return out
}

// FIL-05: what a file costs is bounded by its size, however it is built: no more
// than 40 bytes of garbage for each of its own and 64 MiB for any.
func TestRead_isBoundedOnHostileFiles(t *testing.T) { //nolint:paralleltest // it measures allocations
	for name, data := range hostile() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		it, err := readAny(data)
		runtime.ReadMemStats(&after)
		allocated := after.TotalAlloc - before.TotalAlloc
		if most := uint64(min(64<<20, 40*len(data)+1<<20)); allocated > most {
			t.Errorf("%s: %d KiB allocated for %d KiB, more than %d KiB", name, allocated>>10, len(data)>>10, most>>10)
		}
		checkItem(t, name, it)
		t.Logf("%s: %d KiB: %d KiB allocated, subject %q, %v %v", name, len(data)>>10, allocated>>10, it.Subject, it.Warnings, err)
	}
}

// checkItem checks what holds for every item.
func checkItem(tb testing.TB, name string, it Item) {
	tb.Helper()
	for _, text := range []string{it.Subject, it.Text, it.HTML, it.RichText, it.HeaderText, it.MessageID, it.Class} {
		if !utf8.ValidString(text) {
			tb.Errorf("%s: %q is no UTF-8", name, text)
		}
	}
	header := strings.TrimSuffix(it.Header(), "\r\n")
	if !utf8.ValidString(header) || strings.Contains(header, "\r\n\r\n") {
		tb.Errorf("%s: the header %q has a blank line", name, header)
	}
	for _, a := range it.Attachments {
		if !utf8.ValidString(a.Name + a.MediaType + a.ContentID) {
			tb.Errorf("%s: the attachment %q is no UTF-8", name, a.Name)
		}
		if a.Item != nil {
			checkItem(tb, name, *a.Item)
		}
	}
}

// FIL-05: what is over a limit is left out, what is broken is read, and the item says so.
func TestRead_keepsItsLimitsAndSaysSo(t *testing.T) {
	t.Parallel()
	files := hostile()
	for name, want := range map[string]string{
		"5,000 levels": "nested deeper", "TNEF of 5,000 levels": "nested deeper", "TNEF with 50,000 attachments": "more attachments",
		"3,000 attachments and recipients": "more attachments", "packed RTF that grows": "larger than the limit",
		"TNEF with wrong checksums": "checksum", "TNEF with a lying length": "ends in the middle", "TNEF and then text": "no TNEF follow",
		"streams of 4 GB": "damaged", "siblings beyond the directory": "damaged",
	} {
		it, err := readAny(files[name])
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		found := false
		for inner := &it; inner != nil; {
			for _, w := range inner.Warnings {
				found = found || strings.Contains(w.Text, want)
			}
			next := inner
			inner = nil
			for _, a := range next.Attachments {
				if a.Item != nil {
					inner = a.Item
				}
			}
		}
		if !found {
			t.Errorf("%s: no warning of %q in %v", name, want, it.Warnings)
		}
	}
	checksums, err := readAny(files["TNEF with wrong checksums"])
	if err != nil || checksums.Text != "plain text" || len(checksums.Attachments) != 2 {
		t.Errorf("wrong checksums: text %q, %d attachments, %v", checksums.Text, len(checksums.Attachments), err)
	}
	small, err := ReadMessage(sample().MSG(), Limits{Depth: 1, Attachments: 1, Recipients: 1, TextBytes: 5})
	if err != nil || len(small.Attachments) != 1 || len(small.To)+len(small.Cc) != 1 || len(small.Text+small.HTML) > 5 {
		t.Errorf("small limits: %+v, %v", small, err)
	}
}

// FuzzRead checks that every sequence of bytes gives an item or an error, twice the same.
func FuzzRead(f *testing.F) {
	for _, data := range hostile() {
		if len(data) < 20_000 {
			f.Add(data)
		}
	}
	f.Add(sample().MSG())
	f.Add(sample().TNEF())
	f.Fuzz(func(t *testing.T, data []byte) {
		it, err := readAny(data)
		if IsMessage(data) != (err == nil) && !IsTNEF(data) {
			t.Fatalf("IsMessage is %v, reading gives %v", IsMessage(data), err)
		}
		checkItem(t, "fuzz", it)
	})
}

// FuzzReadRTF checks that every sequence of bytes gives texts that are no longer than it allows.
func FuzzReadRTF(f *testing.F) {
	for _, seed := range []string{`{\rtf1\ansi\fromhtml1{\*\htmltag64 <p>}\htmlrtf x\htmlrtf0 \'e9\u233 ?}`, `{\rtf1{\fonttbl{\f1\fcharset128 x;}}\f1\'83A{\field{\*\fldinst HYPERLINK "x"}}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got := readRTF(data, 1000)
		all := got.html + got.text + got.rich
		if len(all) > 3100 || !utf8.ValidString(all) {
			t.Fatalf("%d bytes: %q", len(all), all)
		}
		unpacked, _ := unpackRTF(data, 1000)
		if len(unpacked) > 1000 {
			t.Fatalf("%d bytes were unpacked", len(unpacked))
		}
	})
}
