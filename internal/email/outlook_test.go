package email

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier/internal/outlook/outlooktest"
)

// The properties of Outlook that the tests write.
const (
	propClass      = 0x001a
	propSubject    = 0x0037
	propSubmitted  = 0x0039
	propHeaderText = 0x007d
	propText       = 0x1000
	propRTF        = 0x1009
	propHTML       = 0x1013
	propMessageID  = 0x1035
	propContent    = 0x3701
	propFileName   = 0x3707
	propMediaType  = 0x370e
	propContentID  = 0x3712
	propFlags      = 0x3714
	propForName    = 0x0042
	propForSMTP    = 0x5d02
)

// file is an attachment of a mail in Outlook.
func file(name, mediaType, content string) outlooktest.Attached {
	return outlooktest.Attached{Props: []outlooktest.Prop{
		outlooktest.Text(propFileName, name), outlooktest.Text(propMediaType, mediaType), outlooktest.Binary(propContent, []byte(content)),
	}}
}

// outlookPhish is a phishing mail as Outlook keeps it.
func outlookPhish() outlooktest.Mail {
	return outlooktest.Mail{
		Props: []outlooktest.Prop{
			outlooktest.Text(propClass, "IPM.Note"), outlooktest.Text(propSubject, "Your account"), outlooktest.Text(propText, "see http://evil.example/text"),
			outlooktest.Binary(propHTML, []byte(`<p><a href="http://evil.example/login">https://bank.example/</a></p>`)),
			outlooktest.Text(propHeaderText, "Received: from mail.evil.example ([192.0.2.77]) by mx.corp.example; Mon, 3 Mar 2025 09:00:02 +0000\r\n"+
				"Authentication-Results: spf=fail (sender IP is 192.0.2.77) smtp.mailfrom=evil.example; dkim=none; dmarc=fail\r\n"+
				"From: Bank <service@bank.example>\r\nReply-To: refunds@evil.example\r\nSubject: Your account\r\nMessage-ID: <1@evil.example>\r\n"+
				"Content-Type: multipart/alternative; boundary=x\r\n\r\n"),
		},
		Attachments: []outlooktest.Attached{file("invoice.pdf", "application/pdf", "%PDF-1.7 x"), file("notes.txt", "text/plain", "see http://evil.example/notes")},
	}
}

// mime is a mail with one attachment.
func mime(name, mediaType string, content []byte) string {
	return "From: kim@corp.example\nSubject: reported\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nplease look\n--b\n" +
		"Content-Type: " + mediaType + "\nContent-Disposition: attachment; filename=" + name + "\nContent-Transfer-Encoding: base64\n\n" +
		base64.StdEncoding.EncodeToString(content) + "\n--b--\n"
}

// checkPhish checks that m is outlookPhish.
func checkPhish(t *testing.T, name string, m *Message) {
	t.Helper()
	if m.Subject != "Your account" || len(m.From) != 1 || m.From[0].Address != "service@bank.example" || m.MessageID != "1@evil.example" || len(m.ReplyTo) != 1 {
		t.Errorf("%s: subject %q, from %v, reply to %v, id %q", name, m.Subject, m.From, m.ReplyTo, m.MessageID)
	}
	if len(m.Hops) != 1 || m.Hops[0].IP.String() != "192.0.2.77" || m.AuthSummary().DMARC != "fail" {
		t.Errorf("%s: hops %v, authentication %+v", name, m.Hops, m.AuthSummary())
	}
	var urls []string
	for _, l := range m.Links {
		urls = append(urls, l.URL)
	}
	for _, want := range []string{"http://evil.example/login", "http://evil.example/text", "http://evil.example/notes"} {
		if !strings.Contains(strings.Join(urls, " "), want) {
			t.Errorf("%s: no link %s in %v", name, want, urls)
		}
	}
	var files []string
	for _, a := range m.Attachments {
		files = append(files, a.Name+" "+a.DeclaredType+" "+a.SniffedType)
	}
	if diff := cmp.Diff([]string{"invoice.pdf application/pdf application/pdf", "notes.txt text/plain text/plain"}, files); diff != "" {
		t.Errorf("%s: attachments: -want +got:\n%s", name, diff)
	}
	if len(m.Warnings) > 0 {
		t.Errorf("%s: %v", name, m.Warnings)
	}
}

func TestParse_readsOutlookMessagesAsMails(t *testing.T) {
	t.Parallel()
	msg := outlookPhish().MSG()
	checkPhish(t, "alone", parse(t, string(msg)))
	inner := outlookPhish()
	outer := outlooktest.Mail{Props: []outlooktest.Prop{outlooktest.Text(propSubject, "reported")}, Attachments: []outlooktest.Attached{{Mail: &inner}}}
	byValue := outlooktest.Mail{Props: []outlooktest.Prop{outlooktest.Text(propSubject, "reported")}, Attachments: []outlooktest.Attached{file("a.msg", "", string(msg))}}
	for name, mail := range map[string]string{
		"attached by name": mime("report.msg", "application/octet-stream", msg), "attached by type": mime("report", "application/vnd.ms-outlook", msg),
		"inside a .msg": string(outer.MSG()), "a file inside a .msg": string(byValue.MSG()), "inside TNEF": string(outer.TNEF()),
		"a part that is called a mail": mime("report.eml", "message/rfc822", msg),
	} {
		m := parse(t, mail)
		if m.Subject != "reported" || len(m.Attached) != 1 || m.Attached[0].Parent != m || len(m.Attachments) != 0 {
			t.Errorf("%s: subject %q, %d mails attached, %d attachments", name, m.Subject, len(m.Attached), len(m.Attachments))
			continue
		}
		checkPhish(t, name, m.Reported())
	}
}

// A file that is a message of Outlook only for us may be something else for others.
func TestParse_keepsAnOutlookMessageOfAnotherName(t *testing.T) {
	t.Parallel()
	m := parse(t, mime("report.doc", "application/msword", outlookPhish().MSG()))
	if len(m.Attached) != 1 || len(m.Attachments) != 1 || m.Attachments[0].Name != "report.doc" {
		t.Errorf("%d mails attached, attachments %v", len(m.Attached), m.Attachments)
	}
}

func TestParse_readsMailsInsideOutlookMessages(t *testing.T) {
	t.Parallel()
	eml := "From: a@evil.example\nSubject: inner\nMessage-ID: <2@evil.example>\n\nhttp://evil.example/inner\n"
	for name, attached := range map[string]outlooktest.Attached{"by name": file("inner.eml", "", eml), "by type": file("inner", "message/rfc822", eml)} {
		m := parse(t, string(outlooktest.Mail{Props: []outlooktest.Prop{outlooktest.Text(propSubject, "outer")}, Attachments: []outlooktest.Attached{attached}}.MSG()))
		if got := m.Reported(); got.Subject != "inner" || got.MessageID != "2@evil.example" || len(got.Links) != 1 || len(m.Attachments) != 0 {
			t.Errorf("%s: subject %q, id %q, links %v, outer attachments %v", name, got.Subject, got.MessageID, got.Links, m.Attachments)
		}
	}
	signed := outlooktest.Mail{
		Props:       []outlooktest.Prop{outlooktest.Text(propClass, "IPM.Note.SMIME.MultipartSigned"), outlooktest.Text(propSubject, "signed")},
		Attachments: []outlooktest.Attached{file("smime.p7m", "multipart/signed", "Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\nContent-Type: text/plain\r\n\r\nsigned text\r\n--s\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nx\r\n--s--\r\n")},
	}
	if m := parse(t, string(signed.MSG())); strings.TrimSpace(m.Text) != "signed text" || len(m.Attachments) != 1 || m.Attachments[0].Name != "smime.p7s" {
		t.Errorf("a signed mail: text %q, attachments %v, warnings %v", m.Text, m.Attachments, m.Warnings)
	}
}

func TestParse_makesAHeaderOfWhatOutlookKnows(t *testing.T) {
	t.Parallel()
	m := parse(t, string(outlooktest.Mail{Props: []outlooktest.Prop{
		outlooktest.Text(propSubject, "Überweisung\r\nX-Forged: yes"), outlooktest.Text(propForName, "Chef, Der"), outlooktest.Text(propForSMTP, "chef@corp.example"),
		outlooktest.Time(propSubmitted, time.Date(2026, 11, 25, 10, 30, 0, 0, time.UTC)), outlooktest.Text(propMessageID, "<3@corp.example>"), outlooktest.Text(propText, "x"),
	}}.MSG()))
	if m.Subject != "Überweisung  X-Forged: yes" || len(m.From) != 1 || m.From[0].Name != "Chef, Der" || m.From[0].Address != "chef@corp.example" ||
		!m.Date.Equal(time.Date(2026, 11, 25, 10, 30, 0, 0, time.UTC)) || m.MessageID != "3@corp.example" || m.Header.First("X-Forged") != "" {
		t.Errorf("subject %q, from %+v, date %v, id %q, header %v", m.Subject, m.From, m.Date, m.MessageID, m.Header)
	}
	rtf := parse(t, string(outlooktest.Mail{Props: []outlooktest.Prop{
		outlooktest.Text(propText, "click here"), outlooktest.Binary(propRTF, outlooktest.PackRTF(`{\rtf1 click {\field{\*\fldinst HYPERLINK "http://evil.example/rtf"}{\fldrslt here}}}`)),
	}}.MSG()))
	if rtf.Text != "click here" || len(rtf.Links) != 1 || rtf.Links[0].URL != "http://evil.example/rtf" {
		t.Errorf("rich text: text %q, links %v", rtf.Text, rtf.Links)
	}
}

func TestParse_opensWinmail(t *testing.T) {
	t.Parallel()
	phish := outlookPhish()
	phish.Attachments[0].Props = append(phish.Attachments[0].Props, outlooktest.Text(propContentID, "x@y"), outlooktest.Number(propFlags, 4))
	for _, mediaType := range []string{"application/ms-tnef", "application/octet-stream"} {
		m := parse(t, strings.Replace(mime("winmail.dat", mediaType, phish.TNEF()), "please look", "see http://evil.example/text", 1))
		if m.Subject != "reported" || strings.Count(m.Text, "evil.example/text") != 1 || !strings.Contains(m.HTML, "evil.example/login") || len(m.Attached) != 0 {
			t.Errorf("%s: subject %q, text %q, html %q", mediaType, m.Subject, m.Text, m.HTML)
		}
		var files []string
		for _, a := range m.Attachments {
			files = append(files, a.Where+" "+a.Name)
		}
		if diff := cmp.Diff([]string{"2 winmail.dat", "2.2 invoice.pdf", "2.3 notes.txt"}, files); diff != "" {
			t.Errorf("%s: -want +got:\n%s", mediaType, diff)
		}
		if a := m.Attachments[1]; !a.Inline || a.ContentID != "x@y" {
			t.Errorf("%s: inline %v, content id %q", mediaType, a.Inline, a.ContentID)
		}
	}
}

// Mails in turn in both forms inside each other share the limits of the outermost.
func TestParse_keepsItsLimitsAcrossForms(t *testing.T) {
	t.Parallel()
	data := []byte("Subject: bottom\n\nx\n")
	for range 15 {
		data = outlooktest.Mail{Attachments: []outlooktest.Attached{file("inner.eml", "", string(data))}}.MSG()
		data = []byte("Subject: x\nContent-Type: application/vnd.ms-outlook\nContent-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString(data))
	}
	m, depth := parse(t, string(data)), 0
	for ; len(m.Attached) > 0; m = m.Attached[0] {
		depth++
	}
	if depth < 10 || depth > DefaultLimits().Depth || !warns(m, WarnTooDeep) {
		t.Errorf("%d levels were read, warnings %v", depth, m.Warnings)
	}
	many := outlooktest.Mail{Attachments: []outlooktest.Attached{file("a.eml", "", "Subject: x\n\nx\n")}}
	for range 9 {
		many.Attachments = append(many.Attachments, many.Attachments[0])
	}
	small, err := Parse(bytes.NewReader(many.MSG()), Limits{Parts: 5})
	if err != nil || len(small.Attached) > 5 || !warns(small, WarnTooMany) {
		t.Errorf("%d mails attached, warnings %v, %v", len(small.Attached), small.Warnings, err)
	}
	text, err := Parse(bytes.NewReader(outlookPhish().MSG()), Limits{TextBytes: 10})
	if err != nil || len(text.Text)+len(text.HTML) > 10 || !warns(text, WarnTextCut) {
		t.Errorf("text %q, html %q, warnings %v, %v", text.Text, text.HTML, text.Warnings, err)
	}
}

// Files inside each other may be copied at each level: together they have a limit.
func TestParse_opensNoMoreOutlookThanTwiceTheLimit(t *testing.T) {
	t.Parallel()
	data := outlooktest.Mail{Props: []outlooktest.Prop{outlooktest.Text(propSubject, "bottom")}}.MSG()
	for range 8 {
		data = outlooktest.Mail{Attachments: []outlooktest.Attached{file("inner.msg", "", string(data))}}.MSG()
	}
	whole, err := Parse(bytes.NewReader(data), Limits{})
	if err != nil || whole.Reported().Subject != "bottom" {
		t.Errorf("with room: %q, %v", whole.Reported().Subject, err)
	}
	m, err := Parse(bytes.NewReader(data), Limits{Bytes: len(data)})
	if err != nil {
		t.Fatal(err)
	}
	for len(m.Attached) > 0 {
		m = m.Attached[0]
	}
	if m.Subject == "bottom" || !warns(m, WarnTooMany) || len(m.Attachments) != 1 || m.Attachments[0].Name != "inner.msg" {
		t.Errorf("without room: subject %q, %d attachments, warnings %v", m.Subject, len(m.Attachments), m.Warnings)
	}
}

// FIL-05: real files of Outlook give mails whose output has its type and size.
func TestParse_readsTheOutlookCorpus(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..", "..", "shared", "corpus")
	for name, data := range outlookMails(t) {
		m := parse(t, string(data))
		checkOutput(t, name, m.Output())
		for _, w := range m.Warnings {
			if w.Code != WarnAddress { // people whom Exchange knows by name only
				t.Errorf("%s: %v", name, w)
			}
		}
	}
	nested, err := os.ReadFile(filepath.Join(root, "msg-hiraoka", "test__msgInMsgInMsg.msg"))
	if err != nil {
		t.Fatal(err)
	}
	if m := parse(t, string(nested)).Reported(); m.Subject != "Microsoft Outlook テスト メッセージ" || len(m.Hops) == 0 || m.Parent == nil || m.Parent.Parent == nil {
		t.Errorf("the innermost mail: subject %q, hops %v", m.Subject, m.Hops)
	}
}
