package step_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

// hunted is a hunt that is repeated after the decision: what it finds later
// falls under it.
const hunted = `
steps:
  - id: mail
    uses: box.read
  - id: ok
    approve:
      title: Remove it
      covers: [first]
      need: 2
      assign: role:responder
      late:
        covers: [later]
        same: {about: "${{ steps.mail.output.?x.orValue(\"\") }}", what: mail}
        cap: 3
        for: 25h
  - id: first
    for_each: steps.mail.output.?list.orValue([])
    as: m
    uses: box.set
    with:
      x: ${{ m }}
  - id: hunts
    for_each: '["15m", "1h", "24h"]'
    as: after
    steps:
      - wait: ${{ after }}
      - id: hunt
        uses: box.read
      - id: later
        for_each: steps.hunt.output.?list.orValue([])
        as: m
        max_parallel: 10
        uses: box.set
        with:
          x: ${{ m }}
        on_error: continue
`

// terms are those of the plan that people are asked to decide on.
func (b *bench) terms() *step.Late {
	b.t.Helper()
	var p step.Plan
	if err := json.Unmarshal(b.question().Body, &p); err != nil {
		b.t.Fatal(err)
	}
	return p.Late
}

// decided begins the hunt, which finds one copy, and decides on it.
func decided(t *testing.T, steps string, status harrier.ApprovalStatus) *bench {
	t.Helper()
	b := start(t, steps)
	b.succeed("mail", map[string]any{"x": "id-1", "list": []any{"a"}})
	b.decide(status, nil)
	return b
}

// finds lets a hunt find copies, after a time.
func (b *bench) finds(after time.Duration, hunt string, copies ...any) {
	b.t.Helper()
	b.pass(after)
	b.succeed(hunt, map[string]any{"list": copies})
}

// intents are what was intended at paths that contain a text.
func (b *bench) intents(part string) (list []step.ActionIntended) {
	b.t.Helper()
	for _, ev := range b.journal {
		if body, _ := step.Decode(ev); ev.Type == "action.intended" {
			if in, _ := body.(step.ActionIntended); strings.Contains(in.Path, part) {
				list = append(list, in)
			}
		}
	}
	return list
}

// stopped are the questions about effects that did not fall under the terms.
func (b *bench) stopped() (list []step.ActionHeld) {
	b.t.Helper()
	for _, ev := range b.journal {
		if body, _ := step.Decode(ev); ev.Type == "action.held" {
			held, _ := body.(step.ActionHeld)
			list = append(list, held)
		}
	}
	return list
}

func TestLate_planShowsTheTermsAndBindsThemByItsHash(t *testing.T) { // G9
	t.Parallel()
	b := start(t, hunted)
	b.succeed("mail", map[string]any{"x": "id-1", "list": []any{"a"}})
	want := &step.Late{
		Calls: []step.LateCall{{
			Target: step.Target{Connection: box("box"), Name: "box", Action: "box.set", Address: "https://box.example", Manifest: "m1", Rev: 1},
			Step:   "later", Effect: harrier.Contain, Undo: "unset",
		}},
		Same: map[string]any{"about": "id-1", "what": "mail"}, Cap: 3, For: "1d1h", Beyond: step.BeyondAsk,
	}
	if diff := cmp.Diff(want, b.terms()); diff != "" {
		t.Errorf("the terms are (-want +got):\n%s", diff)
	}
	if got := strings.Join(b.leaves(), " "); got != `first["a"]=a` {
		t.Errorf("the plan is %s", got)
	}
	other := start(t, strings.Replace(hunted, "cap: 3", "cap: 4", 1))
	other.succeed("mail", map[string]any{"x": "id-1", "list": []any{"a"}})
	if b.question().Hash == other.question().Hash {
		t.Error("another cap has the same hash")
	}
}

func TestLate_copiesThatTurnUpFallUnderTheApproval(t *testing.T) {
	t.Parallel()
	b := decided(t, hunted, harrier.ApprovalApproved)
	b.succeed(`first["a"]`, nil)
	b.finds(15*time.Minute, `hunts["15m"]/hunt`, "b")
	b.succeed(`hunts["15m"]/later["b"]`, nil)
	b.crash()
	b.finds(time.Hour, `hunts["1h"]/hunt`)
	b.finds(24*time.Hour, `hunts["24h"]/hunt`)
	b.ended(harrier.RunSucceeded)
	in := b.intents("later")
	if len(in) != 1 || in[0].Approval != b.question().ID || in[0].Leaf == "" {
		t.Fatalf("intended were %+v", in)
	}
	if len(b.stopped()) != 0 {
		t.Errorf("somebody was asked: %+v", b.stopped())
	}
}

func TestLate_noSkipsWhatTurnsUpToo(t *testing.T) {
	t.Parallel()
	b := decided(t, hunted, harrier.ApprovalDenied)
	b.finds(15*time.Minute, `hunts["15m"]/hunt`, "b")
	b.is(`hunts["15m"]/later`, step.Skipped)
	b.wants()
}

func TestLate_beyondTheCapAPersonIsAskedWhateverWasTriedMeanwhile(t *testing.T) {
	t.Parallel()
	b := decided(t, hunted, harrier.ApprovalApproved)
	b.succeed(`first["a"]`, nil)
	b.finds(15*time.Minute, `hunts["15m"]/hunt`, "b", "c")
	b.finish(`hunts["15m"]/later["b"]`, step.Outcome{Failure: &step.Failure{Class: "unavailable"}, Retryable: true, Unknown: true})
	b.crash()
	b.pass(time.Minute) // the same effect again is not a further one
	b.succeed(`hunts["15m"]/later["b"]`, nil)
	b.succeed(`hunts["15m"]/later["c"]`, nil)
	b.crash()
	b.finds(time.Hour, `hunts["1h"]/hunt`, "d", "e")
	b.wants(`hunts["1h"]/later["d"]`)
	held := b.stopped()
	if len(held) != 1 || held[0].Path != `hunts["1h"]/later["e"]` || !strings.Contains(held[0].Reason, "3 of at most 3 are used up") {
		t.Fatalf("stopped were %+v", held)
	}
	if q := held[0].Question; q.Assign != "role:responder" || q.Need != 2 || q.Kind != harrier.GuardApproval {
		t.Errorf("the question is %+v", q)
	}
	b.signal(step.SignalDecided, step.Decided{ID: held[0].Question.ID, Hash: held[0].Question.Hash, Status: harrier.ApprovalApproved, By: "ann"})
	b.wants(`hunts["1h"]/later["d"]`, `hunts["1h"]/later["e"]`)
	in := b.intents(`later["e"]`)
	if len(in) != 1 || in[0].Approval != held[0].Question.ID || in[0].Leaf == "" {
		t.Errorf("what a person let happen presents %+v, want their own approval %s", in, held[0].Question.ID)
	}
}

func TestLate_aNoToWhatIsBeyondFailsOnlyThat(t *testing.T) {
	t.Parallel()
	b := decided(t, strings.Replace(hunted, "cap: 3", "cap: 1", 1), harrier.ApprovalApproved)
	b.succeed(`first["a"]`, nil)
	b.finds(15*time.Minute, `hunts["15m"]/hunt`, "b", "c")
	b.succeed(`hunts["15m"]/later["b"]`, nil)
	q := b.stopped()[0].Question
	b.signal(step.SignalDecided, step.Decided{ID: q.ID, Hash: q.Hash, Status: harrier.ApprovalDenied, By: "ann"})
	b.is(`hunts["15m"]/later["c"]`, step.Failed)
	b.finds(time.Hour, `hunts["1h"]/hunt`)
	if len(b.intents(`["c"]`)) != 0 {
		t.Error("what was denied was intended")
	}
}

func TestLate_whatHasChangedIsAskedAndNeverDone(t *testing.T) { // G9
	t.Parallel()
	for name, c := range map[string]struct {
		steps  string
		change func(*bench)
		want   string
	}{
		"the address":    {hunted, func(b *bench) { b.address = "https://evil.example" }, "connection box pointed at https://box.example and now points at https://evil.example"},
		"the manifest":   {hunted, func(b *bench) { b.manifest = "m2" }, "the manifest of box.set has changed since"},
		"the connection": {hunted, func(b *bench) { b.boxes = []string{"other"} }, "box.set by other was not shown"},
		"the end":        {strings.Replace(hunted, "for: 25h", "for: 10m", 1), func(*bench) {}, "it ended at 2026-01-02T03:14:05Z"},
		"what is the same": {hunted, func(b *bench) { // a later build computes another value
			b.plan = scenario{steps: strings.Replace(hunted, "what: mail", "what: other", 1)}.compile(b.t)
			b.crash()
		}, "what counts as the same has changed since"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := decided(t, c.steps, harrier.ApprovalApproved)
			b.succeed(`first["a"]`, nil)
			c.change(b)
			b.finds(15*time.Minute, `hunts["15m"]/hunt`, "b")
			b.wants()
			held := b.stopped()
			if len(held) != 1 || !strings.Contains(held[0].Reason, c.want) {
				t.Fatalf("stopped were %+v, want one because %q", held, c.want)
			}
		})
	}
}

func TestLate_skipLeavesOutWhatIsBeyond(t *testing.T) {
	t.Parallel()
	b := decided(t, strings.Replace(hunted, "cap: 3", "cap: 1\n        beyond: skip", 1), harrier.ApprovalApproved)
	b.succeed(`first["a"]`, nil)
	b.finds(15*time.Minute, `hunts["15m"]/hunt`, "b", "c")
	b.wants(`hunts["15m"]/later["b"]`)
	b.is(`hunts["15m"]/later["c"]`, step.Skipped)
	if len(b.stopped()) != 0 {
		t.Errorf("somebody was asked: %+v", b.stopped())
	}
}

func TestLate_aRetryOfTheRunAsksAgain(t *testing.T) {
	t.Parallel()
	b := decided(t, strings.Replace(strings.ReplaceAll(hunted, "        on_error: continue\n", ""), "for: 25h", "for: 3d", 1), harrier.ApprovalApproved)
	b.succeed(`first["a"]`, nil)
	b.finds(15*time.Minute, `hunts["15m"]/hunt`, "b")
	b.fails(`hunts["15m"]/later["b"]`, "invalid")
	b.finds(time.Hour, `hunts["1h"]/hunt`)
	b.finds(24*time.Hour, `hunts["24h"]/hunt`)
	b.ended(harrier.RunFailed)
	b.retry(`hunts["15m"]/later["b"]`)
	b.wants()
	if held := b.stopped(); len(held) != 1 || !strings.Contains(held[0].Reason, "the run was retried since") {
		t.Errorf("stopped were %+v", held)
	}
}

func TestLate_aShadowRunCountsAndSkipsWhatItWouldAsk(t *testing.T) {
	t.Parallel()
	b := begin(t, scenario{steps: strings.Replace(hunted, "cap: 3", "cap: 1", 1), mode: harrier.Shadow})
	b.succeed("mail", map[string]any{"x": "id-1"})
	b.decide(harrier.ApprovalApproved, nil)
	b.finds(15*time.Minute, `hunts["15m"]/hunt`, "b", "c")
	b.is(`hunts["15m"]/later["b"]`, step.Succeeded)
	b.is(`hunts["15m"]/later["c"]`, step.Skipped)
	if b.events("action.withheld") != 1 || b.events("action.held") != 0 {
		t.Errorf("the journal is\n%s", b.log())
	}
}

func TestLate_approvalThatItsOwnIfSkippedLetsThemPassUnapproved(t *testing.T) {
	t.Parallel()
	b := start(t, strings.Replace(hunted, "  - id: ok\n", "  - id: ok\n    if: steps.mail.output.?x.orValue(\"\") != \"trusted\"\n", 1))
	b.succeed("mail", map[string]any{"x": "trusted"})
	b.finds(15*time.Minute, `hunts["15m"]/hunt`, "b")
	b.wants(`hunts["15m"]/later["b"]`)
	if in := b.intents("later"); len(in) != 1 || !in[0].Approval.IsZero() {
		t.Errorf("intended were %+v", in)
	}
}

func TestLate_guardStopsWhatTheTermsAllow(t *testing.T) {
	t.Parallel()
	b := decided(t, hunted, harrier.ApprovalApproved)
	b.succeed(`first["a"]`, nil)
	approval := b.question().ID
	b.held[step.CallID(`hunts["15m"]/later["b"]`, box("box"))] = "too many"
	b.finds(15*time.Minute, `hunts["15m"]/hunt`, "b")
	b.wants()
	held := b.stopped()
	if len(held) != 1 || held[0].Reason != "too many" || held[0].Approval != approval {
		t.Fatalf("stopped were %+v", held)
	}
	q := held[0].Question
	b.signal(step.SignalDecided, step.Decided{ID: q.ID, Hash: q.Hash, Status: harrier.ApprovalApproved, By: "ann"})
	b.succeed(`hunts["15m"]/later["b"]`, nil)
	b.finds(time.Hour, `hunts["1h"]/hunt`, "c", "d", "e")
	b.wants(`hunts["1h"]/later["c"]`, `hunts["1h"]/later["d"]`) // what was held counts, once
}

// spread finds copies by several connections, and goes back to each.
const spread = `
steps:
  - id: mail
    uses: box.read
  - id: ok
    approve:
      title: Remove it
      covers: [first]
      late: {covers: [later], same: x, cap: 3, for: 2h}
  - id: first
    for_each: steps.mail.output.?list.orValue([])
    as: m
    uses: box.set
    connection: ${{ m }}
    with:
      x: ${{ m }}
  - wait: 15m
  - id: later
    for_each: '["two", "three"]'
    as: m
    max_parallel: 2
    uses: box.set
    connection: ${{ m }}
    with:
      x: ${{ m }}
`

func TestConnection_comesFromDataAndIsPartOfThePlan(t *testing.T) { // G9
	t.Parallel()
	b := begin(t, scenario{steps: spread, boxes: []string{"one", "two"}})
	b.succeed("mail", map[string]any{"list": []any{"two", "one"}})
	var p step.Plan
	if err := json.Unmarshal(b.question().Body, &p); err != nil {
		t.Fatal(err)
	}
	var leaves, late []string
	for _, l := range p.Leaves {
		leaves = append(leaves, l.Path+" by "+l.Name)
	}
	for _, c := range p.Late.Calls {
		late = append(late, c.Name)
	}
	if diff := cmp.Diff([]string{`first["two"] by two`, `first["one"] by one`}, leaves); diff != "" {
		t.Errorf("the plan (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"one", "two"}, late); diff != "" {
		t.Errorf("what may be called later is all that offers it (-want +got):\n%s", diff)
	}
	b.decide(harrier.ApprovalApproved, nil)
	b.to("two", `first["two"]`, step.Outcome{})
	b.to("one", `first["one"]`, step.Outcome{})
	b.pass(15 * time.Minute)
	b.wants(`later["two"]`)
	if held := b.stopped(); len(held) != 1 || !strings.Contains(held[0].Reason, "box.set by three was not shown") {
		t.Errorf("stopped were %+v", held)
	}
}

func TestConnection_withoutANameFailsTheStep(t *testing.T) {
	t.Parallel()
	b := start(t, "\nsteps:\n  - id: find\n    uses: box.read\n  - id: a\n    uses: box.never\n    connection: ${{ steps.find.output.?x.orValue(\"\") }}\n    with: {x: x}\n")
	b.succeed("find", nil)
	if end := b.ended(harrier.RunFailed); !strings.Contains(end.Reason, "connection needs a name") {
		t.Errorf("the reason is %q", end.Reason)
	}
}
