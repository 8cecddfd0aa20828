package connectors_test

import (
	"strings"
	"testing"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/lab"
)

// ticketInputs are arguments for what is about tickets, of which there is one.
func (p *prepared) ticketInputs() map[string]map[string]any {
	one := map[string]any{"ticket_id": "SEC-1"}
	return map[string]map[string]any{
		"check": {}, "find": {"label": "harrier-before"}, "get": one, "comments": one,
		"create":     {"title": "Phishing mail", "description": "Reported by two.\nSee the case.", "assignee": alice, "priority": "high"},
		"update":     {"ticket_id": "SEC-1", "title": "Phishing mail, contained", "assignee": bob},
		"comment":    {"ticket_id": "SEC-1", "text": "Contained."},
		"transition": {"ticket_id": "SEC-1", "status": "In Progress"},
	}
}

func TestJira_aTicketIsOpenedChangedAndClosed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	out := s.must("jira.create", map[string]any{"title": "Phishing mail", "description": "One.\nTwo.", "assignee": alice, "priority": "critical"}, "k1")
	one := map[string]any{"ticket_id": out["ticket_id"]}
	if got := s.must("jira.get", one, ""); got["status"] != "To Do" || got["closed"] != false || got["assignee"] != alice || got["updated"] == nil || got["link"] != out["link"] {
		t.Errorf("opened %v as %v", out, got)
	}
	s.must("jira.update", map[string]any{"ticket_id": out["ticket_id"], "title": "Contained", "description": "All is well.", "assignee": bob, "priority": "low"}, "k2")
	s.must("jira.comment", map[string]any{"ticket_id": out["ticket_id"], "text": "Done."}, "k3")
	for range 2 { // the second time it is there already
		if moved := s.must("jira.transition", map[string]any{"ticket_id": out["ticket_id"], "status": "done", "resolution": "Done"}, "k4"); moved["status"] != "Done" {
			t.Errorf("moved: got %v", moved)
		}
	}
	if got := s.must("jira.get", one, ""); got["title"] != "Contained" || got["closed"] != true || got["assignee"] != bob {
		t.Errorf("closed: got %v", got)
	}
	if n := s.counted("issue.transition", "SEC-1"); n != 1 {
		t.Errorf("moved %d times, want once", n)
	}
}

func TestJira_aTitleIsMadeToFit(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	out := s.must("jira.create", map[string]any{"title": "Two\nlines " + strings.Repeat("é", 300), "description": "y"}, "k")
	got := s.must("jira.get", map[string]any{"ticket_id": out["ticket_id"]}, "")["title"].(string)
	if !strings.HasPrefix(got, "Two lines é") || len([]rune(got)) != 255 {
		t.Errorf("got %q", got)
	}
}

func TestJira_refusesWhatIsAmbiguousOrUnknown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ticket := map[string]any{"title": "x", "description": "y"}
	id := s.must("jira.create", ticket, "k")["ticket_id"]
	for name, c := range map[string]struct {
		action string
		input  map[string]any
		class  connector.Class
	}{
		"an assignee who is nobody": {"jira.create", map[string]any{"title": "x", "description": "y", "assignee": "nobody@corp.example"}, connector.Invalid},
		"a project that is not":     {"jira.create", map[string]any{"title": "x", "description": "y", "queue": "NONE"}, connector.Invalid},
		"a state that is not":       {"jira.transition", map[string]any{"ticket_id": id, "status": "Frozen"}, connector.Invalid},
		"a ticket that is not":      {"jira.get", map[string]any{"ticket_id": "SEC-99"}, connector.NotFound},
		"a comment on none":         {"jira.comment", map[string]any{"ticket_id": "SEC-99", "text": "x"}, connector.NotFound},
	} {
		if _, err := s.do(c.action, c.input, "k"); err == nil || err.Class != c.class || err.Text == "" {
			t.Errorf("%s: got %v, want %s", name, err, c.class)
		}
	}
}

func TestJira_anUnknownTicketIsFoundByItsLabel(t *testing.T) {
	t.Parallel()
	for kind, happened := range map[lab.Kind]bool{lab.ExecutedThenReset: true, lab.ExecutedThenError: true, lab.ResetBefore: false, lab.Failing: false} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			input := map[string]any{"title": "Phishing mail", "description": "Text."}
			s.distrust("jira", lab.Rule{Kind: kind, Method: "POST", Path: "/issue$"})
			if out, err := s.do("jira.create", input, "k1"); err == nil || err.Class != connector.Unknown {
				t.Fatalf("got %v, %v; want unknown", out, err)
			}
			if got := s.probe("jira.create", input, "k1"); got != happened {
				t.Errorf("the probe says %v, the world %v", got, happened)
			}
			if s.probe("jira.create", input, "k2") {
				t.Error("the probe takes the ticket of another effect for its own")
			}
		})
	}
}
