package connectors_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/lab"
)

// gmailCopy names the copy of the reported mail in a mailbox, by its id at Gmail.
func (s *site) gmailCopy(mailbox string) map[string]any {
	s.t.Helper()
	found := s.must("gmail.search", map[string]any{"message_id": reportedID, "mailboxes": []any{mailbox}}, "")["messages"].([]any)
	if len(found) != 1 {
		s.t.Fatalf("%s has %d copies, want 1", mailbox, len(found))
	}
	return map[string]any{"mailbox": mailbox, "message_id": found[0].(map[string]any)["id"]}
}

// gmailInputs are arguments for what is about mailboxes at Gmail.
func (p *prepared) gmailInputs() map[string]map[string]any {
	p.t.Helper()
	restorable, copied := p.gmailCopy(bob), p.gmailCopy(alice)
	restorable["folder"] = "CATEGORY_PERSONAL,INBOX"
	return map[string]map[string]any{
		"check": {}, "list_mailboxes": {}, "search": {"message_id": reportedID}, "get": copied, "locate": copied,
		"quarantine": copied, "restore": restorable, "rules": {"mailbox": bob},
		"send":              {"to": []any{alice}, "subject": "Your report", "body": "Thank you."},
		"find_filter":       {"mailbox": bob, "sender": "old@evil.example"},
		"block_sender_in":   {"mailbox": alice, "sender": "someone@evil.example"},
		"unblock_sender_in": {"mailbox": bob, "entry_id": p.entry, "sender": "old@evil.example"},
	}
}

func TestGmail_searchFindsEveryCopyWhereverItLies(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	count := func(in map[string]any) int {
		return len(s.must("gmail.search", in, "")["messages"].([]any))
	}
	for name, c := range map[string]struct {
		input map[string]any
		want  int
	}{
		"by message id":                  {map[string]any{"message_id": reportedID}, 4},
		"by message id without brackets": {map[string]any{"message_id": strings.Trim(reportedID, "<>")}, 4},
		"in one mailbox":                 {map[string]any{"message_id": reportedID, "mailboxes": []any{bob}}, 1},
		"by message id and sender":       {map[string]any{"message_id": reportedID, "sender": "billing@mailer.evil.example"}, 4},
		"since later":                    {map[string]any{"message_id": reportedID, "since": "2100-01-01T00:00:00Z"}, 0},
		"until earlier":                  {map[string]any{"message_id": reportedID, "until": "2001-01-01T00:00:00Z"}, 0},
		"a query in it stays text":       {map[string]any{"message_id": "x OR in:anywhere"}, 0},
	} {
		if got := count(c.input); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
	}
	if _, err := s.do("gmail.search", map[string]any{}, ""); err == nil || err.Class != connector.Invalid {
		t.Errorf("a search for everything: got %v, want invalid", err)
	}
}

func TestGmail_readsAMailWhole(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	out := s.must("gmail.get", s.gmailCopy(alice), "")
	raw, err := base64.StdEncoding.DecodeString(out["raw"].(string))
	if err != nil || !strings.Contains(string(raw), "Message-ID: "+reportedID) {
		t.Errorf("raw: got %q, %v", raw, err)
	}
	if out["subject"] != "It's your invoice" || out["from"] != "billing@mailer.evil.example" || out["internet_message_id"] != reportedID || out["received"] == nil {
		t.Errorf("got %v", out)
	}
}

// What is restored has exactly the labels that it had, the mark unread and those
// of its owner's making among them.
func TestGmail_quarantineIsUndoneExactly(t *testing.T) {
	t.Parallel()
	for _, mailbox := range []string{alice, bob, carol, dave} { // one is read, one in the spam folder
		s := newSite(t)
		input := s.gmailCopy(mailbox)
		own := map[string]any{"mailbox": mailbox, "message_id": input["message_id"], "folder": "INBOX,IMPORTANT,Label_7,UNREAD"}
		if mailbox == alice {
			s.must("gmail.restore", own, "k")
		}
		before := s.must("gmail.locate", input, "")
		out := s.must("gmail.quarantine", input, "k")
		if !s.probe("gmail.quarantine", input, "k") || out["folder_before"] != before["folder"] || out["read_before"] != before["read"] {
			t.Errorf("%s: got %v, and it was %v", mailbox, out, before)
		}
		if again := s.must("gmail.search", map[string]any{"message_id": reportedID, "mailboxes": []any{mailbox}}, "")["messages"].([]any); len(again) != 1 {
			t.Errorf("%s: a copy in the trash is not found", mailbox)
		}
		s.undo("gmail.quarantine", input, out)
		if after := s.must("gmail.locate", input, ""); !cmp.Equal(after, before) {
			t.Errorf("%s: got back %v, want %v", mailbox, after, before)
		}
		s.undo("gmail.quarantine", input, out) // nothing is left to change
	}
}

func TestGmail_restoreMarksAsItIsTold(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	input := s.gmailCopy(alice)
	s.must("gmail.quarantine", input, "k")
	for _, read := range []bool{true, false} {
		s.must("gmail.restore", map[string]any{"mailbox": alice, "message_id": input["message_id"], "folder": "INBOX,UNREAD", "read": read}, "k")
		if got := s.must("gmail.locate", input, ""); got["read"] != read || got["quarantined"] != false {
			t.Errorf("read %v: got %v", read, got)
		}
	}
}

func TestGmail_anUnknownQuarantineIsSettledByItsProbe(t *testing.T) {
	t.Parallel()
	for kind, happened := range map[lab.Kind]bool{lab.ExecutedThenReset: true, lab.ExecutedThenError: true, lab.Drift: true, lab.ResetBefore: false, lab.Empty: false} {
		s := newSite(t)
		input := s.gmailCopy(alice)
		s.distrust("gmail", lab.Rule{Kind: kind, Path: "/trash", From: "id", To: "ident"})
		if out, err := s.do("gmail.quarantine", input, "k"); err == nil || err.Class != connector.Unknown {
			t.Fatalf("%s: got %v, %v; want unknown", kind, out, err)
		}
		if got := s.probe("gmail.quarantine", input, "k"); got != happened {
			t.Errorf("%s: the probe says %v, the world %v", kind, got, happened)
		}
	}
}

func TestGmail_blocksASenderInOneMailboxOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	input := map[string]any{"mailbox": alice, "sender": "billing@mailer.evil.example"}
	out := s.must("gmail.block_sender_in", input, "k")
	again := s.must("gmail.block_sender_in", input, "l")
	if out["blocked"] != true || again["already"] != true || again["entry_id"] != out["entry_id"] {
		t.Errorf("got %v, then %v", out, again)
	}
	rules := s.must("gmail.rules", map[string]any{"mailbox": alice}, "")["rules"].([]any)
	if len(rules) != 1 || rules[0].(map[string]any)["deletes"] != true || rules[0].(map[string]any)["name"] != "billing@mailer.evil.example" {
		t.Errorf("rules: got %v", rules)
	}
	s.undo("gmail.block_sender_in", input, out)
	if s.probe("gmail.block_sender_in", input, "k") {
		t.Error("it is still blocked")
	}
	if got := s.must("gmail.unblock_sender_in", map[string]any{"mailbox": alice, "entry_id": out["entry_id"]}, "k"); got["blocked"] != false {
		t.Errorf("twice: got %v", got)
	}
}

func TestGmail_sendsMailToThoseItIsFor(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.must("gmail.send", map[string]any{
		"to": []any{alice}, "cc": []any{bob}, "subject": "Grüße\r\nBcc: eve@evil.example", "body": "Thank you.\n.\n", "reply_to": "soc@corp.example",
	}, "k1")
	for _, e := range s.Effects() {
		if e.Action == "mail.send" && (e.Key != "k1" || e.Target != alice+","+bob) {
			t.Errorf("sent as %+v", e)
		}
	}
	if n := s.counted("mail.send", ""); n != 1 {
		t.Errorf("sent %d times", n)
	}
}

func TestGmail_refusalsHaveTheirClass(t *testing.T) {
	t.Parallel()
	for kind, class := range map[lab.Kind]connector.Class{
		lab.Unauthorized: connector.Denied, lab.Forbidden: connector.Denied, lab.Limited: connector.Limited, lab.Failing: connector.Unavailable,
	} {
		s := newSite(t)
		input := s.gmailCopy(alice)
		s.distrust("gmail", lab.Rule{Kind: kind, Count: -1})
		if _, err := s.do("gmail.get", input, ""); err == nil || err.Class != class {
			t.Errorf("%s: got %v, want %s", kind, err, class)
		}
	}
	s := newSite(t)
	if _, err := s.do("gmail.get", map[string]any{"mailbox": alice, "message_id": "18c2f0a1b2c3d4e5"}, ""); err == nil || err.Class != connector.NotFound {
		t.Errorf("another mail: got %v, want not_found", err)
	}
}
