package approval_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/approval"
	"github.com/harrier-soar/harrier/internal/step"
)

func TestShow_saysWhatElseFallsUnderTheDecision(t *testing.T) { // G9
	t.Parallel()
	o := open(t, approval.Policy{})
	p := plan()
	p.Late = &step.Late{
		Calls: []step.LateCall{{
			Target: step.Target{Name: "mail", Address: "https://mail.example", Action: "msgraph.quarantine"},
			Step:   "later", Effect: harrier.Contain, Undo: "restore",
		}},
		Same: map[string]any{"message_id": "<1@mail.example>", "hashes": []any{"aa", "bb"}, "most": int64(3)},
		Cap:  50, For: "1d1h", Beyond: step.BeyondAsk,
	}
	v, err := o.Show(t.Context(), person("alice"), o.ask(harrier.PlanApproval, p, nil).ID)
	if err != nil || v.Later == nil {
		t.Fatalf("%+v, %v", v, err)
	}
	if diff := cmp.Diff([]string{
		"up to 50 more, if they turn up within 1d1h of the decision",
		"msgraph.quarantine at mail (https://mail.example): contain, reversible by restore",
		"a person is asked about anything beyond that",
	}, v.Later.Summary); diff != "" {
		t.Errorf("the terms (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"hashes: aa, bb", "message_id: <1@mail.example>", "most: 3"}, v.Later.Same); diff != "" {
		t.Errorf("what is the same (-want +got):\n%s", diff)
	}
	if v, err := o.Show(t.Context(), person("alice"), o.ask(harrier.PlanApproval, plan(), nil).ID); err != nil || v.Later != nil {
		t.Errorf("a plan without terms shows %+v, %v", v.Later, err)
	}
}
