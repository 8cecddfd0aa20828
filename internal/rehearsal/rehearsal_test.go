package rehearsal_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier/internal/rehearsal"
)

// triage decides by what it reads and asks before it acts.
const triage = `inputs:
  hosts: {type: list<host>, default: [h1, h2]}
steps:
  - id: look
    uses: box.read
    with:
      x: ${{ alert.title }}
    on_error: continue
  - id: judge
    set:
      bad: ${{ steps.look.?output.?x.orValue("") == "bad" }}
  - if: steps.judge.output.bad
    then:
      - id: ok
        approve:
          title: Isolate
          covers: [isolate]
      - id: isolate
        for_each: inputs.hosts
        as: h
        key: h
        uses: endpoint.isolate
        with:
          host: ${{ h }}
    else:
      - id: note
        if: inputs.hosts.size() > 1
        uses: box.local
        with:
          x: nothing
always:
  - id: tell
    uses: box.never
    with:
      x: ${{ string(steps.judge.?output.bad.orValue(false)) }}
outputs:
  bad: ${{ steps.judge.output.bad }}
  hosts: ${{ inputs.hosts }}
`

func TestRun_reportsEveryWayThatNoCaseTook(t *testing.T) {
	t.Parallel()
	report := passes(t, triage, `
  - name: a bad host is isolated after the approval
    alert: {title: something}
    actions: {look: {output: {x: bad}}}
    approvals: {ok: approve}
    expect:
      status: succeeded
      path: [look, judge, ok, isolate, tell]
      skipped: [note]
      effects:
        - {action: endpoint.isolate, target: h1}
        - {action: edr.isolate, with: {host: h2}, step: isolate}
        - {action: box.never, with: {x: "true"}}
      steps:
        judge: {status: succeeded, output: {bad: true}}
        ok: {output: {decision: approved}}
        isolate: {output: {ok: 2, items: [{isolated: true}, {isolated: true}]}}
        isolate["h2"]: {status: succeeded}
        note: {status: skipped}
      outputs: {bad: true, hosts: [h1, h2]}
  - name: what is not known to be bad is left alone
    alert: {title: something}
    inputs: {hosts: [h1]}
    expect: {status: succeeded, skipped: [note, isolate, ok], effects: [{action: box.never}]}
`)
	want := rehearsal.Report{
		Playbook: "p", Ways: 10, Taken: 5, Cases: report.Cases,
		Untaken: []string{"look: fails", "ok: denied", "ok: expired", "isolate: empty", "note: runs"},
	}
	if diff := cmp.Diff(want, report); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

func TestRun_saysPreciselyWhatIsNotAsExpected(t *testing.T) {
	t.Parallel()
	fails(t, triage, `
  - name: every expectation is wrong
    alert: {title: something}
    actions: {look: {output: {x: bad}}}
    approvals: {ok: deny}
    expect:
      status: failed
      path: [judge, look, note, isolate]
      skipped: [ok]
      effects:
        - {action: endpoint.isolate, count: 2}
        - {action: box.never, with: {x: "false"}}
        - {action: box.read}
      steps:
        judge: {status: failed, output: {bad: false}, error: broken}
        note: {output: {x: nothing}}
        isolate: {status: succeeded}
      outputs: {bad: false, hosts: [h1, h3], more: 1}
`,
		`p.test.yaml:5: want status failed, got succeeded`,
		`p.test.yaml:11: step look ran before judge, want it after; the steps ran in the order look, judge, if#3, ok, tell`,
		`p.test.yaml:11: step note did not run; what ran is look, judge, if#3, ok, tell`,
		`p.test.yaml:11: step isolate did not run: it was skipped; what ran is look, judge, if#3, ok, tell`,
		`p.test.yaml:12: step ok ran after if#3, want it skipped`,
		`p.test.yaml:14: effect endpoint.isolate: want 2, got 0`,
		`p.test.yaml:15: effect box.never by step tell: with.x: want "false", got "true"`,
		`p.test.yaml:16: effect box.read: want 1, got 0; it only reads, which is no effect: expect it under path instead`,
		`p.test.yaml:18: step judge: want status failed, got succeeded`,
		`p.test.yaml:18: step judge: want an error with "broken", got none`,
		`p.test.yaml:18: step judge: output.bad: want false, got true`,
		`p.test.yaml:19: step note did not run, so there is nothing of it to look at; what ran is look, judge, if#3, ok, tell`,
		`p.test.yaml:20: step isolate: want status succeeded, got skipped`,
		`p.test.yaml:5: outputs.bad: want false, got true`,
		`p.test.yaml:5: outputs.hosts[1]: want "h3", got "h2"`,
		`p.test.yaml:5: outputs.more: want 1, got nothing`,
	)
}

func TestRun_tellsOfEffectsThatNobodyExpects(t *testing.T) {
	t.Parallel()
	fails(t, triage, `
  - name: none are expected
    alert: {title: something}
    actions: {look: {output: {x: bad}}}
    approvals: {ok: approve}
    expect: {effects: []}
`,
		`p.test.yaml:5: 2 effects of edr.isolate by step isolate are not expected; the first is with {"host":"h1"}`,
		`p.test.yaml:5: effect box.never by step tell with {"x":"true"} is not expected`,
	)
}

func TestRun_givesEffectsToTheExpectationsThatNeedThem(t *testing.T) {
	t.Parallel()
	passes(t, "steps:\n  - uses: box.set\n    with: {x: a}\n  - uses: box.set\n    with: {x: b}\n  - uses: box.set\n    with: {x: c}\n", `
  - name: an expectation that takes anything does not take what another needs
    expect:
      effects:
        - {action: box.set, count: 2}
        - {action: box.set, with: {x: a}}
`)
}

func TestRun_namesTheCauseOfAFailure(t *testing.T) {
	t.Parallel()
	fails(t, "steps:\n  - id: look\n    uses: box.read\n", `
  - name: the source refuses
    actions: {look: {error: {class: denied, text: no right to look}}}
    expect: {status: succeeded, reason: none}
`, `p.test.yaml:5: want status succeeded, got failed: step look: no right to look`)
}

func TestRun_holdsTheReasonAgainstAPartOfIt(t *testing.T) {
	t.Parallel()
	steps := "steps:\n  - if: alert.title == \"x\"\n    stop:\n      status: failed\n      reason: it is over\n"
	report := passes(t, steps, "  - name: a\n    alert: {title: x}\n    expect: {status: failed, reason: is over, path: [stop#1]}\n  - name: b\n    alert: {title: y}\n    expect: {status: succeeded, skipped: [stop#1]}\n")
	if report.Taken != 2 || report.Ways != 2 {
		t.Errorf("a stop step that stops takes its way: %+v", report)
	}
	fails(t, steps, "  - name: a\n    alert: {title: x}\n    expect: {reason: goes on}\n", `p.test.yaml:4: want a reason with "goes on", got "it is over"`)
}

func TestRun_isTheSameEveryTime(t *testing.T) {
	t.Parallel()
	cases := "\n  - name: it\n    alert: {title: x}\n    actions: {look: {output: {x: bad}}}\n    expect: {effects: [], outputs: {bad: 1}, path: [note]}\n"
	if diff := cmp.Diff(rehearse(t, triage, cases), rehearse(t, triage, cases)); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
}

func TestRun_measuresWithTheClockThatItIsGiven(t *testing.T) {
	t.Parallel()
	plan, tests := compiled(t, "steps:\n  - set: {a: 1}\n", "  - {name: it, expect: {}}\n")
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	report := rehearsal.Run(t.Context(), plan, tests, rehearsal.World{Now: func() time.Time { now = now.Add(time.Second); return now }})
	if report.Cases[0].Took != time.Second {
		t.Errorf("took %v, want what the clock says", report.Cases[0].Took)
	}
}

func TestRun_stopsWithItsContext(t *testing.T) {
	t.Parallel()
	plan, tests := compiled(t, "steps:\n  - uses: box.read\n", "  - {name: it, expect: {}}\n")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("somebody pressed a key"))
	report := rehearsal.Run(ctx, plan, tests, rehearsal.World{})
	if want := []string{"p.test.yaml:4: the test was stopped: somebody pressed a key"}; !cmp.Equal(report.Cases[0].Failures, want) {
		t.Errorf("failures %q", report.Cases[0].Failures)
	}
}

func TestRun_refusesPlansThatCannotRun(t *testing.T) {
	t.Parallel()
	fails(t, "steps:\n  - script: {code: print(1), input: {}}\n", "  - {name: it, expect: {}}\n",
		`p.test.yaml:4: playbook p cannot be run: scripts need the sandbox, which this version does not have`)
}
