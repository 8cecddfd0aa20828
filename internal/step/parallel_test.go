package step_test

import (
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

func TestParallel_joinAllWaitsForEveryBranchBeforeAFailureCounts(t *testing.T) {
	t.Parallel()
	b := start(t, `
steps:
  - id: both
    parallel:
      left:
        - id: a
          uses: box.read
        - id: never
          uses: box.read
      right:
        - id: b
          uses: box.read
        - id: c
          uses: box.set
          with: {x: x}
    on_error: continue
  - id: after
    set: {status: "${{ steps.both.status }}", c: "${{ steps.c.?output.?x.orValue('none') }}"}
`)
	b.wants("a", "b")
	b.fails("a", "invalid")
	b.wants("b")
	b.succeed("b", nil)
	b.succeed("c", map[string]any{"x": "done"})
	b.ended(harrier.RunSucceeded)
	b.gives(b.view("after").Output, `{"c":"done","status":"failed"}`)
}

func TestParallel_aBranchWithNothingToDoSucceeds(t *testing.T) {
	t.Parallel()
	for _, join := range []string{"all", "any"} {
		b := start(t, "\nsteps:\n  - id: p\n    parallel:\n      a:\n        - if: run.mode == 'shadow'\n          uses: box.read\n      b:\n        - id: r\n          uses: box.read\n    join: "+join+"\n")
		if join == "all" {
			b.succeed("r", nil)
		}
		b.ended(harrier.RunSucceeded)
		b.is("p", step.Succeeded)
	}
}

const race = `
steps:
  - id: p
    parallel:
      fast:
        - id: fast
          uses: box.read
      slow:
        - id: sent
          uses: box.never
          with: {x: x}
        - id: unsent
          uses: box.never
          with: {x: x}
      waiting:
        - id: w
          wait: 1h
        - id: after
          uses: box.never
          with: {x: x}
      asking:
        - id: q
          ask: {title: Well, form: {verdict: {type: string, help: Say.}}}
    join: any
  - id: next
    set: {sent: "${{ steps.sent.status }}"}
`

func TestParallel_joinAnyCancelsWhatWasNotSentAndRecordsWhatWas(t *testing.T) {
	t.Parallel()
	b := start(t, race)
	b.wants("fast", "sent")
	late := b.take("sent")
	b.succeed("fast", nil)
	if got := b.m.Ended(); got != nil {
		t.Fatalf("the run ended %+v with an effect under way", got)
	}
	b.is("w", step.Cancelled)
	b.is("q", step.Cancelled)
	b.m.Finish(late, step.Outcome{}, b.env())
	b.next()
	b.is("sent", step.Succeeded)
	b.is("p", step.Succeeded)
	b.ended(harrier.RunSucceeded)
	b.gives(b.view("next").Output, `{"sent":"succeeded"}`)
	b.pass(2 * time.Hour)
	b.wants()
}

func TestParallel_joinAnyAfterACrashKnowsWhatWasSent(t *testing.T) {
	t.Parallel()
	b := start(t, race)
	b.take("sent")
	b.succeed("fast", nil)
	b.crash()
	// Nobody is asked what became of an effect that the run no longer waits for.
	if end := b.ended(harrier.RunSucceeded); end.Unresolved != 1 {
		t.Errorf("unresolved are %d, want 1", end.Unresolved)
	}
	b.is("sent", step.Failed)
}

func TestParallel_joinAnyFailsOnlyWhereEveryBranchFails(t *testing.T) {
	t.Parallel()
	const steps = `
steps:
  - id: p
    parallel:
      a:
        - id: a
          uses: box.read
      b:
        - id: b
          uses: box.read
    join: any
`
	b := start(t, steps)
	b.fails("a", "invalid")
	b.succeed("b", nil)
	b.ended(harrier.RunSucceeded)
	b = start(t, steps)
	b.fails("b", "denied")
	b.fails("a", "invalid")
	if end := b.ended(harrier.RunFailed); end.Reason != "the vendor said invalid" {
		t.Errorf("the reason is %q, want that of the first branch", end.Reason)
	}
}

func TestParallel_timeoutHaltsItsBranches(t *testing.T) {
	t.Parallel()
	b := start(t, `
steps:
  - id: p
    timeout: 10m
    parallel:
      a:
        - id: w
          wait: 1h
      b:
        - id: e
          uses: box.set
          with: {x: x}
        - id: f
          uses: box.set
          with: {x: x}
    on_error: continue
`)
	late := b.take("e")
	b.pass(10 * time.Minute)
	b.is("w", step.Cancelled)
	b.is("p", step.Active)
	b.m.Finish(late, step.Outcome{}, b.env())
	b.next()
	b.wants()
	b.ended(harrier.RunSucceeded)
	if f := b.view("p").Failure; f == nil || f.Class != "timeout" {
		t.Errorf("the failure is %+v, want a timeout", f)
	}
}
