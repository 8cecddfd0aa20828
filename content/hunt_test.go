package content_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

// inMailboxes answers the searches of a hunt as a mail system that can search
// by everything: each is given the mailboxes that it finds.
func inMailboxes(byStep map[string][]string) answerer {
	return func(c step.Call) (map[string]any, *step.Failure, bool) {
		found, ok := byStep[c.Path]
		if !ok {
			return nil, nil, false
		}
		messages := []any{}
		for _, mailbox := range found {
			messages = append(messages, map[string]any{"mailbox": mailbox, "id": "m"})
		}
		return map[string]any{"messages": messages, "truncated": false}, nil, true
	}
}

func TestMailHunt_opensEachMailOnceAndSaysWhatItWasFoundBy(t *testing.T) {
	t.Parallel()
	searches := inMailboxes(map[string][]string{
		"by_id": {"kim@corp.example"}, "by_look": {"kim@corp.example", "lee@corp.example"},
		"by_links": {"kim@corp.example", "lee@corp.example", "olu@corp.example"},
		"by_files": {"lee@corp.example", "olu@corp.example", "pat@corp.example"},
	})
	b := drive(t, run{
		plan: shipped(t, "mail-hunt"),
		inputs: map[string]any{
			"evidence": harrier.DeriveID[harrier.EvidenceID]("mail").String(), "malicious_links": []any{"https://login.evil.example/session"},
		},
		answers: func(c step.Call) (map[string]any, *step.Failure, bool) {
			if c.Path != "mail" {
				return searches(c)
			}
			out := clone(t, c.Spec.Example)
			out["attachments"] = []any{attached(t)}
			return out, nil, true
		},
	})
	type found struct{ Box, By string }
	var compared struct {
		Candidates []struct {
			Message struct {
				Mailbox string `json:"mailbox"`
			} `json:"message"`
			FoundBy string         `json:"found_by"`
			Mail    map[string]any `json:"mail"`
		} `json:"candidates"`
	}
	opened := 0
	for _, c := range b.reads {
		switch {
		case strings.HasSuffix(c.Path, "/got"):
			opened++
		case c.Path == "label":
			text, err := json.Marshal(c.With)
			if err == nil {
				err = json.Unmarshal(text, &compared)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	var got []found
	for _, c := range compared.Candidates {
		got = append(got, found{c.Message.Mailbox, c.FoundBy})
	}
	want := []found{
		{"kim@corp.example", "message_id"}, {"lee@corp.example", "sender"}, {"olu@corp.example", "link"}, {"pat@corp.example", "attachment"},
	}
	if diff := cmp.Diff(want, got); diff != "" || opened != 3 || len(b.effects) > 0 {
		t.Errorf("%d mails were opened, want 3; effects %v; compared (-want +got):\n%s", opened, b.effects, diff)
	}
}

// attached is a file as email.parse gives it.
func attached(t *testing.T) map[string]any {
	t.Helper()
	const text = `{"active": [], "declared_type": "application/octet-stream", "encrypted": false, "inline": false, "kind": "text", "links": [],
	"macros": "no", "md5": "098f6bcd4621d373cade4e832627b4f6", "members": [], "name": "invoice.bin", "qr": [],
	"sha1": "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3", "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
	"size": 4, "type": "text/plain", "where": "2"}`
	var out map[string]any
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}
