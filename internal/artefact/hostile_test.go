package artefact

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"
)

// hostile returns files made to cost as much as possible, by name.
func hostile(tb testing.TB) map[string][]byte {
	tb.Helper()
	const mega = 1 << 20
	large := 18 * mega // as large as a mail's attachment can be
	if testing.Short() {
		large = 3 * mega
	}
	repeat := func(s string, size int) []byte { return bytes.Repeat([]byte(s), size/len(s)) }
	zeros := strings.Repeat("\x00", 30*mega)
	layer := zipped(tb, "zeros", zeros)
	var wide []string
	for i := range 16 {
		wide = append(wide, fmt.Sprint(i, ".zip"), string(layer))
	}
	bombs := zipped(tb, wide...)
	for range 3 {
		bombs = zipped(tb, "a.zip", string(bombs), "b.zip", string(bombs))
	}
	noise := image.NewGray(image.Rect(0, 0, 3000, 3000))
	corners := image.NewGray(image.Rect(0, 0, 1600, 1600))
	state := uint32(1)
	for i := range noise.Pix {
		state = state*1664525 + 1013904223
		noise.Pix[i] = byte(state >> 24)
	}
	for i := range corners.Pix {
		corners.Pix[i] = 255
		x, y := i%1600%9, i/1600%9
		if ring := max(x-4, 4-x, y-4, 4-y); ring != 2 && ring < 4 {
			corners.Pix[i] = 0
		}
	}
	return map[string][]byte{
		"a bomb.zip":                 layer,
		"bombs in bombs.zip":         bombs,
		"members without bytes.zip":  repeat("PK\x01\x02"+strings.Repeat("\x00", 42), large),
		"local headers.zip":          repeat("PK\x03\x04"+strings.Repeat("\x00", 26), large),
		"directory ends.zip":         append([]byte("PK\x03\x04"), repeat("PK\x05\x06", large)...),
		"an encrypted member.zip":    encryptedZip(tb, encrypted{"a", "b", "unknown", true}),
		"a large dictionary.7z":      sevenWith([]byte{1, 4, 6, 0, 1, 9, 16, 0, 7, 11, 1, 0, 1, 0x23, 3, 1, 1, 5, 0x5d, 0xff, 0xff, 0xff, 0xff, 12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0}, repeat("\x00", mega)),
		"many folders.7z":            sevenWith(append([]byte{1, 4, 7, 11, 0xc0, 0xff, 0xff}, repeat("\x01\x00", mega)...), nil),
		"zeros.lzma":                 append([]byte{0x5d, 0, 0, 0x80, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, make([]byte, mega)...),
		"objects.pdf":                append([]byte("%PDF-1.7\n"), repeat("1 0 obj<</A 1>>endobj\n", large)...),
		"dictionaries.pdf":           append([]byte("%PDF-1.7\n1 0 obj"), repeat("<</A", large)...),
		"arrays.pdf":                 append([]byte("%PDF-1.7\n1 0 obj"), repeat("[", large)...),
		"open strings.pdf":           append([]byte("%PDF-1.7\n"), repeat("1 0 obj(", large)...),
		"streams without an end.pdf": append([]byte("%PDF-1.7\n"), repeat("1 0 obj<</Length 9>>stream\n", large)...),
		"trailers.pdf":               append([]byte("%PDF-1.7\n"), repeat("trailer<<", large)...),
		"many bombs.pdf":             pdfOf(repeatObjects(streamOf("/Type/ObjStm/N 99999/First 9999/Filter/FlateDecode", deflated(tb, make([]byte, 15*mega))), 200)...),
		"bombs in filters.pdf":       pdfOf(streamOf("/Type/EmbeddedFile/Filter[/FlateDecode/FlateDecode]", deflated(tb, []byte(deflated(tb, make([]byte, 100*mega)))))),
		"large images.pdf":           pdfOf(repeatObjects(streamOf("/Subtype/Image/Width 4000/Height 4000/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter/FlateDecode", deflated(tb, make([]byte, 15*mega))), 60)...),
		"a loop of pages.pdf":        pdfOf("<</Type/Catalog/Pages 2 0 R>>", "<</Kids[2 0 R 2 0 R 3 0 R]>>", "<</Kids[2 0 R 3 0 R]/Parent 3 0 R>>", "4 0 R"),
		"a huge page.pdf":            pdfOf("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 999999999 999999999]>>"),
		"noise.png":                  pngOf(tb, noise),
		"corners.png":                pngOf(tb, corners),
		"pixels.png":                 pixelFlood(tb),
		"scans.jpg":                  scans(),
		"base64.html":                append([]byte("<html><script>atob('"), repeat("TVqQAAMA", large)...),
		"links.html":                 append([]byte("<html>"), repeat("<a href=http://a.example/>", large)...),
		"open tags.html":             append([]byte("<html>"), repeat("<a href=", large)...),
		"data.html":                  append([]byte("<html>"), repeat("data:image/png;base64,", large)...),
		"groups.rtf":                 append([]byte(`{\rtf1`), repeat(`{\*\objdata 01{`, large)...),
		"fields.rtf":                 append([]byte(`{\rtf1`), repeat(`{\fldinst `, large)...),
		"templates.rtf":              append([]byte(`{\rtf1`), repeat(`{\*\template http://x/`, large)...),
		"entities.docx":              zipped(tb, "[Content_Types].xml", `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>&b;`, "word/document.xml", strings.Repeat("&b;<w:instrText>", mega/4)),
		"shared sectors.doc":         compoundOf(repeatPairs("VBA/m", strings.Repeat("\x00Attribut", 2000), 1000)...),
		"VBA that expands.doc":       compoundOf("VBA/_VBA_PROJECT", "x", "VBA/m", expandingVBA()),
		"sheets.xls":                 compoundOf("Workbook", string(repeat("\x85\x00\x08\x00\x00\x00\x00\x00\x00\x01\x00\x00", 8*mega))),
		"embedded.one":               append([]byte("\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3"), repeat("\xe7\x16\xe3\xbd\x65\x26\x11\x45\xa4\xc4\x8d\x4d\x0b\x7a\x9e\xac\xff\xff\xff", large)...),
		"a folder in itself.iso":     loopISO(),
		"text.js":                    repeat("http://a/ ", large),
		"arguments.lnk":              append([]byte("L\x00\x00\x00\x01\x14\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46\xff\x00\x00\x00"), repeat("a\x00", large)...),
		"a broken archive.rar":       append([]byte("Rar!\x1a\x07\x01\x00"), repeat("\xff\x01\x02", mega)...),
		"tar headers.tar":            repeat("a"+strings.Repeat("\x00", 256)+"ustar"+strings.Repeat("\x00", 250), large),
	}
}

func repeatObjects(o string, n int) (out []string) {
	for range n {
		out = append(out, o)
	}
	return out
}

func repeatPairs(name, content string, n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprint(name, i), content)
	}
	return out
}

// sevenWith makes a 7z archive of a header and packed streams.
func sevenWith(header, body []byte) []byte {
	b := []byte("7z\xbc\xaf\x27\x1c\x00\x04\x00\x00\x00\x00")
	b = binary.LittleEndian.AppendUint64(b, uint64(len(body)))
	b = binary.LittleEndian.AppendUint64(b, uint64(len(header)))
	b = binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(header))
	return append(append(b, body...), header...)
}

// pixelFlood is a small PNG that says it has 4 billion pixels.
func pixelFlood(tb testing.TB) []byte {
	tb.Helper()
	b := pngOf(tb, image.NewGray(image.Rect(0, 0, 30, 30)))
	binary.BigEndian.PutUint32(b[16:], 65000)
	binary.BigEndian.PutUint32(b[20:], 65000)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

// scans is a JPEG of very many scans, each of a few bytes, of 6 million pixels.
func scans() []byte {
	b := []byte("\xff\xd8\xff\xc2\x00\x0b\x08\x08\x00\x0b\x00\x01\x01\x11\x00")
	// One table of Huffman codes whose only code means the end of a long run.
	b = append(b, "\xff\xc4\x00\x14\x10\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xe0"...)
	return append(b, bytes.Repeat([]byte("\xff\xda\x00\x08\x01\x01\x00\x01\x3f\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), 100_000)...)
}

// expandingVBA is source that unpacks to 4096 bytes for every chunk of a few.
func expandingVBA() string {
	chunk := "\x05\xb0\x02a\xff\x0f\xff\x0f"
	return "code\x01\x09\xb0\x00Attribut\x00" + strings.Repeat(chunk, 100_000)
}

// loopISO is an image whose root folder holds itself many times.
func loopISO() []byte {
	b := make([]byte, 20*isoSector)
	copy(b[16*isoSector:], "\x01CD001")
	entry := make([]byte, 34)
	entry[0], entry[25], entry[32], entry[33] = 34, 2, 1, 'A'
	binary.LittleEndian.PutUint32(entry[2:], 18)
	binary.LittleEndian.PutUint32(entry[10:], 2*isoSector)
	copy(b[16*isoSector+156:], entry)
	for i := range 100 {
		copy(b[18*isoSector+i*34:], entry)
	}
	return b
}

// FIL-03, FIL-06, FIL-08: no file takes 2 seconds or 200 MB. Time is measured
// generously, for machines that do other things; the budget is 2 seconds.
func TestInspect_isBoundedOnHostileFiles(t *testing.T) { //nolint:paralleltest // it measures memory
	for name, content := range hostile(t) {
		if instrumented && len(content) > 4<<20 {
			continue // the race detector has seen the same code on smaller ones
		}
		runtime.GC()
		peak := watchMemory()
		start := time.Now()
		r := Inspect(name, content, Options{})
		took := time.Since(start)
		used := peak()
		checkReport(t, name, &r)
		if !instrumented && (took > 4*time.Second || used > 200<<20) {
			t.Errorf("%s: %v and %d MB for %d KB", name, took.Round(time.Millisecond), used>>20, len(content)>>10)
		}
		t.Logf("%-28s %6d KB: %5d ms, %3d MB, %d inside, %v", name, len(content)>>10, took.Milliseconds(), used>>20, len(r.Children), r.Warnings)
	}
}

// watchMemory measures how much more memory there is in use than before, at most.
func watchMemory() (peak func() uint64) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before := m.HeapAlloc
	stop, done := make(chan struct{}), make(chan uint64)
	go func() {
		ticker := time.NewTicker(5 * time.Millisecond)
		defer ticker.Stop()
		most := uint64(0)
		for {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc-min(before, m.HeapAlloc))
			select {
			case <-stop:
				done <- most
				return
			case <-ticker.C:
			}
		}
	}()
	return func() uint64 {
		close(stop)
		return <-done
	}
}

// FuzzInspect checks that every sequence of bytes gives a report, whatever it is called.
func FuzzInspect(f *testing.F) { // FIL-12
	for name, content := range hostile(f) {
		if len(content) < 20_000 {
			f.Add(name, content)
		}
	}
	f.Add("a.docm", zipped(f, "[Content_Types].xml", "<Types/>", "word/vbaProject.bin", string(vbaFile())))
	f.Add("a.doc", vbaFile())
	f.Add("a.zip", encryptedZip(f, encrypted{"a.js", "alert(1)", "infected", true}))
	f.Add("a.rtf", []byte(`{\rtf1{\object{\*\objdata 0105000002000000080000005061636b61676500000000000000000010000000 0200}}}`))
	f.Add("a.pdf", pdfOf("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]>>", "<</Type/Page/Resources<</XObject<</I 4 0 R>>>>>>",
		streamOf("/Subtype/Image/Width 30/Height 30/BitsPerComponent 1/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 30>>", "xyz")))
	for _, name := range []string{"plain.7z", "locked.7z", "x86.7z", "a.xz", "a.lzma", "lz.zip"} {
		f.Add(name, testdata(f, name))
	}
	for name, content := range map[string][]byte{
		"a.rar": rar5("a", "b"), "a.lnk": shortcutTo("a", "b"), "a.one": noteWith("MZ"), "a.png": pngOf(f, qrImage(f, "x", 1)),
		"a.html": []byte("<script>new Blob(atob('UEsDBA=='))</script>"), "a.url": []byte("[InternetShortcut]\nURL=file://a/b"),
	} {
		f.Add(name, content)
	}
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		r := Inspect(name, content, Options{Pages: -1, Bytes: 4 << 20, Pixels: 1 << 18})
		checkReport(t, name, &r)
		again := Inspect(name, content, Options{Pages: -1, Bytes: 4 << 20, Pixels: 1 << 18})
		if fmt.Sprint(r) != fmt.Sprint(again) {
			t.Errorf("a second look differs: %v and %v", r, again)
		}
	})
}

// FuzzLZMA checks that the reader of LZMA ends and keeps to what is asked of it.
func FuzzLZMA(f *testing.F) {
	f.Add([]byte{0x5d}, []byte{0, 1, 2, 3, 4, 5, 6}, false)
	f.Add([]byte{0x5d}, []byte{1, 0, 2, 'a', 'b', 'c', 0}, true)
	f.Fuzz(func(t *testing.T, properties, data []byte, second bool) {
		r := newLZMA(data, properties, -1)
		if second {
			r = newLZMA2(data)
		}
		const most = 1 << 20
		n, _ := io.Copy(io.Discard, io.LimitReader(r, most))
		if n > most {
			t.Errorf("%d bytes", n)
		}
	})
}
