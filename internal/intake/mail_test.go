package intake

import (
	"bytes"
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
		m, err := email.Parse(bytes.NewReader(raw), email.Limits{})
		if err != nil {
			if len(raw) > 0 {
				t.Fatalf("%q: %v", raw, err)
			}
			return
		}
		r := mailReport(name, raw, m)
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
		if err != nil || doc["source"] != mailSource || !utf8.ValidString(a.Title) || len(a.Title) > 510 {
			t.Fatalf("%q: %v: %v", raw, err, doc)
		}
	})
}
