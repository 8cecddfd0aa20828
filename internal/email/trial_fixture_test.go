package email

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier/internal/outlook/outlooktest"
)

// trials are mails as large as the limits let them be, each made to cost as much
// as possible; the smaller ones of [hostile] are tried with them.
func trials(tb testing.TB) map[string][]byte {
	tb.Helper()
	all := map[string][]byte{}
	for name, mail := range hostile() {
		all["small: "+name] = []byte(mail)
	}
	for name, file := range hostileAttachments(tb) {
		all[name] = carrying(file)
	}
	for name, text := range hostileTexts() {
		all[name] = []byte(text)
	}
	all["msg in msg in msg"] = nestedMSG(5000)
	all["TNEF in TNEF in TNEF"] = nestedTNEF(1000)
	all["30 attached mails in base64"] = nestedBase64(30)
	large := strings.Repeat("PK\x03\x04http://a.example/ ", 1<<20)
	all["msg of 23 MB"] = outlooktest.Mail{Attachments: []outlooktest.Attached{file("a.zip", "application/zip", large)}}.MSG()
	all["msg with 12 MB of text"] = outlooktest.Mail{Props: []outlooktest.Prop{outlooktest.Text(propText, large[:12<<20])}}.MSG()
	all["msg with 12 MB of RTF"] = outlooktest.Mail{Props: []outlooktest.Prop{outlooktest.Binary(propRTF, outlooktest.PackRTF(`{\rtf1\fromhtml1`+strings.Repeat(`{\*\htmltag64 <a href=http://a.example/>}\'e9`, 250_000)))}}.MSG()
	all["TNEF of 16 MB"] = outlooktest.Mail{Attachments: []outlooktest.Attached{file("a.txt", "text/plain", large[:16<<20])}}.TNEF()
	return all
}

// hostileTexts are mails whose headers or bodies cost much.
func hostileTexts() map[string]string {
	const mega = 1 << 20
	htmlBody := func(s string) string { return "Content-Type: text/html\n\n" + s }
	boundary := func(i int) string { return fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i) }
	var levels, closed, quotes strings.Builder
	for i := range 5000 {
		levels.WriteString(boundary(i))
	}
	closed.WriteString(levels.String() + "\nbottom\n")
	for i := 4999; i >= 0; i-- {
		fmt.Fprintf(&closed, "--b%d--\n", i)
	}
	for i := range 20_000 {
		fmt.Fprintf(&quotes, "%sOn Mon, 3 Mar 2025 at 09:00, Kim <kim%d@a.example> wrote:\n", strings.Repeat(">", i%300), i)
	}
	forward := "---------- Forwarded message ---------\nFrom: Kim <kim@a.example>\nDate: Mon, 3 Mar 2025 at 09:00\nSubject: x\nTo: <lee@b.example>\n\n"
	from := "From: a@corp.example\nTo: b@corp.example\nSubject: Fwd: x\n\n"
	return map[string]string{
		"50,000 parts of base64":         "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\nContent-Type: application/zip\nContent-Transfer-Encoding: base64\n\nUEsDBA==\n", 50_000),
		"50,000 parts of HTML":           "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\nContent-Type: text/html\n\n<a href=http://a.example/>x</a>\n", 50_000),
		"5,000 levels that are closed":   closed.String(),
		"5,000 mails, 20 MB":             strings.Repeat("Content-Type: message/rfc822\n\n", 5000) + strings.Repeat("Received: from x by y\n", mega),
		"20 MB of header":                strings.Repeat("X-Header: something that is not long\n", 20*mega/37) + "\nbody",
		"20 MB of Received":              strings.Repeat("Received: from a (b [192.0.2.1]) by c with d; Mon, 3 Mar 2025 09:00:02 +0000\n", 20*mega/77) + "\nbody",
		"20 MB in one field":             "Subject: " + strings.Repeat("x ", 10*mega) + "\n\nbody",
		"20 MB of folds":                 "Subject: x\n" + strings.Repeat("\t\n y\n", 4*mega) + "\nbody",
		"one line of 25 MB":              "\n" + strings.Repeat("x", 25*mega),
		"one line of 25 MB, a word each": "\n" + strings.Repeat("http://a.example/x hxxp://b[.]c ", 25*mega/32),
		"25 MB of HTML in one line":      htmlBody(strings.Repeat("<b>http://a.example/<i>", 25*mega/23)),
		"25 MB of base64":                "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n" + strings.Repeat(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x@a.example ", 5)))+"\n", 25*mega/81),
		"25 MB of base64 of noise":       "Content-Type: application/octet-stream; name=a\nContent-Transfer-Encoding: base64\n\n" + strings.Repeat("abcdefgh\r\n", 25*mega/10),
		"25 MB of quoted-printable":      "Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n" + strings.Repeat("=3Ca=\n href=3Dx>=\n", 25*mega/18),
		"25 MB of uuencode":              "Content-Type: text/plain\nContent-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n" + strings.Repeat("M"+strings.Repeat("!", 60)+"\n", 25*mega/62),
		"HTML of 100,000 levels":         htmlBody(strings.Repeat("<div><table><tr><td>", 25_000) + "x"),
		"HTML of 100,000 closed levels":  htmlBody(strings.Repeat("<b>", 100_000) + "x" + strings.Repeat("</b>", 100_000)),
		"1 million attributes":           htmlBody("<a " + strings.Repeat("b=c ", 1_000_000) + "href=http://a.example/>x</a>"),
		"1 million different ones":       htmlBody("<a " + manyAttributes(1_000_000) + ">"),
		"entities":                       htmlBody(strings.Repeat("&amp;&#x41;&CounterClockwiseContourIntegral;", 100_000)),
		"entities in links":              htmlBody("<a href='http://a.example/" + strings.Repeat("&#37;&#52;&#49;", 300_000) + "'>"),
		"XML entities":                   "Content-Type: text/xml; name=a.svg\n\n<!DOCTYPE x [<!ENTITY a \"aaaa\">" + manyEntities(1000) + "]><svg>&z999;</svg>",
		"encoded words":                  "Subject: " + strings.Repeat("=?utf-8?B?w6k=?= =?iso-2022-jp?Q?=1B$B?= ", 100_000) + "\n\n",
		"encoded words in addresses":     "From: " + strings.Repeat("=?utf-8?Q?=22=3C?= <a@b.example>, ", 50_000) + "\n\n",
		"encoded words in 1,000 fields":  strings.Repeat("X: "+strings.Repeat("=?big5?B?pKQ=?= ", 60)+"\n", 1000) + "\n",
		"IDN monsters":                   htmlBody(strings.Repeat("<a href=http://"+strings.Repeat("ä", 60)+"."+strings.Repeat("ß", 60)+"."+strings.Repeat("xn--a-", 10)+".example/>", 50_000)),
		"one name of 1 MB":               htmlBody("<a href=http://" + strings.Repeat("ä", mega) + ".example/>"),
		"names of 1,000 labels":          htmlBody(strings.Repeat("<a href=http://"+strings.Repeat("ü.", 1000)+"example/>", 500)),
		"100,000 addresses":              "To: " + strings.Repeat("\"Kim, Lee (x)\" <kim.lee@corp.example>, ", 100_000) + "\n\n",
		"100,000 fields of addresses":    strings.Repeat("Cc: a@b.example, c@d.example\n", 100_000) + "\n",
		"100,000 links":                  htmlBody(manyLinks(100_000)),
		"100,000 links in text":          "\n" + strings.ReplaceAll(strings.ReplaceAll(manyLinks(100_000), "<a href=", " "), "/>", "/ "),
		"100,000 wrapped links":          htmlBody(strings.Repeat("<a href='https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Furldefense.com%2Fv3%2F__https%3A%2F%2Fa.example%2F__%3B!!x!y%24&data=1'>", 100_000)),
		"replies in replies":             from + quotes.String(),
		"forwards in forwards":           from + strings.Repeat(forward, 4*mega/len(forward)),
		"forwards, each quoted deeper":   from + deeper(forward, 300),
		"forwards in HTML":               "From: a@corp.example\nTo: b@corp.example\nSubject: Fwd: x\n" + htmlBody(strings.Repeat("<blockquote><div>---------- Forwarded message ---------<br>From: <b>Kim</b> &lt;<a href='mailto:k@a.example'>k@a.example</a>&gt;<br>Date: Mon, 3 Mar 2025<br>Subject: x<br>To: l@b.example<br><br>", 15_000)),
		"almost an address":              "\n" + strings.Repeat("a.", 2*mega) + "@" + strings.Repeat("b-", mega),
		"almost a link":                  "\n" + strings.Repeat("http:/", 700_000),
		"almost defanged":                "\n" + strings.Repeat("hxxp[:]//a[", 380_000),
		"almost an address of IPv6":      "\n" + strings.Repeat("a:b:", mega),
		"almost a hash":                  "\n" + strings.Repeat(strings.Repeat("a", 63)+" ", 65_000),
		"almost coins":                   "\n" + strings.Repeat("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5md ", 95_000),
		"almost a path":                  "\n" + strings.Repeat(`\\a\`, mega),
		"almost a date":                  from + strings.Repeat("On Mon, 3 Mar 2025 at 09:00 ", 140_000),
		"almost a password":              "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" + strings.Repeat("password pwd pin ", 240_000) + "\n--b\nContent-Type: application/zip; name=a.zip\n\nPK\x03\x04\n--b--",
		"CR and LF in turn":              strings.Repeat("\r\n\n\r", 6*mega),
		"brackets":                       "\n" + strings.Repeat("([{<", mega),
	}
}

// manyLinks are n links that are all different.
func manyLinks(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<a href=http://a%d.example/x%d/>", i, i)
	}
	return b.String()
}

// manyAttributes are n attributes that are all different.
func manyAttributes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "a%d='x' ", i)
	}
	return b.String()
}

// manyEntities are n entities, each ten times the one before.
func manyEntities(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<!ENTITY z%d \"%s\">", i, strings.Repeat(fmt.Sprintf("&z%d;", i-1), 10))
	}
	return b.String()
}

// deeper repeats a text, each time quoted once more.
func deeper(text string, n int) string {
	var b strings.Builder
	for i := range n {
		for line := range strings.SplitSeq(text, "\n") {
			b.WriteString(strings.Repeat("> ", i) + line + "\n")
		}
	}
	return b.String()
}

// carrying is a mail with one attachment.
func carrying(content []byte) []byte {
	var b bytes.Buffer
	b.WriteString("From: a@evil.example\nTo: b@corp.example\nSubject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nthe password is infected\n--b\nContent-Type: application/octet-stream; name=a\nContent-Transfer-Encoding: base64\n\n")
	text := base64.StdEncoding.EncodeToString(content)
	for ; len(text) > 76; text = text[76:] {
		b.WriteString(text[:76] + "\n")
	}
	b.WriteString(text + "\n--b--\n")
	return b.Bytes()
}

// hostileAttachments are files that are far larger than they look.
func hostileAttachments(tb testing.TB) map[string][]byte {
	tb.Helper()
	const mega = 1 << 20
	zeros := make([]byte, 64*mega)
	layer := zipOf(tb, "zeros", zeros)
	var wide []string
	for i := range 100 {
		wide = append(wide, fmt.Sprint(i, ".zip"), string(layer))
	}
	nested := zipOf(tb, "0.zip", layer)
	for range 10 {
		nested = zipOf(tb, "a.zip", nested, "b.zip", nested)
	}
	wider := zipOf(tb, "0.zip", layer)
	for i := 0; i < len(wide); i += 2 {
		wider = zipOf(tb, wide[i], []byte(wide[i+1]), "more.zip", wider)
	}
	return map[string][]byte{
		"zip bomb": layer, "zip bombs in zip bombs": nested, "100 zip bombs, each in the next": wider,
		"zip whose members overlap":    overlapping(layer, 5000),
		"zip that lies about its size": lying(layer),
		"PDF of 10,000 objects":        pdfFile(10_000, "<</Type/Page/A[1 2 3(x)<ff>]/URI(http://a.example/)>>"),
		"PDF of deep Flate":            deepFlate(tb, 12),
		"PDF of Flate bombs":           pdfFile(200, stream("/Filter/FlateDecode/Type/ObjStm/N 9/First 9", deflate(tb, zeros))),
		"PDF of large images":          pdfFile(40, stream("/Subtype/Image/Width 4000/Height 4000/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/FlateDecode", deflate(tb, zeros[:16*mega]))),
		"pixel flood":                  pixels(tb, 60_000, 60_000),
		"10,000 by 10,000 pixels":      picture(tb, 10_000, func(int, int) bool { return false }),
		"QR-heavy image":               picture(tb, 3000, finders(9)),
		"QR-heavy image, small marks":  picture(tb, 2000, finders(8)),
		"QR-heavy image, large marks":  picture(tb, 4000, finders(63)),
	}
}

// zipOf packs pairs of name and content.
func zipOf(tb testing.TB, pairs ...any) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		f, err := w.Create(fmt.Sprint(pairs[i]))
		if err != nil {
			tb.Fatal(err)
		}
		content, _ := pairs[i+1].([]byte)
		if _, err := f.Write(content); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// overlapping repeats the entry of a directory, so that n members are the same bytes.
func overlapping(archive []byte, n int) []byte {
	at := bytes.LastIndex(archive, []byte("PK\x01\x02"))
	end := bytes.LastIndex(archive, []byte("PK\x05\x06"))
	entry := archive[at:end]
	tail := bytes.Clone(archive[end:])
	binary.LittleEndian.PutUint16(tail[8:], uint16(n))
	binary.LittleEndian.PutUint16(tail[10:], uint16(n))
	binary.LittleEndian.PutUint32(tail[12:], uint32(n*len(entry)))
	return append(append(bytes.Clone(archive[:at]), bytes.Repeat(entry, n)...), tail...)
}

// lying says of its member that it unpacks to ten bytes.
func lying(archive []byte) []byte {
	out := bytes.Clone(archive)
	at := bytes.LastIndex(out, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(out[at+24:], 10)
	return out
}

// deflate packs with zlib.
func deflate(tb testing.TB, data []byte) string {
	tb.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

// deepFlate is a PDF with a stream that was packed many times.
func deepFlate(tb testing.TB, layers int) []byte {
	tb.Helper()
	data, filters := strings.Repeat("\x00", 64<<20), ""
	for range layers {
		data, filters = deflate(tb, []byte(data)), filters+"/FlateDecode"
	}
	return pdfFile(50, stream("/Type/EmbeddedFile/Filter["+filters+"]", data))
}

// stream is an object of a PDF.
func stream(dictionary, data string) string {
	return fmt.Sprintf("<<%s/Length %d>>stream\n%s\nendstream", dictionary, len(data), data)
}

// pdfFile is a PDF that has an object many times.
func pdfFile(n int, object string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[")
	for i := range n {
		fmt.Fprintf(&b, "%d 0 R ", i+3)
	}
	fmt.Fprintf(&b, "]/Count %d>>endobj\n", n)
	for i := range n {
		fmt.Fprintf(&b, "%d 0 obj%s endobj\n", i+3, object)
	}
	b.WriteString("trailer<</Root 1 0 R>>\n")
	return b.Bytes()
}

// picture draws what dark says.
func picture(tb testing.TB, side int, dark func(x, y int) bool) []byte {
	tb.Helper()
	g := image.NewGray(image.Rect(0, 0, side, side))
	for i := range g.Pix {
		if !dark(i%side, i/side) {
			g.Pix[i] = 255
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, g); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// finders are the corner marks of QR codes, everywhere.
func finders(step int) func(x, y int) bool {
	return func(x, y int) bool {
		unit := max(step/9, 1)
		x, y = x%step/unit-4, y%step/unit-4
		ring := max(x, -x, y, -y)
		return ring != 2 && ring < 4
	}
}

// pixels is a small PNG that says that it is large.
func pixels(tb testing.TB, width, height uint32) []byte {
	tb.Helper()
	b := picture(tb, 30, func(int, int) bool { return false })
	binary.BigEndian.PutUint32(b[16:], width)
	binary.BigEndian.PutUint32(b[20:], height)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

// nestedMSG is a mail in a mail, as Outlook keeps them.
func nestedMSG(levels int) []byte {
	const method, embedded = 0x3705, 5
	m := outlooktest.Mail{Props: []outlooktest.Prop{outlooktest.Text(propSubject, "the bottom")}}
	for range levels {
		inner := m
		m = outlooktest.Mail{Attachments: []outlooktest.Attached{{Props: []outlooktest.Prop{outlooktest.Number(method, embedded)}, Mail: &inner}}}
	}
	return m.MSG()
}

// nestedTNEF is winmail.dat in winmail.dat.
func nestedTNEF(levels int) []byte {
	inner := outlooktest.Mail{}.TNEF()
	for range levels {
		inner = outlooktest.Mail{Attachments: []outlooktest.Attached{file("winmail.dat", "application/ms-tnef", string(inner))}}.TNEF()
	}
	return carrying(inner)
}

// nestedBase64 is a mail in a mail, each in base64: each level is a third larger.
func nestedBase64(levels int) []byte {
	mail := "Subject: innermost\n\nx\n"
	for range levels {
		mail = "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString([]byte(mail))
	}
	return []byte(mail)
}
