package step_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

func TestSet_valuesKeepTheirTypes(t *testing.T) {
	t.Parallel()
	b := start(t, `
steps:
  - id: v
    set:
      n: ${{ 3 }}
      half: ${{ 1.0 / 2.0 }}
      text: n is ${{ 3 }}
      deep: {list: [1, "${{ [2, 3] }}", true]}
outputs:
  v: ${{ steps.v.output }}
`)
	b.gives(b.ended(harrier.RunSucceeded).Outputs, `{"v":{"deep":{"list":[1,[2,3],true]},"half":0.5,"n":3,"text":"n is 3"}}`)
}

func TestSet_thatFailsFailsTheStep(t *testing.T) {
	t.Parallel()
	b := start(t, "\nsteps:\n  - id: f\n    uses: box.read\n  - id: v\n    set: {x: '${{ steps.f.output.?list.orValue([])[0] }}'}\n    on_error: continue\n  - id: w\n    set: {class: \"${{ steps.v.?error.?class.orValue('none') }}\"}\n")
	b.succeed("f", nil)
	b.ended(harrier.RunSucceeded)
	b.gives(b.view("w").Output, `{"class":"expression"}`)
}

func TestSwitch_takesTheFirstThatHoldsOrTheDefault(t *testing.T) {
	t.Parallel()
	for x, want := range map[string]string{"a": "first", "b": "second", "c": "otherwise"} {
		b := start(t, `
steps:
  - id: f
    uses: box.read
  - switch:
      - when: steps.f.output.?x.orValue("") == "a"
        steps:
          - id: first
            uses: box.read
      - when: steps.f.output.?x.orValue("") in ["a", "b"]
        steps:
          - id: second
            uses: box.read
    default:
      - id: otherwise
        uses: box.read
  - id: seen
    set: {first: "${{ steps.first.status }}", has: "${{ steps.second.?output.hasValue() }}"}
`)
		b.succeed("f", map[string]any{"x": x})
		b.succeed(want, nil)
		b.ended(harrier.RunSucceeded)
		status := "skipped"
		if want == "first" {
			status = "succeeded"
		}
		out, _ := b.view("seen").Output.(map[string]any)
		if out["first"] != status || out["has"] != (want == "second") {
			t.Errorf("%s: seen %v", x, out)
		}
	}
}

const nestedStop = `
steps:
  - id: p
    parallel:
      a:
        - id: sent
          uses: box.never
          with: {x: x}
        - id: unsent
          uses: box.never
          with: {x: x}
      b:
        - id: l
          for_each: '["k"]'
          as: o
          steps:
            - if: o == "k"
              then:
                - stop: {status: %s, reason: "Seen ${{ o }}"}
  - id: never
    uses: box.read
on_failure:
  - id: failing
    uses: box.read
always:
  - id: last
    uses: box.local
`

func TestStop_waitsForWhatWasSentAndRunsAlwaysOnly(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]harrier.RunStatus{"succeeded": harrier.RunSucceeded, "failed": harrier.RunFailed} {
		b := start(t, strings.Replace(nestedStop, "%s", status, 1))
		b.wants("sent")
		b.succeed("sent", nil)
		b.wants("last")
		b.succeed("last", nil)
		if end := b.ended(want); end.Reason != "Seen k" {
			t.Errorf("the reason is %q", end.Reason)
		}
		b.is("sent", step.Succeeded)
		if _, begun := find(b.m.Views(), "unsent"); begun {
			t.Error("unsent began")
		}
	}
}

func TestStop_withAnUnknownOutcomeEndsUnresolved(t *testing.T) {
	t.Parallel()
	b := start(t, strings.Replace(nestedStop, "%s", "succeeded", 1))
	b.finish("sent", step.Outcome{Unknown: true, Failure: &step.Failure{Class: "unknown", Text: "reset"}})
	b.succeed("last", nil)
	if end := b.ended(harrier.RunSucceeded); end.Unresolved != 1 {
		t.Errorf("unresolved are %d, want 1", end.Unresolved)
	}
}

const handled = `
steps:
  - id: a
    uses: box.read
    on_error:
      - id: h1
        uses: box.read
      - id: h2
        set: {class: "${{ steps.a.?error.class.orValue('') }}"}
  - id: after
    set: {a: "${{ steps.a.status }}"}
on_failure:
  - id: broken
    set: {a: "${{ steps.a.status }}"}
always:
  - id: last
    set: {a: "${{ steps.a.status }}"}
`

func TestHandler_goesOnAfterAFailure(t *testing.T) {
	t.Parallel()
	b := start(t, handled)
	b.fails("a", "denied")
	b.crash()
	b.succeed("h1", nil)
	b.ended(harrier.RunSucceeded)
	b.gives(b.view("h2").Output, `{"class":"denied"}`)
	b.gives(b.view("after").Output, `{"a":"failed"}`)
	if _, begun := find(b.m.Views(), "broken"); begun {
		t.Error("on_failure ran though the failure was handled")
	}
}

func TestHandler_thatFailsFailsTheRunAndRunsOnFailure(t *testing.T) {
	t.Parallel()
	b := start(t, handled)
	b.fails("a", "denied")
	b.fails("h1", "invalid")
	if end := b.ended(harrier.RunFailed); end.Reason != "the vendor said invalid" {
		t.Errorf("the reason is %q", end.Reason)
	}
	b.is("broken", step.Succeeded)
	b.is("last", step.Succeeded)
	if _, begun := find(b.m.Views(), "after"); begun {
		t.Error("the run went on after a handler that failed")
	}
}

func TestHandler_isNotRunWhereNothingFailed(t *testing.T) {
	t.Parallel()
	b := start(t, handled)
	b.succeed("a", nil)
	b.ended(harrier.RunSucceeded)
	for _, path := range []string{"h1", "broken"} {
		if _, begun := find(b.m.Views(), path); begun {
			t.Errorf("%s ran", path)
		}
	}
	b.is("last", step.Succeeded)
}

func TestAlways_thatFailsFailsARunThatSucceeded(t *testing.T) {
	t.Parallel()
	b := start(t, "\nsteps:\n  - id: a\n    uses: box.read\nalways:\n  - id: z\n    uses: box.read\n")
	b.succeed("a", nil)
	b.fails("z", "denied")
	b.ended(harrier.RunFailed)
}

func TestScope_siblingsAndItemsAreApartAndVariablesShadow(t *testing.T) {
	t.Parallel()
	b := start(t, `
steps:
  - id: v
    set: {o: outer}
  - id: l
    for_each: '["a", "b"]'
    as: o
    max_parallel: 2
    steps:
      - id: m
        for_each: '[o + "1"]'
        as: i
        steps:
          - id: s
            set: {x: "${{ o }}${{ i }}${{ steps.v.output.o }}"}
      - id: s2
        set: {inner: "${{ steps.m.output.ok }}"}
outputs:
  l: ${{ steps.l.output.items }}
`)
	b.gives(b.ended(harrier.RunSucceeded).Outputs, `{"l":[{"inner":1},{"inner":1}]}`)
	b.gives(b.view(`l["b"]/m["b1"]/s`).Output, `{"x":"bb1outer"}`)
}

func TestAction_whoseConnectionsCannotBeFoundFails(t *testing.T) {
	t.Parallel()
	b := begin(t, scenario{steps: "\nsteps:\n  - wait: 1s\n  - id: a\n    uses: box.set\n    with: {x: x}\n"})
	b.refusal = errors.New("no connection offers box.set; add one")
	b.pass(time.Second)
	if end := b.ended(harrier.RunFailed); end.Reason != "no connection offers box.set; add one" {
		t.Errorf("the reason is %q", end.Reason)
	}
}

func TestVerb_toAllOfAReadNeedsOneAnswerAndTellsTheOthers(t *testing.T) {
	t.Parallel()
	s := scenario{boxes: []string{"one", "two"}, steps: `
steps:
  - id: a
    uses: intel.look
    via: all
    with: {x: x}
`}
	refused := step.Outcome{Failure: &step.Failure{Class: "denied", Text: "no"}}
	b := begin(t, s)
	b.to("two", "a", step.Outcome{Output: map[string]any{"x": "yes"}})
	b.crash() // the answer of the other is asked for again
	b.to("one", "a", refused)
	b.ended(harrier.RunSucceeded)
	b.gives(b.view("a").Output, `{"results":[{"connection":"one","error":{"class":"denied","text":"no"},"status":"failed"},{"connection":"two","output":{"x":"yes"},"status":"succeeded"}]}`)

	b = begin(t, s)
	b.to("one", "a", refused)
	b.to("two", "a", refused)
	b.ended(harrier.RunFailed)
}

func TestVerb_effectThatOneConnectionRefusesFailsTheStep(t *testing.T) {
	t.Parallel()
	b := begin(t, scenario{boxes: []string{"one", "two"}, steps: "\nsteps:\n  - id: a\n    uses: ticket.note\n    via: all\n    with: {x: x}\n"})
	if b.calls[0].Key == b.calls[1].Key {
		t.Error("two connections share a key")
	}
	b.to("one", "a", step.Outcome{})
	b.to("two", "a", step.Outcome{Failure: &step.Failure{Class: "denied", Text: "no"}})
	b.ended(harrier.RunFailed)
}
