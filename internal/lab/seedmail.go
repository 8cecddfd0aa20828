package lab

import (
	"bytes"
	"cmp"
	"fmt"
	"mime"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// complete fills in what the header of the mail says.
func (r *Reported) complete(now time.Time) error {
	if len(r.MIME) > 0 {
		r.fromHeader()
	}
	if r.MessageID == "" || r.From == "" {
		return harrier.Errorf(harrier.Invalid, "the reported mail needs message_id and from, or mime with both in its header")
	}
	if !strings.HasPrefix(r.MessageID, "<") {
		r.MessageID = "<" + r.MessageID + ">"
	}
	if r.Received.IsZero() {
		r.Received = now.Add(-30 * time.Minute)
	}
	if r.Copies < 0 {
		return harrier.Errorf(harrier.Invalid, "copies of the reported mail cannot be %d", r.Copies)
	}
	return nil
}

// fromHeader reads the header of the mail, tolerantly: a field that cannot be
// read is as good as missing.
func (r *Reported) fromHeader() {
	m, err := mail.ReadMessage(bytes.NewReader(r.MIME))
	if err != nil {
		return
	}
	r.MessageID = cmp.Or(r.MessageID, strings.TrimSpace(m.Header.Get("Message-Id")))
	words := new(mime.WordDecoder)
	if subject, err := words.DecodeHeader(m.Header.Get("Subject")); err == nil {
		r.Subject = cmp.Or(r.Subject, subject)
	}
	if from, err := mail.ParseAddress(m.Header.Get("From")); err == nil {
		r.From, r.FromName = cmp.Or(r.From, from.Address), cmp.Or(r.FromName, from.Name)
	}
}

// seedReported delivers the copies. Some recipients have read theirs, one has
// deleted it, one has it in the junk folder: what is restored must go back there.
func (l *Lab) seedReported(e *edit, r *Reported) {
	if r == nil {
		return
	}
	m := message{
		MessageID: r.MessageID, Subject: r.Subject, From: person{r.FromName, r.From}, Received: r.Received.UTC(), MIME: r.MIME,
		Text: strings.Join(append([]string{r.Text}, r.Links...), "\n"),
	}
	for _, f := range r.Attachments {
		m.Files = append(m.Files, f.Name)
	}
	for i, address := range r.Recipients {
		u, _ := findUser(e, address)
		own := m
		own.To, own.Read = []person{{u.Name, u.Mail}}, i%3 == 1
		if r.Opened != nil {
			own.Read = slices.ContainsFunc(r.Opened, func(a string) bool { return fold(a) == u.Mail })
		}
		in := inbox
		switch i % 5 {
		case 3:
			in = junk
		case 4:
			in = deleted
		}
		l.addMail(e, u.Mail, in, own)
	}
}

// seedOrdinary delivers mail that nobody must touch. Two sorts look like the
// reported mail: the same subject from a colleague, and another mail of the sender.
func (l *Lab) seedOrdinary(e *edit, s Scenario) {
	subjects := []string{"Weekly report", "Lunch on Friday?", "Minutes of the meeting", "Your order has shipped", "Invoice 2026-118"}
	for i := range s.Mailboxes {
		to, from := s.person(i), s.person(i+1)
		for n := range s.Ordinary {
			m := message{
				MessageID: fmt.Sprintf("<ordinary.%d.%d@%s>", i, n, s.Domain), Subject: subjects[n%len(subjects)], From: from,
				To: []person{to}, Received: e.line.At.Add(-time.Duration(n+1) * 3 * time.Hour).Truncate(time.Second),
				Text: "Hello " + to.Name + ",\nnothing to see here.\n", Read: n%2 == 0,
			}
			if s.Reported != nil && n == 0 {
				m.Subject = s.Reported.Subject
			}
			if s.Reported != nil && n == 1 {
				m.From = person{s.Reported.FromName, s.Reported.From}
			}
			l.addMail(e, to.Address, inbox, m)
		}
	}
}

// compose writes the mail as text for those that came without.
func (m message) compose() []byte {
	var b bytes.Buffer
	field := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\r\n", name, strings.NewReplacer("\r", " ", "\n", " ").Replace(value))
		}
	}
	var to []string
	for _, p := range m.To {
		to = append(to, (&mail.Address{Name: p.Name, Address: p.Address}).String())
	}
	field("Date", m.Received.Format(time.RFC1123Z))
	field("From", (&mail.Address{Name: m.From.Name, Address: m.From.Address}).String())
	field("To", strings.Join(to, ", "))
	field("Subject", mime.QEncoding.Encode("utf-8", m.Subject))
	field("Message-ID", m.MessageID)
	for _, h := range m.Headers {
		field(h.Name, h.Value)
	}
	field("MIME-Version", "1.0")
	field("Content-Type", "text/plain; charset=utf-8")
	b.WriteString("\r\n" + strings.ReplaceAll(m.Text, "\n", "\r\n"))
	return b.Bytes()
}
