package lab_test

import (
	"encoding/json"
	"testing"

	"github.com/harrier-soar/harrier/internal/lab"
)

func TestControl_letsAnotherProcessUseTheLab(t *testing.T) {
	t.Parallel()
	b := start(t, lab.Config{})
	control := b.URL("control") + "/lab"
	scenario := map[string]any{"mailboxes": 3, "reported": map[string]any{"message_id": "a@b", "from": "x@evil.example", "copies": 2, "verdict": "malicious", "links": []string{evilLink}}}
	if r := b.ask("POST", control+"/seed", scenario); r.status != 200 {
		t.Fatalf("seed: got %d %s", r.status, r.raw)
	}
	if got := len(b.Mail("<a@b>")); got != 2 {
		t.Errorf("got %d copies, want 2", got)
	}
	fault := map[string]any{"vendor": "opnsense", "kind": "executed_then_error", "method": "POST", "path": "alias_util/add", "delay": "5ms"}
	if r := b.ask("POST", control+"/faults", fault); r.status != 200 {
		t.Fatalf("fault: got %d %s", r.status, r.raw)
	}
	if r, n := blocked(t, b); r.status != 500 || n != 1 {
		t.Errorf("got status %d and %d effects, want 500 and 1", r.status, n)
	}
	var effects []lab.Effect
	if r := b.ask("GET", control+"/effects", nil); json.Unmarshal(r.raw, &effects) != nil || len(effects) != 1 || effects[0].Action != "alias.add" {
		t.Errorf("effects: got %s", r.raw)
	}
	var calls []lab.Call
	if r := b.ask("GET", control+"/calls", nil); json.Unmarshal(r.raw, &calls) != nil || len(calls) != 1 || !calls[0].Executed || calls[0].Status != 500 {
		t.Errorf("calls: got %s", r.raw)
	}
	var state lab.State
	if r := b.ask("GET", control+"/state", nil); json.Unmarshal(r.raw, &state) != nil || len(state.Blocked["harrier_blocked"]) != 1 {
		t.Errorf("state: got %s", r.raw)
	}
	var connections []struct {
		BaseURL string            `json:"base_url"`
		Secrets map[string]string `json:"secrets"`
	}
	if r := b.ask("GET", control+"/connections", nil); json.Unmarshal(r.raw, &connections) != nil || len(connections) != len(b.Connections()) || connections[1].Secrets["api_key"] != b.secret("virustotal", "api_key") {
		t.Errorf("connections: got %s", r.raw)
	}
	if r := b.ask("POST", control+"/reset", nil); r.status != 200 || len(b.Effects()) != 0 {
		t.Errorf("reset: got %d, effects %v", r.status, b.Effects())
	}
}

func TestControl_clearsFaults(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	if err := b.Fault("opnsense", lab.Rule{Kind: lab.Failing, Count: -1}); err != nil {
		t.Fatal(err)
	}
	if r, _ := blocked(t, b); r.status != 500 {
		t.Fatalf("got %d, want 500", r.status)
	}
	b.ask("DELETE", b.URL("control")+"/lab/faults", nil)
	if r, _ := blocked(t, b); r.status != 200 {
		t.Errorf("got %d, want 200", r.status)
	}
}

func TestControl_refusesPagesInABrowserAndNonsense(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	control := b.URL("control") + "/lab"
	for name, r := range map[string]reply{
		"a page of another site": b.ask("POST", control+"/reset", nil, "Sec-Fetch-Site", "cross-site"),
		"another origin":         b.ask("POST", control+"/reset", nil, "Origin", "https://evil.example"),
	} {
		if r.status != 403 {
			t.Errorf("%s: got %d, want 403", name, r.status)
		}
	}
	for name, r := range map[string]reply{
		"no JSON":          b.ask("POST", control+"/seed", "{"),
		"an unknown field": b.ask("POST", control+"/seed", map[string]any{"mailbox": 1}),
		"an unknown fault": b.ask("POST", control+"/faults", map[string]any{"vendor": "slack", "kind": "x"}),
		"a bad duration":   b.ask("POST", control+"/faults", map[string]any{"vendor": "slack", "kind": "slow", "delay": "x"}),
	} {
		if r.status != 400 || r.json(t)["error"] == "" {
			t.Errorf("%s: got %d %s, want 400 with words", name, r.status, r.raw)
		}
	}
	if got := len(b.Mail(reportedID)); got != 4 {
		t.Errorf("the world changed: %d copies are left of 4", got)
	}
}
