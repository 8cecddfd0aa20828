package intake

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/email"
)

// mailSource is the name of the source of reported mails.
const mailSource = "mail"

// SubmitMail takes a mail that somebody reported, as a file in RFC 5322 form.
// The same bytes are the same alert, whoever reports them.
func (s *Service) SubmitMail(ctx context.Context, by harrier.Principal, name string, r io.Reader) (Receipt, error) {
	raw, err := io.ReadAll(io.LimitReader(r, s.cfg.MaxEvidence+1))
	switch {
	case err != nil:
		return Receipt{}, harrier.Errorf(harrier.Unavailable, "the mail could not be read; send it again: %w", err)
	case int64(len(raw)) > s.cfg.MaxEvidence:
		return Receipt{}, harrier.Errorf(harrier.Invalid, "the mail is larger than %d bytes; raise the limit or send it without its attachments", s.cfg.MaxEvidence)
	}
	m, err := email.Parse(bytes.NewReader(raw), email.Limits{})
	if err != nil {
		return Receipt{}, err
	}
	return s.Submit(ctx, by, mailReport(name, raw, m))
}

// mailReport is the report of a mail.
func mailReport(name string, raw []byte, m *email.Message) Report {
	sum := sha256.Sum256(raw)
	return Report{
		Source: mailSource, ExternalID: hex.EncodeToString(sum[:]), Category: "phishing", Severity: "medium",
		Title: "Reported mail: " + cmp.Or(clip(m.Reported().Subject, 300), "(no subject)"), Data: mailData(m),
		Evidence: []Item{{Name: cmp.Or(name, "mail.eml"), MediaType: mailType, Reader: bytes.NewReader(raw)}},
	}
}

// mailData is what is said about a mail in ECS names, and who reported it
// where the reported mail is inside of another.
func mailData(m *email.Message) map[string]any {
	reported := m.Reported()
	about := map[string]any{"subject": clip(reported.Subject, 1000)}
	if reported.MessageID != "" {
		about["message_id"] = clip(reported.MessageID, 1000)
	}
	if from := address(reported.From); from != "" {
		about["from"] = map[string]any{"address": []any{from}}
	}
	data := map[string]any{"email": about}
	if reporter := address(m.From); reported != m && reporter != "" {
		data["reporter"] = reporter
	}
	return data
}

// address returns the first usable address of a list.
func address(list []email.Address) string {
	for _, a := range list {
		if a.Address != "" {
			return clip(a.Address, 320)
		}
	}
	return ""
}
