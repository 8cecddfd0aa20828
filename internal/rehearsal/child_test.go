package rehearsal_test

import "testing"

// calling calls the helper for two hosts.
const calling = `steps:
  - id: every
    for_each: '["h1", "h2"]'
    as: h
    key: h
    steps:
      - id: help
        call: helper
        with:
          host: ${{ h }}
        on_error: continue
  - id: last
    call: helper
    with:
      host: h3
      note: from above
outputs:
  last: ${{ steps.last.output.isolated }}
`

func TestChildren_runAsPartOfTheCase(t *testing.T) {
	t.Parallel()
	report := passes(t, calling, `
  - name: every step of theirs can be named
    actions:
      every["h2"]/help/isolate: {error: denied}
    approvals: {help/ok: approve, last/ok: deny}
    expect:
      status: succeeded
      path: [help, help/ok, help/isolate, last, last/ok, last/box.local#3]
      skipped: [last/isolate]
      effects:
        - {action: edr.isolate, step: help/isolate, target: h1}
        - {action: edr.isolate, step: 'every["h2"]/help/isolate'}
        - {action: box.local, step: every/help/box.local#3, with: {x: from the helper}}
        - {action: box.local, with: {x: from above}}
      steps:
        every["h1"]/help: {status: succeeded, output: {isolated: true}}
        every["h2"]/help: {status: failed, error: denied}
        every["h1"]/help/isolate: {status: succeeded}
        last/ok: {output: {decision: denied}}
      outputs: {last: false}
`)
	if report.Ways != 3 || report.Taken != 2 {
		t.Errorf("the ways of a child are for its own tests: %d of %d, without %q", report.Taken, report.Ways, report.Untaken)
	}
}

func TestChildren_keepTheirParentWaiting(t *testing.T) {
	t.Parallel()
	passes(t, calling, "  - name: it\n    approvals: {help/ok: deny}\n    expect: {status: waiting, reason: child, path: [last/ok], skipped: [last/isolate]}\n")
}

func TestChildren_thatNobodyWaitsForAreStopped(t *testing.T) {
	t.Parallel()
	passes(t, `steps:
  - id: race
    parallel:
      slow:
        - id: help
          call: quiet
      quick:
        - wait: 1h
    join: any
  - wait: 3d
  - id: after
    set: {x: 1}
`, "  - name: it\n    expect: {status: succeeded, path: [help/form, after], skipped: [help/look], effects: []}\n")
}

func TestChildren_areCalledWithInputsOfTheRightType(t *testing.T) {
	t.Parallel()
	passes(t, "steps:\n  - id: help\n    call: helper\n    with:\n      host: ${{ alert.title }}\n",
		"  - name: it\n    alert: {title: \"\"}\n    expect: {status: failed, reason: \"inputs of helper: host\"}\n")
}

func TestInputs_areHeldAgainstTheirTypes(t *testing.T) {
	t.Parallel()
	fails(t, "inputs:\n  n: {type: integer, required: true}\nsteps:\n  - set: {x: 1}\n", "  - name: it\n    inputs: {m: 1}\n    expect: {}\n",
		`p.test.yaml:4: inputs.n: is missing, want an integer`,
		`p.test.yaml:4: inputs.m: is not a field that is known`)
}

func TestChildren_endAtOnceWhereTheTestSaysWithWhat(t *testing.T) {
	t.Parallel()
	passes(t, calling, `
  - name: by the step, or by what it calls
    actions:
      every["h2"]/help: {error: {class: denied, text: No right to it.}}
      last: {output: {isolated: true}}
      helper: {output: {isolated: false}}
    expect:
      status: succeeded
      path: [help, last]
      skipped: [help/ok, help/isolate, last/ok]
      effects: []
      steps:
        every["h1"]/help: {status: succeeded, output: {isolated: false}}
        every["h2"]/help: {status: failed, error: No right to it.}
      outputs: {last: true}
`)
	fails(t, calling, "  - {name: it, actions: {helper: {output: {isolated: 7}}}, expect: {}}\n",
		`p.test.yaml:4: the outputs of helper are not what helper gives: isolated: is the integer 7, want true or false`)
}
