package outlook

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/outlook/outlooktest"
	"github.com/richardlehane/mscfb"
)

// sample is a mail with everything.
func sample() outlooktest.Mail {
	inner := outlooktest.Mail{
		Props: []outlooktest.Prop{
			outlooktest.Text(propClass, "IPM.Note"), outlooktest.Text(propSubject, "the inner mail"), outlooktest.Text(propText, "inner text"),
			outlooktest.Text(propHeaderText, "Received: from a.example by b.example; Wed, 25 Nov 2026 10:00:00 +0000\r\nFrom: inner@example.com\r\nSubject: the inner mail\r\n\r\n"),
		},
		Attachments: []outlooktest.Attached{{Props: []outlooktest.Prop{outlooktest.Text(propLongName, "big.bin"), outlooktest.Binary(propContent, bytes.Repeat([]byte("0123456789abcdef"), 1000))}}},
	}
	return outlooktest.Mail{
		Props: []outlooktest.Prop{
			outlooktest.Text(propClass, "IPM.Note"), outlooktest.Text(propSubject, "Überweisung"), outlooktest.Text(propForName, "A. Sender"), outlooktest.Text(propForSMTP, "a@example.com"),
			outlooktest.Text(propSenderName, "Secretary"), outlooktest.Text(propSenderType, "SMTP"), outlooktest.Text(propSenderEmail, "b@example.com"),
			outlooktest.Time(propSubmitTime, time.Date(2026, 11, 25, 10, 30, 0, 0, time.UTC)), outlooktest.Text(propMessageID, "<1@example.com>"),
			outlooktest.Text(propInReplyTo, "<0@example.com>"), outlooktest.Text(propText, "plain text"), outlooktest.Number(propInternetPage, 28591),
			outlooktest.Binary(propHTML, []byte("<p>caf\xe9 <a href=\"http://a.example/\">x</a></p>")), outlooktest.Text(0x8001, "a named property"),
			outlooktest.ANSI(propReplyNames, "c@example.com"),
		},
		Recipients: [][]outlooktest.Prop{
			{outlooktest.Text(propDisplayName, "To One"), outlooktest.Text(propSMTP, "to@example.com"), outlooktest.Number(propRecipientKind, 1)},
			{outlooktest.Text(propDisplayName, "'cc@example.com'"), outlooktest.Text(propEmail, "cc@example.com"), outlooktest.Text(propAddressType, "SMTP"), outlooktest.Number(propRecipientKind, 2)},
		},
		Attachments: []outlooktest.Attached{
			{Props: []outlooktest.Prop{outlooktest.Text(propLongName, "invoice.pdf"), outlooktest.Text(propShortName, "INVOIC~1.PDF"), outlooktest.Text(propMediaType, "Application/PDF"), outlooktest.Text(propContentID, "<x@y>"), outlooktest.Binary(propContent, []byte("%PDF-1.7"))}},
			{Props: []outlooktest.Prop{outlooktest.Text(propDisplayName, "the inner mail"), outlooktest.Number(propMethod, methodEmbedded)}, Mail: &inner},
		},
	}
}

// wantSample is what reading [sample] gives.
func wantSample() Item {
	return Item{
		Class: "IPM.Note", Subject: "Überweisung", From: Address{"A. Sender", "a@example.com"}, Sender: Address{"Secretary", "b@example.com"},
		ReplyTo: []Address{{Address: "c@example.com"}}, To: []Address{{"To One", "to@example.com"}}, Cc: []Address{{Address: "cc@example.com"}},
		Date: time.Date(2026, 11, 25, 10, 30, 0, 0, time.UTC), MessageID: "<1@example.com>", InReplyTo: "<0@example.com>",
		Text: "plain text", HTML: "<p>café <a href=\"http://a.example/\">x</a></p>", InternetCodePage: 28591,
		Attachments: []Attachment{
			{Name: "invoice.pdf", MediaType: "application/pdf", ContentID: "x@y", Content: []byte("%PDF-1.7")},
			{Name: "the inner mail", Item: &Item{
				Class: "IPM.Note", Subject: "the inner mail", Text: "inner text",
				HeaderText:  "Received: from a.example by b.example; Wed, 25 Nov 2026 10:00:00 +0000\r\nFrom: inner@example.com\r\nSubject: the inner mail\r\n\r\n",
				Attachments: []Attachment{{Name: "big.bin", Content: bytes.Repeat([]byte("0123456789abcdef"), 1000)}},
			}},
		},
	}
}

func TestReadMessage_readsAllOfAMail(t *testing.T) {
	t.Parallel()
	data := sample().MSG()
	got, err := ReadMessage(data, Limits{})
	if diff := cmp.Diff(wantSample(), got); err != nil || diff != "" {
		t.Errorf("ReadMessage: %v; -want +got:\n%s", err, diff)
	}
	if !IsMessage(data) || IsTNEF(data) || IsMessage(outlooktest.Container(outlooktest.Node{Name: "WordDocument", Data: []byte("x")})) {
		t.Error("IsMessage does not tell a mail from another compound file")
	}
}

func TestReadTNEF_readsAllOfAMail(t *testing.T) {
	t.Parallel()
	data := sample().TNEF()
	got, err := ReadTNEF(data, Limits{})
	if diff := cmp.Diff(wantSample(), got); err != nil || diff != "" {
		t.Errorf("ReadTNEF: %v; -want +got:\n%s", err, diff)
	}
	if !IsTNEF(data) || IsMessage(data) {
		t.Error("IsTNEF does not know TNEF")
	}
}

// The test writer makes containers that another reader reads as this one does,
// also where the table of sectors does not fit into the header.
func TestContainer_readsWhatAnotherReaderReads(t *testing.T) {
	t.Parallel()
	big := outlooktest.Mail{Attachments: []outlooktest.Attached{{Props: []outlooktest.Prop{outlooktest.Binary(propContent, bytes.Repeat([]byte("harrier "), 1<<20))}}}}
	for name, data := range map[string][]byte{"all of a mail": sample().MSG(), "8 MiB": big.MSG()} {
		checkContainer(t, name, data)
	}
}

// checkContainer compares our reader with another.
func checkContainer(t *testing.T, name string, data []byte) {
	t.Helper()
	theirs := map[string][]byte{}
	r, err := mscfb.New(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for f, err := r.Next(); err == nil; f, err = r.Next() {
		if f.Size > 0 {
			b := make([]byte, f.Size)
			if _, err := f.Read(b); err != nil {
				t.Fatalf("%s: %s: %v", name, f.Name, err)
			}
			theirs[strings.Join(append(f.Path, f.Name), "/")] = b
		}
	}
	c, err := openContainer(data)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	ours := map[string][]byte{}
	walk(c, c.entry(0), "", ours)
	if diff := cmp.Diff(theirs, ours, cmp.Comparer(bytes.Equal)); diff != "" {
		t.Errorf("%s: -theirs +ours:\n%s", name, diff[:min(len(diff), 2000)])
	}
	if c.broken {
		t.Errorf("%s: a whole container is called broken", name)
	}
}

// walk reads all streams of a folder.
func walk(c *container, folder entry, path string, into map[string][]byte) {
	for _, e := range c.list(folder, 1<<20) {
		switch {
		case e.kind == kindStorage:
			walk(c, e, path+e.name+"/", into)
		case e.size > 0:
			// The other reader leaves out a first character that cannot be printed.
			into[path+strings.TrimLeft(e.name, "\x01\x03\x05")] = c.stream(e)
		}
	}
}

func TestItem_Header_addsWhatTheTextLacks(t *testing.T) {
	t.Parallel()
	it := wantSample()
	want := "From: \"A. Sender\" <a@example.com>\r\nSender: \"Secretary\" <b@example.com>\r\nReply-To: <c@example.com>\r\n" +
		"To: \"To One\" <to@example.com>\r\nCc: <cc@example.com>\r\nSubject: Überweisung\r\nDate: Wed, 25 Nov 2026 10:30:00 +0000\r\n" +
		"Message-ID: <1@example.com>\r\nIn-Reply-To: <0@example.com>\r\n"
	if diff := cmp.Diff(want, it.Header()); diff != "" {
		t.Errorf("a header from properties: -want +got:\n%s", diff)
	}
	it.HeaderText = "Microsoft Mail Internet Headers Version 2.0\r\nReceived: from a\r\n by b\r\nfrom: x@example.com\r\n\r\nTo: not a header\r\n"
	want = "Received: from a\r\n by b\r\nfrom: x@example.com\r\nSender: \"Secretary\" <b@example.com>\r\nReply-To: <c@example.com>\r\nTo: \"To One\""
	if got := it.Header(); !strings.HasPrefix(got, want) {
		t.Errorf("a header from text: got %q, want it to start with %q", got, want)
	}
}

func TestItem_Header_holdsNoFieldsThatAPropertySmuggles(t *testing.T) {
	t.Parallel()
	it := Item{Subject: "x\r\nBcc: a@example.com\r\n\r\nbody", From: Address{Name: "a\"\nX-A: b", Address: "a@b>\r\nX-B: <c"}}
	want := "From: \"a\\\" X-A: b\" <a@bX-B:c>\r\nSubject: x  Bcc: a@example.com    body\r\n"
	if diff := cmp.Diff(want, it.Header()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestRead_refusesOtherFiles(t *testing.T) {
	t.Parallel()
	for _, data := range []string{"", "Subject: x\n\ny", containerSignature, containerSignature + strings.Repeat("\x00", 2000), "\x78\x9f\x3e\x22"} {
		if _, err := ReadMessage([]byte(data), Limits{}); harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("ReadMessage(%q): %v", data, err)
		}
		if _, err := ReadTNEF([]byte(data), Limits{}); harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("ReadTNEF(%q): %v", data, err)
		}
	}
}

func TestRead_usesTheCodePageOfANSITexts(t *testing.T) {
	t.Parallel()
	japanese := "\x93\xfa\x96\x7b\x8c\xea"
	for name, page := range map[string]outlooktest.Prop{
		"code page": outlooktest.Number(propCodePage, 932), "language": outlooktest.Number(propLocale, 0x411), "code page of HTML": outlooktest.Number(propInternetPage, 50220),
	} {
		m := outlooktest.Mail{Props: []outlooktest.Prop{page, outlooktest.ANSI(propSubject, japanese)}, Attachments: []outlooktest.Attached{{Props: []outlooktest.Prop{outlooktest.ANSI(propLongName, japanese+".txt"), outlooktest.Binary(propContent, []byte("x"))}}}}
		for form, read := range map[string]func() (Item, error){
			"msg":  func() (Item, error) { return ReadMessage(m.MSG(), Limits{}) },
			"tnef": func() (Item, error) { return ReadTNEF(m.TNEF(), Limits{}) },
		} {
			it, err := read()
			if err != nil || it.Subject != "日本語" || it.Attachments[0].Name != "日本語.txt" {
				t.Errorf("%s by %s: subject %q, attachments %+v, err %v", form, name, it.Subject, it.Attachments, err)
			}
		}
	}
}

func TestReadMessage_readsReplyToFromEntryIDs(t *testing.T) {
	t.Parallel()
	id := append([]byte(oneOff), 0, 0, 1, 0x90)
	id = append(id, outlooktest.Wide("The Boss\x00SMTP\x00boss@evil.example\x00")...)
	list := append([]byte{1, 0, 0, 0, byte(len(id) + 4), 0, 0, 0, byte(len(id)), 0, 0, 0}, id...)
	it, err := ReadMessage(outlooktest.Mail{Props: []outlooktest.Prop{outlooktest.Binary(propReplyTo, list)}}.MSG(), Limits{})
	if diff := cmp.Diff([]Address{{"The Boss", "boss@evil.example"}}, it.ReplyTo); err != nil || diff != "" {
		t.Errorf("%v -want +got:\n%s", err, diff)
	}
}
