package step_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

func TestMachine_runsStepsInOrderWithOneEventForEachRead(t *testing.T) {
	t.Parallel()
	b := start(t, `
steps:
  - id: a
    uses: box.read
    with: {x: one}
  - id: b
    uses: box.read
    with:
      x: ${{ steps.a.output.?x.orValue("") + "!" }}
outputs:
  x: ${{ steps.b.output.?x }}
`)
	b.succeed("a", map[string]any{"x": "1"})
	if got := b.take("b").With["x"]; got != "1!" {
		t.Errorf("the second step got %v, want 1!", got)
	}
	b.crash() // a read under way is made again
	b.succeed("b", map[string]any{"x": "2"})
	b.ended(harrier.RunSucceeded)
	if len(b.journal) != 4 {
		t.Errorf("the journal has %d events, want 4:\n%s", len(b.journal), b.log())
	}
}

func TestMachine_skipsWhatIsNotTakenAndBranches(t *testing.T) {
	t.Parallel()
	b := start(t, `
steps:
  - id: v
    set: {n: 3}
  - id: never
    if: steps.v.output.n > 5
    uses: box.read
  - if: steps.v.output.n == 3
    then:
      - id: "yes"
        uses: box.read
    else:
      - id: "no"
        uses: box.read
  - switch:
      - when: steps.never.status == "skipped"
        steps:
          - id: third
            uses: box.read
    default:
      - stop: {status: failed, reason: wrong}
`)
	b.succeed("yes", nil)
	b.succeed("third", nil)
	b.ended(harrier.RunSucceeded)
}

func TestMachine_loopKeepsOrderAndTellsFailuresWithoutHoles(t *testing.T) {
	t.Parallel()
	b := start(t, `
steps:
  - id: all
    for_each: '["a", "b", "c"]'
    as: o
    key: o
    max_parallel: 2
    uses: box.read
    with:
      x: ${{ o }}
    on_error: continue
outputs:
  items: ${{ steps.all.output.?items }}
  errors: ${{ steps.all.output.?errors }}
`)
	if b.paths() != `all["a"] all["b"]` {
		t.Fatalf("under way are %s, want the first two", b.paths())
	}
	b.succeed(`all["b"]`, map[string]any{"x": "B"})
	b.crash()
	b.finish(`all["a"]`, step.Outcome{Failure: &step.Failure{Class: "not_found", Text: "gone"}})
	b.succeed(`all["c"]`, map[string]any{"x": "C"})
	end := b.ended(harrier.RunSucceeded)
	got, _ := json.Marshal(end.Outputs)
	want := `{"errors":[{"error":{"class":"not_found","text":"gone"},"key":"a"}],"items":[{"x":"B"},{"x":"C"}]}`
	if string(got) != want {
		t.Errorf("outputs are %s, want %s", got, want)
	}
}

func TestMachine_crashAfterIntentRepeatsOnlyWhatMayBeRepeated(t *testing.T) {
	t.Parallel()
	for action, want := range map[string]string{
		"set": "repeat", "keyed": "repeat", "probed": "probe", "never": "ask", // G6
	} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			b := start(t, "\nsteps:\n  - id: a\n    uses: box."+action+"\n    with: {x: t}\n")
			key := b.take("a").Key
			b.crash()
			b.pass(10 * time.Minute)
			if want == "ask" {
				if len(b.calls) != 0 || !strings.Contains(b.m.WaitingFor(), "needs_human") {
					t.Fatalf("calls %s, waits for %q; want a person", b.paths(), b.m.WaitingFor())
				}
				return
			}
			c := b.take("a")
			if c.Probe != (want == "probe") || c.Key != key {
				t.Fatalf("after the crash: probe %t with key %s; want %s with key %s", c.Probe, c.Key, want, key)
			}
		})
	}
}

func TestMachine_probeSettlesAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	for _, done := range []bool{true, false} {
		b := start(t, "\nsteps:\n  - id: a\n    uses: box.probed\n    with: {x: t}\n")
		b.finish("a", step.Outcome{Unknown: true, Failure: &step.Failure{Class: "unknown", Text: "reset"}})
		b.pass(time.Second)
		b.finish("a", step.Outcome{Done: done, Output: map[string]any{"x": "t"}})
		if !done {
			b.succeed("a", nil) // not there: made again
		}
		b.ended(harrier.RunSucceeded)
	}
}

func TestMachine_personSettlesWhatNobodyCanTell(t *testing.T) { // DUR-06
	t.Parallel()
	for choice, want := range map[string]harrier.RunStatus{
		"happened": harrier.RunSucceeded, "did_not": harrier.RunFailed, "abort": harrier.RunFailed, "again": harrier.RunSucceeded,
	} {
		b := start(t, "\nsteps:\n  - id: a\n    uses: box.never\n    with: {x: t}\n")
		b.finish("a", step.Outcome{Unknown: true, Failure: &step.Failure{Class: "unknown", Text: "reset"}})
		b.decide(harrier.ApprovalAnswered, map[string]any{"choice": choice})
		if choice == "again" {
			if len(b.calls) != 1 {
				t.Fatalf("again: calls %s", b.paths())
			}
			b.succeed("a", nil)
		}
		end := b.ended(want)
		if (end.Unresolved > 0) != (choice == "abort") {
			t.Errorf("%s: unresolved is %d", choice, end.Unresolved)
		}
	}
}

// decide answers the question that the run waits for.
func (b *bench) decide(status harrier.ApprovalStatus, answer map[string]any) {
	b.t.Helper()
	q := b.question()
	data, err := json.Marshal(step.Decided{ID: q.ID, Status: status, By: "ann", Hash: q.Hash, Answer: answer})
	if err != nil {
		b.t.Fatal(err)
	}
	if err := b.m.Signal(harrier.Signal{Type: step.SignalDecided, Data: data}, b.env()); err != nil {
		b.t.Fatal(err)
	}
	b.next()
}

// question returns the last question asked.
func (b *bench) question() step.Question {
	b.t.Helper()
	for i := len(b.journal) - 1; i >= 0; i-- {
		body, err := step.Decode(b.journal[i])
		if err != nil {
			b.t.Fatal(err)
		}
		switch body := body.(type) {
		case step.QuestionAsked:
			return body.Question
		case step.OutcomeAsked:
			return body.Question
		case step.ActionHeld:
			return body.Question
		}
	}
	b.t.Fatalf("nobody was asked anything\n%s", b.log())
	return step.Question{}
}

const approved = `
steps:
  - id: find
    uses: box.read
  - id: ok
    approve: {title: Do it, covers: [do], need: 1, expires: 1h}
  - parallel:
      one:
        - id: do
          for_each: steps.find.output.?list.orValue([])
          as: o
          key: o
          uses: box.set
          with:
            x: ${{ o }}
`

func TestApproval_bindsTheExactPlan(t *testing.T) { // G9, APR-03
	t.Parallel()
	b := start(t, approved)
	b.succeed("find", map[string]any{"list": []any{"a", "b"}})
	var p step.Plan
	if err := json.Unmarshal(b.question().Body, &p); err != nil {
		t.Fatal(err)
	}
	if len(p.Leaves) != 2 || p.Leaves[0].Path != `do["a"]` || p.Leaves[1].Target != "b" {
		t.Fatalf("the plan is %+v", p.Leaves)
	}
	b.crash()
	b.decide(harrier.ApprovalApproved, nil)
	b.address = "https://evil.example"
	b.succeed(`do["a"]`, nil)
	end := b.ended(harrier.RunFailed)
	if !strings.Contains(end.Reason, "https://evil.example") {
		t.Errorf("the reason is %q; it must name the address that changed", end.Reason)
	}
}

func TestApproval_deniedAndExpiredSkipTheCoveredSteps(t *testing.T) {
	t.Parallel()
	for _, expire := range []bool{true, false} {
		b := start(t, approved)
		b.succeed("find", map[string]any{"list": []any{"a"}})
		if expire {
			b.pass(time.Hour)
		} else {
			b.decide(harrier.ApprovalDenied, nil)
		}
		if len(b.calls) > 0 {
			t.Fatalf("calls after a no: %s", b.paths())
		}
		b.ended(harrier.RunSucceeded)
	}
}
