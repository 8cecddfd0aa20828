package rehearsal_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/rehearsal"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// helperSource is the playbook that others call.
const helperSource = `harrier: 1
playbook: helper
trigger:
  - call: true
inputs:
  host: {type: host, required: true}
  note: {type: string, default: from the helper}
steps:
  - id: ok
    approve:
      title: Isolate ${{ inputs.host }}
      covers: [isolate]
      on_deny: continue
  - id: isolate
    uses: endpoint.isolate
    with:
      host: ${{ inputs.host }}
  - uses: box.local
    with:
      x: ${{ inputs.note }}
outputs:
  isolated: ${{ steps.isolate.status == "succeeded" }}
`

// quietSource is a playbook that asks, and then only looks.
const quietSource = `harrier: 1
playbook: quiet
trigger:
  - call: true
steps:
  - id: form
    ask: {title: What is it?, to: role:analyst, form: {kind: {type: string}}, expires: 2d}
  - id: look
    uses: box.read
outputs:
  x: 1
`

// busySource is a playbook that goes through a list.
const busySource = `harrier: 1
playbook: busy
trigger:
  - call: true
inputs:
  list: {type: list<integer>, required: true}
steps:
  - for_each: inputs.list
    as: x
    key: x
    steps:
      - set: {x: 1}
outputs:
  x: 1
`

// catalog offers one connector, box, with an action of each sort, two that
// know addresses, and two that isolate.
func catalog() playbook.Catalog {
	cat := playbook.Catalog{
		Actions: map[string]schema.ActionSpec{}, Verbs: map[string]schema.Verb{}, Offers: map[string][]string{}, Playbooks: map[string]*playbook.Doc{},
	}
	for _, v := range schema.Verbs() {
		cat.Verbs[v.Name] = v
	}
	in := []schema.Field{{Name: "x", Type: schema.TypeOf(schema.String), Help: "What it is about."}, {Name: "n", Type: schema.TypeOf(schema.Integer), Help: "A number."}}
	out := schema.ObjectOf(
		schema.Field{Name: "x", Type: schema.OptionalOf(schema.TypeOf(schema.String)), Help: "What it was about."},
		schema.Field{Name: "list", Type: schema.OptionalOf(schema.ListOf(schema.TypeOf(schema.String))), Help: "Some."},
		schema.Field{Name: "n", Type: schema.OptionalOf(schema.TypeOf(schema.Integer)), Help: "A number."},
		schema.Field{Name: "ready", Type: schema.OptionalOf(schema.TypeOf(schema.Boolean)), Help: "Whether it is."},
	)
	host := []schema.Field{{Name: "host", Type: schema.TypeOf(schema.Host), Required: true, Help: "The host."}}
	ip := []schema.Field{{Name: "ip", Type: schema.TypeOf(schema.IP), Required: true, Help: "The address."}}
	verdict := schema.ObjectOf(schema.Field{Name: "verdict", Type: schema.TypeOf(schema.Verdict), Required: true, Help: "What it is."}, schema.Field{Name: "reports", Type: schema.TypeOf(schema.Integer), Required: true, Help: "How many."})
	isolated := schema.ObjectOf(schema.Field{Name: "isolated", Type: schema.TypeOf(schema.Boolean), Required: true, Help: "Whether it is."})
	for _, a := range []schema.ActionSpec{
		{Name: "box.read", Effect: harrier.Read, Repeat: harrier.Natural, Example: map[string]any{"x": "example"}},
		{Name: "box.set", Effect: harrier.Contain, Repeat: harrier.Natural, Undo: &schema.Link{Action: "unset"}},
		{Name: "box.unset", Effect: harrier.Contain, Repeat: harrier.Natural, Undo: &schema.Link{Action: "set"}},
		{Name: "box.probed", Effect: harrier.Record, Repeat: harrier.Probed, Probe: &schema.Probe{Link: schema.Link{Action: "read"}, Done: "output.ready", Settle: time.Second}},
		{Name: "box.never", Effect: harrier.Notify, Repeat: harrier.Never, Unsupported: []string{"n"}},
		{Name: "box.local", Effect: harrier.Record, Repeat: harrier.Natural, Local: true, Builtin: true},
		{Name: "box.bare", Effect: harrier.Read, Repeat: harrier.Natural, Input: ip, Output: verdict},
		{Name: "vt.lookup_ip", Effect: harrier.Read, Repeat: harrier.Natural, Verb: "intel.lookup_ip", Input: ip, Output: verdict, Example: map[string]any{"verdict": "unknown", "reports": int64(0)}},
		{Name: "abuse.lookup_ip", Effect: harrier.Read, Repeat: harrier.Natural, Verb: "intel.lookup_ip", Input: ip, Output: verdict, Example: map[string]any{"verdict": "benign", "reports": int64(1)}},
		{Name: "edr.isolate", Effect: harrier.Contain, Repeat: harrier.Natural, Verb: "endpoint.isolate", Undo: &schema.Link{Action: "release"}, Input: host, Output: isolated, Targets: []string{"host"}, Example: map[string]any{"isolated": true}},
		{Name: "mde.isolate", Effect: harrier.Contain, Repeat: harrier.Natural, Verb: "endpoint.isolate", Undo: &schema.Link{Action: "release"}, Input: host, Output: isolated, Targets: []string{"host"}, Example: map[string]any{"isolated": true}},
	} {
		a.Connector, _, _ = strings.Cut(a.Name, ".")
		a.ManifestHash = "manifest"
		if a.Input == nil {
			a.Input, a.Output, a.Targets = in, out, []string{"x", "n"}
		}
		cat.Actions[a.Name] = a
		if a.Verb != "" {
			cat.Offers[a.Verb] = append(cat.Offers[a.Verb], a.Name)
		}
	}
	cat.Playbooks["helper"], _ = playbook.Parse("helper.playbook.yaml", []byte(helperSource))
	cat.Playbooks["quiet"], _ = playbook.Parse("quiet.playbook.yaml", []byte(quietSource))
	cat.Playbooks["busy"], _ = playbook.Parse("busy.playbook.yaml", []byte(busySource))
	return cat
}

// compiled compiles a playbook and its cases; both are written without their heads.
func compiled(t *testing.T, steps, cases string) (*playbook.Plan, *playbook.TestFile) {
	t.Helper()
	plan, problems := playbook.Compile("p.playbook.yaml", []byte("harrier: 1\nplaybook: p\ntrigger:\n  - manual: {on: alert}\n"+steps), catalog())
	tests, more := playbook.ParseTest("p.test.yaml", []byte("harrier: 1\ntest: p\ncases:\n"+cases))
	if problems = append(problems, more...); problems.Err() == nil {
		problems = tests.Check(plan)
	}
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return plan, tests
}

// rehearse runs cases against a playbook.
func rehearse(t *testing.T, steps, cases string) rehearsal.Report {
	t.Helper()
	plan, tests := compiled(t, steps, cases)
	return rehearsal.Run(t.Context(), plan, tests, rehearsal.World{})
}

// passes runs cases that must go as expected.
func passes(t *testing.T, steps, cases string) rehearsal.Report {
	t.Helper()
	report := rehearse(t, steps, cases)
	for _, c := range report.Cases {
		if !c.OK || len(c.Failures) > 0 {
			t.Errorf("case %q:\n%s", c.Name, strings.Join(c.Failures, "\n"))
		}
	}
	return report
}

// fails runs one case that must fail with exactly these words.
func fails(t *testing.T, steps, cases string, want ...string) {
	t.Helper()
	report := rehearse(t, steps, cases)
	if report.OK() || report.Cases[0].OK {
		t.Error("the case went as expected")
	}
	if diff := cmp.Diff(want, report.Cases[0].Failures); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
}
