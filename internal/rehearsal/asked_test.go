package rehearsal_test

import "testing"

// carded reads, asks and acts.
const carded = `steps:
  - id: look
    for_each: '["a", "b"]'
    as: x
    uses: box.read
    with:
      x: ${{ x }}
      n: 7
  - id: ok
    approve:
      title: Set it for ${{ alert.title }}
      message: It was seen ${{ steps.look.output.ok }} times.
      covers: [set]
  - id: set
    uses: box.set
`

func TestAsked_isWhatPeopleRead(t *testing.T) {
	t.Parallel()
	passes(t, carded, `
  - name: title and message
    alert: {title: h1}
    approvals: {ok: approve}
    expect: {asked: [{step: ok, says: [for h1, seen 2 times]}, {step: ok}]}
`)
	fails(t, carded, "  - name: it\n    alert: {title: h1}\n    approvals: {ok: approve}\n    expect: {asked: [{step: ok, says: [for h1, seen 3 times]}, {step: set}]}\n",
		`p.test.yaml:7: the question of step ok does not say "seen 3 times", in "Set it for h1\nIt was seen 2 times."`,
		`p.test.yaml:7: step set put no question to people; what ran is look, ok, set`)
}

func TestAsked_hasWhatGoesBeyondAnApproval(t *testing.T) {
	t.Parallel()
	passes(t, hunting, `
  - name: the third of two
    actions:
      find: {output: {list: []}}
      again: {outputs: [{list: [b, c, d]}, {list: []}]}
    approvals: {ok: approve, set_late: deny}
    expect: {asked: [{step: set_late, says: ["beyond what was approved", "2 of at most 2 are used up"]}]}
`)
}

func TestCalls_areSeenWithTheirArgumentsThoughTheyOnlyRead(t *testing.T) {
	t.Parallel()
	passes(t, carded, `
  - name: one of them
    alert: {title: h1}
    approvals: {ok: deny}
    expect: {calls: [{step: look, with: {x: b}}, {step: look, with: {x: a, n: 7}}]}
`)
	fails(t, carded, "  - name: it\n    alert: {title: h1}\n    approvals: {ok: deny}\n    expect: {calls: [{step: look, with: {x: b, n: 8}}, {step: set}]}\n",
		`p.test.yaml:7: the call of step look: with.n: want 8, got 7`,
		`p.test.yaml:7: step set called nothing; what ran is look, ok`)
}
