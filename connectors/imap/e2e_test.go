package imap_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/connectors/imap"
	"github.com/harrier-soar/harrier/connectors/imap/imaptest"
	"github.com/harrier-soar/harrier/internal/transport"
	"github.com/harrier-soar/harrier/schema"
)

// vault holds the credential of the master user.
type vault struct{}

func (vault) Reveal(_ context.Context, _ harrier.TenantID, _, field string) (harrier.Secret, error) {
	values := map[string]string{"username": imaptest.Master, "password": imaptest.Password}
	if v, ok := values[field]; ok {
		return harrier.NewSecret(v), nil
	}
	return harrier.Secret{}, harrier.Errorf(harrier.NotFound, "no %s", field)
}

// site is a mail system and the connector that works on it.
type site struct {
	t *testing.T
	*imaptest.Server
	conn      transport.Connection
	transport *transport.Transport
}

func newSite(t *testing.T, users ...string) *site {
	t.Helper()
	s := &site{t: t, Server: imaptest.Start(t, users...)}
	boxes := make([]any, len(users))
	for i, u := range users {
		boxes[i] = u
	}
	m := imap.New().Manifest()
	s.conn = transport.Connection{
		Name: "mail", Connector: "imap", BaseURL: "imap://" + s.IMAP, Auth: m.Auth, Limits: m.Limits, CA: s.CA,
		Settings: schema.Defaults(m.Settings, map[string]any{
			"base_url": "imap://" + s.IMAP, "mailboxes": boxes, "smtp_url": "smtp://" + s.SMTP, "send_from": users[0],
			"sieve_url": "sieve://" + s.Sieve, "sieve_account": imaptest.Policy,
		}),
		AllowHosts: []string{s.SMTP, s.Sieve}, AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	}
	s.transport = transport.New(transport.Config{Vault: vault{}})
	t.Cleanup(func() { _ = s.transport.Close() })
	return s
}

// try calls an action as the engine does, with input and output checked.
func (s *site) try(action string, in map[string]any) (map[string]any, *connector.Error) {
	s.t.Helper()
	c := imap.New()
	i := slices.IndexFunc(c.Manifest().Actions, func(a schema.ActionSpec) bool { return a.Name == "imap."+action })
	if i < 0 {
		s.t.Fatalf("there is no action %s", action)
	}
	spec := c.Manifest().Actions[i]
	checked, wrong := schema.CheckFields(schema.Defaults(spec.Input, in), spec.Input)
	if len(wrong) > 0 {
		s.t.Fatalf("%s: input %v: %v", action, in, wrong)
	}
	env := s.transport.Env(s.conn, transport.Call{Mode: harrier.Live, Action: spec.Name, Effect: spec.Effect, Timeout: max(time.Minute, spec.Timeout), Waits: spec.Waits})
	answer, err := c.Do(s.t.Context(), env, connector.Request{Action: action, Input: checked, Key: "key"})
	if err != nil {
		if strings.Contains(err.Error(), imaptest.Password) {
			s.t.Errorf("%s: the error shows the password: %v", action, err)
		}
		return nil, connector.AsError(err)
	}
	out, wrong := schema.CheckFields(answer.Output, spec.Output.Fields)
	if len(wrong) > 0 {
		s.t.Fatalf("%s: output %v: %v", action, answer.Output, wrong)
	}
	return out, nil
}

func (s *site) must(action string, in map[string]any) map[string]any {
	s.t.Helper()
	out, err := s.try(action, in)
	if err != nil {
		s.t.Fatalf("%s with %v: %v", action, in, err)
	}
	return out
}

// messages are those that a search found.
func (s *site) messages(query map[string]any) []map[string]any {
	s.t.Helper()
	var out []map[string]any
	for _, m := range s.must("search", query)["messages"].([]any) {
		out = append(out, m.(map[string]any))
	}
	return out
}

// mail is a plain mail.
func mail(from, id, subject, body string) []byte {
	return []byte(strings.ReplaceAll("From: Someone <"+from+">\nTo: undisclosed-recipients:;\nSubject: "+subject+"\nMessage-ID: "+id+
		"\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n"+body+"\n", "\n", "\r\n"))
}

// people are mailboxes.
func people(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("user%02d@%s", i, imaptest.Domain)
	}
	return out
}

const (
	phishID, similarID = "<pay-1@evil.example>", "<pay-10@evil.example>"
	evil               = "billing@evil.example"
	evilLink           = "https://login.evil.example/pay?id=7"
)

// spread delivers the phishing mail to 14 of 20 mailboxes and puts the copies
// where people leave mail, each with its own time.
func spread(s *site, users []string) []imaptest.Copy {
	s.Deliver(s.t, evil, users[:14], mail(evil, phishID, "Your invoice", "Pay here: "+evilLink))
	s.Deliver(s.t, evil, users[:3], mail(evil, similarID, "Your invoice 2", "Pay here: "+evilLink+"0"))
	s.Deliver(s.t, "friend@partner.example", users, mail("friend@partner.example", "<lunch@partner.example>", "Lunch", "At noon?"))
	folders := []string{"INBOX", "Junk", "Archive/2026", "INBOX"}
	for i, c := range s.Copies(s.t, phishID) {
		c.Folder, c.Seen, c.Received = folders[i%len(folders)], i%3 == 0, time.Date(2026, 3, 1+i, 8, 30, i, 0, time.UTC)
		s.Put(s.t, c)
	}
	return s.Copies(s.t, phishID)
}

// onDisk compares copies but for what a move may change.
func onDisk() cmp.Options {
	return cmp.Options{cmpopts.IgnoreUnexported(imaptest.Copy{}), cmpopts.IgnoreFields(imaptest.Copy{}, "Name"),
		cmpopts.SortSlices(func(a, b imaptest.Copy) bool { return a.Mailbox < b.Mailbox })}
}

func TestIMAP_takesFourteenCopiesAwayAndPutsThemBackAsTheyWere(t *testing.T) {
	t.Parallel()
	users := people(20)
	s := newSite(t, users...)
	before := spread(s, users)
	all := len(s.Copies(t, ""))
	others := append(s.Copies(t, similarID), s.Copies(t, "<lunch@partner.example>")...)

	found := s.messages(map[string]any{"message_id": phishID})
	if len(found) != 14 {
		t.Fatalf("found %d copies, want 14: %v", len(found), found)
	}
	for i, m := range found {
		if c := before[i]; m["mailbox"] != c.Mailbox || m["folder"] != c.Folder || m["read"] != c.Seen || m["received"] != c.Received.UTC().Format(time.RFC3339) || m["from"] != evil {
			t.Errorf("found %v, on disk %+v", m, c)
		}
	}
	undo := make([]map[string]any, len(found))
	for i, m := range found {
		out := s.must("quarantine", map[string]any{"mailbox": m["mailbox"], "message_id": m["id"]})
		if out["folder_before"] != before[i].Folder || out["read_before"] != before[i].Seen {
			t.Errorf("%v says it was in %v, read %v; it was %+v", m["mailbox"], out["folder_before"], out["read_before"], before[i])
		}
		undo[i] = map[string]any{"mailbox": m["mailbox"], "message_id": out["quarantined_id"], "folder": out["folder_before"]}
	}
	gone := slices.Clone(before)
	for i := range gone {
		gone[i].Folder = "Quarantine"
	}
	if diff := cmp.Diff(gone, s.Copies(t, phishID), onDisk()); diff != "" {
		t.Errorf("not all are in quarantine, or not as they were (-want +got):\n%s", diff)
	}
	if left := s.messages(map[string]any{"message_id": phishID}); len(left) != 0 {
		t.Errorf("the search still finds %v", left)
	}

	for _, in := range undo {
		s.must("restore", in)
	}
	if diff := cmp.Diff(before, s.Copies(t, phishID), onDisk()); diff != "" {
		t.Errorf("not restored as they were, or written anew (-before +after):\n%s", diff)
	}
	if got := len(s.Copies(t, "")); got != all {
		t.Errorf("there are %d mails, want %d as before", got, all)
	}
	if diff := cmp.Diff(others, append(s.Copies(t, similarID), s.Copies(t, "<lunch@partner.example>")...), onDisk(), cmpopts.IgnoreFields(imaptest.Copy{}, "Seen")); diff != "" {
		t.Errorf("other mail was touched (-before +after):\n%s", diff)
	}
}

func TestIMAP_findsByWhatIsInside(t *testing.T) {
	t.Parallel()
	users := people(20)
	s := newSite(t, users...)
	spread(s, users)
	for name, tc := range map[string]struct {
		query map[string]any
		want  int
	}{
		"an id without brackets":            {map[string]any{"message_id": "pay-1@evil.example"}, 14},
		"a subject, not one that begins so": {map[string]any{"subject": "Your invoice"}, 14},
		"a sender":                          {map[string]any{"sender": evil}, 17},
		"a part of a sender's name":         {map[string]any{"sender": "ing@evil.example"}, 0},
		"a link, not one that begins so":    {map[string]any{"sender": evil, "links": []any{evilLink}}, 14},
		"a link whose host is shouted":      {map[string]any{"links": []any{"HTTPS://LOGIN.evil.example/pay?id=7"}}, 14},
		"a link in other case":              {map[string]any{"links": []any{"https://login.evil.example/PAY?id=7"}}, 0},
		"some mailboxes":                    {map[string]any{"message_id": phishID, "mailboxes": []any{users[0], users[19]}}, 1},
		"since a second":                    {map[string]any{"message_id": phishID, "since": "2026-03-10T08:30:09Z"}, 5},
		"until a second":                    {map[string]any{"message_id": phishID, "until": "2026-03-10T08:30:09Z"}, 9},
		"quotes and wildcards":              {map[string]any{"message_id": `*" OR ALL "%{3}`}, 0},
		"letters beyond ASCII":              {map[string]any{"subject": "Überweisung"}, 0},
	} {
		if got := s.messages(tc.query); len(got) != tc.want {
			t.Errorf("%s: found %d, want %d: %v", name, len(got), tc.want, got)
		}
	}
	if _, err := s.try("search", map[string]any{}); err == nil || err.Class != connector.Invalid {
		t.Errorf("a search for everything gives %v, want invalid", err)
	}
	if _, err := s.try("search", map[string]any{"message_id": "a\r\nX LOGOUT"}); err == nil || err.Class != connector.Invalid {
		t.Errorf("a search with a line break gives %v, want invalid", err)
	}
	m := s.messages(map[string]any{"message_id": phishID, "mailboxes": []any{users[1]}})[0]
	got := s.must("get", map[string]any{"mailbox": users[1], "message_id": m["id"]})
	raw, err := base64.StdEncoding.DecodeString(got["raw"].(string))
	if err != nil || !strings.Contains(string(raw), evilLink) {
		t.Errorf("mail.get gives %q, %v", raw, err)
	}
	if c := s.Copies(t, phishID)[1]; c.Seen {
		t.Error("reading a mail marked it as read")
	}
	count := s.must("correspondence", map[string]any{"with": "evil.example"})
	if count["received"] != int64(2) || count["sent"] != int64(0) {
		t.Errorf("correspondence is %v, want 2 received and none sent", count)
	}
}

func TestIMAP_blocksSendersAtDelivery(t *testing.T) {
	t.Parallel()
	users := people(3)
	s := newSite(t, users...)
	folderOf := func(id, from string) string {
		t.Helper()
		s.Deliver(t, from, users[:1], mail(from, id, "Hello", "Hello"))
		return s.Copies(t, id)[0].Folder
	}
	if got := folderOf("<1@x>", evil); got != "INBOX" {
		t.Fatalf("before the block mail goes to %s", got)
	}
	block := s.must("block_sender", map[string]any{"sender": "evil.example", "comment": "case 7\r\n*/ discard;"})
	again := s.must("block_sender", map[string]any{"sender": "Evil.example"})
	if block["blocked"] != true || again["already"] != true || again["entry_id"] != "none" {
		t.Errorf("blocking gives %v, and again %v", block, again)
	}
	for id, tc := range map[string][2]string{
		"<2@x>": {evil, "Quarantine"}, "<3@x>": {"a@mail.EVIL.example", "Quarantine"}, "<4@x>": {"a@notevil.example", "INBOX"},
	} {
		if got := folderOf(id, tc[0]); got != tc[1] {
			t.Errorf("mail of %s goes to %s, want %s", tc[0], got, tc[1])
		}
	}
	s.must("unblock_sender", map[string]any{"sender": "evil.example", "entry_id": again["entry_id"]})
	if got := s.must("find_sender", map[string]any{"sender": "evil.example"}); got["blocked"] != true {
		t.Error("undoing a block that added nothing removed one")
	}
	if got := s.must("unblock_sender", map[string]any{"sender": "evil.example", "entry_id": block["entry_id"]}); got["blocked"] != false {
		t.Errorf("unblocking gives %v", got)
	}
	if got := folderOf("<5@x>", evil); got != "INBOX" {
		t.Errorf("after the block was taken back, mail goes to %s", got)
	}
}

func TestIMAP_sendsMailThatNoMachineAnswers(t *testing.T) {
	t.Parallel()
	users := people(2)
	s := newSite(t, users...)
	out := s.must("send", map[string]any{"to": []any{users[1]}, "subject": "Grüße\r\nBcc: x@evil.example", "body": "Line\n.\nÜ ends"})
	id := out["message_id"].(string)
	s.Await(t, "the mail is there", func() bool { return len(s.Copies(t, id)) == 1 })
	m := s.messages(map[string]any{"message_id": id})[0]
	raw, _ := base64.StdEncoding.DecodeString(s.must("get", map[string]any{"mailbox": users[1], "message_id": m["id"]})["raw"].(string))
	text := string(raw)
	if !strings.Contains(text, "\r\nAuto-Submitted: auto-generated\r\n") || strings.Contains(text, "\r\nBcc:") || !strings.Contains(text, "\r\n.\r\n=C3=9C ends") {
		t.Errorf("the mail is:\n%s", text)
	}
	if m["subject"] != "Grüße  Bcc: x@evil.example" || m["from"] != users[0] {
		t.Errorf("subject %q, from %q", m["subject"], m["from"])
	}
	if _, err := s.try("send", map[string]any{"to": []any{"nobody@elsewhere.example"}, "subject": "x", "body": "x"}); err != nil && err.Class == connector.Unknown {
		t.Errorf("a refused recipient leaves it open: %v", err)
	}
}
