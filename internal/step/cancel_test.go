package step_test

import (
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

// everything has a step of every kind.
const everything = `
steps:
  - id: v
    set: {n: 1}
  - id: r
    uses: box.read
  - id: ok
    approve: {title: Do it, covers: [set], expires: 1h}
  - id: p
    parallel:
      a:
        - id: set
          for_each: '["a", "b"]'
          as: o
          uses: box.set
          with:
            x: ${{ o }}
      b:
        - id: never
          uses: box.never
          with: {x: x}
          on_error: continue
        - id: local
          uses: box.local
      c:
        - id: poll
          repeat:
            - id: pr
              uses: box.read
          until: steps.pr.output.?ready.orValue(false)
          every: 1m
          max: 3
          on_error:
            - id: h
              uses: box.keyed
              with: {x: x}
  - switch:
      - when: steps.r.status == "succeeded"
        steps:
          - id: q
            ask: {title: Well, form: {verdict: {type: string, help: Say.}}, expires: 1h}
  - id: c
    call: helper
    on_error: continue
  - id: w
    wait: 10m
  - id: probed
    uses: box.probed
    with: {x: x}
always:
  - id: last
    uses: box.local
`

// act lets the first thing happen that the run waits for; false where it has
// ended. Where it does not go well, no effect is confirmed, nobody answers and
// nothing gets ready.
func (b *bench) act(well bool) bool {
	b.t.Helper()
	switch {
	case b.m.Ended() != nil:
		return false
	case len(b.calls) > 0:
		c := b.calls[0]
		b.calls = b.calls[1:]
		out := step.Outcome{Output: map[string]any{"ready": true}, Done: true}
		switch {
		case !well && c.Effectful():
			out = step.Outcome{Failure: &step.Failure{Class: "unknown", Text: "reset"}, Retryable: true, Unknown: true}
		case !well:
			out.Output = map[string]any{"ready": false}
		}
		b.m.Finish(c, out, b.env())
		b.next()
	case strings.Contains(b.m.WaitingFor(), "child run"):
		status := harrier.RunSucceeded
		if !well {
			status = harrier.RunFailed
		}
		b.childEnds("c", status, nil)
	case well && strings.Contains(b.m.WaitingFor(), "needs_human"):
		b.decide(harrier.ApprovalAnswered, map[string]any{"choice": "happened"})
	case well && strings.Contains(b.m.WaitingFor(), "a decision"):
		b.decide(harrier.ApprovalApproved, nil)
	default:
		at, ok := b.m.NextDue()
		if !ok {
			b.t.Fatalf("the run waits for %q and for ever\n%s", b.m.WaitingFor(), b.log())
		}
		b.pass(max(0, at.Sub(b.now)))
	}
	return true
}

// histories are the two courses of everything.
func histories(t *testing.T, well bool) *bench {
	t.Helper()
	return begin(t, scenario{steps: everything, children: map[string]string{"helper": child}})
}

func TestCancel_atEveryPointEndsTheRunAndRunsAlways(t *testing.T) { // DUR-17
	t.Parallel()
	for _, well := range []bool{true, false} {
		for point := 0; ; point++ {
			b := histories(t, well)
			reached := true
			for range point {
				reached = reached && b.act(well)
			}
			if !reached {
				break
			}
			b.checkCancel(well)
		}
	}
}

// checkCancel cancels the run as it stands: nothing new begins but always, what
// was sent is waited for, and the run ends.
func (b *bench) checkCancel(well bool) {
	b.t.Helper()
	if b.m.Ended() != nil {
		return
	}
	v, begun := find(b.m.Views(), "probed")
	late := begun && v.Status.Ended() || b.events("run.halting") > 0 // always is under way, and is what is cancelled
	intents := b.events("action.intended")
	b.cancel()
	b.crash()
	for rounds := 0; b.act(well); rounds++ {
		if rounds > 100 {
			b.t.Fatalf("a cancelled run does not end; it waits for %q\n%s", b.m.WaitingFor(), b.log())
		}
	}
	b.ended(harrier.RunCancelled)
	if b.events("action.intended") != intents {
		b.t.Fatalf("an effect was intended after the cancel\n%s", b.log())
	}
	if !late {
		b.is("last", step.Succeeded)
	}
}

func TestCancel_lastsThroughACrashAtEveryPoint(t *testing.T) { // DUR-17
	t.Parallel()
	for _, well := range []bool{true, false} {
		b := histories(t, well)
		for rounds := 0; b.act(well); rounds++ {
			if b.m.Ended() == nil {
				b.crash()
			}
			if rounds > 300 {
				b.t.Fatalf("does not end; it waits for %q\n%s", b.m.WaitingFor(), b.log())
			}
		}
	}
}

func TestCancel_aSecondTimeStopsAlwaysToo(t *testing.T) {
	t.Parallel()
	b := start(t, "\nsteps:\n  - wait: 1h\nalways:\n  - id: z\n    uses: box.set\n    with: {x: x}\n  - id: y\n    uses: box.set\n    with: {x: x}\n")
	b.cancel()
	b.wants("z")
	b.cancel()
	if b.m.Ended() != nil {
		t.Fatal("ended with an effect under way")
	}
	b.succeed("z", nil)
	b.wants()
	b.ended(harrier.RunCancelled)
}

func TestCancel_twiceWhileAnEffectIsUnderWayIsOnce(t *testing.T) {
	t.Parallel()
	b := start(t, effect)
	b.cancel()
	before := len(b.journal)
	b.cancel()
	if len(b.journal) != before {
		t.Errorf("the second cancel did something:\n%s", b.log())
	}
	b.succeed("a", nil)
	b.ended(harrier.RunCancelled)
	b.is("a", step.Succeeded)
}

func TestCancel_givesUpWhatTheVendorStillWorksOnAndSaysSo(t *testing.T) {
	t.Parallel()
	b := start(t, effect)
	b.finish("a", step.Outcome{Pending: &step.Pending{State: []byte("1"), After: time.Hour}})
	b.cancel()
	if end := b.ended(harrier.RunCancelled); end.Unresolved != 1 {
		t.Errorf("unresolved are %d, want 1", end.Unresolved)
	}
	if got := b.m.Abandoned(); len(got) != 1 || got[0].Path != "a" {
		t.Errorf("abandoned are %+v", got)
	}
}

func TestCancel_afterTheEndIsNothing(t *testing.T) {
	t.Parallel()
	b := start(t, effect)
	b.succeed("a", nil)
	before := len(b.journal)
	b.cancel()
	b.ended(harrier.RunSucceeded)
	if len(b.journal) != before {
		t.Errorf("the cancel did something:\n%s", b.log())
	}
}
