package engine_test

import (
	"sync"
	"testing"

	"github.com/harrier-soar/harrier"
)

// bounded finds four copies after the decision, and may act on two of them.
const bounded = `
steps:
  - id: ok
    approve:
      title: Do it
      late: {covers: [later], same: "${{ run.id }}", cap: 2, for: 1h}
  - id: hunt
    uses: box.read
    with: {x: x}
  - id: later
    for_each: '["a", "b", "c", "d"]'
    as: o
    max_parallel: 2
    uses: box.set
    with: {x: "${{ o }}"}
    on_error: continue
outputs:
  ok: ${{ steps.later.?output.ok.orValue(-1) }}
`

// decideUntilEnded agrees to plans and to nothing that is beyond them.
func (h *house) decideUntilEnded(n *node, id harrier.RunID) (plan harrier.ApprovalID) {
	h.t.Helper()
	h.eventually("the end", func() bool {
		list, _, err := h.store.Approvals(h.t.Context(), harrier.DefaultTenant, harrier.ApprovalFilter{Run: id}, harrier.Page{Limit: 50})
		if err != nil {
			h.t.Fatal(err)
		}
		for _, a := range list {
			if a.Kind == harrier.PlanApproval {
				plan = a.ID
			}
			if a.Status != harrier.ApprovalPending {
				continue
			}
			answer := harrier.ApprovalDenied
			if a.Kind == harrier.PlanApproval {
				answer = harrier.ApprovalApproved
			}
			h.decide(n, a, answer, nil)
		}
		return h.load(id).Status.Ended()
	})
	return plan
}

func TestLate_capHoldsWhereverTheNodeDies(t *testing.T) { // G4, G9
	t.Parallel()
	for _, point := range []string{
		"intent.before", "intent.after", "call.before", "call.after", "result.before", "result.after", "question.before", "question.after", "run.park", "run.parked",
	} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			h := build(t)
			f := &freeze{point: point, frozen: make(chan struct{}), thaw: make(chan struct{})}
			thaw := sync.OnceFunc(func() { close(f.thaw) })
			one := h.run("one", f.hit)
			t.Cleanup(thaw)
			run := one.start(compile(t, bounded, nil))
			h.untilFrozen(one, f, run.ID)
			two := h.run("two", nil)
			plan := h.decideUntilEnded(two, run.ID)
			thaw()
			one.stop()
			if end := h.load(run.ID); end.Status != harrier.RunSucceeded || string(end.Outputs) != `{"ok":2}` {
				t.Errorf("the run is %+v\n%s", end, h.log(run.ID))
			}
			under := 0
			for _, in := range h.intents(run.ID) {
				if in.Approval == plan && in.Leaf != "" && in.State == harrier.IntentSucceeded {
					under++
				}
			}
			if intents := len(h.intents(run.ID)); under != 2 || intents != 2 {
				t.Errorf("%d of %d intents are under the approval %s, want 2 of 2\n%s", under, intents, plan, h.log(run.ID))
			}
			h.replays(two, run.ID)
		})
	}
}
