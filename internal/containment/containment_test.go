package containment_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/internal/containment"
	"github.com/harrier-soar/harrier/internal/store/memory"
	"github.com/harrier-soar/harrier/schema"
)

// ledger is a ledger of containments of one alert.
type ledger struct {
	t     *testing.T
	store *memory.Memory
	alert harrier.AlertID
	n     int
}

func newLedger(t *testing.T) *ledger {
	t.Helper()
	return &ledger{t: t, store: memory.New(memory.Config{}), alert: harrier.DeriveID[harrier.AlertID]("alert")}
}

func (l *ledger) write(change func(harrier.Tx) error) {
	l.t.Helper()
	if err := l.store.Write(l.t.Context(), change); err != nil {
		l.t.Fatal(err)
	}
}

// add adds something that was contained later than what is there.
func (l *ledger) add(c harrier.Containment) harrier.Containment {
	l.t.Helper()
	l.n++
	c.Tenant, c.ID, c.Alert = harrier.DefaultTenant, harrier.DeriveID[harrier.ContainmentID](fmt.Sprint(l.n)), l.alert
	c.Run, c.Path, c.State = harrier.DeriveID[harrier.RunID]("run"), fmt.Sprint("step", l.n), harrier.ContainmentActive
	c.At = time.Date(2026, 11, 2, 9, l.n, 0, 0, time.UTC)
	l.write(func(tx harrier.Tx) error { return l.store.AddContainment(l.t.Context(), tx, c) })
	return c
}

// quarantined is a copy of a mail that was taken out of a mailbox.
func (l *ledger) quarantined(mailbox, id string) harrier.Containment {
	l.t.Helper()
	return l.add(harrier.Containment{
		Action: "msgraph.quarantine", Verb: "mail.quarantine", ConnectionName: "mail", Target: mailbox,
		Args:   json.RawMessage(`{"mailbox":"` + mailbox + `","message_id":"` + id + `"}`),
		Before: json.RawMessage(`{"quarantined_id":"` + id + `-q","folder_before":"inbox","read_before":true,"size":9007199254740993}`),
		Undo:   "msgraph.restore", UndoVerb: "mail.restore",
		UndoArgs: json.RawMessage(`{"mailbox":"` + mailbox + `","message_id":"` + id + `-q","folder":"inbox"}`), UndoKey: mailbox + id,
	})
}

// restore takes a containment back; its copy has another id then.
func (l *ledger) restore(c harrier.Containment, id string) {
	l.t.Helper()
	l.write(func(tx harrier.Tx) error {
		n, err := l.store.EndContainments(l.t.Context(), tx, harrier.ContainmentEnd{
			Tenant: c.Tenant, Connection: c.Connection, Undo: c.Undo, UndoKey: c.UndoKey, State: harrier.ContainmentUndone,
			At: c.At.Add(time.Hour), By: harrier.DeriveID[harrier.RunID]("restore"), After: json.RawMessage(`{"message_id":"` + id + `"}`),
		})
		if err == nil && n != 1 {
			err = fmt.Errorf("%d were ended", n)
		}
		return err
	})
}

// call calls a built-in action, whose answer must be as it declares.
func (l *ledger) call(name string, input map[string]any) (map[string]any, error) {
	l.t.Helper()
	for _, a := range containment.New(l.store).Actions() {
		if a.Spec.Name != name {
			continue
		}
		in, wrong := schema.CheckFields(schema.Defaults(a.Spec.Input, input), a.Spec.Input)
		if len(wrong) > 0 {
			l.t.Fatal(wrong)
		}
		out, err := a.Call(l.t.Context(), builtin.Request{Tenant: harrier.DefaultTenant, Input: in})
		if err != nil {
			return nil, err
		}
		v, wrong := schema.Check(out, a.Spec.Output)
		if len(wrong) > 0 {
			l.t.Fatalf("the answer is not as declared: %v", wrong)
		}
		checked, _ := v.(map[string]any)
		return checked, nil
	}
	l.t.Fatalf("there is no action %s", name)
	return nil, nil
}

// asked calls an action about the alert.
func (l *ledger) asked(name string, more map[string]any) map[string]any {
	l.t.Helper()
	in := map[string]any{"alert": l.alert.String()}
	maps.Copy(in, more)
	out, err := l.call(name, in)
	if err != nil {
		l.t.Fatal(err)
	}
	return out
}

func TestList_givesAllThatUndoingNeedsTheNewestFirst(t *testing.T) {
	t.Parallel()
	l := newLedger(t)
	c := l.quarantined("alice@corp.example", "A1")
	l.add(harrier.Containment{
		Action: "opnsense.block_domain", Verb: "firewall.block_domain", ConnectionName: "edge", Target: "evil.example",
		Args: json.RawMessage(`{"domain":"evil.example","comment":"phishing"}`), Before: json.RawMessage(`{"entry_id":"7"}`),
		Undo: "opnsense.unblock_domain", UndoVerb: "firewall.unblock_domain", UndoArgs: json.RawMessage(`{"domain":"evil.example","entry_id":"7"}`), UndoKey: "evil",
	})
	l.add(harrier.Containment{
		Action: "edr.freeze", ConnectionName: "edr", Target: "pc7", Args: json.RawMessage(`{"host":7,"domain":"not a domain"}`), Before: json.RawMessage(`{}`),
		UndoProblem: "edr.freeze has no undo",
	})
	out := l.asked("containment.list", nil)
	items, _ := out["items"].([]any)
	if len(items) != 3 || out["truncated"] != false {
		t.Fatalf("listed are %v", out)
	}
	var verbs []any
	for _, item := range items {
		m, _ := item.(map[string]any)
		verbs = append(verbs, m["undo_verb"])
	}
	if diff := cmp.Diff([]any{nil, "firewall.unblock_domain", "mail.restore"}, verbs); diff != "" {
		t.Errorf("the order (-want +got):\n%s", diff)
	}
	want := map[string]any{
		"id": c.ID.String(), "run": c.Run.String(), "path": "step1", "action": "msgraph.quarantine", "verb": "mail.quarantine", "connection": "mail",
		"target": "alice@corp.example", "state": "active", "at": "2026-11-02T09:01:00Z",
		"args":   map[string]any{"mailbox": "alice@corp.example", "message_id": "A1"},
		"before": map[string]any{"quarantined_id": "A1-q", "folder_before": "inbox", "read_before": true, "size": int64(9007199254740993)},
		"undo":   "msgraph.restore", "undo_verb": "mail.restore",
		"undo_args": map[string]any{"mailbox": "alice@corp.example", "message_id": "A1-q", "folder": "inbox"},
		"mailbox":   "alice@corp.example", "message_id": "A1-q", "folder": "inbox", "read": true,
	}
	if diff := cmp.Diff(want, items[2]); diff != "" {
		t.Errorf("the copy (-want +got):\n%s", diff)
	}
	frozen, _ := items[0].(map[string]any)
	if frozen["host"] != nil || frozen["domain"] != nil || frozen["problem"] != "edr.freeze has no undo" {
		t.Errorf("what is of another type is taken for the thing itself: %v", frozen)
	}
}

func TestList_stopsAtItsLimitAndSelects(t *testing.T) {
	t.Parallel()
	l := newLedger(t)
	for i := range 7 {
		l.restore(l.quarantined("alice@corp.example", fmt.Sprint("A", i)), "x")
	}
	l.quarantined("bob@corp.example", "B")
	for name, c := range map[string]struct {
		in        map[string]any
		want      int
		truncated bool
	}{
		"what is active, if not said": {nil, 1, false},
		"what is undone":              {map[string]any{"state": "undone"}, 7, false},
		"at most so many":             {map[string]any{"state": "undone", "limit": int64(3)}, 3, true},
		"a verb":                      {map[string]any{"action": "mail.quarantine"}, 1, false},
		"another action":              {map[string]any{"action": "mail.block_url"}, 0, false},
		"another run":                 {map[string]any{"run": harrier.DeriveID[harrier.RunID]("none").String()}, 0, false},
	} {
		out := l.asked("containment.list", c.in)
		if items, _ := out["items"].([]any); len(items) != c.want || out["truncated"] != c.truncated {
			t.Errorf("%s: %d items, truncated %v; want %d, %t", name, len(items), out["truncated"], c.want, c.truncated)
		}
	}
}

func TestActions_refuseToBeAboutEverything(t *testing.T) {
	t.Parallel()
	l := newLedger(t)
	for _, name := range []string{"containment.list", "containment.restored"} {
		_, err := l.call(name, map[string]any{"action": "mail.quarantine"})
		if harrier.KindOf(err) != harrier.Invalid || err == nil || !strings.Contains(err.Error(), "say which alert, case or run") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := l.call(name, map[string]any{"alert": "A-7"}); harrier.KindOf(err) != harrier.Invalid || err == nil {
			t.Errorf("%s of no id: %v", name, err)
		}
	}
}

func TestRestored_namesEveryIdThatACopyHad(t *testing.T) {
	t.Parallel()
	l := newLedger(t)
	l.restore(l.quarantined("Alice@corp.example", "A1"), "A1-r")
	l.quarantined("bob@corp.example", "B1")
	domain := l.add(harrier.Containment{
		Action: "opnsense.block_domain", Verb: "firewall.block_domain", Target: "partner.example", Args: json.RawMessage(`{"domain":"partner.example"}`),
		Before: json.RawMessage(`{}`), Undo: "opnsense.unblock_domain", UndoKey: "partner",
	})
	l.restore(domain, "x")
	keys, _ := l.asked("containment.restored", nil)["keys"].([]any)
	want := []any{
		"partner.example", "Alice@corp.example/A1", "alice@corp.example/A1", "Alice@corp.example/A1-q", "alice@corp.example/A1-q",
		"Alice@corp.example/A1-r", "alice@corp.example/A1-r",
	}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

func TestRestored_leavesOutWhatIsContainedAgain(t *testing.T) {
	t.Parallel()
	l := newLedger(t)
	l.restore(l.quarantined("alice@corp.example", "A1"), "A1")
	l.quarantined("alice@corp.example", "A1") // somebody decided otherwise
	out := l.asked("containment.restored", nil)
	if keys, _ := out["keys"].([]any); len(keys) != 0 {
		t.Errorf("left alone are %v", keys)
	}
	if items, _ := out["items"].([]any); len(items) != 0 {
		t.Errorf("items are %v", items)
	}
}

func TestActions_haveExamplesOfTheirOwnType(t *testing.T) {
	t.Parallel()
	for _, a := range containment.New(nil).Actions() {
		if _, wrong := schema.Check(a.Spec.Example, a.Spec.Output); len(wrong) > 0 {
			t.Errorf("%s: %v", a.Spec.Name, wrong)
		}
	}
}
