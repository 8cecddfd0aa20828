package intake

import (
	"context"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/email"
)

// Whatever the bytes are, they make a report that can be taken, and an alert
// that playbooks can read back from its row.
func FuzzMailReport(f *testing.F) {
	for _, seed := range []string{
		"From: Bank <service@bank.example>\r\nSubject: Your account\r\nMessage-ID: <1@bank.example>\r\n\r\nhello\r\n",
		"Subject: =?utf-8?q?=00=0a?=\n\n", "From: \xff\xfe\n\n\x00", "Content-Type: message/rfc822\n\nFrom: a@b.example\nSubject: a\n\nb",
		"From: alice@corp.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nSubject: \xf0\x9f\n\nx\n--b--\n",
	} {
		f.Add("mail.eml", []byte(seed))
	}
	f.Fuzz(func(t *testing.T, name string, raw []byte) {
		m, err := email.InProcess(email.Limits{}).Read(t.Context(), raw, map[string]any{})
		if err != nil {
			if len(raw) > 0 {
				t.Fatalf("%q: %v", raw, err)
			}
			return
		}
		r := mailReport(name, raw, aboutMail(m, nil))
		if err := r.check(); err != nil {
			t.Fatalf("%q: %v", raw, err)
		}
		data, err := r.encode()
		if err != nil || !json.Valid(data) {
			t.Fatalf("%q: %v: %s", raw, err, data)
		}
		a := harrier.Alert{
			Tenant: harrier.DefaultTenant, Source: SourceID(harrier.DefaultTenant, r.Source), ExternalID: r.ExternalID, Title: clip(r.Title, 500), Data: data,
		}
		doc, err := Document(a, nil)
		if err != nil || doc["source"] != MailSource || !utf8.ValidString(a.Title) || len(a.Title) > 510 {
			t.Fatalf("%q: %v: %v", raw, err, doc)
		}
	})
}

// unreadable is a reader whose helper has died of a mail.
type unreadable struct{ err error }

// Read implements [Mails].
func (u unreadable) Read(context.Context, []byte, map[string]any) (map[string]any, error) {
	return nil, u.err
}

func TestAboutMail_saysWhyAMailCouldNotBeRead(t *testing.T) {
	t.Parallel()
	a := aboutMail(unreadable{harrier.Errorf(harrier.Invalid, "the content needs more than 512 MiB")}.Read(t.Context(), nil, nil))
	r := mailReport("x.eml", []byte("bomb"), a)
	if err := r.check(); err != nil {
		t.Fatal(err)
	}
	why := textOf(r.Data, "error", "message")
	if r.Title != "Reported mail that could not be read" || why != "the content needs more than 512 MiB" || r.Category != "phishing" {
		t.Errorf("got %+v", r)
	}
}
