package step_test

import (
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

// once is a run of one action.
func once(t *testing.T, uses string) *bench {
	t.Helper()
	return start(t, "steps:\n  - id: a\n    uses: "+uses+"\n    with: {x: x}\n    on_error: continue\n")
}

// lost is the outcome of a call whose answer was lost.
func lost() step.Outcome {
	return step.Outcome{Unknown: true, Retryable: true, Failure: &step.Failure{Class: "unknown", Text: "no answer came"}}
}

// G5, G6: what may have happened is not called failed because it was refused
// when it was repeated; a person says what became of it.
func TestUnknown_isNotSettledByARefusalLater(t *testing.T) {
	t.Parallel()
	for _, uses := range []string{"box.set", "box.keyed"} {
		b := once(t, uses)
		b.finish("a", lost())
		b.pass(10 * time.Second)
		b.fails("a", "denied")
		if n := b.events("action.failed"); n != 0 || b.m.Unresolved() != 1 {
			t.Errorf("%s: it is said to have failed %d times, and %d actions are unresolved\n%s", uses, n, b.m.Unresolved(), b.log())
		}
		if q := b.question(); q.Kind != harrier.OutcomeQuestion {
			t.Errorf("%s: people are asked %s", uses, q.Kind)
		}
		b.decide(harrier.ApprovalAnswered, map[string]any{"choice": "did_not"})
		b.is("a", step.Failed)
	}
}

// A repetition that was refused for the moment is made again, and then counts.
func TestUnknown_isRepeatedAfterAMomentaryRefusal(t *testing.T) {
	t.Parallel()
	b := once(t, "box.set")
	b.finish("a", lost())
	b.pass(10 * time.Second)
	b.finish("a", step.Outcome{Retryable: true, After: time.Minute, Failure: &step.Failure{Class: "limited", Text: "later"}})
	if b.pass(50 * time.Second); b.paths() != "" {
		t.Errorf("it was repeated before the vendor allowed it: %s", b.paths())
	}
	b.pass(time.Minute)
	b.succeed("a", map[string]any{"x": "x"})
	b.is("a", step.Succeeded)
	if n := b.events("action.failed"); n != 0 {
		t.Errorf("it is said to have failed %d times\n%s", n, b.log())
	}
}

// A run that is cancelled meanwhile does not say that nothing was sent.
func TestUnknown_staysUnresolvedWhereTheRunIsCancelled(t *testing.T) {
	t.Parallel()
	b := once(t, "box.set")
	b.finish("a", lost())
	b.pass(10 * time.Second)
	b.finish("a", step.Outcome{Retryable: true, After: time.Minute, Failure: &step.Failure{Class: "limited", Text: "later"}})
	b.cancel()
	b.ended(harrier.RunCancelled)
	if b.m.Unresolved() != 1 {
		t.Errorf("%d actions are unresolved, want 1\n%s", b.m.Unresolved(), b.log())
	}
}

// Once a probe has told that it is not there, a refusal is a refusal.
func TestUnknown_isSettledByAProbeBeforeARefusal(t *testing.T) {
	t.Parallel()
	b := once(t, "box.probed")
	b.finish("a", lost())
	b.pass(10 * time.Second)
	b.finish("a", step.Outcome{Done: false})
	b.pass(10 * time.Second)
	b.fails("a", "denied")
	b.is("a", step.Failed)
	if b.m.Unresolved() != 0 || b.events("action.failed") != 1 {
		t.Errorf("%d actions are unresolved\n%s", b.m.Unresolved(), b.log())
	}
}
