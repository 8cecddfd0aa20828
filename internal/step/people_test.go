package step_test

import (
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

const asks = `
steps:
  - id: q
    ask:
      title: What is it
      to: role:analyst
      form: {verdict: {type: string, help: Say.}}
      expires: 2h
  - id: after
    set: {answered: "${{ steps.q.?output.answered.orValue(false) }}", verdict: "${{ steps.q.?output.verdict.orValue('none') }}"}
`

func TestAsk_givesTheTypedAnswer(t *testing.T) {
	t.Parallel()
	b := start(t, asks)
	if q := b.question(); q.Kind != harrier.FormQuestion || q.Assign != "role:analyst" || b.m.WaitingFor() != "an answer to q" {
		t.Errorf("asked %+v, waits for %q", q, b.m.WaitingFor())
	}
	b.crash()
	b.decide(harrier.ApprovalAnswered, map[string]any{"verdict": "bad"})
	b.ended(harrier.RunSucceeded)
	b.gives(b.view("after").Output, `{"answered":true,"verdict":"bad"}`)
}

func TestAsk_thatNobodyAnswersGoesOnWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	b := start(t, asks)
	if at, ok := b.m.NextDue(); !ok || !at.Equal(b.now.Add(2*time.Hour)) {
		t.Errorf("next due is %s (%t), want the end of the question", at, ok)
	}
	b.pass(2 * time.Hour)
	b.ended(harrier.RunSucceeded)
	b.gives(b.view("after").Output, `{"answered":false,"verdict":"none"}`)
}

const effect = `
steps:
  - id: a
    uses: box.set
    with: {x: x}
`

// stopBy lets a guard stop the call of a path, as a driver does: the decision is
// taken again from the journal, with the reason.
func guarded(t *testing.T, steps, path string) *bench {
	t.Helper()
	b := begin(t, scenario{steps: "\nsteps:\n  - wait: 1s\n" + strings.TrimPrefix(steps, "\nsteps:\n")})
	b.held[step.CallID(path, box("box"))] = "too many"
	b.pass(time.Second)
	return b
}

func TestGuard_letsAPersonDecide(t *testing.T) {
	t.Parallel()
	for decision, want := range map[harrier.ApprovalStatus]harrier.RunStatus{
		harrier.ApprovalApproved: harrier.RunSucceeded, harrier.ApprovalDenied: harrier.RunFailed, harrier.ApprovalExpired: harrier.RunFailed,
	} {
		t.Run(string(decision), func(t *testing.T) {
			t.Parallel()
			b := guarded(t, effect, "a")
			b.wants()
			if q := b.question(); q.Kind != harrier.GuardApproval || q.Message != "too many" {
				t.Errorf("asked %+v", q)
			}
			if got := b.m.WaitingFor(); got != "a decision on a, which a guard stopped" {
				t.Errorf("waits for %q", got)
			}
			b.crash()
			if decision == harrier.ApprovalExpired {
				b.pass(24 * time.Hour)
			} else {
				b.decide(decision, nil)
			}
			if want == harrier.RunSucceeded {
				b.succeed("a", nil)
			} else {
				b.wants()
			}
			end := b.ended(want)
			if want == harrier.RunFailed && !strings.Contains(end.Reason, "the exception was "+string(decision)) {
				t.Errorf("the reason is %q", end.Reason)
			}
		})
	}
}

func TestGuard_thatWasPassedKeepsTheApprovedLeaf(t *testing.T) { // G9
	t.Parallel()
	b := start(t, `
steps:
  - id: ok
    approve: {title: Do it, covers: [a]}
  - id: a
    uses: box.set
    with: {x: x}
`)
	approval := b.question().ID
	b.held[step.CallID("a", box("box"))] = "too many"
	b.decide(harrier.ApprovalApproved, nil)
	b.decide(harrier.ApprovalApproved, nil) // of the guard
	b.take("a")
	var in step.ActionIntended
	for _, ev := range b.journal {
		if body, _ := step.Decode(ev); ev.Type == "action.intended" {
			in, _ = body.(step.ActionIntended)
		}
	}
	if in.Approval != approval || in.Leaf == "" || !in.PastGuard || in.Attempt != 1 {
		t.Errorf("the intent is %+v; it must present approval %s and its leaf", in, approval)
	}
}

func TestGuard_onOneOfTwoConnectionsLeavesTheOtherAlone(t *testing.T) {
	t.Parallel()
	b := begin(t, scenario{boxes: []string{"one", "two"}, steps: `
steps:
  - wait: 1s
  - id: tell
    uses: ticket.note
    via: all
    with: {x: x}
`})
	b.held[step.CallID("tell", box("two"))] = "too many"
	b.pass(time.Second)
	b.wants("tell")
	b.to("one", "tell", step.Outcome{})
	b.decide(harrier.ApprovalApproved, nil)
	b.to("two", "tell", step.Outcome{})
	b.ended(harrier.RunSucceeded)
}

func TestOutcome_againIsANewEpochWithANewKey(t *testing.T) { // G6
	t.Parallel()
	b := start(t, "\nsteps:\n  - id: a\n    uses: box.never\n    with: {x: t}\n")
	first := b.take("a").Key
	b.crash()
	b.decide(harrier.ApprovalAnswered, map[string]any{"choice": "again"})
	if second := b.take("a").Key; second == first || second == "" {
		t.Errorf("the key of the order is %q, the first was %q", second, first)
	}
}

func TestOutcome_isAskedAfterProbesThatCannotTell(t *testing.T) {
	t.Parallel()
	b := start(t, "\nsteps:\n  - id: a\n    uses: box.probed\n    with: {x: t}\n")
	b.finish("a", step.Outcome{Unknown: true, Failure: &step.Failure{Class: "unknown", Text: "reset"}})
	for range 5 {
		b.pass(time.Hour)
		c := b.take("a")
		if !c.Probe || !c.Deadline.IsZero() {
			t.Fatalf("the call is %+v, want a probe", c)
		}
		b.m.Finish(c, step.Outcome{Failure: &step.Failure{Class: "unavailable", Text: "busy"}}, b.env())
		b.next()
	}
	if got := b.m.WaitingFor(); !strings.HasPrefix(got, "needs_human") {
		t.Fatalf("waits for %q", got)
	}
	if q := b.question(); q.Kind != harrier.OutcomeQuestion || !strings.Contains(string(q.Body), `"did_not"`) {
		t.Errorf("asked %+v", q)
	}
	b.decide(harrier.ApprovalAnswered, map[string]any{"choice": "happened"})
	b.ended(harrier.RunSucceeded)
}

func TestOutcome_choiceThatNobodyKnowsIsNoSuccess(t *testing.T) {
	t.Parallel()
	b := start(t, "\nsteps:\n  - id: a\n    uses: box.never\n    with: {x: t}\n")
	b.take("a")
	b.crash()
	b.decide(harrier.ApprovalAnswered, map[string]any{"choice": "perhaps"})
	if end := b.ended(harrier.RunFailed); end.Unresolved != 1 {
		t.Errorf("unresolved are %d, want 1", end.Unresolved)
	}
}
