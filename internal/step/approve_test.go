package step_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

// leaves lists the paths of the plan that people are asked to decide on.
func (b *bench) leaves() []string {
	b.t.Helper()
	var p step.Plan
	if err := json.Unmarshal(b.question().Body, &p); err != nil {
		b.t.Fatal(err)
	}
	paths := make([]string, len(p.Leaves))
	for i, l := range p.Leaves {
		paths[i] = l.Path + "=" + fmt.Sprint(l.Args["x"])
	}
	return paths
}

const nested = `
steps:
  - id: find
    uses: box.read
  - if: steps.find.output.?ready.orValue(false)
    then:
      - id: ok
        if: steps.find.output.?x.orValue("") != "trusted"
        approve: {title: Do it, covers: [one, two, three, four, five], need: 2, expires: 1h}
      - parallel:
          a:
            - id: one
              uses: box.set
              with: {x: one}
            - if: steps.find.output.?list.orValue([]).size() > 1
              then:
                - id: two
                  uses: box.never
                  with: {x: two}
              else:
                - id: three
                  uses: box.never
                  with: {x: three}
          b:
            - id: four
              for_each: steps.find.output.?list.orValue([])
              as: o
              max_parallel: 5
              uses: box.set
              with:
                x: ${{ o }}
            - id: five
              if: steps.find.output.?x.orValue("") == "all"
              uses: box.set
              with: {x: five}
`

func (b *bench) found(x string, list ...any) {
	b.t.Helper()
	b.succeed("find", map[string]any{"ready": true, "x": x, "list": list})
}

func TestApproval_planShowsEveryLeafThatWouldBeReached(t *testing.T) { // G9
	t.Parallel()
	for name, c := range map[string]struct {
		x    string
		list []any
		want string
	}{
		"the then arm":   {"some", []any{"a", "b"}, `one=one two=two four["a"]=a four["b"]=b`},
		"the else arm":   {"some", []any{"a"}, `one=one three=three four["a"]=a`},
		"what if allows": {"all", nil, `one=one three=three five=five`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t, nested)
			b.found(c.x, c.list...)
			if got := strings.Join(b.leaves(), " "); got != c.want {
				t.Errorf("the plan is %s, want %s", got, c.want)
			}
			if q := b.question(); q.Need != 2 || q.Title != "Do it" || !q.Expires.Equal(b.now.Add(time.Hour)) {
				t.Errorf("the question is %+v", q)
			}
		})
	}
}

func TestApproval_letsExactlyThePlanHappen(t *testing.T) {
	t.Parallel()
	b := start(t, nested)
	b.found("some", "a", "b")
	b.crash()
	b.decide(harrier.ApprovalApproved, nil)
	b.wants("one", `four["a"]`, `four["b"]`)
	b.succeed("one", nil)
	b.succeed("two", nil)
	b.succeed(`four["a"]`, nil)
	b.succeed(`four["b"]`, nil)
	b.is("five", step.Skipped)
	b.ended(harrier.RunSucceeded)
	q := b.question()
	for _, ev := range b.journal {
		if body, _ := step.Decode(ev); ev.Type == "action.intended" {
			in, _ := body.(step.ActionIntended)
			if in.Approval != q.ID || in.Leaf == "" {
				t.Errorf("%s presents approval %s and leaf %q", in.Path, in.Approval, in.Leaf)
			}
		}
	}
}

func TestApproval_noSkipsEveryCoveredStepAndLoopsWhole(t *testing.T) {
	t.Parallel()
	b := start(t, nested)
	b.found("all", "a", "b")
	b.decide(harrier.ApprovalDenied, nil)
	b.wants()
	b.ended(harrier.RunSucceeded)
	for _, path := range []string{"one", "two", "four", "five"} {
		b.is(path, step.Skipped)
	}
	if v := b.view("four"); v.Output != nil || len(v.Steps) != 0 || b.events("loop.opened") != 0 {
		t.Errorf("the denied loop has output %v and %d items", v.Output, len(v.Steps))
	}
}

func TestApproval_thatItsOwnIfSkippedLetsStepsPassUnapproved(t *testing.T) {
	t.Parallel()
	b := start(t, nested)
	b.found("trusted")
	b.wants("one")
	if b.events("question.asked") != 0 {
		t.Error("somebody was asked")
	}
	b.succeed("one", nil)
	b.succeed("three", nil)
	b.ended(harrier.RunSucceeded)
}

func TestApproval_onDenyStopEndsTheRun(t *testing.T) {
	t.Parallel()
	for _, expire := range []bool{false, true} {
		b := start(t, `
steps:
  - id: ok
    approve: {title: Do it, covers: [do], expires: 1h, on_deny: stop}
  - id: do
    uses: box.set
    with: {x: x}
`)
		want := "the approval ok was denied"
		if expire {
			want = "the approval ok was expired"
			b.pass(time.Hour)
		} else {
			b.decide(harrier.ApprovalDenied, nil)
		}
		if end := b.ended(harrier.RunFailed); end.Reason != want {
			t.Errorf("the reason is %q, want %q", end.Reason, want)
		}
	}
}

func TestApproval_refusesWhatHasChangedSince(t *testing.T) { // G9
	t.Parallel()
	const steps = `
steps:
  - id: ok
    approve: {title: Do it, covers: [do], expires: 2h}
  - id: do
    uses: box.set
    with: {x: late}
`
	for name, c := range map[string]struct {
		change func(*bench)
		want   string
	}{
		"an argument": {func(b *bench) { b.asked(step.Leaf{ArgsHash: step.HashOf("early"), Args: map[string]any{"x": "early"}}) },
			"argument x was early and is now late"},
		"the action": {func(b *bench) { b.asked(step.Leaf{Action: "box.unset"}) }, "the action was box.unset and is now box.set"},
		"the address": {func(b *bench) { b.address = "https://evil.example" },
			"connection box pointed at https://box.example and now points at https://evil.example"},
		"the manifest":   {func(b *bench) { b.manifest = "m2" }, "the manifest of box.set has changed since"},
		"the connection": {func(b *bench) { b.boxes = []string{"other"} }, "do by other is not in the plan"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t, steps)
			c.change(b)
			b.decide(harrier.ApprovalApproved, nil)
			b.wants()
			if end := b.ended(harrier.RunFailed); !strings.Contains(end.Reason, c.want) {
				t.Errorf("the reason is %q, want it to say %q", end.Reason, c.want)
			}
		})
	}
}

// asked makes people have been asked about something else than the step does
// now, as where a later build computes it in another way.
func (b *bench) asked(other step.Leaf) {
	b.t.Helper()
	last := len(b.journal) - 1
	body, err := step.Decode(b.journal[last])
	if err != nil {
		b.t.Fatal(err)
	}
	q, _ := body.(step.QuestionAsked)
	var p step.Plan
	if err := json.Unmarshal(q.Question.Body, &p); err != nil {
		b.t.Fatal(err)
	}
	l := &p.Leaves[0]
	l.Action = cmp.Or(other.Action, l.Action)
	l.ArgsHash = cmp.Or(other.ArgsHash, l.ArgsHash)
	if other.Args != nil {
		l.Args = other.Args
	}
	if q.Question.Body, err = json.Marshal(p); err != nil {
		b.t.Fatal(err)
	}
	if b.journal[last], err = step.Encode(b.journal[last].Seq, b.journal[last].At, q); err != nil {
		b.t.Fatal(err)
	}
	b.crash()
}

func TestApproval_decisionOfAnotherHashIsIgnored(t *testing.T) { // G9
	t.Parallel()
	b := start(t, approved)
	b.succeed("find", map[string]any{"list": []any{"a"}})
	q := b.question()
	b.signal(step.SignalDecided, step.Decided{ID: q.ID, Hash: "another", Status: harrier.ApprovalApproved, By: "eve"})
	b.wants()
	b.decide(harrier.ApprovalDenied, nil)
	b.ended(harrier.RunSucceeded)
}

func TestApproval_isSpentByADecision(t *testing.T) { // G9: single use
	t.Parallel()
	b := start(t, approved)
	b.succeed("find", map[string]any{"list": []any{"a"}})
	b.decide(harrier.ApprovalDenied, nil)
	before := len(b.journal)
	b.decide(harrier.ApprovalApproved, nil)
	if len(b.journal) != before {
		t.Errorf("a second decision did something:\n%s", b.log())
	}
}

func TestApproval_aRetryVoidsIt(t *testing.T) { // G9
	t.Parallel()
	b := start(t, approved)
	b.succeed("find", map[string]any{"list": []any{"a"}})
	b.decide(harrier.ApprovalApproved, nil)
	b.fails(`do["a"]`, "invalid")
	b.ended(harrier.RunFailed)
	b.retry(`do["a"]`)
	b.wants()
	if end := b.ended(harrier.RunFailed); !strings.Contains(end.Reason, "retry from the approval") {
		t.Errorf("the reason is %q", end.Reason)
	}
	b.retry("ok")
	b.decide(harrier.ApprovalApproved, nil)
	b.succeed(`do["a"]`, nil)
	b.ended(harrier.RunSucceeded)
}

// retry makes the run go on from a step.
func (b *bench) retry(from string) {
	b.t.Helper()
	if err := b.m.CanRetry(from); err != nil {
		b.t.Fatal(err)
	}
	b.signal(step.SignalRetry, step.RunRetried{From: from, By: "ann"})
}

func TestApproval_outputTellsTheDecision(t *testing.T) {
	t.Parallel()
	b := start(t, `
steps:
  - id: ok
    approve: {title: Do it, covers: [do]}
  - id: do
    uses: box.set
    with: {x: x}
  - id: told
    set: {decision: "${{ steps.ok.output.decision }}", by: "${{ steps.ok.output.by }}", do: "${{ steps.do.status }}"}
`)
	b.pass(23 * time.Hour)
	b.wants()
	b.decide(harrier.ApprovalApproved, nil)
	b.succeed("do", nil)
	b.ended(harrier.RunSucceeded)
	b.gives(b.view("told").Output, `{"by":"ann","decision":"approved","do":"succeeded"}`)
}

func TestApproval_insideALoopIsAskedForEachItem(t *testing.T) {
	t.Parallel()
	b := start(t, `
steps:
  - id: l
    for_each: '["a", "b"]'
    as: o
    max_parallel: 2
    steps:
      - id: ok
        approve: {title: "Do ${{ o }}", covers: [do]}
      - id: do
        uses: box.set
        with:
          x: ${{ o }}
    on_error: continue
`)
	var asked []step.Question
	for _, ev := range b.journal {
		if body, _ := step.Decode(ev); ev.Type == "question.asked" {
			q, _ := body.(step.QuestionAsked)
			asked = append(asked, q.Question)
		}
	}
	if len(asked) != 2 || asked[0].Title != "Do a" || asked[0].ID == asked[1].ID {
		t.Fatalf("asked were %+v", asked)
	}
	b.signal(step.SignalDecided, step.Decided{ID: asked[1].ID, Hash: asked[1].Hash, Status: harrier.ApprovalApproved, By: "ann"})
	b.wants(`l["b"]/do`)
	b.signal(step.SignalDecided, step.Decided{ID: asked[0].ID, Hash: asked[0].Hash, Status: harrier.ApprovalDenied, By: "ann"})
	b.wants(`l["b"]/do`)
	b.is(`l["a"]/do`, step.Skipped)
	b.succeed(`l["b"]/do`, nil)
	b.ended(harrier.RunSucceeded)
}

func TestApproval_ofAVerbListsEveryConnection(t *testing.T) {
	t.Parallel()
	b := begin(t, scenario{boxes: []string{"one", "two"}, steps: `
steps:
  - id: ok
    approve: {title: Tell all, covers: [tell]}
  - id: tell
    uses: ticket.note
    via: all
    with: {x: x}
`})
	if got := b.leaves(); !slices.Equal(got, []string{"tell=x", "tell=x"}) {
		t.Fatalf("the plan is %v", got)
	}
	b.boxes = []string{"two"} // what has changed since can only shrink the set
	b.decide(harrier.ApprovalApproved, nil)
	b.to("two", "tell", step.Outcome{})
	b.ended(harrier.RunSucceeded)
}

func TestApproval_whosePlanCannotBeMadeFails(t *testing.T) {
	t.Parallel()
	b := start(t, `
steps:
  - id: find
    uses: box.read
  - id: ok
    approve: {title: Do it, covers: [do]}
  - id: do
    for_each: steps.find.output.?list.orValue([])
    as: o
    key: '"same"'
    uses: box.set
    with:
      x: ${{ o }}
`)
	b.succeed("find", map[string]any{"list": []any{"a", "b"}})
	if end := b.ended(harrier.RunFailed); !strings.Contains(end.Reason, "cannot plan do: items 0 and 1 of for_each have the same key") {
		t.Errorf("the reason is %q", end.Reason)
	}
}
