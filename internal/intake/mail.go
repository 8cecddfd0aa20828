package intake

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/email"
)

// MailSource is the name of the source of reported mails.
const MailSource = "mail"

// SubmitMail takes a mail that somebody reported, in any form that the reader
// knows. The same bytes are the same alert, whoever reports them. A mail that
// cannot be read is taken all the same: it may be the most hostile of all.
func (s *Service) SubmitMail(ctx context.Context, by harrier.Principal, name string, r io.Reader) (Receipt, error) {
	raw, err := io.ReadAll(io.LimitReader(r, s.cfg.MaxEvidence+1))
	switch {
	case err != nil:
		return Receipt{}, harrier.Errorf(harrier.Unavailable, "the mail could not be read; send it again: %w", err)
	case int64(len(raw)) > s.cfg.MaxEvidence:
		return Receipt{}, harrier.Errorf(harrier.Invalid, "the mail is larger than %d bytes; raise the limit or send it without its attachments", s.cfg.MaxEvidence)
	case len(raw) == 0:
		return Receipt{}, harrier.Errorf(harrier.Invalid, "the mail is empty; give a file in RFC 5322 form (.eml) or of Outlook (.msg)")
	}
	m, err := s.cfg.Mails.Read(ctx, raw, map[string]any{})
	if err != nil && harrier.KindOf(err) != harrier.Invalid {
		return Receipt{}, err
	}
	return s.Submit(ctx, by, mailReport(name, raw, aboutMail(m, err)))
}

// about is what an alert says of a mail.
type about struct {
	title string
	data  map[string]any
}

// aboutMail is what is said about a mail in ECS names, and who reported it
// where the reported mail is inside of another.
func aboutMail(m map[string]any, unreadable error) about {
	if unreadable != nil {
		why := clip(unreadable.Error(), 1000)
		return about{"Reported mail that could not be read", map[string]any{"email": map[string]any{}, "error": map[string]any{"message": why}}}
	}
	subject, id, from := textOf(m, "subject"), textOf(m, "message_id"), textOf(m, "from", "address")
	mail := map[string]any{"subject": clip(subject, 1000)}
	if id != "" && !strings.HasSuffix(id, madeUp) {
		mail["message_id"] = clip(id, 1000)
	}
	if from != "" && !strings.HasSuffix(from, madeUp) {
		mail["from"] = map[string]any{"address": []any{clip(from, 320)}}
	}
	data := map[string]any{"email": mail}
	if reporter := textOf(m, "reported_by"); reporter != "" {
		data["reporter"] = clip(reporter, 320)
	}
	return about{"Reported mail: " + cmp.Or(clip(subject, 300), "(no subject)"), data}
}

// madeUp ends what stands for something that a mail lacks.
const madeUp = "@missing.invalid"

// mailReport is the report of a mail.
func mailReport(name string, raw []byte, a about) Report {
	sum := sha256.Sum256(raw)
	return Report{
		Source: MailSource, ExternalID: hex.EncodeToString(sum[:]), Category: "phishing", Severity: "medium", Title: a.title, Data: a.data,
		Evidence: []Item{{Name: cmp.Or(name, mailName(raw)), MediaType: email.MediaType(raw), Reader: bytes.NewReader(raw)}},
	}
}

// mailName is the name of a mail that came without one.
func mailName(raw []byte) string {
	switch email.MediaType(raw) {
	case email.TypeOutlook:
		return "mail.msg"
	case email.TypeTNEF:
		return "winmail.dat"
	}
	return "mail.eml"
}

// textOf returns a text inside of maps, or nothing.
func textOf(m map[string]any, path ...string) string {
	for _, name := range path[:len(path)-1] {
		m, _ = m[name].(map[string]any)
	}
	s, _ := m[path[len(path)-1]].(string)
	return s
}
