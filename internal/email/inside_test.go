package email

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"image"
	"image/png"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// mailWith is a mail with a text and one attachment.
func mailWith(text, name string, content []byte) string {
	return "From: a@evil.example\nMessage-ID: <1@evil.example>\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n" + text +
		"\n--b\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename=" + name + "\nContent-Transfer-Encoding: base64\n\n" +
		base64.StdEncoding.EncodeToString(content) + "\n--b--\n"
}

// qrCode is a PNG that shows a QR code.
func qrCode(tb testing.TB, text string) []byte {
	tb.Helper()
	m, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 150, 150, nil)
	if err != nil {
		tb.Fatal(err)
	}
	g := image.NewGray(image.Rect(0, 0, m.GetWidth(), m.GetHeight()))
	for i := range g.Pix {
		if !m.Get(i%m.GetWidth(), i/m.GetWidth()) {
			g.Pix[i] = 255
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, g); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// linkAt returns where a link stands; "" where the mail has it not.
func linkAt(m *Message, url string) string {
	for _, l := range m.Links {
		if l.URL == url {
			return l.Where
		}
	}
	return ""
}

// The members of an archive are told, and can be looked up.
func TestParse_looksIntoArchives(t *testing.T) {
	t.Parallel()
	const script = "new ActiveXObject('x'); // https://drop.evil.example/p"
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create("invoice.js")
	if err == nil {
		_, err = f.Write([]byte(script))
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	m := parse(t, mailWith("see it", "a.zip", b.Bytes()))
	sum := sha256.Sum256([]byte(script))
	hash := hex.EncodeToString(sum[:])
	found := slices.ContainsFunc(m.Observables(), func(o Observable) bool {
		return o.Type == TypeHash && o.Value == hash && o.Role == RoleAttachment && o.Where == "attachment a.zip/invoice.js"
	})
	if !found || !hasSignal(m.Signals(), SignalInnerProgram) || linkAt(m, "https://drop.evil.example/p") != "attachment a.zip/invoice.js script" {
		t.Errorf("observables %v, signals %v, links %v", m.Observables(), m.Signals(), m.Links)
	}
	out := m.Output()
	checkOutput(t, "archive", out)
	one, _ := out["attachments"].([]any)[0].(map[string]any)
	members, _ := one["members"].([]any)
	active, _ := one["active"].([]any)
	if one["kind"] != "archive" || one["macros"] != "no" || len(members) != 1 || len(active) != 1 || active[0] != "program" {
		t.Errorf("the output says %v", one)
	}
}

// QR codes lead somewhere: in images, in images that HTML holds itself, and not where they do not.
func TestParse_followsQRCodes(t *testing.T) {
	t.Parallel()
	m := parse(t, mailWith("scan it", "code.png", qrCode(t, "HTTPS://QR.evil.example/login?u=1")))
	if got := linkAt(m, "https://qr.evil.example/login?u=1"); got != "attachment code.png qr" || !hasSignal(m.Signals(), SignalQRLink) {
		t.Errorf("links %v, signals %v", m.Links, m.Signals())
	}
	checkOutput(t, "png", m.Output())
	inline := parse(t, "From: a@evil.example\nContent-Type: text/html\n\n<img src=\"data:image/png;base64,"+base64.StdEncoding.EncodeToString(qrCode(t, "https://inline.evil.example/"))+"\">")
	if got := linkAt(inline, "https://inline.evil.example/"); got != "html image qr" {
		t.Errorf("links %v", inline.Links)
	}
	pay := parse(t, mailWith("pay", "code.png", qrCode(t, "WIFI:T:WPA;S=x;;")))
	one, _ := pay.Output()["attachments"].([]any)[0].(map[string]any)
	codes, _ := one["qr"].([]any)
	if len(pay.Links) != 0 || len(codes) != 1 || hasSignal(pay.Signals(), SignalQRLink) {
		t.Errorf("links %v, codes %v", pay.Links, codes)
	}
}

// Words beside what announces a password are passwords, in several languages.
func TestPasswordsIn_readsTheText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Your password: Inv-2024!":                    "Inv-2024!",
		"Das Passwort lautet \"geheim\".":             "geheim",
		"Le mot de passe est: <b1b2>":                 "b1b2",
		"Archive code is 4711.":                       "4711",
		"PASSWORD FOR THE FILE = 889-X":               "889-X",
		"İ letters that change length, password: abc": "abc",
	} {
		if got := passwordsIn(text); !slices.Contains(got, want) {
			t.Errorf("%q: %q", text, got)
		}
	}
	if got := passwordsIn(strings.Repeat("password a b c d e f g h i ", 100_000)); len(got) > 60 {
		t.Errorf("%d words", len(got))
	}
}

// What could not be looked into is not said to be harmless.
func TestOutput_saysNothingOfWhatWasNotRead(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"a.bin": "\x00\x01\x02\x03\xff", "a.zip": "PK\x03\x04 broken"} {
		one, _ := parse(t, mailWith("x", name, []byte(content))).Output()["attachments"].([]any)[0].(map[string]any)
		if _, told := one["active"]; told || one["macros"] != "unknown" {
			t.Errorf("%s: %v", name, one)
		}
	}
}

// FORMATS §5: the QR codes of the two real mails that carry them in a PDF.
func TestParse_findsTheQRCodesOfTheCorpus(t *testing.T) {
	t.Parallel()
	mails := corpusMails(t)
	for name, want := range map[string]string{
		"phishing_pot/QR-in-pdf_sample-1977.eml": "00020126890014BR.GOV.BCB.PIX", "phishing_pot/QR-in-pdf_sample-3551.eml": "https://www.youtube.com/channel/",
	} {
		data, ok := mails[name]
		if !ok {
			t.Skip("the corpus lacks " + name)
		}
		// This is about what is found, not about how fast on a machine under the race detector.
		m, err := Parse(bytes.NewReader(data), Limits{FileTime: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		var payloads []string
		for _, a := range m.Attachments {
			for r := range a.Inside.All() {
				for _, c := range r.Codes {
					payloads = append(payloads, c.Payload)
				}
			}
		}
		if !slices.ContainsFunc(payloads, func(p string) bool { return strings.HasPrefix(p, want) }) {
			t.Errorf("%s: codes %q", name, payloads)
		}
		isLink := slices.ContainsFunc(m.Links, func(l Link) bool { return l.fromCode() && strings.HasSuffix(l.Where, "qr page 1") })
		if isLink != strings.HasPrefix(want, "https:") {
			t.Errorf("%s: links %v", name, m.Links)
		}
	}
}

// An archive whose one file, link.txt, holds a link; its password is Q3-report.
const lockedZip = "UEsDBAoACQAAAMsge11CRQtcMgAAACYAAAAIAAAAbGluay50eHQUlWWGqzxEIJRC00VFKPbWOUV7hYniR/ZptEk0JuDQOn/ZKOgwkkHTfv2mQa2gtC24jVBLBwhC" +
	"RQtcMgAAACYAAABQSwECHgMKAAkAAADLIHtdQkULXDIAAAAmAAAACAAAAAAAAAABAAAApIEAAAAAbGluay50eHRQSwUGAAAAAAEAAQA2AAAAaAAAAAAA"

func TestReader_triesThePasswordsOfTheOrganisationOnArchives(t *testing.T) {
	t.Parallel()
	content, err := base64.StdEncoding.DecodeString(lockedZip)
	if err != nil {
		t.Fatal(err)
	}
	mail := []byte(mailWith("As agreed.", "report.zip", content))
	links := func(in map[string]any) []any {
		out, err := InProcess(Limits{}).Read(t.Context(), mail, in)
		if err != nil {
			t.Fatal(err)
		}
		return out["links"].([]any)
	}
	if got := links(map[string]any{}); len(got) != 0 {
		t.Errorf("without the password it gives %v", got)
	}
	if got := links(map[string]any{"archive_passwords": []any{"other", "Q3-report"}}); !slices.Contains(got, any("https://login.evil.example/in-archive")) {
		t.Errorf("with the password it gives %v", got)
	}
}
