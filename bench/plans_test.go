package bench

import (
	"fmt"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// catalog offers a read and a containment.
func catalog() playbook.Catalog {
	in := []schema.Field{{Name: "host", Type: schema.TypeOf(schema.Any), Help: "What it is about."}}
	out := schema.ObjectOf(
		schema.Field{Name: "verdict", Type: schema.OptionalOf(schema.TypeOf(schema.String)), Help: "What is thought of it."},
		schema.Field{Name: "score", Type: schema.OptionalOf(schema.TypeOf(schema.Integer)), Help: "How bad it is."},
		schema.Field{Name: "tags", Type: schema.OptionalOf(schema.ListOf(schema.TypeOf(schema.String))), Help: "Words about it."},
	)
	actions := map[string]schema.ActionSpec{}
	for _, a := range []schema.ActionSpec{
		{Name: "box.read", Effect: harrier.Read, Repeat: harrier.Natural},
		{Name: "box.set", Effect: harrier.Contain, Repeat: harrier.Natural, Undo: &schema.Link{Action: "set"}},
	} {
		a.Connector, a.Input, a.Output, a.ManifestHash, a.Targets = "box", in, out, strings.Repeat("5", 64), []string{"host"}
		a.Example = map[string]any{"verdict": "clean"}
		actions[a.Name] = a
	}
	return playbook.Catalog{Actions: actions, Verbs: map[string]schema.Verb{}, Offers: map[string][]string{}}
}

// steps writes n action steps that use an argument computed from the alert.
func steps(first, n int, action string) string {
	var b strings.Builder
	for i := first; i < first+n; i++ {
		fmt.Fprintf(&b, "  - id: step_%d\n    uses: %s\n    with:\n      host: ${{ alert.host }}\n", i, action)
	}
	return b.String()
}

// compile makes a plan of steps.
func compile(tb testing.TB, body string) *playbook.Plan {
	tb.Helper()
	source := "harrier: 1\nplaybook: bench\ntitle: Bench\ntrigger:\n  - manual: {on: alert}\nsteps:\n" + body
	plan, problems := playbook.Compile("bench.playbook.yaml", []byte(source), catalog())
	if err := problems.Err(); err != nil {
		tb.Fatalf("the playbook does not compile: %v\n%s", err, source)
	}
	return plan
}

// readSteps is a playbook of ten reads.
func readSteps(tb testing.TB) *playbook.Plan {
	tb.Helper()
	return compile(tb, steps(1, 10, "box.read"))
}

// effectSteps is a playbook of five reads and five containments.
func effectSteps(tb testing.TB) *playbook.Plan {
	tb.Helper()
	return compile(tb, steps(1, 5, "box.read")+steps(6, 5, "box.set"))
}
