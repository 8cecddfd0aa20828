package step_test

import (
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

func TestRetryFrom_keepsWhatCameBefore(t *testing.T) { // G4
	t.Parallel()
	b := start(t, `
steps:
  - id: a
    uses: box.never
    with: {x: x}
  - id: b
    uses: box.set
    with: {x: x}
  - id: c
    uses: box.read
always:
  - id: z
    uses: box.read
`)
	b.succeed("a", nil)
	first := b.calls[0].Key
	b.fails("b", "denied")
	b.succeed("z", nil)
	b.ended(harrier.RunFailed)
	if got := b.m.FirstFailed(); got != "b" {
		t.Errorf("the first failed is %q, want b", got)
	}
	b.retry("b")
	b.crash()
	b.pass(time.Minute)
	b.wants("b")
	if again := b.calls[0]; again.Key == first || again.Attempt != 2 { // the crash made it unknown, and it is natural
		t.Errorf("attempt %d with key %s; an effect of a retried run is a new one", again.Attempt, again.Key)
	}
	b.succeed("b", nil)
	b.succeed("c", nil)
	b.succeed("z", nil)
	b.ended(harrier.RunSucceeded)
}

func TestRetryFrom_anItemKeepsTheOtherItems(t *testing.T) {
	t.Parallel()
	b := start(t, `
steps:
  - id: l
    for_each: '["a", "b", "c"]'
    as: o
    max_parallel: 3
    uses: box.set
    with:
      x: ${{ o }}
outputs:
  ok: ${{ steps.l.?output.ok.orValue(0) }}
`)
	b.succeed(`l["a"]`, nil)
	b.fails(`l["b"]`, "denied")
	b.succeed(`l["c"]`, nil)
	b.ended(harrier.RunFailed)
	b.retry(`l["b"]`)
	b.wants(`l["b"]`)
	b.succeed(`l["b"]`, nil)
	b.gives(b.ended(harrier.RunSucceeded).Outputs, `{"ok":3}`)
}

func TestRetryFrom_aBranchKeepsTheOtherBranchAndResumesWhatWasHalted(t *testing.T) {
	t.Parallel()
	const steps = `
steps:
  - id: p
    parallel:
      a:
        - id: a1
          uses: box.set
          with: {x: x}
        - id: a2
          uses: box.set
          with: {x: x}
      b:
        - id: b1
          uses: box.set
          with: {x: x}
        - id: b2
          wait: 1h
        - id: b3
          uses: box.set
          with: {x: x}
`
	b := start(t, steps)
	b.succeed("b1", nil)
	b.pass(time.Hour)
	b.succeed("b3", nil)
	b.fails("a1", "denied")
	b.ended(harrier.RunFailed)
	b.retry("a1")
	b.wants("a1")
	b.succeed("a1", nil)
	b.succeed("a2", nil)
	b.ended(harrier.RunSucceeded)

	b = start(t, steps)
	b.succeed("b1", nil)
	b.cancel()
	b.fails("a1", "denied")
	b.ended(harrier.RunCancelled)
	b.retry("a1")
	b.wants("a1")
	b.is("b1", step.Succeeded)
	b.is("b2", step.Active)
	b.crash()
	b.pass(time.Hour)
	b.succeed("a1", nil)
	b.succeed("b3", nil)
	b.succeed("a2", nil)
	b.ended(harrier.RunSucceeded)
}

func TestRetryFrom_whatCannotBeRetriedSaysWhy(t *testing.T) {
	t.Parallel()
	b := start(t, `
steps:
  - id: p
    repeat:
      - id: r
        uses: box.read
    until: steps.r.output.?ready.orValue(false)
    every: 1m
    max: 1
    on_error:
      - id: h
        uses: box.read
`)
	if err := b.m.CanRetry("p"); harrier.KindOf(err) != harrier.Conflict || err == nil {
		t.Errorf("before the end: %v", err)
	}
	b.succeed(`p["1"]/r`, nil)
	b.fails("h", "denied")
	b.ended(harrier.RunFailed)
	for from, want := range map[string]string{
		`p["1"]/r`: `inside the poll "p"; retry from the poll`, "h": `handles the failure of "p"; retry from that`, "x": `has no step "x"`,
	} {
		if err := b.m.CanRetry(from); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", from, err, want)
		}
	}
	b.retry("p")
	b.succeed(`p["1"]/r`, map[string]any{"ready": true})
	b.ended(harrier.RunSucceeded)
	if err := b.m.CanRetry("p"); harrier.KindOf(err) != harrier.Conflict || err == nil {
		t.Errorf("after a success: %v", err)
	}
}

func TestRetryFrom_everyStepThatBeganComesToAnEnd(t *testing.T) {
	t.Parallel()
	probe := histories(t, false)
	for probe.act(false) {
	}
	var paths []string
	var walk func([]step.View)
	walk = func(list []step.View) {
		for _, v := range list {
			paths = append(paths, v.Path)
			walk(v.Steps)
		}
	}
	walk(probe.m.Views())
	retried := 0
	for _, from := range paths {
		b := histories(t, false)
		for b.act(false) {
		}
		if b.m.CanRetry(from) != nil {
			continue
		}
		retried++
		b.retry(from)
		b.crash()
		for rounds := 0; b.act(true); rounds++ {
			if rounds > 200 {
				b.t.Fatalf("retried from %s, the run does not end; it waits for %q\n%s", from, b.m.WaitingFor(), b.log())
			}
		}
	}
	if retried < 5 {
		t.Errorf("only %d of %v could be retried", retried, paths)
	}
}
