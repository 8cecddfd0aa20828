package channel

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// This file takes what people write to Harrier in Microsoft Teams, by an
// outgoing webhook, as
// https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-outgoing-webhook
// says: an activity, with an HMAC of its bytes in the header Authorization.

// openTeams takes a request of Teams.
func (s *Service) openTeams(ctx context.Context, w http.ResponseWriter, c Channel, p proof) error {
	if !p.teams() {
		return errNobody()
	}
	in, told, err := readTeams(p.body, p.now)
	if err != nil {
		return err
	}
	if told == "" {
		if told, err = s.heard(ctx, c, in); harrier.KindOf(err) == harrier.Denied && err != nil {
			told, err = err.Error(), nil
		}
	}
	if err != nil {
		return err
	}
	return answer(w, map[string]any{"type": "message", "text": told})
}

// teams holds a request against the signature of Teams, whose secret is base64.
func (p proof) teams() bool {
	text, ok := strings.CutPrefix(p.head.Get("Authorization"), "HMAC ")
	given, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil {
		return false
	}
	key, err := base64.StdEncoding.DecodeString(p.secret.Reveal())
	if err != nil || len(key) == 0 {
		return false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(p.body)
	return hmac.Equal(given, mac.Sum(nil))
}

// order is how somebody decides in writing.
func order() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(approve|deny)\s+(approval_[a-z0-9]{26})\s+([0-9a-z_-]{6,64})\s*(.*)$`)
}

// tags are those of a mention and of a paragraph, which Teams puts around what
// people write.
func tags() *regexp.Regexp { return regexp.MustCompile(`(?s)<at>.*?</at>|<[^>]{0,200}>|&nbsp;`) }

// readTeams reads what somebody wrote; told is what to say where that is no order.
func readTeams(body []byte, now time.Time) (in said, told string, err error) {
	var a struct {
		Type      string    `json:"type"`
		ID        string    `json:"id"`
		Timestamp time.Time `json:"timestamp"`
		Text      string    `json:"text"`
		From      struct {
			ID          string `json:"id"`
			AADObjectID string `json:"aadObjectId"`
		} `json:"from"`
		ChannelData struct {
			Tenant struct {
				ID string `json:"id"`
			} `json:"tenant"`
		} `json:"channelData"`
	}
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(&a); err != nil {
		return in, "", harrier.Errorf(harrier.Invalid, "the activity cannot be read: %w", err)
	}
	if a.Type != "message" || a.ID == "" || now.Sub(a.Timestamp).Abs() > tolerance {
		return in, "", errNobody() // the time is in what is signed
	}
	m := order().FindStringSubmatch(strings.TrimSpace(tags().ReplaceAllString(a.Text, " ")))
	if m == nil {
		return in, "Write approve or deny, the id of the question, and its code, as they stand in the question.", nil
	}
	id, err := harrier.ParseID[harrier.ApprovalID](strings.ToLower(m[2]))
	if err != nil {
		return in, "There is no such question.", nil //nolint:nilerr // it is told to whoever wrote it
	}
	in = said{
		account: a.From.AADObjectID, team: a.ChannelData.Tenant.ID, choice: strings.ToLower(m[1]), id: id, seen: m[3],
		comment: clip(strings.TrimSpace(m[4]), 2000), digest: sha256.Sum256(body),
	}
	return in, "", nil
}
