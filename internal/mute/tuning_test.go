package mute_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/mute"
)

// past stores alerts of the rule R-1 that turned out to be so.
func (d *desk) past(dispositions ...string) {
	d.t.Helper()
	err := d.store.Write(d.t.Context(), func(tx harrier.Tx) error {
		for i, disposition := range dispositions {
			s := d.subject()
			a := harrier.Alert{
				Tenant: harrier.DefaultTenant, ID: harrier.DeriveID[harrier.AlertID](fmt.Sprint(i)), Source: s.Source.ID, ExternalID: fmt.Sprint(i),
				Title: "Suspicious <b>process</b>", Severity: "medium", Status: "new", Disposition: disposition, Rule: s.Finding.Rule,
				CreatedAt: d.now.Add(-time.Duration(i) * time.Hour), UpdatedAt: d.now, Repeats: 2,
			}
			if i%4 == 3 {
				s.Picture.Observables[0].Verdict = "malicious"
			}
			a.Data, a.Picture = encode(d.t, s.Finding.Data), encode(d.t, s.Picture)
			s.Finding.Data = nil
			a.Finding = encode(d.t, s.Finding)
			if _, _, err := d.store.Submit(d.t.Context(), tx, a); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

func encode(t testing.TB, v any) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestPreview_saysWhatAMuteWouldHaveHidden(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.past("benign", "true_positive", "", "true_positive", "false_positive")
	f, err := d.Preview(t.Context(), harrier.Operator(), d.wanted(mute.Suppress))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"benign": 1, "true_positive": 2, "open": 1, "false_positive": 1}
	if diff := cmp.Diff(want, f.Dispositions); diff != "" || f.Looked != 5 || f.Matched != 5 || f.Overruled != 1 || len(f.Wrong) != 1 || len(f.Samples) != 3 {
		t.Errorf("forecast %+v\n%s", f, diff)
	}
	other := d.wanted(mute.Suppress)
	other.Match["host"] = []string{"ws-18"}
	if f, err := d.Preview(t.Context(), harrier.Operator(), other); err != nil || f.Matched != 0 || f.Looked != 5 {
		t.Errorf("another host is forecast as %+v (%v)", f, err)
	}
	if list, _, err := d.List(t.Context(), harrier.Operator(), mute.Filter{}, harrier.Page{}); err != nil || len(list) != 0 {
		t.Errorf("looking ahead made %d mutes (%v)", len(list), err)
	}
}

func TestEvidence_tellsTheOwnerOfARuleWhatItMakes(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.past("benign", "true_positive", "", "false_positive", "benign")
	d.add(d.wanted(mute.Suppress))
	e, err := d.Evidence(t.Context(), harrier.Operator(), "r-1")
	if err != nil {
		t.Fatal(err)
	}
	if e.Alerts != 5 || e.Repeats != 10 || e.Closed != 4 || e.Right != 1 || e.Name != "Backup tool" || len(e.Samples) != 5 || len(e.Mutes) != 1 {
		t.Errorf("evidence is %+v", e)
	}
	if diff := cmp.Diff([]mute.Count{{Name: "host ws-17", Count: 5}, {Name: "user chris@corp.example", Count: 5}}, e.Things); diff != "" {
		t.Errorf("it is about -want +got:\n%s", diff)
	}
	text := e.Markdown()
	for _, want := range []string{"1 of 4 closed were true positives; 4.6 % to 69.9 %", "host ws-17: 5", "&lt;b>process", "## Muted by"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q:\n%s", want, text)
		}
	}
	if _, err := d.Evidence(t.Context(), harrier.Operator(), "r-2"); harrier.KindOf(err) != harrier.NotFound {
		t.Errorf("a rule that made nothing: %v", err)
	}
}
