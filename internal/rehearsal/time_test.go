package rehearsal_test

import (
	"strconv"
	"strings"
	"testing"
)

func TestTime_passesByItself(t *testing.T) {
	t.Parallel()
	passes(t, `steps:
  - id: long
    wait: 3d
  - id: poll
    repeat:
      - id: look
        uses: box.read
      - id: seen
        set:
          ready: ${{ steps.look.output.?ready.orValue(false) }}
    until: steps.seen.output.ready
    every: 10m
    max: 6
    on_error: continue
outputs:
  at: ${{ string(now()) }}
`, `
  - name: a pause, and rounds until it is ready
    now: "2026-01-01T00:00:00Z"
    actions: {look: {outputs: [{ready: false}, {ready: false}, {ready: true}]}}
    expect:
      outputs: {at: "2026-01-04T00:20:00Z"}
      path: [long, poll, look, seen, look, seen, look, seen]
      steps:
        poll: {status: succeeded, output: {rounds: 3}}
        poll["1"]/seen: {output: {ready: false}}
        poll["3"]/seen: {output: {ready: true}}
  - name: it is never ready
    now: "2026-01-01T00:00:00Z"
    expect: {outputs: {at: "2026-01-04T00:50:00Z"}, steps: {poll: {status: failed}}}
`)
}

func TestTime_isBoundedWhereAPlaybookWouldGoOnForEver(t *testing.T) {
	t.Parallel()
	passes(t, `steps:
  - repeat:
      - id: look
        uses: box.read
    until: "false"
    every: 1s
    max: 3650d
`, `
  - name: every second for years
    expect: {status: failed, reason: more than 50000 events}
`)
	passes(t, "steps:\n  - id: tell\n    uses: box.never\n", `
  - name: nobody ever knows, and it is ordered again and again
    actions: {tell: {error: unknown}}
    outcomes: {tell: again}
    expect: {status: failed, reason: more than 50000 events}
`)
}

func TestTime_runsOutWhereThePlaybookSaysSo(t *testing.T) {
	t.Parallel()
	passes(t, "limits:\n  max_age: 1d\nsteps:\n  - wait: 3d\nalways:\n  - id: tell\n    uses: box.never\n", `
  - name: it is older than it may be
    expect: {status: failed, reason: older than max_age, path: [tell]}
`)
}

func TestTime_isBoundedOverAllChildren(t *testing.T) {
	t.Parallel()
	report := rehearse(t, `inputs:
  list: {type: list<integer>, required: true}
steps:
  - for_each: inputs.list
    as: a
    key: a
    steps:
      - for_each: inputs.list
        as: b
        key: b
        steps:
          - call: busy
            with: {list: "${{ inputs.list }}"}
`, "  - name: it\n    inputs: {list: ["+numbers(60)+"]}\n    expect: {status: succeeded}\n")
	if want := "p.test.yaml:4: the run does not come to an end: after 2"; len(report.Cases[0].Failures) != 1 || !strings.HasPrefix(report.Cases[0].Failures[0], want) {
		t.Errorf("failures %q, want one that begins with %q", report.Cases[0].Failures, want)
	}
}

// numbers lists the numbers from 1 to n.
func numbers(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = strconv.Itoa(i + 1)
	}
	return strings.Join(list, ", ")
}
