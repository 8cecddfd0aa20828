package intake

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
)

// A repeat folds whatever became of the alert, unless it has something that is
// known to be bad and that the alert has not.
func TestWeigh_letsNoRepeatHideAKnownBad(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	known, bad := harrier.Observable{Type: "ip", Value: "198.51.100.9"}, harrier.Observable{Type: "ip", Value: "203.0.113.66"}
	finding, err := json.Marshal(harrier.Finding{Observables: []harrier.Observable{known}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, status string
		bad          []harrier.Observable
		want         outcome
	}{
		{"open, nothing bad", "new", nil, fold},
		{"open, bad", "new", []harrier.Observable{bad}, rise},
		{"open, bad as the alert was", "new", []harrier.Observable{known}, fold},
		{"closed as benign, nothing bad", "closed", nil, fold},
		{"closed as benign, bad", "closed", []harrier.Observable{bad}, reopen},
	} {
		a := harrier.Alert{Fingerprint: "f", Severity: "low", Status: c.status, Disposition: "benign", ClosedAt: now, SeenAt: now, Finding: finding}
		it := &item{traveller: &traveller{}, fingerprint: "f", bad: c.bad, finding: harrier.Finding{ExternalID: "2", Severity: "low"}}
		if got := weigh(a, true, it, now); got != c.want {
			t.Errorf("%s: outcome %d; want %d", c.name, got, c.want)
		}
	}
}
