package app

import (
	"context"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/lab"
)

const slackSecret = "8f742231b10e8888abcd99yyyzzz85a5"

// chat is an office whose questions go to the lab's Slack.
type chat struct {
	*office
	doors   *httptest.Server
	channel api.Channel
}

const (
	ann = "U0ANN0001"
)

// newChat sets the channel up as an administrator does.
func newChat(t *testing.T) *chat {
	t.Helper()
	o := newOffice(t, Options{})
	o.connect(nil)
	c := &chat{office: o}
	c.doors = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.Server(api.Version{Version: "test"}).DoorHandler().ServeHTTP(w, r)
	}))
	t.Cleanup(c.doors.Close)
	by := harrier.Operator()
	var err error
	c.channel, err = megaphone{o.App}.SetChannel(t.Context(), by, api.SetChannel{
		Name: "soc", Kind: "slack", Connection: "lab-chat", Place: o.lab.SlackChannels()[0], Assign: "role:responder", BaseURL: c.doors.URL,
		Team: "T0LAB0000", Secret: api.Password{Secret: harrier.NewSecret(slackSecret)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []api.SetChannelPerson{{Account: ann, Me: true}, {Account: "U0NORA001", Address: "nora.lindqvist@corp.example"}} {
		if _, err := (megaphone{o.App}).SetChannelPerson(t.Context(), by, "soc", p); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// start starts a playbook.
func (c *chat) start(source string) harrier.RunID {
	c.t.Helper()
	run, err := runs{c.App}.StartRun(c.t.Context(), harrier.Operator(), api.StartRun{Source: source, Name: "p.playbook.yaml", Mode: harrier.Live})
	if err != nil {
		c.t.Fatal(err)
	}
	return run.ID
}

// posted waits for a message in a channel, or in somebody's direct messages, that holds a text.
func (c *chat) posted(place, holds string) string {
	c.t.Helper()
	ctx, cancel := context.WithTimeoutCause(c.t.Context(), 30*time.Second, errors.New("nothing was posted"))
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		for _, text := range c.lab.SlackPosts(place) {
			if strings.Contains(text, holds) {
				return text
			}
		}
		select {
		case <-ctx.Done():
			c.t.Fatalf("%v to %s: %q", context.Cause(ctx), place, c.lab.SlackPosts(place))
		case <-tick.C:
			c.channels.Posted()
		}
	}
}

// button is the last one with a label in a channel.
func (c *chat) button(label string) lab.SlackButton {
	c.t.Helper()
	var found lab.SlackButton
	for _, b := range c.lab.SlackButtons(c.channel.Place) {
		if b.Label == label {
			found = b
		}
	}
	if found.Value == "" {
		c.t.Fatalf("there is no button %s: %+v", label, c.lab.SlackButtons(c.channel.Place))
	}
	return found
}

// click presses a button as somebody; alter may change what is sent.
func (c *chat) click(b lab.SlackButton, user string, alter func(*lab.SlackClick)) (int, string) {
	c.t.Helper()
	k := lab.SlackClick{Button: b, User: user, Secret: slackSecret, URL: c.doors.URL + c.channel.Path, At: c.clock.now()}
	if alter != nil {
		alter(&k)
	}
	status, body, err := k.Press(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	return status, body
}

const blockInChat = `
harrier: 1
playbook: block-in-chat
title: Block one address
steps:
  - id: chosen
    set:
      ip: ${{ "203.0.113.50" }}
  - id: ok
    approve:
      title: Block ${{ steps.chosen.output.ip }}
      covers: [block]
      channel: chat
      expires: 4h
  - id: block
    uses: firewall.block_ip
    with:
      ip: ${{ steps.chosen.output.ip }}
`

// APR-02, APR-04: a run asks in Slack, somebody presses the button there, and
// the run goes on. What is forged, old, repeated, or pressed by nobody who is
// known here, does nothing.
func TestSlack_decidesByAPressedButton(t *testing.T) {
	t.Parallel()
	c := newChat(t)
	id := c.start(blockInChat)
	q := c.asked(id)
	text := c.posted(c.channel.Place, q.ID.String())
	for _, want := range []string{"Block 203.0.113.50", "1 × opnsense.block_ip at lab-firewall", "reversible by"} {
		if !strings.Contains(text, want) {
			t.Errorf("the message lacks %q: %s", want, text)
		}
	}
	if strings.Contains(text, "/l/") {
		t.Errorf("a message that several read holds a link: %s", text)
	}
	yes := c.button("Approve")
	for name, bad := range map[string]struct {
		user  string
		alter func(*lab.SlackClick)
		want  int
	}{
		"forged":                 {ann, func(k *lab.SlackClick) { k.Secret = "guess" }, http.StatusUnauthorized},
		"without a secret":       {ann, func(k *lab.SlackClick) { k.Secret = "" }, http.StatusUnauthorized},
		"old":                    {ann, func(k *lab.SlackClick) { k.At = k.At.Add(-6 * time.Minute) }, http.StatusUnauthorized},
		"from the future":        {ann, func(k *lab.SlackClick) { k.At = k.At.Add(6 * time.Minute) }, http.StatusUnauthorized},
		"another channel's":      {ann, func(k *lab.SlackClick) { k.URL += "x" }, http.StatusUnauthorized},
		"by nobody":              {"U0STRANGE", nil, http.StatusForbidden},
		"by somebody outside":    {"U0NORA001", nil, http.StatusOK}, // who is told that it was not done
		"of another question":    {ann, func(k *lab.SlackClick) { k.Button.Value = harrier.NewID[harrier.ApprovalID](k.At).String() + " x" }, http.StatusOK},
		"of another state of it": {ann, func(k *lab.SlackClick) { k.Button.Value = q.ID.String() + " sha256:0" }, http.StatusOK},
		"of a button of another": {ann, func(k *lab.SlackClick) { k.Button.ActionID = "other.approve" }, http.StatusBadRequest},
		"of what is no question": {ann, func(k *lab.SlackClick) { k.Button.Value = "x" }, http.StatusBadRequest},
	} {
		status, body := c.click(yes, bad.user, bad.alter)
		if status != bad.want || status == http.StatusOK && !strings.Contains(body, "This was not done") {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	if now, err := c.store.Approval(t.Context(), harrier.DefaultTenant, q.ID); err != nil || now.Status != harrier.ApprovalPending {
		t.Fatalf("what was refused decided: %+v, %v", now, err)
	}
	same := c.clock.now()
	at := func(k *lab.SlackClick) { k.At = same }
	if status, body := c.click(yes, ann, at); status != http.StatusOK || !strings.Contains(body, "It is approved.") {
		t.Fatalf("%d %s", status, body)
	}
	if run := c.until(id, ended); run.Status != harrier.RunSucceeded {
		t.Errorf("the run %s: %s", run.Status, run.Reason)
	}
	if got := c.lab.Blocked("harrier_blocked"); len(got) != 1 || got[0] != "203.0.113.50" {
		t.Errorf("blocked: %v", got)
	}
	if status, body := c.click(yes, ann, at); status != http.StatusConflict {
		t.Errorf("a replay: %d %s", status, body)
	}
	if status, body := c.click(yes, ann, func(k *lab.SlackClick) { k.At = same.Add(2 * time.Second) }); status != http.StatusOK || !strings.Contains(body, "approved by local-operator") {
		t.Errorf("a second click: %d %s", status, body)
	}
	if n := strings.Count(strings.Join(c.lab.SlackPosts(c.channel.Place), "\n"), q.ID.String()); n != 1 {
		t.Errorf("it was posted %d times", n)
	}
}

// APR-01, APR-02: who wants to see all of it gets a link of their own, where
// nobody else reads it, and decides on its page.
func TestSlack_showsAllOfItBehindOnesOwnLink(t *testing.T) {
	t.Parallel()
	c := newChat(t)
	id := c.start(blockInChat)
	q := c.asked(id)
	c.posted(c.channel.Place, q.ID.String())
	if status, body := c.click(c.button("Show me all of it"), ann, nil); status != http.StatusOK || !strings.Contains(body, "direct messages") {
		t.Fatalf("%d %s", status, body)
	}
	link := regexp.MustCompile(`http://\S+/l/\S+`).FindString(c.posted(ann, "/l/"))
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	_, page := c.browse(browser, link, nil)
	token := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(page)
	if token == nil || !strings.Contains(page, "opnsense.block_ip on 203.0.113.50") || !strings.Contains(page, "reversible by") {
		t.Fatalf("the page: %s", page)
	}
	if now, err := c.store.Approval(t.Context(), harrier.DefaultTenant, q.ID); err != nil || now.Status != harrier.ApprovalPending {
		t.Fatalf("to look at it decided: %+v, %v", now, err)
	}
	form := url.Values{"csrf": {token[1]}, "choice": {"approve"}, "f.comment": {"seen"}}
	if status, page := c.browse(browser, link, form); status != http.StatusOK || !strings.Contains(page, "It is approved.") {
		t.Fatalf("%d %s", status, page)
	}
	if run := c.until(id, ended); run.Status != harrier.RunSucceeded {
		t.Errorf("the run %s: %s", run.Status, run.Reason)
	}
	if status, page := c.browse(browser, link, form); status != http.StatusGone {
		t.Errorf("the link works twice: %d %s", status, page)
	}
}

// browse opens an address, or sends a form to it.
func (c *chat) browse(browser *http.Client, address string, form url.Values) (int, string) {
	c.t.Helper()
	method, body := http.MethodGet, strings.NewReader("")
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, address, body)
	if err != nil {
		c.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := browser.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text := new(strings.Builder)
	if err := resp.Write(text); err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, text.String()
}
