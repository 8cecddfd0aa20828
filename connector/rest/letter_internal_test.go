package rest

import (
	"encoding/base64"
	"io"
	"mime"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLetter_isAMailWithNothingButItsFields(t *testing.T) {
	t.Parallel()
	text, err := written(map[string][]string{
		"from": {"soc@corp.example"}, "to": {"alice@corp.example", "Bob <bob@corp.example>"}, "reply_to": {"case@corp.example"},
		"subject": {"Grüße\r\nBcc: eve@evil.example"}, "text": {"Line 1\r\n.\r\n\r\nBcc: eve@evil.example ü\n" + strings.Repeat("x", 500)},
	}, [][2]string{{"X-Harrier-Effect", "k1"}}, time.Unix(1_700_000_000, 0))
	if err != nil {
		t.Fatal(err)
	}
	m, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for name := range m.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	want := []string{"Content-Transfer-Encoding", "Content-Type", "Date", "From", "Mime-Version", "Reply-To", "Subject", "To", "X-Harrier-Effect"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if to, err := m.Header.AddressList("To"); err != nil || len(to) != 2 || to[1].Address != "bob@corp.example" {
		t.Errorf("to: got %v, %v", to, err)
	}
	if subject, _ := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); subject != "Grüße  Bcc: eve@evil.example" {
		t.Errorf("subject: got %q", subject)
	}
	for line := range strings.SplitSeq(text, "\r\n") {
		if len(line) > 998 {
			t.Errorf("a line has %d bytes", len(line))
		}
	}
	body, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, m.Body))
	if err != nil || !strings.HasPrefix(string(body), "Line 1\r\n.\r\n\r\nBcc: eve@evil.example ü\nxxx") {
		t.Errorf("body: got %q, %v", body, err)
	}
}

func TestLetter_refusesWhatIsNoAddressAndNoHeader(t *testing.T) {
	t.Parallel()
	good := map[string][]string{"from": {"soc@corp.example"}, "to": {"a@b.example"}, "subject": {"s"}, "text": {"t"}}
	for name, bad := range map[string]string{"two": "a@b.example, c@d.example", "a break": "a@b.example\r\nBcc: c@d.example", "nothing": "", "a name": "alice"} {
		fields := map[string][]string{"from": good["from"], "to": {bad}, "subject": good["subject"], "text": good["text"]}
		if text, err := written(fields, nil, time.Now()); err == nil {
			t.Errorf("%s: got %q, want an error", name, text)
		}
	}
	if text, err := written(good, [][2]string{{"X-A", "b\r\nBcc: c@d.example"}}, time.Now()); err == nil {
		t.Errorf("a header with a break: got %q", text)
	}
}

// FuzzLetter holds that no value becomes a header or leaves its own.
func FuzzLetter(f *testing.F) {
	f.Add("a@b.example", "subject", "text", "key")
	f.Add("\"a\\\"\r\nX: y\"@b.example", "=?utf-8?q?a?=\r\n\r\nx", "\r\n.\r\n", "k\x7f")
	f.Fuzz(func(t *testing.T, to, subject, body, key string) {
		text, err := written(map[string][]string{"from": {"soc@corp.example"}, "to": {to}, "subject": {subject}, "text": {body}}, [][2]string{{"X-Key", key}}, time.Unix(0, 0))
		if err != nil {
			return
		}
		m, err := mail.ReadMessage(strings.NewReader(text))
		if err != nil {
			t.Fatalf("%q does not parse: %v", text, err)
		}
		if len(m.Header) != 8 {
			t.Errorf("%q has headers %v", text, m.Header)
		}
		if list, err := m.Header.AddressList("To"); err == nil && len(list) != 1 {
			t.Errorf("%q goes to %v", to, list)
		}
		got, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, m.Body))
		if err != nil || string(got) != body {
			t.Errorf("the body %q came as %q, %v", body, got, err)
		}
	})
}
