package app

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
)

const askOutside = `
harrier: 1
playbook: ask-outside
title: Ask whether it was them
inputs:
  user: {type: string, required: true}
steps:
  - id: answer
    ask:
      title: Did you log in from Lagos?
      to: ${{ inputs.user }}
      not_over: [mail]
      expires: 4h
      escalate: {after: 1h, to: role:analyst}
      form:
        mine: {type: boolean, required: true, help: Whether it was you.}
outputs:
  answered: ${{ steps.answer.output.answered }}
  mine: ${{ steps.answer.output.?mine.orValue(false) }}
`

// A person outside the team is asked over a channel that the suspected one
// cannot read, with a link of their own, and their answer moves the run.
func TestAsk_reachesAPersonOutsideOverAnotherChannel(t *testing.T) {
	t.Parallel()
	c := newChat(t)
	const nora = "nora.lindqvist@corp.example"
	if _, err := (megaphone{c.App}).SetChannel(t.Context(), harrier.Operator(), api.SetChannel{Name: "post", Kind: "mail", Connection: "lab-mail", BaseURL: c.doors.URL}); err != nil {
		t.Fatal(err)
	}
	if _, err := (megaphone{c.App}).SetChannelPerson(t.Context(), harrier.Operator(), "post", api.SetChannelPerson{Account: nora, Address: nora}); err != nil {
		t.Fatal(err)
	}
	run, err := runs{c.App}.StartRun(t.Context(), harrier.Operator(), api.StartRun{
		Source: askOutside, Name: "a.playbook.yaml", Mode: harrier.Live, Inputs: map[string]any{"user": nora},
	})
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`http://\S+/l/\S+`).FindString(c.posted("U0NORA001", "Did you log in from Lagos?"))
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	_, page := c.browse(browser, link, nil)
	token := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(page)
	if token == nil {
		t.Fatalf("the page: %s", page)
	}
	if status, page := c.browse(browser, link, url.Values{"csrf": {token[1]}, "choice": {"answer"}, "f.mine": {"false"}}); status != http.StatusOK {
		t.Fatalf("%d %s", status, page)
	}
	got := c.until(run.ID, ended)
	if !strings.Contains(string(got.Outputs), `"answered":true`) || !strings.Contains(string(got.Outputs), `"mine":false`) {
		t.Errorf("outputs %s", got.Outputs)
	}
	for _, e := range c.lab.Effects() {
		if e.Action == "mail.send" {
			t.Errorf("a mail was sent: %+v", e)
		}
	}
}

// APR-06: where nothing reaches the person, those who are asked too are asked at once.
func TestAsk_asksOthersAtOnceWhereNothingReachesThePerson(t *testing.T) {
	t.Parallel()
	c := newChat(t)
	run, err := runs{c.App}.StartRun(t.Context(), harrier.Operator(), api.StartRun{
		Source: askOutside, Name: "a.playbook.yaml", Mode: harrier.Live, Inputs: map[string]any{"user": "somebody.else@corp.example"},
	})
	if err != nil {
		t.Fatal(err)
	}
	q := c.asked(run.ID)
	if err := c.channels.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.approvals.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	now, err := c.store.Approval(t.Context(), harrier.DefaultTenant, q.ID)
	if err != nil || len(now.Also) != 1 || now.Also[0] != "role:analyst" {
		t.Errorf("asked too: %v, %v", now.Also, err)
	}
}
