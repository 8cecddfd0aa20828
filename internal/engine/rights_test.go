package engine_test

import (
	"context"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

// roster tells who may not cause anything.
type roster map[harrier.PrincipalID]string

func (r roster) MayNotCause(_ context.Context, _ harrier.Tx, _ harrier.TenantID, who harrier.PrincipalID, _ harrier.Effect) (string, error) {
	return r[who], nil
}

// AZ-10: a run causes what whoever started it may cause now. Beyond that somebody
// is asked, and their agreement covers the one effect that they saw.
func TestRights_ofWhoeverStartedARunBoundIt(t *testing.T) {
	t.Parallel()
	h := build(t)
	ann, system := harrier.PrincipalID{1}, harrier.SystemPrincipal
	h.rights = roster{ann: "ann may not contain", system: "nobody asks"}
	n := h.run("one", nil)
	p := compile(t, `
steps:
  - id: tell
    uses: box.never
    with: {x: a}
  - id: one
    uses: box.set
    with: {x: a}
  - id: two
    uses: box.set
    with: {x: b}
    on_error: continue
`, nil)
	h.know(p)
	begin := func(who harrier.PrincipalID) harrier.RunID {
		run, err := n.Start(t.Context(), engine.Start{By: harrier.Principal{ID: who, Tenant: harrier.DefaultTenant, Name: "ann"}, Plan: p})
		if err != nil {
			t.Fatal(err)
		}
		return run.ID
	}
	id := begin(ann)
	first := h.asked(id)
	if first.Kind != harrier.GuardApproval || first.Message != "ann may not contain" || first.RequestedBy != ann {
		t.Errorf("asked %+v", first)
	}
	if got := h.made(id); len(got) != 1 {
		t.Errorf("before anybody agreed: %v", got)
	}
	h.decide(n, first, harrier.ApprovalApproved, nil)
	second := h.asked(id)
	if second.ID == first.ID {
		t.Error("one agreement covers two effects")
	}
	h.decide(n, second, harrier.ApprovalDenied, nil)
	h.becomes(id, harrier.RunSucceeded)
	if got := h.made(id); len(got) != 2 {
		t.Errorf("with one agreement and one refusal: %v", got)
	}
	id = begin(system)
	h.becomes(id, harrier.RunSucceeded)
	if got := h.made(id); len(got) != 3 {
		t.Errorf("what sources start is bounded by what they allow: %v", got)
	}
}
