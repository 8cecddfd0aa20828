package app

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/audit"
	"github.com/harrier-soar/harrier/internal/erasure"
)

// her are the identifiers of a person who wants to be forgotten.
const herUser, herMail = "jane.quillfeather", "jane.quillfeather@mark.example"

// second is another administrator.
func second() harrier.Principal {
	p := harrier.Operator()
	p.ID, p.Name = harrier.DeriveID[harrier.PrincipalID]("second"), "second"
	return p
}

// remembered has the person stand in everything that people and machines write,
// and returns a case that she stands in.
func (o *office) remembered() string {
	o.t.Helper()
	b := o.browser(harrier.Operator())
	do := func(method, path, body string) string {
		o.t.Helper()
		status, text := b.ask(method, path, body)
		if status >= 300 {
			o.t.Fatalf("%s %s answers %d: %s", method, path, status, text)
		}
		return text
	}
	o.event("siem")
	do(http.MethodPost, "/v1/alerts", `{"source":"siem","external_id":"x-1","title":"CORP\\`+strings.ToUpper(herUser)+` logged in","data":{"mail":"`+herMail+`","user":"`+herUser+`"}}`)
	do(http.MethodPost, "/v1/users", `{"name":"`+herMail+`","owner":"`+herUser+`"}`)
	var c struct{ ID string }
	if err := json.Unmarshal([]byte(do(http.MethodPost, "/v1/cases", `{"title":"About `+herMail+`","summary":"`+herUser+`"}`)), &c); err != nil {
		o.t.Fatal(err)
	}
	do(http.MethodPost, "/v1/cases/"+c.ID+"/comments", `{"text":"I spoke with Jane.Quillfeather. She knows."}`)
	do(http.MethodPost, "/v1/cases/"+c.ID+"/status", `{"to":"in_progress","reason":"`+herUser+` is back"}`)
	do(http.MethodPost, "/v1/mutes", `{"verb":"silence","match":{"user":["`+herUser+`"]},"end":"`+o.clock.now().Add(time.Hour).UTC().Format(time.RFC3339)+`","reason":"`+herMail+` tests"}`)
	run, err := runs{o.App}.StartRun(o.t.Context(), harrier.Operator(), api.StartRun{
		Source: "harrier: 1\nplaybook: greet\ntitle: Greet\ninputs:\n  who: {type: string, required: true}\nsteps:\n  - id: say\n    set:\n      word: hello ${{ inputs.who }}\n",
		Name:   "greet.playbook.yaml", Mode: harrier.Live, Inputs: map[string]any{"who": herMail},
	})
	if err != nil {
		o.t.Fatal(err)
	}
	o.until(run.ID, ended)
	if _, err := (reporters{o.App}).SubmitEvent(o.t.Context(), harrier.Operator(), api.SubmitEvent{Source: "siem", Content: "text/plain", Body: strings.NewReader("who is " + herUser + "?")}); err != nil {
		o.t.Fatal(err)
	}
	if _, err := (files{o.App}).AttachEvidence(o.t.Context(), harrier.Operator(), c.ID, api.AttachEvidence{Name: "note.txt", Body: strings.NewReader("To: " + herMail)}); err != nil {
		o.t.Fatal(err)
	}
	return c.ID
}

// exported returns an export by its files.
func (o *office) exported(by harrier.Principal) map[string]string {
	o.t.Helper()
	var out bytes.Buffer
	if err := (subjects{o.App}).ExportSubject(o.t.Context(), by, []string{"user:" + herUser, "email:" + herMail}, &out); err != nil {
		o.t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		o.t.Fatal(err)
	}
	found := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			o.t.Fatal(err)
		}
		text, err := io.ReadAll(io.LimitReader(r, 1<<20))
		if err != nil {
			o.t.Fatal(err)
		}
		if !json.Valid(text) {
			o.t.Errorf("%s is no JSON: %s", f.Name, text)
		}
		found[f.Name] = string(text)
	}
	return found
}

// erased waits until an erasure stands as wanted.
func (o *office) erased(id harrier.ErasureID, state string) api.Erasure {
	o.t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for end := time.Now().Add(40 * time.Second); ; <-ticker.C {
		e, err := subjects{o.App}.Erasure(o.t.Context(), harrier.Operator(), id)
		if err != nil {
			o.t.Fatal(err)
		}
		if e.State == state {
			return e
		}
		if time.Now().After(end) {
			o.t.Fatalf("it stays %+v", e)
		}
	}
}

// PRV-03: after an erasure nothing in the data directory names the person, and
// the audit trail still verifies. PRV-04: before it, all of it is given out.
func TestErase_leavesNoReadableValue(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Options{FourEyes: true})
	restricted := o.remembered()
	before := o.exported(harrier.Operator())
	for _, table := range []string{"alerts", "cases", "case_entries", "case_status", "inventory_records", "mutes", "events", "inbox", "pins"} {
		if _, ok := before["data/"+table+".json"]; ok == (table == "pins") {
			t.Errorf("the export has %s: %t", table, ok)
		}
	}
	if !strings.Contains(before["manifest.json"], "case_entries") {
		t.Errorf("the manifest is %s", before["manifest.json"])
	}
	if status, text := o.browser(harrier.Operator()).ask(http.MethodPost, "/v1/cases/"+restricted+"/restrict", `{"restricted":true,"reason":"about staff"}`); status >= 300 {
		t.Fatal(text)
	}
	if hidden := o.exported(second()); hidden["data/cases.json"] != "" || hidden["data/case_entries.json"] != "" || hidden["data/alerts.json"] == "" {
		t.Error("somebody who is no member of a restricted case gets its rows, or gets nothing")
	}
	api1 := subjects{o.App}
	e, err := api1.Erase(t.Context(), harrier.Operator(), api.EraseSubject{Subject: []string{"user:" + herUser, "email:" + herMail}, Reason: "request 7 of " + herUser})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := api1.DecideErasure(t.Context(), harrier.Operator(), e.ID, true); harrier.KindOf(err) != harrier.Denied {
		t.Errorf("whoever asked agrees: %v", err)
	}
	if _, err := api1.DecideErasure(t.Context(), second(), e.ID, true); err != nil {
		t.Fatal(err)
	}
	done := o.erased(e.ID, erasure.Done)
	if done.Rows < 9 || done.Files != 1 || done.SHA256 == "" || len(done.Subject) > 0 || len(done.Codes) != 2 || strings.Contains(done.Reason, herUser) {
		t.Errorf("the erasure ended as %+v", done)
	}
	if after := o.exported(second()); len(after) != 1 {
		t.Errorf("an export still has %d files", len(after))
	}
	rows, err := (trails{o.App}).Audit(t.Context(), harrier.Operator(), harrier.AuditFilter{Action: "erasure.certificate"}, harrier.Page{})
	if err != nil || len(rows.Items) != 1 || !strings.Contains(string(rows.Items[0].Data), done.SHA256) {
		t.Errorf("the certificate is %+v, %v", rows.Items, err)
	}
	o.close()
	o.nowhere("quillfeather")
	if r, err := VerifyAudit(t.Context(), o.options.Dir, audit.Options{}); err != nil || !r.OK {
		t.Errorf("the audit trail: %+v, %v", r, err)
	}
}

// nowhere looks for a text in every file of the data directory.
func (o *office) nowhere(text string) {
	o.t.Helper()
	err := filepath.WalkDir(o.options.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		all, err := os.ReadFile(path)
		if i := bytes.Index(bytes.ToLower(all), []byte(text)); i >= 0 {
			o.t.Errorf("%s holds %q", path, all[max(0, i-60):min(len(all), i+200)])
		}
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

// PRV-02: what is held is not erased, whoever agrees, and the reason is told.
func TestErase_isRefusedWhileSomethingIsHeld(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Options{})
	in := api.EraseSubject{Subject: []string{"user:" + herUser}, Reason: "request 7"}
	early, err := subjects{o.App}.Erase(t.Context(), harrier.Operator(), in)
	if err != nil {
		t.Fatal(err)
	}
	h, err := archives{o.App}.PlaceHold(t.Context(), harrier.Operator(), api.PlaceHold{Kind: "subject", Target: "user:" + strings.ToUpper(herUser), Reason: "court of Oslo"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (subjects{o.App}).Erase(t.Context(), harrier.Operator(), in); harrier.KindOf(err) != harrier.Denied || !strings.Contains(err.Error(), "court of Oslo") {
		t.Errorf("asking while it is held gives %v", err)
	}
	if _, err := (subjects{o.App}).DecideErasure(t.Context(), second(), early.ID, true); harrier.KindOf(err) != harrier.Denied {
		t.Errorf("agreeing while it is held gives %v", err)
	}
	for _, by := range []harrier.Principal{harrier.Operator(), second()} {
		if _, err := (archives{o.App}).LiftHold(t.Context(), by, h.ID, "over"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := (subjects{o.App}).DecideErasure(t.Context(), second(), early.ID, true); err != nil {
		t.Fatal(err)
	}
	o.erased(early.ID, erasure.Done)
}
