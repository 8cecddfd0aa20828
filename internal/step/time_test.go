package step_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

func TestWait_endsAtItsTime(t *testing.T) {
	t.Parallel()
	for wait, after := range map[string]time.Duration{
		"15m": 15 * time.Minute,
		"{until: 'timestamp(\"2026-01-02T03:05:00Z\")'}": 55 * time.Second,
		"{until: 'timestamp(\"2020-01-01T00:00:00Z\")'}": 0,
		"{until: 'now() + duration(\"90s\")'}":           90 * time.Second,
	} {
		b := start(t, "\nsteps:\n  - id: w\n    wait: "+wait+"\n")
		if after > 0 {
			if at, ok := b.m.NextDue(); !ok || !at.Equal(b.now.Add(after)) {
				t.Errorf("%s: due at %s (%t), want in %s", wait, at, ok, after)
			}
			b.pass(after - time.Microsecond)
			b.is("w", step.Active)
			b.crash()
			b.pass(time.Microsecond)
		} else {
			b.pass(0)
		}
		b.ended(harrier.RunSucceeded)
	}
}

func TestWait_untilSomethingThatIsNoTimeFails(t *testing.T) {
	t.Parallel()
	b := start(t, "\nsteps:\n  - id: f\n    uses: box.read\n  - id: w\n    wait: {until: 'timestamp(steps.f.output.?x.orValue(\"\"))'}\n")
	b.succeed("f", map[string]any{"x": "soon"})
	b.ended(harrier.RunFailed)
	if f := b.view("w").Failure; f == nil || f.Class != "expression" {
		t.Errorf("the failure is %+v", f)
	}
}

func TestTimeout_ofAnActionIsTheDeadlineOfEveryAttempt(t *testing.T) {
	t.Parallel()
	b := start(t, "\nsteps:\n  - id: a\n    timeout: 10s\n    retry: {attempts: 9, base: 8s, max: 8s}\n    uses: box.read\n    with: {x: x}\n")
	begun := b.now
	busy := step.Outcome{Failure: &step.Failure{Class: "unavailable", Text: "busy"}, Retryable: true}
	for attempt := 1; ; attempt++ {
		c := b.take("a")
		if c.Attempt != attempt || !c.Deadline.Equal(begun.Add(10*time.Second)) {
			t.Fatalf("attempt %d until %s, want attempt %d until %s", c.Attempt, c.Deadline, attempt, begun.Add(10*time.Second))
		}
		b.m.Finish(c, busy, b.env())
		b.next()
		if b.m.Ended() != nil {
			break
		}
		b.pass(4 * time.Second) // half of 8 s: the jitter is 0.5
	}
	b.ended(harrier.RunFailed)
	if got := b.now.Sub(begun); got != 8*time.Second {
		t.Errorf("given up after %s; a further attempt would have come after the deadline", got)
	}
}

func TestTimeout_ofAQuestionFailsTheStepBeforeItExpires(t *testing.T) {
	t.Parallel()
	b := start(t, strings.Replace(asks, "  - id: q\n", "  - id: q\n    timeout: 1h\n    on_error: continue\n", 1))
	b.pass(time.Hour)
	b.is("q", step.Failed)
	before := len(b.journal)
	b.decide(harrier.ApprovalAnswered, map[string]any{"verdict": "late"})
	if len(b.journal) != before {
		t.Errorf("an answer that came too late did something:\n%s", b.log())
	}
}

func TestLimits_timeoutCountsActiveTimeOnly(t *testing.T) {
	t.Parallel()
	const steps = `
limits: {timeout: 10m}
steps:
  - id: w
    wait: 8h
  - id: a
    uses: box.read
  - id: b
    uses: box.read
`
	b := start(t, steps)
	b.pass(8 * time.Hour)
	b.pass(9 * time.Minute)
	b.succeed("a", nil)
	b.succeed("b", nil)
	b.ended(harrier.RunSucceeded)

	b = start(t, steps)
	b.pass(8 * time.Hour)
	b.pass(11 * time.Minute)
	b.calls = nil // the answer comes too late
	if end := b.ended(harrier.RunFailed); !strings.Contains(end.Reason, "timeout 10m") {
		t.Errorf("the reason is %q", end.Reason)
	}
}

func TestLimits_maxAgeCountsAllTimeAndRunsAlways(t *testing.T) {
	t.Parallel()
	b := start(t, `
limits: {max_age: 1h}
steps:
  - id: q
    ask: {title: Well, form: {verdict: {type: string, help: Say.}}, expires: 9h}
on_failure:
  - id: never
    uses: box.read
always:
  - id: told
    uses: box.read
`)
	at, ok := b.m.NextDue()
	if !ok || at.Sub(b.now) != time.Hour+time.Microsecond {
		t.Fatalf("next due in %s (%t)", at.Sub(b.now), ok)
	}
	b.pass(at.Sub(b.now))
	b.succeed("told", nil)
	if end := b.ended(harrier.RunFailed); !strings.Contains(end.Reason, "max_age 1h") {
		t.Errorf("the reason is %q", end.Reason)
	}
}

func TestRetry_waitsWithFullJitterBetweenZeroAndADoublingCeiling(t *testing.T) {
	t.Parallel()
	busy := step.Outcome{Failure: &step.Failure{Class: "unavailable", Text: "busy"}, Retryable: true}
	for _, jitter := range []float64{0, 0.25, 0.999999} {
		b := start(t, "\nsteps:\n  - id: a\n    retry: {attempts: 6, base: 1s, max: 5s}\n    uses: box.set\n    with: {x: x}\n")
		b.jitter = jitter
		for _, ceiling := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 5 * time.Second, 5 * time.Second} {
			b.finish("a", busy)
			due, ok := b.m.NextDue()
			if jitter == 0 { // due at once, so it is under way already
				due, ok = b.now, true
			}
			want := time.Duration(jitter * float64(ceiling)).Truncate(time.Microsecond)
			if !ok || due.Sub(b.now) != want {
				t.Fatalf("jitter %v, ceiling %s: due in %s, want %s", jitter, ceiling, due.Sub(b.now), want)
			}
			b.pass(want)
		}
		b.finish("a", busy)
		b.ended(harrier.RunFailed)
		if n := b.view("a").Calls[0].Attempt; n != 6 {
			t.Errorf("made %d attempts, want 6", n)
		}
	}
}

func TestRetry_honoursTheVendorsWishAndKeepsTheKey(t *testing.T) {
	t.Parallel()
	b := start(t, "\nsteps:\n  - id: a\n    uses: box.keyed\n    with: {x: x}\n")
	c := b.take("a")
	b.m.Finish(c, step.Outcome{Failure: &step.Failure{Class: "limited", Text: "slow down", Status: 429}, Retryable: true, After: 7 * time.Minute}, b.env())
	b.next()
	b.pass(7*time.Minute - time.Microsecond)
	b.wants()
	b.crash()
	b.pass(time.Microsecond)
	if again := b.take("a"); again.Key != c.Key || again.Attempt != 2 {
		t.Errorf("attempt %d with key %s, want attempt 2 with key %s", again.Attempt, again.Key, c.Key)
	}
}

func TestRetry_aKeyThatIsTooOldIsNotUsedAgain(t *testing.T) { // G6: valid key
	t.Parallel()
	b := start(t, "\nsteps:\n  - id: a\n    uses: box.keyed\n    with: {x: x}\n")
	b.take("a")
	b.now = b.now.Add(2 * time.Hour) // the vendor honours a key for one
	b.crash()
	b.pass(time.Hour)
	b.wants()
	if got := b.m.WaitingFor(); !strings.HasPrefix(got, "needs_human") {
		t.Errorf("waits for %q", got)
	}
}

func TestRetry_ofWhatIsNotRetryableIsNotMade(t *testing.T) {
	t.Parallel()
	b := start(t, effect)
	b.fails("a", "denied")
	b.pass(time.Hour)
	b.wants()
	b.ended(harrier.RunFailed)
}

func TestPending_asksTheVendorAgainWithoutANewIntent(t *testing.T) {
	t.Parallel()
	b := start(t, effect)
	key := b.calls[0].Key
	b.finish("a", step.Outcome{Pending: &step.Pending{State: json.RawMessage(`{"job":1}`), After: 30 * time.Second}})
	if got := b.m.WaitingFor(); got != "the vendor's answer to a" {
		t.Errorf("waits for %q", got)
	}
	b.crash()
	b.wants()
	b.pass(30 * time.Second)
	c := b.take("a")
	if string(c.Resume) != `{"job":1}` || c.Key != key || c.Attempt != 1 {
		t.Fatalf("asks with %s, key %s, attempt %d", c.Resume, c.Key, c.Attempt)
	}
	b.m.Finish(c, step.Outcome{Pending: &step.Pending{State: json.RawMessage(`{"job":2}`)}}, b.env())
	b.next()
	b.pass(100 * time.Millisecond) // not at once, whatever the vendor says
	b.succeed("a", map[string]any{"x": "done"})
	b.ended(harrier.RunSucceeded)
	if n := b.events("action.intended"); n != 1 {
		t.Errorf("%d intents, want 1", n)
	}
}

func TestPending_ofAReadSurvivesACrash(t *testing.T) {
	t.Parallel()
	b := start(t, "\nsteps:\n  - id: a\n    uses: box.read\n    with: {x: x}\n")
	b.finish("a", step.Outcome{Pending: &step.Pending{State: json.RawMessage(`7`), After: time.Second}})
	b.crash()
	b.pass(time.Second)
	if c := b.take("a"); string(c.Resume) != "7" {
		t.Errorf("asks with %s", c.Resume)
	}
}
