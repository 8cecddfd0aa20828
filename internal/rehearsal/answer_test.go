package rehearsal_test

import (
	"testing"
)

// each looks at three things, one after the other.
const each = `steps:
  - id: look
    for_each: '["a", "b", "c"]'
    as: x
    key: x
    uses: box.read
    with:
      x: ${{ x }}
    on_error: continue
  - id: again
    uses: box.read
    on_error: continue
`

func TestStubs_fitByPathStepAndAction(t *testing.T) {
	t.Parallel()
	passes(t, each, `
  - name: the first that fits is taken
    actions:
      look["b"]: {output: {x: by path}}
      look: {output: {x: by step}}
      box.read: {output: {x: by action}}
    expect:
      steps:
        look: {output: {items: [{x: by step}, {x: by path}, {x: by step}]}}
        look["b"]: {output: {x: by path}}
        again: {output: {x: by action}}
  - name: one that fits everything hides those after it
    actions:
      box.read: {output: {x: by action}}
      look: {output: {x: by step}}
    expect: {steps: {look: {output: {items: [{x: by action}, {x: by action}, {x: by action}]}}}}
  - name: without one the example answers
    expect: {steps: {again: {output: {x: example}}}}
  - name: an empty answer is an answer
    actions: {again: {output: {}}}
    expect: {steps: {again: {output: {x: null}}}}
`)
}

func TestStubs_answerOneAfterTheOtherAndTheLastStays(t *testing.T) {
	t.Parallel()
	passes(t, each, `
  - name: outputs
    actions: {box.read: {outputs: [{x: one}, {x: two}]}}
    expect: {steps: {look: {output: {items: [{x: one}, {x: two}, {x: two}]}}, again: {output: {x: two}}}}
  - name: a sequence with failures, which are tried again
    actions: {look: {sequence: [{error: unavailable}, {output: {x: one}}, {error: denied}, {output: {x: two}}]}}
    expect: {steps: {look: {status: failed, output: {ok: 2, failed: 1, errors: [{key: b}]}, error: 1 of 3 items failed}}}
  - name: attempts by number
    actions:
      again/try1: {error: limited}
      again/try2: {error: unavailable}
      again: {output: {x: at last}}
    expect: {steps: {again: {status: succeeded, output: {x: at last}}}}
`)
}

func TestStubs_failuresGoTheWayOfTheirClass(t *testing.T) {
	t.Parallel()
	passes(t, each, `
  - name: what may work later is tried as often as in earnest, and fails
    actions: {again: {sequence: [{error: unavailable}, {error: unavailable}, {error: unavailable}, {error: unavailable}, {error: {class: unavailable, text: the fifth}}, {output: {x: the sixth}}]}}
    expect: {status: succeeded, steps: {again: {status: failed, error: the fifth}}}
  - name: what is definite is not
    actions: {again: {sequence: [{error: not_found}, {output: {x: the second}}]}}
    expect: {steps: {again: {status: failed, error: the test says not_found}}}
  - name: a read whose outcome is unknown is a read that is tried again
    actions: {again: {sequence: [{error: unknown}, {output: {x: the second}}]}}
    expect: {steps: {again: {output: {x: the second}}}}
`)
}

func TestStubs_thatNoVendorWouldGiveEndTheCase(t *testing.T) {
	t.Parallel()
	fails(t, each, `
  - name: fields that are not there, and of another type
    actions:
      again: {output: {list: [1], reday: true, n: many}}
    expect: {status: failed, outputs: {a: 1}}
`,
		`p.test.yaml:7: the answer of again is not what box.read gives: list[0]: is the integer 1, want text`,
		`p.test.yaml:7: the answer of again is not what box.read gives: n: is text "many", want an integer`,
		`p.test.yaml:7: the answer of again is not what box.read gives: reday: is not a field that is known`,
	)
}

func TestStubs_areAskedForWhereThereIsNoExample(t *testing.T) {
	t.Parallel()
	fails(t, "steps:\n  - id: look\n    uses: box.bare\n    with:\n      ip: 192.0.2.1\n", "  - name: it\n    expect: {}\n",
		`p.test.yaml:4: the test says nothing about step look, and box.bare has no example to answer with; add look under actions`)
}

func TestCalls_withWrongArgumentsAreRefusedAsInEarnest(t *testing.T) {
	t.Parallel()
	passes(t, "steps:\n  - id: look\n    uses: box.bare\n    with:\n      ip: ${{ alert.title }}\n    on_error: continue\n  - id: tell\n    uses: box.never\n    with:\n      n: 1\n", `
  - name: what a connector would not take
    alert: {title: no address}
    expect:
      status: failed
      steps: {look: {status: failed, error: 'with.ip: is "no address", want'}, tell: {status: failed, error: box.never cannot honour n}}
`)
}

func TestVerbs_areAnsweredByOneConnectionForEachConnector(t *testing.T) {
	t.Parallel()
	steps := "steps:\n  - id: look\n    uses: intel.lookup_ip\n    with:\n      ip: 192.0.2.1\n  - id: isolate\n    uses: endpoint.isolate\n    with:\n      host: h1\n    if: not (alert.title == \"x\")\n"
	passes(t, steps, `
  - name: all of them, or the one that the test knows
    alert: {title: y}
    actions:
      vt.lookup_ip: {error: denied}
      intel.lookup_ip: {output: {verdict: malicious}}
      mde.isolate: {output: {isolated: true}}
    expect:
      effects: [{action: mde.isolate, with: {host: h1}}]
      steps:
        look:
          status: succeeded
          output: {results: [{connection: abuse, status: succeeded, output: {verdict: malicious}}, {connection: vt, status: failed, error: {class: denied}}]}
  - name: examples, and the first
    alert: {title: y}
    expect:
      effects: [{action: edr.isolate}]
      steps: {look: {output: {results: [{output: {verdict: benign, reports: 1}}, {output: {verdict: unknown}}]}}}
`)
	fails(t, steps, "  - name: an action answers as it is declared\n    alert: {title: x}\n    actions:\n      vt.lookup_ip: {output: {verdict: malicious}}\n    expect: {}\n",
		`p.test.yaml:7: the answer of vt.lookup_ip is not what vt.lookup_ip gives: reports: is missing, want an integer`)
}

func TestConnections_haveTheNameThatTheStepGivesThem(t *testing.T) {
	t.Parallel()
	passes(t, "steps:\n  - id: look\n    uses: intel.lookup_ip\n    connection: our own\n    with:\n      ip: 192.0.2.1\n  - uses: box.set\n    connection: big box\n", `
  - name: only one is asked
    expect: {status: succeeded, steps: {look: {output: {verdict: benign}}}}
`)
}

func TestShadowRuns_withholdEveryEffect(t *testing.T) {
	t.Parallel()
	steps := "steps:\n  - uses: box.set\n    with: {x: a}\n  - id: own\n    uses: box.local\n"
	passes(t, steps, "  - name: it\n    mode: shadow\n    expect: {effects: [{action: box.set, withheld: true}, {action: box.local, withheld: true}]}\n")
	fails(t, steps, "  - name: it\n    mode: shadow\n    expect:\n      effects:\n        - {action: box.set}\n        - {action: box.local, withheld: true}\n",
		`p.test.yaml:8: effect box.set by step box.set#1: it was withheld, as in every shadow run; say withheld: true`)
	fails(t, steps, "  - name: it\n    expect:\n      effects:\n        - {action: box.set}\n        - {action: box.local, withheld: true}\n",
		`p.test.yaml:8: effect box.local by step own: it was not withheld, because the run is live`)
}

func TestEffects_countOnceHoweverOftenTheyAreTried(t *testing.T) {
	t.Parallel()
	passes(t, "steps:\n  - id: set\n    uses: box.set\n    with: {x: a, n: 1}\n  - uses: box.local\n    on_error: continue\n", `
  - name: it is tried again, and its own is refused
    actions:
      set: {sequence: [{error: unavailable}, {error: unknown}, {error: drift}, {output: {}}]}
      box.local: {error: denied}
    expect:
      status: succeeded
      effects: [{action: box.set, target: a 1}, {action: box.local}]
  - name: either argument that names the target will do
    expect: {effects: [{action: box.set, target: "1"}, {action: box.local, count: 1}]}
`)
	fails(t, "steps:\n  - id: set\n    uses: box.set\n    with: {x: a}\n", "  - name: it\n    expect:\n      effects:\n        - {action: box.set, target: b}\n",
		`p.test.yaml:7: effect box.set by step set: want target "b", got "a"`)
}

func TestVerbs_areAnsweredByAConnectorThatTheCaseNames(t *testing.T) {
	t.Parallel()
	passes(t, "steps:\n  - id: isolate\n    uses: endpoint.isolate\n    with: {host: h1}\n", `
  - name: the first of those that offer it
    expect: {effects: [{action: edr.isolate}]}
  - name: the one that is named
    connectors: [vt, mde]
    expect: {effects: [{action: mde.isolate}]}
`)
}
