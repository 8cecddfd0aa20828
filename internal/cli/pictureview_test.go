package cli

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/picture"
)

func TestAlert_showsWhatWasKnownAndWhatIsMissing(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	p := picture.Picture{
		At: at,
		Entities: []picture.Entity{
			{
				Entity: harrier.Entity{Type: harrier.AddressEntity, Key: "10.0.0.17", Role: "source"}, As: &harrier.Entity{Type: harrier.HostEntity, Key: "ws-17"},
				Known: true, Criticality: "high", Stale: true, VIP: true, Owner: "kim", Risk: 42.04, Source: "cmdb", Seen: at,
				Facts: map[string]any{"edr": map[string]any{"from": "falcon", "isolated": false}}, Notes: []string{"two sources contradict\x1b[2J each other"},
			},
			{Entity: harrier.Entity{Type: harrier.UserEntity, Key: "lee@corp.example"}},
		},
		Observables: []picture.Observable{
			{
				Observable: harrier.Observable{Type: "ip", Value: "203.0.113.7", Role: "destination"}, Verdict: "malicious", Score: 90, Seen: 3, Answered: 1, Failed: 1,
				Opinions: []picture.Opinion{{Source: "alpha", Verdict: "malicious", Name: "qakbot", Reliability: "B", Score: 90, At: at}},
			},
			{Observable: harrier.Observable{Type: "ip", Value: "10.0.0.17"}, Verdict: "unknown", Internal: true},
		},
		History: picture.History{Repeats: 6, Outcomes: map[string]int{"benign": 5, "true_positive": 1}, Similar: []picture.Similar{
			{Alert: harrier.AlertID{}, Title: "Beacon", Severity: "high", Disposition: "true_positive", At: at, Shares: []string{"host ws-17"}},
		}},
		Missing: []picture.Missing{{What: "203.0.113.7", From: "beta", Why: "it had not answered after 2s"}},
	}
	var a api.AlertDetail
	var err error
	if a.Context, err = json.Marshal(p); err != nil {
		t.Fatal(err)
	}
	if a.Decision, err = json.Marshal(picture.Decision{Route: picture.Escalate, Priority: 1, Reason: "It is bad.", Provisional: true}); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	judgedText(page{&out, false, 60}, a)
	want := `
▲ ESCALATE · priority 1 · harrier triage explain alert_00000000000000000000000000
  It is bad.
  ◐ Provisional: not everybody has answered. It is judged
    again when they do.

Who and what ───────────────────────────────────────────────
  address 10.0.0.17  source  was host ws-17
    criticality high · which is past its review · VIP ·
    owner kim · risk 42 · from cmdb · seen 2026-11-02
    09:00:00Z
    ▲ two sources contradict�[2J each other
    edr: from falcon, isolated false
  user lee@corp.example
    not in the inventory

Observables ────────────────────────────────────────────────
  ✖ ip 203.0.113.7
    malicious · score 90 · destination · in 3 alerts before
    · 1 of 2 did not answer
      alpha says malicious · qakbot · score 90 · reliability
      B · 2026-11-02 09:00:00Z
  ○ ip 10.0.0.17
    unknown · our own

Before ─────────────────────────────────────────────────────
  the same came 6 times: 5 benign, 1 true positive
  ≈ Beacon · high · true positive · 2026-11-02 09:00:00Z
    alert_00000000000000000000000000 shares host ws-17

Missing: unknown is never harmless ─────────────────────────
  ▲ 203.0.113.7, from beta: it had not answered after 2s
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("shown (-want +got):\n%s", diff)
	}
	out.Reset()
	judgedText(page{&out, false, 60}, api.AlertDetail{})
	if out.Len() > 0 {
		t.Errorf("an alert that was not judged shows %q", out.String())
	}
}
