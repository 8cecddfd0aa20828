package rehearsal_test

import "testing"

// asking asks twice and acts once.
const asking = `steps:
  - id: form
    ask:
      title: What is it?
      to: role:analyst
      form:
        kind: {type: string, values: [good, bad], required: true}
        sure: {type: boolean, default: true}
      expires: 2d
  - id: ok
    approve:
      title: Do it
      covers: [set]
      on_deny: continue
      expires: 4h
  - id: set
    uses: box.set
    with:
      x: ${{ steps.form.output.?kind.orValue("unknown") }}
outputs:
  at: ${{ string(now()) }}
`

func TestPeople_decideAndAnswerAsTheCaseSays(t *testing.T) {
	t.Parallel()
	report := passes(t, asking, `
  - name: they do
    approvals: {ok: approve}
    answers: {form: {kind: bad}}
    expect:
      effects: [{action: box.set, with: {x: bad}}]
      steps: {form: {output: {answered: true, kind: bad, sure: true}}}
  - name: they deny
    approvals: {ok: deny}
    answers: {form: {kind: bad, sure: false}}
    expect: {status: succeeded, effects: [], skipped: [set], steps: {ok: {output: {decision: denied}}, set: {status: skipped}}}
  - name: nobody is there
    now: "2026-01-01T00:00:00Z"
    approvals: {ok: expire}
    expect:
      effects: []
      steps: {form: {output: {answered: false, kind: null}}, ok: {output: {decision: expired}}}
      outputs: {at: "2026-01-03T04:00:00Z"}
`)
	if report.Ways != 5 || report.Taken != 5 {
		t.Errorf("%d of %d ways, without %q", report.Taken, report.Ways, report.Untaken)
	}
}

func TestPeople_giveNoAnswerThatTheFormWouldNotTake(t *testing.T) {
	t.Parallel()
	fails(t, asking, "  - name: it\n    answers: {form: {kind: perhaps, sur: true}}\n    expect: {}\n",
		`p.test.yaml:4: answers.form.kind: is "perhaps", want one of good, bad`,
		`p.test.yaml:4: answers.form.sur: is not a field that is known`)
}

func TestPeople_ofWhomNothingIsSaidKeepTheRunWaiting(t *testing.T) {
	t.Parallel()
	fails(t, asking, "  - name: it\n    answers: {form: {kind: bad}}\n    expect: {effects: []}\n",
		`p.test.yaml:4: want status succeeded, failed or cancelled, got waiting: the run waits for a decision on ok; say under approvals what people decide, or expect status: waiting`)
	passes(t, asking, `
  - name: an approval
    answers: {form: {kind: bad}}
    expect: {status: waiting, reason: a decision on ok, path: [form, ok], effects: []}
  - name: an answer
    expect: {status: waiting, reason: an answer to form, skipped: [ok]}
`)
}

func TestPeople_doNotHoldUpWhatGoesOnBesideThem(t *testing.T) {
	t.Parallel()
	passes(t, `steps:
  - parallel:
      people:
        - id: ok
          approve: {title: Do it, covers: [set], expires: 4h}
        - id: set
          uses: box.set
      time:
        - wait: 3h
        - id: early
          set: {x: 1}
        - wait: 3h
        - id: late
          set: {x: 1}
`, `
  - name: until nobody could decide any more
    expect: {status: waiting, path: [early], skipped: [late, set]}
`)
}

func TestQuestions_ofABranchThatLostHoldUpNothing(t *testing.T) {
	t.Parallel()
	passes(t, `steps:
  - id: race
    parallel:
      people:
        - id: ok
          approve: {title: Tell them, covers: [tell]}
        - id: tell
          uses: box.never
      time:
        - id: quick
          uses: box.read
    join: any
  - wait: 3d
  - id: after
    set: {x: 1}
`, `
  - name: it was open when its branch lost
    expect: {status: succeeded, path: [ok, quick, after], skipped: [tell]}
`)
}

// unclear is an effect of which nobody may know, of two sorts.
const unclear = `steps:
  - id: tell
    uses: box.never
    with: {x: a}
    on_error: continue
  - id: note
    uses: box.probed
    with: {x: a}
    on_error: continue
`

func TestOutcomes_ofWhichNobodyKnowsAreWhatTheCaseSays(t *testing.T) {
	t.Parallel()
	passes(t, unclear, `
  - name: they happened
    actions: {box.never: {error: unknown}, box.probed: {error: unknown}}
    expect: {steps: {tell: {status: succeeded}, note: {status: succeeded}}, effects: [{action: box.never}, {action: box.probed}]}
  - name: what the probe finds is what the action is answered next
    actions: {box.probed: {sequence: [{error: unknown}, {output: {x: found}}]}}
    outcomes: {note: happened}
    expect: {steps: {note: {output: {x: found}}}, effects: [{action: box.never}, {action: box.probed}]}
  - name: they did not
    actions: {box.never: {error: unknown}, box.probed: {sequence: [{error: unknown}, {output: {x: the second}}]}}
    outcomes: {tell: did_not, note: did_not}
    expect: {steps: {tell: {status: failed, error: found that it did not happen}, note: {output: {x: the second}}}}
  - name: they are ordered again, which is another effect
    actions: {box.never: {sequence: [{error: unknown}, {output: {x: the second}}]}, box.probed: {sequence: [{error: unknown}, {output: {x: the second}}]}}
    outcomes: {tell: again, note: again}
    expect:
      steps: {tell: {output: {x: the second}}, note: {output: {x: the second}}}
      effects: [{action: box.never, count: 2}, {action: box.probed, count: 2}]
  - name: nobody finds out
    actions: {box.never: {error: unknown}, box.probed: {error: {class: unknown, text: no answer}}}
    outcomes: {tell: abort, note: abort}
    expect: {steps: {tell: {status: failed}, note: {status: failed, error: gave up}}}
  - name: they are asked about, and nobody says anything
    actions: {box.never: {error: unknown}}
    expect: {status: waiting, reason: the outcome of tell is unknown, skipped: [note]}
  - name: the probe cannot tell either
    actions: {box.probed: {error: unknown}}
    expect: {status: waiting, reason: the outcome of note is unknown}
`)
}

// hunting decides once and goes on with what turns up later.
const hunting = `steps:
  - id: find
    uses: box.read
  - id: ok
    approve:
      title: Set them
      covers: [set]
      late:
        covers: [set_late]
        same: ${{ steps.find.output.?x.orValue("") }}
        cap: 2
        for: 2h
  - id: set
    for_each: steps.find.output.?list.orValue([])
    as: m
    uses: box.set
    with:
      x: ${{ m }}
  - for_each: '["15m", "1h"]'
    as: after
    steps:
      - wait: ${{ after }}
      - id: again
        uses: box.read
      - id: set_late
        for_each: steps.again.output.?list.orValue([])
        as: m
        uses: box.set
        with:
          x: ${{ m }}
        on_error: continue
`

func TestPeople_decideOnceForWhatTurnsUpAndAgainBeyondTheTerms(t *testing.T) {
	t.Parallel()
	passes(t, hunting, `
  - name: what turns up is set without a further question
    actions:
      find: {output: {list: [a]}}
      again: {outputs: [{list: [b]}, {list: [c]}]}
    approvals: {ok: approve}
    expect:
      status: succeeded
      effects: [{action: box.set, step: set, with: {x: a}}, {action: box.set, step: set_late, count: 2}]
  - name: beyond the cap somebody lets it happen
    actions:
      find: {output: {list: []}}
      again: {outputs: [{list: [b, c, d]}, {list: []}]}
    approvals: {ok: approve, set_late: approve}
    expect: {status: succeeded, effects: [{action: box.set, count: 3}]}
  - name: beyond the cap somebody says no
    actions:
      find: {output: {list: []}}
      again: {outputs: [{list: [b, c, d]}, {list: []}]}
    approvals: {ok: approve, set_late: deny}
    expect: {status: succeeded, effects: [{action: box.set, count: 2}]}
  - name: beyond the cap nobody answers
    actions:
      find: {output: {list: []}}
      again: {outputs: [{list: [b, c, d]}, {list: []}]}
    approvals: {ok: approve}
    expect: {status: waiting, effects: [{action: box.set, count: 2}]}
  - name: no is no to what turns up as well
    actions:
      find: {output: {list: [a]}}
      again: {output: {list: [b]}}
    approvals: {ok: deny}
    expect: {status: succeeded, effects: [], skipped: [set, set_late]}
`)
}
