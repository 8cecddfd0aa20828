package step_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

const child = `
trigger:
  - call: true
inputs:
  x: {type: string, help: What it is about.}
steps:
  - id: r
    uses: box.read
outputs:
  found: ${{ steps.r.output.?x.orValue("") }}
`

// calls runs a child in a playbook.
func calls(t *testing.T, steps string) *bench {
	t.Helper()
	return begin(t, scenario{steps: steps, children: map[string]string{"helper": child}})
}

// childOf returns the child that a step called last.
func (b *bench) childOf(path string) step.ChildCalled {
	b.t.Helper()
	for i := len(b.journal) - 1; i >= 0; i-- {
		body, err := step.Decode(b.journal[i])
		if err != nil {
			b.t.Fatal(err)
		}
		if c, ok := body.(step.ChildCalled); ok && c.Path == path {
			return c
		}
	}
	b.t.Fatalf("%s called no child\n%s", path, b.log())
	return step.ChildCalled{}
}

// childEnds tells the run how its child ended.
func (b *bench) childEnds(path string, status harrier.RunStatus, outputs any) {
	b.t.Helper()
	b.signal(step.SignalChild, step.ChildEnded{Path: path, Run: b.childOf(path).Run, Status: status, Outputs: outputs, Reason: "because"})
}

const calling = `
steps:
  - id: c
    call: helper
    with: {x: "${{ run.mode }}"}
    on_error: continue
  - id: after
    set: {found: "${{ steps.c.?output.found.orValue('nothing') }}", why: "${{ steps.c.?error.text.orValue('') }}"}
`

func TestCall_givesTheOutputsOfTheChild(t *testing.T) {
	t.Parallel()
	b := calls(t, calling)
	c := b.childOf("c")
	b.gives(c.Inputs, `{"x":"live"}`)
	if got := b.m.WaitingFor(); c.Playbook != "helper" || got != "child "+c.Run.String() {
		t.Errorf("called %+v, waits for %q", c, got)
	}
	b.crash()
	b.childEnds("c", harrier.RunSucceeded, map[string]any{"found": "it"})
	b.ended(harrier.RunSucceeded)
	b.gives(b.view("after").Output, `{"found":"it","why":""}`)
}

func TestCall_failsWhereTheChildDidNotSucceed(t *testing.T) {
	t.Parallel()
	for _, status := range []harrier.RunStatus{harrier.RunFailed, harrier.RunCancelled} {
		b := calls(t, calling)
		b.childEnds("c", status, nil)
		b.ended(harrier.RunSucceeded)
		b.gives(b.view("after").Output, fmt.Sprintf(`{"found":"nothing","why":"%s %s: because"}`, b.childOf("c").Run, status))
	}
}

func TestCall_hearsTheEndOfItsChildOnce(t *testing.T) {
	t.Parallel()
	b := calls(t, calling)
	b.signal(step.SignalChild, step.ChildEnded{Path: "c", Run: harrier.DeriveID[harrier.RunID]("another"), Status: harrier.RunSucceeded})
	b.is("c", step.Active)
	b.childEnds("c", harrier.RunSucceeded, nil)
	before := len(b.journal)
	b.childEnds("c", harrier.RunFailed, nil)
	if len(b.journal) != before {
		t.Errorf("the end came twice:\n%s", b.log())
	}
}

func TestCall_cancelReachesTheChildAndWaitsForIt(t *testing.T) {
	t.Parallel()
	b := calls(t, calling)
	run := b.childOf("c").Run
	if len(b.m.Stopped()) != 0 {
		t.Fatalf("stopped are %v", b.m.Stopped())
	}
	b.cancel()
	b.cancel()
	if diff := cmp.Diff([]harrier.RunID{run}, b.m.Stopped()); diff != "" {
		t.Errorf("stopped children (-want +got):\n%s", diff)
	}
	if b.m.Ended() != nil {
		t.Fatal("the run ended before its child")
	}
	b.crash()
	if diff := cmp.Diff([]harrier.RunID{run}, b.m.Stopped()); diff != "" {
		t.Errorf("stopped children after a crash (-want +got):\n%s", diff)
	}
	b.childEnds("c", harrier.RunCancelled, nil)
	b.ended(harrier.RunCancelled)
}

func TestCall_whoseTimeIsOverOrWhoseBranchLostStopsItsChild(t *testing.T) {
	t.Parallel()
	b := calls(t, strings.Replace(calling, "    call: helper\n", "    timeout: 10m\n    call: helper\n", 1))
	run := b.childOf("c").Run
	b.pass(10 * time.Minute)
	b.ended(harrier.RunSucceeded)
	if diff := cmp.Diff([]harrier.RunID{run}, b.m.Stopped()); diff != "" {
		t.Errorf("stopped children (-want +got):\n%s", diff)
	}

	b = calls(t, `
steps:
  - id: p
    parallel:
      a:
        - id: c
          call: helper
      b:
        - id: r
          uses: box.read
    join: any
`)
	b.succeed("r", nil)
	if diff := cmp.Diff([]harrier.RunID{b.childOf("c").Run}, b.m.Stopped()); diff != "" {
		t.Errorf("stopped children (-want +got):\n%s", diff)
	}
	b.is("p", step.Active)
	b.childEnds("c", harrier.RunCancelled, nil)
	b.ended(harrier.RunSucceeded)
}

func TestCall_orderToStopCountsOnceWhereItSaysSo(t *testing.T) {
	t.Parallel()
	b := start(t, "\nsteps:\n  - wait: 1h\nalways:\n  - id: z\n    uses: box.read\n")
	order := step.CancelOrder{By: "ann", Reason: "enough", Once: true}
	b.signal(step.SignalCancel, order)
	b.signal(step.SignalCancel, order)
	b.wants("z") // the second did not stop it
	b.succeed("z", nil)
	b.ended(harrier.RunCancelled)
}

func TestCall_nestsOnlySoDeep(t *testing.T) {
	t.Parallel()
	for depth, want := range map[int]int{step.MaxDepth: 0, step.MaxDepth - 1: 1} {
		b := begin(t, scenario{steps: calling, children: map[string]string{"helper": child}, depth: depth})
		if got := b.events("child.called"); got != want {
			t.Errorf("at depth %d: %d children, want %d", depth, got, want)
		}
	}
}

func TestCall_ofARetriedRunIsANewChild(t *testing.T) {
	t.Parallel()
	b := calls(t, strings.Replace(calling, "    on_error: continue\n", "", 1))
	first := b.childOf("c").Run
	b.childEnds("c", harrier.RunFailed, nil)
	b.ended(harrier.RunFailed)
	b.retry("c")
	if second := b.childOf("c").Run; second == first {
		t.Error("the retry waits for the run that has ended")
	}
	b.childEnds("c", harrier.RunSucceeded, nil)
	b.ended(harrier.RunSucceeded)
}
