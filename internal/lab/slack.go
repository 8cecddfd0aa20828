package lab

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// slack is the part of Slack's Web API that posts to channels.
//
// Shapes: slackapi/slack-api-specs, web-api/slack_web_openapi_v2.json, and the
// pages chat.postMessage, conversations.history, auth.test, message-metadata
// and rate-limits of https://docs.slack.dev.
type slack struct{ lab *Lab }

// channel is a place to post to.
type channel struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Member   bool   `json:"member"`
	Archived bool   `json:"archived,omitempty"`
}

// post is a message in a channel.
type post struct {
	TS       string          `json:"ts"`
	Thread   string          `json:"thread,omitempty"`
	Text     string          `json:"text"`
	Metadata json.RawMessage `json:"metadata,omitempty"`
	Blocks   json.RawMessage `json:"blocks,omitempty"`
}

const (
	channelTable = "slack/channels"
	slackTeam    = "T0LAB0000"
	slackBot     = "B0LAB0000"
	slackUser    = "U0LAB0000"
)

func postTable(channel string) string { return "slack/posts/" + channel }

func (*slack) name() string { return slackName }

func (v *slack) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/auth.test", v.posted(v.authTest))
	mux.HandleFunc("POST /api/chat.postMessage", v.posted(v.postMessage))
	mux.HandleFunc("/api/conversations.history", v.posted(v.history))
	mux.HandleFunc("/api/conversations.replies", v.posted(v.replies))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { v.fail(w, "unknown_method") })
	return mux
}

// posted checks the token and gives a handler the arguments: JSON, form or query.
func (v *slack) posted(handle func(http.ResponseWriter, *http.Request, map[string]any)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		args := map[string]any{}
		switch kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); {
		case kind == "application/json" && json.NewDecoder(r.Body).Decode(&args) != nil:
			v.fail(w, "invalid_json")
			return
		case kind != "application/json" && r.ParseForm() == nil:
			for name := range r.Form {
				args[name] = r.Form.Get(name)
			}
		}
		token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		switch {
		case !bearer:
			v.fail(w, "not_authed")
		case !same(token, v.lab.slackToken()):
			v.fail(w, "invalid_auth")
		default:
			handle(w, r, args)
		}
	}
}

// fail refuses as Slack does: with 200.
func (*slack) fail(w http.ResponseWriter, code string) {
	writeJSON(w, http.StatusOK, map[string]any{"ok": false, "error": code})
}

func (v *slack) refuse(w http.ResponseWriter, status int) {
	switch status {
	case http.StatusUnauthorized:
		v.fail(w, "invalid_auth")
	case http.StatusForbidden:
		writeJSON(w, http.StatusOK, map[string]any{"ok": false, "error": "missing_scope", "needed": "chat:write", "provided": "none"})
	case http.StatusTooManyRequests:
		writeJSON(w, status, map[string]any{"ok": false, "error": "ratelimited"})
	case http.StatusServiceUnavailable:
		writeJSON(w, status, map[string]any{"ok": false, "error": "service_unavailable"})
	default:
		writeJSON(w, status, map[string]any{"ok": false, "error": "internal_error"})
	}
}

func (v *slack) authTest(w http.ResponseWriter, _ *http.Request, _ map[string]any) {
	writeJSON(w, http.StatusOK, map[string]any{
		"ok": true, "url": "https://lab.slack.com/", "team": "Lab", "user": "harrier", "team_id": slackTeam,
		"user_id": slackUser, "bot_id": slackBot, "is_enterprise_install": false,
	})
}

// find returns the channel with that id, or, where names are taken, name.
func findChannel(e *edit, name string, byName bool) (channel, bool) {
	if c, ok := load[channel](e, channelTable, name); ok {
		return c, true
	}
	all := list[channel](e, channelTable)
	i := slices.IndexFunc(all, func(c channel) bool { return byName && c.Name == strings.TrimPrefix(name, "#") })
	if i < 0 {
		return channel{}, false
	}
	return all[i], true
}

// postMessage posts a message. Nothing keeps a second, equal one away.
func (v *slack) postMessage(w http.ResponseWriter, r *http.Request, args map[string]any) {
	p, key, problem := readPost(args)
	var c channel
	journaled := problem != "" || v.lab.change(w, r, v, func(e *edit) {
		var ok bool
		if c, ok = findChannel(e, text(args["channel"]), true); !ok {
			c, ok = direct(e, text(args["channel"]))
		}
		if !ok {
			problem = "channel_not_found"
			return
		}
		if problem = c.closed(); problem != "" {
			return
		}
		p.TS = fmt.Sprintf("%d.%06d", e.line.At.Unix(), e.next()%1_000_000)
		e.put(postTable(c.ID), p.TS, p)
		e.happen(happened{Vendor: slackName, Action: "message.post", Target: c.ID, Key: orElse(key, p.Text), Changed: true})
	})
	switch {
	case problem != "":
		v.fail(w, problem)
	case journaled:
		writeJSON(w, http.StatusOK, map[string]any{"ok": true, "channel": c.ID, "ts": p.TS, "message": p.wire(true)})
	}
}

// closed says why nothing can be posted to a channel, if so.
func (c channel) closed() string {
	switch {
	case c.Archived:
		return "is_archived"
	case !c.Member:
		return "not_in_channel"
	}
	return ""
}

// metadata is what an app may attach to its messages for other apps.
type metadata struct {
	Type    string         `json:"event_type"`
	Payload map[string]any `json:"event_payload"`
}

// timestampForm is how Slack writes the id of a message.
var timestampForm = regexp.MustCompile(`^\d{10}\.\d{6}$`)

// readPost reads the arguments of a message. The key is that of its metadata,
// where there is one.
func readPost(args map[string]any) (p post, key, problem string) {
	p = post{Text: text(args["text"]), Thread: text(args["thread_ts"])}
	if blocks := text(args["blocks"]); json.Valid([]byte(blocks)) {
		p.Blocks = json.RawMessage(blocks)
	}
	switch {
	case p.Text == "" && args["blocks"] == nil && args["attachments"] == nil:
		return p, "", "no_text"
	case len(p.Text) > 40_000:
		return p, "", "msg_too_long"
	case p.Thread != "" && !timestampForm.MatchString(p.Thread):
		return p, "", "thread_not_found" // as the pages of sibling methods say of a timestamp that is none
	}
	given, ok := args["metadata"]
	if !ok {
		return p, "", ""
	}
	raw := []byte(text(given)) // a form carries it as JSON text
	if _, object := given.(map[string]any); object {
		raw, _ = json.Marshal(given)
	}
	var m metadata
	if json.Unmarshal(raw, &m) != nil || m.Type == "" || m.Payload == nil {
		return p, "", "invalid_metadata_format"
	}
	p.Metadata = raw
	return p, text(m.Payload["effect_key"]), ""
}

func (p post) wire(withMetadata bool) map[string]any {
	out := map[string]any{
		"type": "message", "user": slackUser, "bot_id": slackBot, "team": slackTeam, "ts": p.TS, "text": p.Text,
	}
	if p.Thread != "" {
		out["thread_ts"] = p.Thread
	}
	if p.Blocks != nil {
		out["blocks"] = p.Blocks
	}
	if withMetadata && p.Metadata != nil {
		out["metadata"] = p.Metadata
	}
	return out
}

// history lists the messages of a channel, the newest first, without those
// that answer another. It takes ids of channels, not names.
func (v *slack) history(w http.ResponseWriter, _ *http.Request, args map[string]any) {
	posts, known := v.posts(args)
	if !known {
		v.fail(w, "channel_not_found")
		return
	}
	slices.Reverse(posts)
	posts = slices.DeleteFunc(posts, func(p post) bool { return p.Thread != "" && p.Thread != p.TS })
	body := part(posts, args)
	body["pin_count"], body["channel_actions_ts"], body["channel_actions_count"] = 0, nil, 0
	writeJSON(w, http.StatusOK, body)
}

// replies lists a message and those that answer it, the oldest first.
func (v *slack) replies(w http.ResponseWriter, _ *http.Request, args map[string]any) {
	posts, known := v.posts(args)
	if !known {
		v.fail(w, "channel_not_found")
		return
	}
	parent := text(args["ts"])
	posts = slices.DeleteFunc(posts, func(p post) bool { return p.TS != parent && p.Thread != parent })
	if len(posts) == 0 {
		v.fail(w, "thread_not_found")
		return
	}
	writeJSON(w, http.StatusOK, part(posts, args))
}

// posts returns what was posted to a channel in the time that was asked for.
func (v *slack) posts(args map[string]any) (posts []post, known bool) {
	v.lab.world.view(func(e *edit) {
		var c channel
		if c, known = findChannel(e, text(args["channel"]), false); known {
			posts = list[post](e, postTable(c.ID))
		}
	})
	oldest, latest := text(args["oldest"]), text(args["latest"])
	return slices.DeleteFunc(posts, func(p post) bool {
		return oldest != "" && instant(p.TS) <= instant(oldest) || latest != "" && instant(p.TS) >= instant(latest)
	}), known
}

// part returns the messages that cursor and limit ask for.
func part(posts []post, args map[string]any) map[string]any {
	metadata := text(args["include_all_metadata"])
	limit := min(max(number(args["limit"], 100), 1), 999)
	from := min(max(number(args["cursor"], 0), 0), len(posts))
	to := min(from+limit, len(posts))
	messages := make([]map[string]any, 0, to-from)
	for _, p := range posts[from:to] {
		messages = append(messages, p.wire(metadata == "true" || metadata == "1"))
	}
	body := map[string]any{"ok": true, "messages": messages, "has_more": to < len(posts)}
	if to < len(posts) {
		body["response_metadata"] = map[string]any{"next_cursor": strconv.Itoa(to)}
	}
	return body
}

// instant reads a Slack timestamp.
func instant(ts string) float64 {
	f, _ := strconv.ParseFloat(ts, 64)
	return f
}
