package connectors_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/lab"
)

// copies returns the messages that a search finds.
func copies(t *testing.T, s *site, input map[string]any) []map[string]any {
	t.Helper()
	var out []map[string]any
	for _, m := range s.must("msgraph.search", input, "")["messages"].([]any) {
		out = append(out, m.(map[string]any))
	}
	return out
}

func TestGraph_searchFindsEveryCopyAndNothingElse(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for name, c := range map[string]struct {
		input map[string]any
		want  int
	}{
		"by message id":                      {map[string]any{"message_id": reportedID}, 4},
		"by message id without brackets":     {map[string]any{"message_id": "CAF-7731@mailer.evil.example"}, 4},
		"by sender, with what only looks so": {map[string]any{"sender": "billing@mailer.evil.example"}, 4 + 6},
		"by subject with a quote":            {map[string]any{"subject": "It's your invoice"}, 4 + 6},
		"by sender and subject":              {map[string]any{"sender": "billing@mailer.evil.example", "subject": "It's your invoice"}, 4},
		"in one mailbox":                     {map[string]any{"message_id": reportedID, "mailboxes": []any{"bob.archer@corp.example"}}, 1},
		"since later":                        {map[string]any{"message_id": reportedID, "since": "2100-01-01T00:00:00Z"}, 0},
		"until earlier":                      {map[string]any{"message_id": reportedID, "until": "2001-01-01T00:00:00Z"}, 0},
		"a query in the subject stays text":  {map[string]any{"subject": "x' or isRead eq true or subject eq 'x"}, 0},
	} {
		if got := copies(t, s, c.input); len(got) != c.want {
			t.Errorf("%s: got %d messages, want %d: %v", name, len(got), c.want, got)
		}
	}
	if _, err := s.do("msgraph.search", map[string]any{}, ""); err == nil || err.Class != connector.Invalid {
		t.Errorf("a search for everything: got %v, want invalid", err)
	}
	one := copies(t, s, map[string]any{"message_id": reportedID, "mailboxes": []any{"alice.archer@corp.example"}})[0]
	whole := s.must("msgraph.get", map[string]any{"mailbox": one["mailbox"], "message_id": one["id"]}, "")
	if whole["subject"] != "It's your invoice" || whole["folder"] != one["folder"] || len(whole["to"].([]any)) != 1 {
		t.Errorf("get: got %v", whole)
	}
}

func TestGraph_searchPassesOverPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if err := s.Seed(lab.Scenario{Mailboxes: 1100, Ordinary: -1, Reported: &lab.Reported{MessageID: reportedID, From: "a@evil.example", Copies: 3}}); err != nil {
		t.Fatal(err)
	}
	out := s.must("msgraph.list_mailboxes", nil, "")
	if n := len(out["mailboxes"].([]any)); n != 1101 || out["truncated"] != false {
		t.Errorf("got %d mailboxes, truncated %v, want 1101", n, out["truncated"])
	}
	if err := s.Seed(lab.Scenario{Mailboxes: 1, Ordinary: 350, Reported: &lab.Reported{MessageID: reportedID, From: "a@evil.example", Subject: "s", Copies: 1}}); err != nil {
		t.Fatal(err)
	}
	if n := len(copies(t, s, map[string]any{"since": "2000-01-01T00:00:00Z"})); n != 351 {
		t.Errorf("got %d messages over four pages, want 351", n)
	}
}

func TestGraph_quarantineAndItsUndoLeaveEverythingAsItWas(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	before := s.Mail("")
	for _, m := range copies(t, s, map[string]any{"message_id": reportedID}) {
		input := map[string]any{"mailbox": m["mailbox"], "message_id": m["id"]}
		if s.probe("msgraph.quarantine", input, "k") {
			t.Errorf("%v is quarantined before anything was done", m["mailbox"])
		}
		out := s.must("msgraph.quarantine", input, "k")
		if out["folder_before"] != m["folder"] || out["read_before"] != m["read"] || out["quarantined_id"] != m["id"] {
			t.Errorf("the output does not hold what restoring needs: got %v of %v", out, m)
		}
		if !s.probe("msgraph.quarantine", input, "k") {
			t.Errorf("%v is not quarantined after it was", m["mailbox"])
		}
	}
	for _, m := range s.Mail(reportedID) {
		if m.Folder != "recoverableitemsdeletions" {
			t.Errorf("the copy of %s is in %s", m.Mailbox, m.Folder)
		}
	}
	if left := copies(t, s, map[string]any{"message_id": reportedID}); len(left) != 0 {
		t.Errorf("a search still finds %v", left)
	}
	undoAll(t, s, before)
	if diff := cmp.Diff(before, s.Mail("")); diff != "" {
		t.Errorf("the undo left another world (-before +after):\n%s", diff)
	}
}

// undoAll undoes the quarantine of every copy, by what was known before it.
func undoAll(t *testing.T, s *site, before []lab.Mail) {
	t.Helper()
	for _, m := range before {
		if m.MessageID != reportedID {
			continue
		}
		input := map[string]any{"mailbox": m.Mailbox, "message_id": m.ID}
		out := s.undo("msgraph.quarantine", input, map[string]any{"quarantined_id": m.ID, "folder_before": m.Folder})
		if out["message_id"] != m.ID {
			t.Errorf("restored as %v, want %s", out["message_id"], m.ID)
		}
		if !s.probe("msgraph.restore", input, "k") {
			t.Errorf("the probe does not see that %s was restored", m.Mailbox)
		}
	}
}

func TestGraph_anUnknownQuarantineIsSettledByItsProbe(t *testing.T) {
	t.Parallel()
	for kind, happened := range map[lab.Kind]bool{
		lab.ExecutedThenReset: true, lab.ExecutedThenError: true, lab.Truncated: true, lab.ResetBefore: false, lab.Failing: false, lab.Empty: false,
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.distrust("msgraph", lab.Rule{Kind: kind, Method: "POST", Path: "/move$"})
			m := copies(t, s, map[string]any{"message_id": reportedID})[0]
			input := map[string]any{"mailbox": m["mailbox"], "message_id": m["id"]}
			if out, err := s.do("msgraph.quarantine", input, "k"); err == nil || err.Class != connector.Unknown {
				t.Fatalf("got %v, %v; want unknown", out, err)
			}
			if got := s.probe("msgraph.quarantine", input, "k"); got != happened {
				t.Errorf("the probe says %v, the world %v", got, happened)
			}
			if !happened {
				s.must("msgraph.quarantine", input, "k")
			}
			if n := s.counted("message.move", m["mailbox"].(string)); n != 1 {
				t.Errorf("the copy was moved %d times, want once", n)
			}
		})
	}
}

func TestGraph_readsThatFailAreAvailableAgainLater(t *testing.T) {
	t.Parallel()
	for kind, class := range map[lab.Kind]connector.Class{
		lab.Unauthorized: connector.Denied, lab.Forbidden: connector.Denied, lab.Limited: connector.Limited, lab.Failing: connector.Unavailable,
		lab.Unavailable: connector.Unavailable, lab.ResetBefore: connector.Unavailable, lab.Drift: connector.Drift, lab.Empty: connector.Drift,
	} {
		s := newSite(t)
		s.distrust("msgraph", lab.Rule{Kind: kind, Path: "/messages", RetryAfter: 7e9, From: "value", To: "values"})
		_, err := s.do("msgraph.search", map[string]any{"message_id": reportedID, "mailboxes": []any{"bob.archer@corp.example"}}, "")
		if err == nil || err.Class != class {
			t.Errorf("%s: got %v, want %s", kind, err, class)
			continue
		}
		if kind == lab.Limited && err.After != 7e9 {
			t.Errorf("Retry-After: got %v, want 7s", err.After)
		}
	}
}

func TestGraph_saysWhatDoesNotExist(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	missing := map[string]any{"mailbox": "alice.archer@corp.example", "message_id": "AAkALg=="}
	for _, action := range []string{"msgraph.get", "msgraph.quarantine", "msgraph.restore"} {
		if _, err := s.do(action, missing, "k"); err == nil || err.Class != connector.NotFound {
			t.Errorf("%s: got %v, want not_found", action, err)
		}
	}
	if got := s.must("msgraph.locate", missing, ""); got["exists"] != false || got["quarantined"] != false {
		t.Errorf("locate: got %v", got)
	}
	if _, err := s.do("msgraph.search", map[string]any{"message_id": reportedID, "mailboxes": []any{"nobody@corp.example"}}, ""); err == nil || err.Class != connector.NotFound {
		t.Errorf("search in a mailbox that does not exist: got %v, want not_found", err)
	}
}

func TestGraph_sendsMail(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	out := s.must("msgraph.send", map[string]any{
		"to": []any{"alice.archer@corp.example"}, "cc": []any{"bob.archer@corp.example"}, "subject": "Your report", "body": "Thank you.", "reply_to": "soc@corp.example",
	}, "k1")
	if out["accepted"] != true {
		t.Errorf("got %v", out)
	}
	for _, e := range s.Effects() {
		if e.Action == "mail.send" && (e.Key != "k1" || e.Target != "alice.archer@corp.example,bob.archer@corp.example") {
			t.Errorf("sent as %+v", e)
		}
	}
	if n := s.counted("mail.send", ""); n != 1 {
		t.Errorf("sent %d times", n)
	}
}
