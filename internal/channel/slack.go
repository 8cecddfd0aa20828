package channel

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// This file takes what Slack sends when somebody presses a button, as
// https://docs.slack.dev/authentication/verifying-requests-from-slack and
// https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
// say.

// openSlack takes a request of Slack.
func (s *Service) openSlack(ctx context.Context, w http.ResponseWriter, c Channel, p proof) error {
	digest, ok := p.slack()
	if !ok {
		return errNobody()
	}
	in, err := readSlack(p.body)
	if err != nil {
		return err
	}
	in.digest = digest
	told, err := s.heard(ctx, c, in)
	if err != nil {
		return err
	}
	return answer(w, map[string]any{"response_type": "ephemeral", "replace_original": false, "text": told})
}

// slack holds a request against Slack's signature over the very bytes.
func (p proof) slack() (digest [32]byte, ok bool) {
	stamp := p.head.Get("X-Slack-Request-Timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || seconds < 0 || seconds > 1<<40 || p.now.Sub(time.Unix(seconds, 0)).Abs() > tolerance || p.secret.IsZero() {
		return digest, false
	}
	text, ok := strings.CutPrefix(p.head.Get("X-Slack-Signature"), "v0=")
	given, err := hex.DecodeString(text)
	if err != nil || !ok {
		return digest, false
	}
	mac := hmac.New(sha256.New, []byte(p.secret.Reveal()))
	mac.Write([]byte("v0:" + stamp + ":"))
	mac.Write(p.body)
	want := mac.Sum(nil)
	return [32]byte(want), hmac.Equal(given, want)
}

// readSlack reads what was pressed, and by whom.
func readSlack(body []byte) (said, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil || len(form["payload"]) != 1 {
		return said{}, harrier.Errorf(harrier.Invalid, "this takes interactions of Slack only: a form with one payload")
	}
	var in struct {
		Type string                      `json:"type"`
		User struct{ ID, TeamID string } `json:"user"`
		Team struct{ ID string }         `json:"team"`
		// Actions are what was pressed; one at a time.
		Actions []struct {
			ActionID string `json:"action_id"`
			Value    string `json:"value"`
		} `json:"actions"`
	}
	if err := json.Unmarshal([]byte(form.Get("payload")), &in); err != nil {
		return said{}, harrier.Errorf(harrier.Invalid, "the payload cannot be read: %w", err)
	}
	if in.Type != "block_actions" || len(in.Actions) != 1 {
		return said{}, harrier.Errorf(harrier.Invalid, "this takes one pressed button at a time")
	}
	choice, ok := strings.CutPrefix(in.Actions[0].ActionID, "harrier.")
	if !ok || choice != "approve" && choice != "deny" && choice != "open" {
		return said{}, harrier.Errorf(harrier.Invalid, "the button is none of Harrier's")
	}
	id, seen, _ := strings.Cut(in.Actions[0].Value, " ")
	about, err := harrier.ParseID[harrier.ApprovalID](id)
	if err != nil {
		return said{}, harrier.Errorf(harrier.Invalid, "the button names no question")
	}
	return said{account: in.User.ID, team: in.Team.ID, choice: choice, id: about, seen: seen}, nil
}

// SlackBlocks are a message with buttons, as Slack has it, in JSON. Its text stands as
// plain text: nothing in it is a link, a mention or a format.
func SlackBlocks(m Message) (string, error) {
	text := func(s string, most int) map[string]any {
		return map[string]any{"type": "plain_text", "text": clip(s, most), "emoji": false}
	}
	blocks := []any{map[string]any{"type": "section", "text": text(m.Text, 2900)}}
	var buttons []any
	for _, b := range m.Buttons {
		one := map[string]any{"type": "button", "action_id": "harrier." + b.Action, "text": text(b.Label, 70), "value": b.Value}
		switch b.Action {
		case "approve":
			one["style"] = "primary"
		case "deny":
			one["style"] = "danger"
		}
		buttons = append(buttons, one)
	}
	if len(buttons) > 0 {
		blocks = append(blocks, map[string]any{"type": "actions", "elements": buttons})
	}
	out, err := json.Marshal(blocks)
	if err != nil {
		return "", harrier.Errorf(harrier.Internal, "encode a message: %w", err)
	}
	return string(out), nil
}
