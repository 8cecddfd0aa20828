package step_test

import (
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

const modes = `
steps:
  - id: r
    uses: box.read
    with: {x: x}
  - id: s
    uses: box.set
    with: {x: x}
  - id: l
    uses: box.local
    with: {x: x}
  - id: each
    for_each: '["a", "b"]'
    as: o
    uses: box.never
    with:
      x: ${{ o }}
outputs:
  s: ${{ steps.s.output }}
  l: ${{ steps.l.output }}
  each: ${{ steps.each.output.ok }}
`

func TestShadow_readsAndWithholdsEveryEffectLocalOnesToo(t *testing.T) {
	t.Parallel()
	b := begin(t, scenario{steps: modes, mode: harrier.Shadow})
	b.wants("r")
	b.succeed("r", nil)
	b.wants()
	b.gives(b.ended(harrier.RunSucceeded).Outputs, `{"each":2,"l":{"x":"example"},"s":{"x":"example"}}`)
	if b.events("action.withheld") != 4 || b.events("action.intended") != 0 {
		t.Errorf("%d withheld, %d intended", b.events("action.withheld"), b.events("action.intended"))
	}
	b.is("s", step.Succeeded)
	if got := b.view("s").Calls[0].Status; got != "withheld" {
		t.Errorf("the call is %s", got)
	}
	if got := b.m.Summary(); got != "box.set: 1 withheld\nbox.local: 1 withheld\nbox.never: 2 withheld" {
		t.Errorf("the summary is %q", got)
	}
}

func TestShadow_exampleOfOneRunIsNotThatOfAnother(t *testing.T) {
	t.Parallel()
	b := begin(t, scenario{steps: modes, mode: harrier.Shadow})
	b.succeed("r", nil)
	out, _ := b.view("s").Output.(map[string]any)
	out["x"] = "spoilt"
	if got := b.plan.Actions["box.set"].Example["x"]; got != "example" {
		t.Errorf("the manifest's example is %v now", got)
	}
}

func TestReplay_asksTheRecordingAndIntendsNothing(t *testing.T) {
	t.Parallel()
	b := begin(t, scenario{steps: modes, mode: harrier.Replay})
	b.succeed("r", nil)
	c := b.take("s")
	if c.Key != "" {
		t.Errorf("the call has the key %s; there is no intent", c.Key)
	}
	b.m.Finish(c, step.Outcome{Unknown: true, Failure: &step.Failure{Class: "unknown", Text: "not recorded"}}, b.env())
	b.next()
	b.ended(harrier.RunFailed)
	if b.events("action.intended") != 0 || b.events("action.unknown") != 0 {
		t.Errorf("a replay intended something:\n%s", b.log())
	}
}

func TestReplay_withholdsWhatIsBuiltIn(t *testing.T) {
	t.Parallel()
	b := begin(t, scenario{steps: modes, mode: harrier.Replay})
	b.succeed("r", nil)
	b.crash()
	b.succeed("s", map[string]any{"x": "recorded"})
	b.succeed(`each["a"]`, nil)
	b.succeed(`each["b"]`, nil)
	b.gives(b.ended(harrier.RunSucceeded).Outputs, `{"each":2,"l":{"x":"example"},"s":{"x":"recorded"}}`)
}

func TestRecord_actsAsALiveRunDoes(t *testing.T) {
	t.Parallel()
	b := begin(t, scenario{steps: effect, mode: harrier.RecordMode})
	if b.take("a").Key == "" {
		t.Error("the effect has no intent")
	}
}

func TestSummary_tellsWhatWasDoneFailedAndDecided(t *testing.T) {
	t.Parallel()
	const steps = `
steps:
  - id: ok
    approve: {title: Do it, covers: [each]}
  - id: each
    for_each: '["a", "b", "c"]'
    as: o
    uses: box.never
    max_parallel: 3
    with:
      x: ${{ o }}
    on_error: continue
  - id: told
    set: {x: "${{ summary() }}"}
`
	b := start(t, steps)
	b.decide(harrier.ApprovalApproved, nil)
	b.succeed(`each["a"]`, nil)
	b.fails(`each["b"]`, "denied")
	b.finish(`each["c"]`, step.Outcome{Unknown: true, Failure: &step.Failure{Class: "unknown", Text: "reset"}})
	b.decide(harrier.ApprovalAnswered, map[string]any{"choice": "abort"})
	b.ended(harrier.RunSucceeded)
	want := "box.never: 1 done, 1 failed, 1 unknown\nok: approved by ann"
	if got, _ := b.view("told").Output.(map[string]any); got["x"] != want {
		t.Errorf("the summary is %q, want %q", got["x"], want)
	}

	b = start(t, "\nsteps:\n  - id: told\n    set: {x: \"${{ summary() }}\"}\n")
	if got, _ := b.view("told").Output.(map[string]any); got["x"] != "Nothing was changed." {
		t.Errorf("the summary is %q", got["x"])
	}
}

func TestMachine_aJournalThatDoesNotFitIsRefused(t *testing.T) {
	t.Parallel()
	b := start(t, effect)
	for name, body := range map[string]step.Body{
		"a second start":                step.RunStarted{},
		"a step that is not next":       step.ValuesSet{Path: "b"},
		"a timer of nothing":            step.TimerFired{Path: "w"},
		"an answer to nothing":          step.QuestionAnswered{Path: "a2"},
		"a call of another connection":  step.ActionSucceeded{Path: "a", To: box("other")},
		"an outcome of a call not made": step.ActionUnknown{Path: "b"},
		"a retry before the end":        step.RunRetried{From: "a"},
		"the end of a child":            step.ChildEnded{Path: "x"},
	} {
		if err := b.replay().Apply(b.now, body); err == nil || harrier.KindOf(err) != harrier.Internal {
			t.Errorf("%s: %v, want Internal", name, err)
		}
	}
	if err := step.New(b.plan).Apply(b.now, step.TimerFired{}); err == nil {
		t.Error("a journal may begin with something else than run.started")
	}
}
