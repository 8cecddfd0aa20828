package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/lab"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/schema"
)

func TestContents_handsOverWhatIsInAStoredFileOfTheTenant(t *testing.T) {
	t.Parallel()
	small, large := harrier.NewID[harrier.EvidenceID](time.Now()), harrier.NewID[harrier.EvidenceID](time.Now())
	c := &caller{evidence: func(_ context.Context, tenant harrier.TenantID, id harrier.EvidenceID) (io.ReadCloser, error) {
		switch {
		case tenant != harrier.DefaultTenant:
			return nil, harrier.Errorf(harrier.NotFound, "there is no such file")
		case id == small:
			return io.NopCloser(strings.NewReader("<html>")), nil
		}
		return io.NopCloser(io.LimitReader(zeros{}, maxShared+1)), nil
	}}
	spec := schema.ActionSpec{Input: []schema.Field{
		{Name: "evidence", Type: schema.TypeOf(schema.EvidenceID)}, {Name: "name", Type: schema.TypeOf(schema.String)},
	}}
	ask := func(tenant harrier.TenantID, id harrier.EvidenceID, call step.Call) (map[string]any, error) {
		return c.contents(t.Context(), engine.CallRequest{Tenant: tenant, Call: call}, spec, map[string]any{"evidence": id.String(), "name": id.String()})
	}
	got, err := ask(harrier.DefaultTenant, small, step.Call{})
	if err != nil || got["evidence"] != base64.StdEncoding.EncodeToString([]byte("<html>")) || got["name"] != small.String() {
		t.Errorf("got %v, %v; want the content, and text that only looks like an id as it is", got, err)
	}
	if got, err := ask(harrier.DefaultTenant, small, step.Call{Resume: []byte("{}")}); err != nil || got["evidence"] != small.String() {
		t.Errorf("what is followed: got %v, %v; want the id", got, err)
	}
	if _, err := ask(harrier.TenantID{1}, small, step.Call{}); connector.AsError(err).Class != connector.NotFound {
		t.Errorf("the file of another tenant: got %v, want not_found", err)
	}
	if _, err := ask(harrier.DefaultTenant, large, step.Call{}); connector.AsError(err).Class != connector.Invalid {
		t.Errorf("a file that is too large: got %v, want invalid", err)
	}
}

// zeros reads as zeros for ever.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

const detonate = `
harrier: 1
playbook: detonate
title: Run the reported mail
steps:
  - id: detonated
    uses: cape.submit_file
    with:
      evidence: EVIDENCE
      name: mail.eml
outputs:
  verdict: ${{ steps.detonated.output.?verdict.orValue("none") }}
`

// The sandbox gets the stored mail byte by byte, and the journal never does.
func TestRun_givesAStoredFileToTheSandbox(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Options{})
	o.connect(nil)
	mail := reported(t)
	r, err := o.SubmitMail(t.Context(), "mail.eml", mail)
	if err != nil {
		t.Fatal(err)
	}
	alert, err := things{o.App}.Alert(t.Context(), harrier.Operator(), r.Alert)
	if err != nil || len(alert.Evidence) == 0 {
		t.Fatalf("got %+v, %v; want the stored mail", alert, err)
	}
	source := strings.Replace(detonate, "EVIDENCE", alert.Evidence[0].ID.String(), 1)
	started, err := runs{o.App}.StartRun(t.Context(), harrier.Operator(), api.StartRun{Source: source, Name: "detonate.playbook.yaml", Mode: harrier.Live})
	if err != nil {
		t.Fatal(err)
	}
	run := o.until(started.ID, ended)
	if run.Status != harrier.RunSucceeded || len(refusals(run, "detonated")) > 0 {
		t.Fatalf("the run %s: %v", run.Status, refusals(run, "detonated"))
	}
	sum := sha256.Sum256(mail)
	target := hex.EncodeToString(sum[:])
	if !slices.ContainsFunc(o.lab.Effects(), func(e lab.Effect) bool { return e.Action == "task.file" && e.Target == target && e.Count == 1 }) {
		t.Errorf("the sandbox never got the mail %s: %v", target, o.lab.Effects())
	}
	shown, err := json.Marshal(run)
	if err != nil || bytes.Contains(shown, []byte(base64.StdEncoding.EncodeToString(mail[:30]))) {
		t.Errorf("the run shows the content of the file: %s %v", shown, err)
	}
}
