package step_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

func TestLoop_keysOfItemsAreTextIntegersOrTheHashOfTheValue(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ over, key, want string }{
		"text is its own key":            {`["a", "b"]`, "", `l["a"] l["b"]`},
		"integers are keys":              {`[7, 8]`, "    key: o + 1\n", `l["8"] l["9"]`},
		"text is a key":                  {`[{"n": "x/y"}]`, "    key: o.n\n", `l["x/y"]`},
		"an object is known by its hash": {`[{"n": 1}]`, "", `l["` + step.HashOf(map[string]any{"n": int64(1)})[:16] + `"]`},
		"quotes in a key are escaped":    {`["a\"b"]`, "", `l["a\"b"]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t, "\nsteps:\n  - id: l\n    for_each: '"+c.over+"'\n    as: o\n    max_parallel: 9\n"+c.key+"    uses: box.read\n    with: {x: x}\n")
			b.wants(strings.Fields(c.want)...)
		})
	}
}

// broken is a loop that cannot begin, and goes on.
const broken = `
steps:
  - id: find
    uses: box.read
  - id: l
    for_each: %s
    as: o
    key: %s
    uses: box.read
    with:
      x: ${{ o }}
    on_error: continue
  - id: then
    set: {failed: "${{ steps.l.output.failed }}", status: "${{ steps.l.status }}"}
outputs:
  l: ${{ steps.l.output }}
`

func TestLoop_thatCannotBeginHasAnEmptyOutputThatTellsWhy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ over, key, text string }{
		"the expression fails":   {`[steps.find.output.?list.orValue([])[5]]`, "o", "index"},
		"two items have one key": {`["a", "b"]`, `"same"`, "items 0 and 1 of for_each have the same key \"same\""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t, fmt.Sprintf(broken, "'"+c.over+"'", "'"+c.key+"'"))
			b.succeed("find", nil)
			end := b.ended(harrier.RunSucceeded)
			out, _ := end.Outputs.(map[string]any)["l"].(map[string]any)
			b.gives([]any{out["items"], out["ok"], out["failed"]}, "[[],0,1]")
			errs, _ := out["errors"].([]any)
			if len(errs) != 1 {
				t.Fatalf("errors are %v", out["errors"])
			}
			one, _ := errs[0].(map[string]any)
			why, _ := one["error"].(map[string]any)
			if one["key"] != "" || why["class"] != "expression" || !strings.Contains(fmt.Sprint(why["text"]), c.text) {
				t.Errorf("the error is %v, want key \"\" and a text with %q", one, c.text)
			}
			b.is("l", step.Failed)
			b.gives(b.view("then").Output, `{"failed":1,"status":"failed"}`)
		})
	}
}

func TestLoop_overMoreThanTheLimitFails(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]harrier.RunStatus{step.MaxItems + 1: harrier.RunFailed, step.MaxItems: harrier.RunSucceeded} {
		items := make([]any, n)
		for i := range items {
			items[i] = int64(i)
		}
		b := begin(t, scenario{alert: map[string]any{"items": items}, steps: `
trigger:
  - alert: alert.?go.orValue(true)
steps:
  - id: l
    for_each: alert.items
    as: o
    key: o
    max_parallel: 1000
    steps:
      - if: o < 0
        then:
          - uses: box.read
`})
		if end := b.ended(want); want == harrier.RunFailed && !strings.Contains(end.Reason, "10001 items; the limit is 10000") {
			t.Errorf("the reason is %q", end.Reason)
		}
	}
}

func TestLoop_overNothingSucceedsAtOnce(t *testing.T) {
	t.Parallel()
	b := start(t, `
steps:
  - id: l
    for_each: '[]'
    as: o
    uses: box.read
outputs:
  l: ${{ steps.l.output }}
`)
	b.gives(b.ended(harrier.RunSucceeded).Outputs, `{"l":{"errors":[],"failed":0,"items":[],"ok":0}}`)
}

func TestLoop_keepsToMaxParallelAndGoesOnAfterFailures(t *testing.T) {
	t.Parallel()
	b := start(t, `
steps:
  - id: l
    for_each: '["a", "b", "c", "d"]'
    as: o
    max_parallel: 2
    uses: box.set
    with:
      x: ${{ o }}
`)
	b.wants(`l["a"]`, `l["b"]`)
	b.fails(`l["a"]`, "invalid")
	b.wants(`l["b"]`, `l["c"]`)
	b.succeed(`l["c"]`, nil)
	b.wants(`l["b"]`, `l["d"]`)
	b.succeed(`l["d"]`, nil)
	b.wants(`l["b"]`)
	b.succeed(`l["b"]`, nil)
	if end := b.ended(harrier.RunFailed); end.Reason != "1 of 4 items failed; the first: a: the vendor said invalid" {
		t.Errorf("the reason is %q", end.Reason)
	}
}

const body = `
steps:
  - id: l
    for_each: '["a", "b"]'
    as: o
    max_parallel: 2
    steps:
      - id: first
        uses: box.read
        with:
          x: ${{ o }}
      - id: second
        uses: box.set
        with:
          x: ${{ o + steps.first.output.?x.orValue("") }}
    on_error: %s
outputs:
  l: ${{ steps.l.output }}
`

func TestLoop_ofStepsKeepsItemsApart(t *testing.T) { // DUR-15
	t.Parallel()
	b := start(t, fmt.Sprintf(body, "continue"))
	b.wants(`l["a"]/first`, `l["b"]/first`)
	b.succeed(`l["b"]/first`, map[string]any{"x": "2"})
	b.succeed(`l["a"]/first`, map[string]any{"x": "1"})
	for _, c := range b.calls {
		if want := map[string]string{`l["a"]/second`: "a1", `l["b"]/second`: "b2"}[c.Path]; c.With["x"] != want {
			t.Errorf("%s gets %v, want %s", c.Path, c.With["x"], want)
		}
	}
	b.fails(`l["a"]/second`, "denied")
	b.crash()
	b.pass(time.Minute) // the intent was committed: a natural effect is repeated
	b.succeed(`l["b"]/second`, map[string]any{"x": "B"})
	b.gives(b.ended(harrier.RunSucceeded).Outputs,
		`{"l":{"errors":[{"error":{"class":"denied","text":"the vendor said denied"},"key":"a"}],"failed":1,"items":[{"x":"B"}],"ok":1}}`)
}

func TestLoop_failureRunsTheHandlerOrFailsTheRun(t *testing.T) {
	t.Parallel()
	for handler, want := range map[string]harrier.RunStatus{"fail": harrier.RunFailed, "[{id: h, uses: box.read}]": harrier.RunSucceeded} {
		b := start(t, strings.Replace(fmt.Sprintf(body, "fail"), "on_error: fail", "on_error: "+handler, 1))
		b.fails(`l["a"]/first`, "invalid")
		b.wants(`l["b"]/first`)
		b.fails(`l["b"]/first`, "invalid")
		if want == harrier.RunSucceeded {
			b.succeed("h", nil)
		}
		b.ended(want)
	}
}

func TestLoop_timeoutOfOneActionIsThatOfEachItem(t *testing.T) {
	t.Parallel()
	b := start(t, `
steps:
  - id: l
    for_each: '["a", "b"]'
    as: o
    timeout: 60s
    uses: box.read
    with:
      x: ${{ o }}
`)
	begun := b.now
	for i, path := range []string{`l["a"]`, `l["b"]`} {
		c := b.take(path)
		if want := begun.Add(time.Duration(i)*50*time.Second + time.Minute); !c.Deadline.Equal(want) {
			t.Errorf("%s may last until %s, want %s", path, c.Deadline, want)
		}
		b.pass(50 * time.Second)
		b.m.Finish(c, step.Outcome{}, b.env())
		b.next()
	}
	b.ended(harrier.RunSucceeded)
}

func TestLoop_ofStepsThatTakesTooLongTellsWhatWasDone(t *testing.T) {
	t.Parallel()
	b := start(t, `
steps:
  - id: l
    for_each: '["a", "b", "c"]'
    as: o
    timeout: 60s
    max_parallel: 2
    steps:
      - id: s
        uses: box.set
        with:
          x: ${{ o }}
    on_error: continue
outputs:
  l: ${{ steps.l.output }}
`)
	b.succeed(`l["a"]/s`, map[string]any{"x": "A"})
	late, never := b.take(`l["b"]/s`), b.take(`l["c"]/s`)
	b.pass(time.Minute)
	if b.m.Ended() != nil {
		t.Fatal("the run ended with effects under way")
	}
	b.m.Finish(late, step.Outcome{Output: map[string]any{"x": "B"}}, b.env())
	b.m.Finish(never, step.Outcome{Failure: &step.Failure{Class: "invalid", Text: "no"}}, b.env())
	b.next()
	b.gives(b.ended(harrier.RunSucceeded).Outputs,
		`{"l":{"errors":[{"error":{"class":"invalid","text":"no"},"key":"c"}],"failed":1,"items":[{"x":"A"},{"x":"B"}],"ok":2}}`)
}
