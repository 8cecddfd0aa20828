package step_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

// polls is a poll with a bound.
const polls = `
steps:
  - id: p
    repeat:
      - id: r
        uses: box.read
        with: {x: x}
    until: steps.r.output.?ready.orValue(false)
    every: 1m
    max: %s
    on_error: continue
  - id: after
    set: {status: "${{ steps.p.status }}"}
outputs:
  rounds: ${{ steps.p.?output.?rounds }}
`

func TestPoll_repeatsUntilTheConditionHolds(t *testing.T) {
	t.Parallel()
	b := start(t, fmt.Sprintf(polls, "5"))
	b.succeed(`p["1"]/r`, map[string]any{"ready": false})
	b.wants()
	if got := b.m.WaitingFor(); got != "a timer of p" {
		t.Errorf("the run waits for %q", got)
	}
	b.pass(59 * time.Second)
	b.wants()
	b.pass(time.Second)
	b.crash()
	b.succeed(`p["2"]/r`, map[string]any{"ready": true})
	b.gives(b.ended(harrier.RunSucceeded).Outputs, `{"rounds":2}`)
}

func TestPoll_failsAfterItsLastRound(t *testing.T) {
	t.Parallel()
	for bound, rounds := range map[string]int{"2": 2, "2m": 3, "90s": 2} {
		b := start(t, fmt.Sprintf(polls, bound))
		for i := range rounds {
			b.succeed(fmt.Sprintf(`p["%d"]/r`, i+1), map[string]any{"ready": false})
			b.pass(time.Minute)
		}
		b.ended(harrier.RunSucceeded)
		f := b.view("p").Failure
		if f == nil || f.Class != "timeout" || !strings.Contains(f.Text, fmt.Sprintf("in %d rounds", rounds)) {
			t.Errorf("max %s: the failure is %+v, want one after %d rounds", bound, f, rounds)
		}
	}
}

func TestPoll_roundsForgetWhatWasBefore(t *testing.T) {
	t.Parallel()
	b := start(t, fmt.Sprintf(polls, "5"))
	b.succeed(`p["1"]/r`, map[string]any{"ready": false})
	b.pass(time.Minute)
	b.succeed(`p["2"]/r`, map[string]any{"ready": false})
	if v, ok := find(b.m.Views(), `p["1"]/r`); ok {
		t.Errorf("the first round is still there: %+v", v)
	}
	b.is(`p["2"]/r`, step.Succeeded)
}

func TestPoll_aRoundThatFailsFailsThePoll(t *testing.T) {
	t.Parallel()
	b := start(t, fmt.Sprintf(polls, "5"))
	b.fails(`p["1"]/r`, "denied")
	b.ended(harrier.RunSucceeded)
	b.gives(b.view("after").Output, `{"status":"failed"}`)
}

// successes lists the successes in the journal.
func (b *bench) successes() (list []step.ActionSucceeded) {
	b.t.Helper()
	for _, ev := range b.journal {
		body, err := step.Decode(ev)
		if err != nil {
			b.t.Fatal(err)
		}
		if s, ok := body.(step.ActionSucceeded); ok {
			list = append(list, s)
		}
	}
	return list
}

func TestPoll_storesOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	b := start(t, `
steps:
  - id: p
    repeat:
      - id: r
        uses: box.read
        with: {x: x}
      - if: steps.r.status == "succeeded"
        then:
          - id: all
            uses: intel.look
            via: all
            with: {x: x}
    until: steps.r.output.?ready.orValue(false)
    every: 1m
    max: 9
outputs:
  last: ${{ steps.p.output }}
`)
	big := strings.Repeat("y", 40)
	for round, x := range []string{big, big, "other", "other"} {
		prefix := fmt.Sprintf(`p["%d"]/`, round+1)
		b.succeed(prefix+"r", map[string]any{"x": x, "ready": round == 3})
		b.crash()
		b.succeed(prefix+"all", map[string]any{"x": big})
		b.pass(time.Minute)
	}
	end := b.ended(harrier.RunSucceeded)
	var same []bool
	for _, s := range b.successes() {
		same = append(same, s.Same)
		if s.Same && s.Output != nil {
			t.Errorf("%s stores its output again", s.Path)
		}
	}
	b.gives(same, "[false,false,true,true,false,true,false,true]")
	if n := strings.Count(b.log(), big); n != 2 {
		t.Errorf("the journal holds the same answer %d times, want 2", n)
	}
	b.gives(end.Outputs, `{"last":{"done":true,"last":{"ready":true,"x":"other"},"rounds":4}}`)
	b.m = b.replay()
	b.gives(b.view(`p["4"]/all`).Output, `{"results":[{"connection":"box","output":{"x":"`+big+`"},"status":"succeeded"}]}`)
}

func TestPoll_aSameAnswerWithoutARoundBeforeIsADamagedJournal(t *testing.T) {
	t.Parallel()
	b := start(t, fmt.Sprintf(polls, "5"))
	c := b.take(`p["1"]/r`)
	b.m.Finish(c, step.Outcome{Output: map[string]any{"ready": false}}, b.env())
	b.next()
	m := step.New(b.plan)
	for _, ev := range b.journal {
		body, err := step.Decode(ev)
		if err != nil {
			t.Fatal(err)
		}
		s, isAnswer := body.(step.ActionSucceeded)
		if !isAnswer {
			if err := m.Apply(ev.At, body); err != nil {
				t.Fatal(err)
			}
			continue
		}
		s.Same, s.Output = true, nil
		if err := m.Apply(ev.At, s); err == nil || harrier.KindOf(err) != harrier.Internal {
			t.Fatalf("got %v, want Internal", err)
		}
		return
	}
	t.Fatal("nothing succeeded")
}

func TestPoll_timeoutEndsThePause(t *testing.T) {
	t.Parallel()
	b := start(t, strings.Replace(fmt.Sprintf(polls, "9"), "    repeat:", "    timeout: 90s\n    repeat:", 1))
	b.succeed(`p["1"]/r`, nil)
	b.pass(time.Minute)
	b.pass(30 * time.Second)
	b.ended(harrier.RunSucceeded)
	if f := b.view("p").Failure; f == nil || f.Class != "timeout" {
		t.Errorf("the failure is %+v, want a timeout", f)
	}
}
