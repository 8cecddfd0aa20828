package lab

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Shapes: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
// and https://docs.slack.dev/authentication/verifying-requests-from-slack.

// SlackButton is a button under a message of a channel of the lab's Slack.
type SlackButton struct {
	Channel, TS, Text      string
	ActionID, Value, Label string
}

// SlackPosts returns the texts of the messages of a channel or of a person's
// direct messages, the oldest first.
func (l *Lab) SlackPosts(channel string) []string {
	var texts []string
	l.world.view(func(e *edit) {
		for _, p := range list[post](e, postTable(channel)) {
			texts = append(texts, p.Text)
		}
	})
	return texts
}

// SlackButtons returns the buttons under the messages of a channel, the oldest first.
func (l *Lab) SlackButtons(channel string) []SlackButton {
	var found []SlackButton
	l.world.view(func(e *edit) {
		for _, p := range list[post](e, postTable(channel)) {
			found = append(found, p.buttons(channel)...)
		}
	})
	return found
}

// buttons are those of a message.
func (p post) buttons(channel string) []SlackButton {
	var blocks []struct {
		Type     string `json:"type"`
		Elements []struct {
			ActionID string                `json:"action_id"`
			Value    string                `json:"value"`
			Text     struct{ Text string } `json:"text"`
		} `json:"elements"`
	}
	if json.Unmarshal(p.Blocks, &blocks) != nil {
		return nil
	}
	var found []SlackButton
	for _, b := range blocks {
		for _, el := range b.Elements {
			if b.Type == "actions" {
				found = append(found, SlackButton{channel, p.TS, p.Text, el.ActionID, el.Value, el.Text.Text})
			}
		}
	}
	return found
}

// SlackClick is somebody who presses a button in the lab's Slack.
type SlackClick struct {
	Button SlackButton
	// User is who presses it, Secret what the app's requests are signed with, At
	// when, and URL where the app takes interactions.
	User, Secret, URL string
	At                time.Time
}

// Request is what Slack sends for a click.
func (c SlackClick) Request(ctx context.Context) (*http.Request, error) {
	payload, err := json.Marshal(map[string]any{
		"type": "block_actions", "api_app_id": "A0LAB0000", "trigger_id": "1.2.3",
		"team": map[string]any{"id": slackTeam, "domain": "lab"}, "user": map[string]any{"id": c.User, "username": "somebody", "team_id": slackTeam},
		"channel":   map[string]any{"id": c.Button.Channel, "name": "soc"},
		"container": map[string]any{"type": "message", "message_ts": c.Button.TS, "channel_id": c.Button.Channel, "is_ephemeral": false},
		"actions": []any{map[string]any{
			"type": "button", "block_id": "b", "action_id": c.Button.ActionID, "value": c.Button.Value,
			"text": map[string]any{"type": "plain_text", "text": c.Button.Label}, "action_ts": fmt.Sprintf("%d.000001", c.At.Unix()),
		}},
	})
	if err != nil {
		return nil, harrier.Errorf(harrier.Internal, "encode a click: %w", err)
	}
	body := url.Values{"payload": {string(payload)}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	stamp := strconv.FormatInt(c.At.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(c.Secret))
	mac.Write([]byte("v0:" + stamp + ":" + body))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Slack-Request-Timestamp", stamp)
	req.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	return req, nil
}

// Press sends a click and returns what the app says to it.
func (c SlackClick) Press(ctx context.Context) (status int, body string, err error) {
	req, err := c.Request(ctx)
	if err != nil {
		return 0, "", err
	}
	resp, err := http.DefaultClient.Do(req) //nolint:forbidigo // it is the vendor who calls Harrier here
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, string(text), err
}

// direct makes the direct messages with a person where there are none yet, as
// Slack does when an app posts to the id of a person.
func direct(e *edit, name string) (channel, bool) {
	if !strings.HasPrefix(name, "U") || slices.Contains([]string{slackUser, ""}, name) {
		return channel{}, false
	}
	c := channel{ID: name, Name: "directmessage", Member: true}
	e.put(channelTable, c.ID, c)
	return c, true
}

// SlackChannels returns the ids of the channels to which Harrier's app may post.
func (l *Lab) SlackChannels() []string {
	var ids []string
	l.world.view(func(e *edit) {
		for _, c := range list[channel](e, channelTable) {
			if c.closed() == "" {
				ids = append(ids, c.ID)
			}
		}
	})
	return ids
}
