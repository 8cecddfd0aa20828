package app

import (
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/approval"
)

// mailed waits for the subject of the question that a mailbox got.
func (o *office) mailed(mailbox string) (subject string) {
	o.t.Helper()
	poll(o.t, func() bool {
		o.channels.Posted()
		for _, m := range o.lab.Mail("") {
			if m.Mailbox == mailbox && strings.Contains(m.Subject, "[hr:") {
				subject = m.Subject
				return true
			}
		}
		return false
	})
	return subject
}

// APR-02: an answer by mail is kept beside the question and decides nothing; it
// counts only from the mailbox of whoever was asked, once, and never what a
// machine wrote. Any other mail is a report like all.
func TestReplies_areCommentsOfThoseWhoWereAsked(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Options{})
	o.connect(nil)
	by, ctx := harrier.Operator(), t.Context()
	box := o.lab.Mailboxes()[0]
	if _, err := (megaphone{o.App}).SetChannel(ctx, by, api.SetChannel{Name: "post", Kind: "mail", Connection: "lab-mail", BaseURL: "https://soar.example"}); err != nil {
		t.Fatal(err)
	}
	if _, err := (megaphone{o.App}).SetChannelPerson(ctx, by, "post", api.SetChannelPerson{Account: box, Me: true}); err != nil {
		t.Fatal(err)
	}
	run, err := runs{o.App}.StartRun(ctx, by, api.StartRun{Source: strings.Replace(blockInChat, "channel: chat", "channel: mail", 1), Name: "p.playbook.yaml", Mode: harrier.Live})
	if err != nil {
		t.Fatal(err)
	}
	q, subject := o.asked(run.ID), o.mailed(box)
	answer := func(from, more, text string) []byte {
		return []byte("From: " + from + "\r\nTo: soc@corp.example\r\nSubject: Re: " + subject + "\r\n" + more +
			"Message-ID: <1@corp.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text + "\r\n\r\nOn Monday Harrier wrote:\r\n> Block 203.0.113.50\r\n")
	}
	for _, c := range []struct {
		about string
		raw   []byte
		taken bool
	}{
		{"of somebody else", answer("mallory@evil.example", "", "approve"), false},
		{"of a machine", answer(box, "Auto-Submitted: auto-replied\r\n", "I am away."), true},
		{"of whoever was asked", answer(box, "", "approve, it is the scanner of the fair"), true},
		{"the same again", answer(box, "", "approve, it is the scanner of the fair"), true},
		{"whose sender is forged", answer(box, "Authentication-Results: mx.example; dmarc=fail header.from=corp.example\r\n", "approve"), false},
		{"no answer at all", []byte("From: " + box + "\r\nSubject: Re: Block it\r\n\r\nx\r\n"), false},
	} {
		if taken, err := (asker{o.App}).replied(ctx, harrier.DefaultTenant, c.raw); err != nil || taken != c.taken {
			t.Errorf("%s: taken %t, %v; want %t", c.about, taken, err, c.taken)
		}
	}
	v, err := o.approvals.Show(ctx, by, q.ID)
	if err != nil || v.Approval.Status != harrier.ApprovalPending || len(v.Votes) != 0 {
		t.Fatalf("the question is %+v, %v", v.Approval, err)
	}
	if len(v.Comments) != 1 || v.Comments[0].Text != "approve, it is the scanner of the fair" || v.Comments[0].Via != "mail, sender not proven" {
		t.Errorf("said: %+v", v.Comments)
	}
}

// A question about an account is neither asked nor answered by the mailbox of
// that account, which somebody else may have.
func TestReplies_areNotOfTheSuspectedMailbox(t *testing.T) {
	t.Parallel()
	const box = "Nora.Lindqvist@corp.example"
	about := approval.View{Effects: []approval.Effect{{Target: "203.0.113.7", Args: map[string]any{"user": "nora.lindqvist@corp.example"}}}}
	other := approval.View{Effects: []approval.Effect{{Target: "bob@corp.example"}}}
	if !approval.Suspects(about, box) || approval.Suspects(other, box) {
		t.Error("the wrong mailbox is suspected")
	}
}
