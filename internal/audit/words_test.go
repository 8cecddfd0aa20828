package audit_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/audit"
)

// said returns words by their codes, as a store keeps them.
func said(list []audit.Word) map[audit.Code]string {
	words := map[audit.Code]string{}
	for _, w := range list {
		words[w.Code] = w.Text
	}
	return words
}

// PRV-03: what people wrote leaves the row, whatever member it stands in; ids,
// numbers and words of the program stay; readers see all of it while it is there.
func TestWords_leaveIDsAndCodesInARow(t *testing.T) {
	t.Parallel()
	w := audit.NewWords([]byte("a key of the test"))
	e := harrier.AuditEntry{
		Tenant: harrier.DefaultTenant, Actor: harrier.LocalOperator, ActorName: "Ann Oak", Action: "inventory.set", Target: "ann.oak",
		Data: json.RawMessage(`{"comment":"ask Ann","kind":"Ann Oak","hash":"sha256:` + strings.Repeat("0a", 32) + `","votes":2,"alert":"alert_01m8eys2jkfn9shkge47ebhjnn",` +
			`"said":{"Ann":"Oak"},"roles":["viewer","Oak"],"status":"closed","due":"2026-01-02T03:04:05Z","on":true,"hmac":"hmac:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`),
	}
	row, words := w.Take(e)
	text := row.ActorName + row.Target + string(row.Data)
	for _, word := range []string{"Ann", "Oak", "oak", "AAAAAAAA"} {
		if strings.Contains(text, word) {
			t.Errorf("%q stands in %s", word, text)
		}
	}
	for _, id := range []string{`"votes":2`, `"alert":"alert_01m8eys2jkfn9shkge47ebhjnn"`, `"status":"closed"`, `"viewer"`, `"due":"2026-01-02T03:04:05Z"`, `"on":true`, `"sha256:0a`} {
		if !strings.Contains(text, id) {
			t.Errorf("%s is missing in %s", id, text)
		}
	}
	if diff := cmp.Diff(e, w.Put(row, said(words))); diff != "" {
		t.Errorf("a reader does not see what was said: %s", diff)
	}
	if diff := cmp.Diff(row, w.Put(row, nil)); diff != "" {
		t.Errorf("without the words the row is another: %s", diff)
	}
	exchanged := said(words)
	for c := range exchanged {
		exchanged[c] = "another"
	}
	if diff := cmp.Diff(row, w.Put(row, exchanged)); diff != "" {
		t.Errorf("words that were exchanged are shown as what was said: %s", diff)
	}
	other := e
	other.Tenant = harrier.TenantID{1}
	if again, _ := w.Take(other); again.ActorName == row.ActorName {
		t.Error("two tenants have the same code for a word")
	}
}

func FuzzWords_comeBack(f *testing.F) {
	f.Add("Ann", "x", `{"a":"b","c":[1,"d"],"e":{"f":"g"}}`)
	f.Add("hmac:AAAA", "hmac-json:AAAA", `["x"]`)
	f.Add("", "", `{"A":1}`)
	w := audit.NewWords([]byte("k"))
	f.Fuzz(func(t *testing.T, name, target, data string) {
		if !json.Valid([]byte(data)) {
			t.Skip()
		}
		e := harrier.AuditEntry{ActorName: name, Target: target, Path: target, Action: "x.y", Data: json.RawMessage(data)}
		row, words := w.Take(e)
		back := w.Put(row, said(words))
		if back.ActorName != name || back.Target != target || back.Path != target {
			t.Errorf("%+v came back as %+v", e, back)
		}
		var want, got any
		if json.Unmarshal([]byte(data), &want) != nil || json.Unmarshal(back.Data, &got) != nil || !cmp.Equal(want, got) {
			t.Errorf("%s came back as %s by %s", data, back.Data, row.Data)
		}
	})
}
