package sim

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// catalog offers a connector with an action of each sort.
func catalog() playbook.Catalog {
	in := []schema.Field{{Name: "x", Type: schema.TypeOf(schema.Any), Help: "What it is about."}}
	out := schema.ObjectOf(
		schema.Field{Name: "x", Type: schema.OptionalOf(schema.TypeOf(schema.Any)), Help: "What it was about."},
		schema.Field{Name: "list", Type: schema.OptionalOf(schema.ListOf(schema.TypeOf(schema.String))), Help: "Some."},
		schema.Field{Name: "ready", Type: schema.OptionalOf(schema.TypeOf(schema.Boolean)), Help: "Whether it is."},
	)
	actions := map[string]schema.ActionSpec{}
	for _, a := range []schema.ActionSpec{
		{Name: "box.read", Effect: harrier.Read, Repeat: harrier.Natural},
		{Name: "box.set", Effect: harrier.Contain, Repeat: harrier.Natural, Undo: &schema.Link{Action: "release", With: map[string]string{"x": "input.x"}}},
		{Name: "box.release", Effect: harrier.Contain, Repeat: harrier.Natural, Undo: &schema.Link{Action: "set", With: map[string]string{"x": "input.x"}}},
		{Name: "box.keyed", Effect: harrier.Record, Repeat: harrier.Keyed, KeyTTL: time.Hour},
		{Name: "box.probed", Effect: harrier.Record, Repeat: harrier.Probed, Probe: &schema.Probe{Link: schema.Link{Action: "read"}, Done: "output.ready", Settle: time.Second}},
		{Name: "box.never", Effect: harrier.Notify, Repeat: harrier.Never},
		{Name: "box.local", Effect: harrier.Record, Repeat: harrier.Natural, Local: true},
	} {
		a.Connector, a.Input, a.Output, a.ManifestHash, a.Targets = "box", in, out, "m1", []string{"x"}
		a.Example = map[string]any{"x": "example"}
		a.Retry = &schema.Retry{Attempts: 3, Base: time.Second, Max: 10 * time.Second}
		actions[a.Name] = a
	}
	return playbook.Catalog{
		Actions: actions,
		Verbs:   map[string]schema.Verb{"ticket.note": {Name: "ticket.note", Effect: harrier.Notify, Input: in, Output: out}},
		Offers:  map[string][]string{"ticket.note": {"box.never"}},
	}
}

// writer writes a random playbook.
type writer struct {
	strings.Builder
	rng *rand.Rand
	ids int
}

// randomPlaybook returns the source of the playbook of a seed.
func randomPlaybook(seed uint64) string {
	w := &writer{rng: rand.New(rand.NewPCG(seed, 7))}
	w.WriteString("harrier: 1\nplaybook: random\ntitle: Random\nlimits: {max_age: 20d}\nsteps:\n")
	w.steps("  ", 2+w.rng.IntN(4), 2)
	if w.rng.IntN(3) == 0 {
		w.WriteString("always:\n")
		w.steps("  ", 1, 0)
	}
	return w.String()
}

func (w *writer) id() string {
	w.ids++
	return fmt.Sprintf("s%d", w.ids)
}

// steps writes n steps, nested at most depth levels.
func (w *writer) steps(indent string, n, depth int) {
	for range n {
		kinds := 8
		if depth > 0 {
			kinds = 17
		}
		w.step(indent, w.rng.IntN(kinds), depth)
	}
}

// step writes one step of a kind.
func (w *writer) step(indent string, kind, depth int) {
	id, in := w.id(), indent+"  "
	line := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
	switch kind {
	case 0, 1, 2, 3, 4, 5:
		action := []string{"read", "set", "keyed", "probed", "never", "local"}[kind]
		line("%s- id: %s\n%suses: box.%s\n%swith: {x: %s}", indent, id, in, action, in, id)
		if w.rng.IntN(3) > 0 {
			line("%son_error: continue", in)
		}
	case 6:
		line("%s- id: %s\n%swait: %dm", indent, id, in, 1+w.rng.IntN(90))
	case 7:
		line("%s- id: %s\n%sask:\n%s  title: What is it\n%s  form: {verdict: {type: string, help: Say.}}\n%s  expires: 2h", indent, id, in, in, in, in)
	case 8, 9:
		action := []string{"read", "set", "never", "keyed", "release"}[w.rng.IntN(5)]
		line("%s- id: %s\n%sfor_each: '[\"a\", \"b\", \"c\"]'\n%sas: o\n%skey: o\n%smax_parallel: %d\n%suses: box.%s\n%swith:\n%s  x: ${{ o }}\n%son_error: continue", indent, id, in, in, in, in, 1+w.rng.IntN(3), in, action, in, in, in)
	case 10:
		line("%s- id: %s\n%sparallel:\n%s  left:", indent, id, in, in)
		w.steps(in+"    ", 1+w.rng.IntN(2), depth-1)
		line("%s  right:", in)
		w.steps(in+"    ", 1+w.rng.IntN(2), depth-1)
	case 11:
		line("%s- id: %s\n%srepeat:\n%s  - id: %sr\n%s    uses: box.read\n%s    on_error: continue\n%suntil: steps.%sr.?output.ready.orValue(false)\n%severy: 1m\n%smax: 5\n%son_error: continue", indent, id, in, in, id, in, in, in, id, in, in, in)
	case 12:
		line("%s- id: %s\n%sapprove: {title: May it, covers: [%sc], expires: 3h}", indent, id, in, id)
		line("%s- id: %sc\n%suses: box.%s\n%swith: {x: %s}\n%son_error: continue", indent, id, in, []string{"set", "never"}[w.rng.IntN(2)], in, id, in)
	case 13:
		line("%s- id: %s\n%sif: run.mode == %q\n%sthen:", indent, id, in, []string{"live", "shadow"}[w.rng.IntN(2)], in)
		w.steps(in+"  ", 1, depth-1)
		line("%selse:", in)
		w.steps(in+"  ", 1, depth-1)
	case 14:
		line("%s- id: %s\n%sparallel:\n%s  left:\n%s    - id: %sl\n%s      uses: box.read\n%s  right:\n%s    - id: %sn\n%s      uses: box.never\n%s      with: {x: any}\n%sjoin: any\n%son_error: continue", indent, id, in, in, in, id, in, in, in, id, in, in, in, in)
	case 16:
		w.late(indent, id)
	case 15:
		line("%s- id: %s\n%suses: ticket.note\n%svia: all\n%swith: {x: %s}\n%son_error: continue", indent, id, in, in, in, id, in)
	}
}

// late writes a bounded approval and what turns up after it.
func (w *writer) late(indent, id string) {
	in := indent + "  "
	beyond := []string{"ask", "skip"}[w.rng.IntN(2)]
	fmt.Fprintf(w, "%s- id: %s\n%sapprove:\n%s  title: May it\n%s  expires: 3h\n%s  late: {covers: [%sc], same: %q, cap: %d, for: %dm, beyond: %s}\n",
		indent, id, in, in, in, in, id, "${{ run.id }}", 1+w.rng.IntN(4), 1+w.rng.IntN(120), beyond)
	fmt.Fprintf(w, "%s- wait: %dm\n", indent, 1+w.rng.IntN(60))
	fmt.Fprintf(w, "%s- id: %sc\n%sfor_each: '[\"a\", \"b\", \"c\"]'\n%sas: o\n%skey: o\n%smax_parallel: %d\n%suses: box.%s\n%swith:\n%s  x: ${{ o }}\n%son_error: continue\n",
		indent, id, in, in, in, in, 1+w.rng.IntN(3), in, []string{"set", "never", "probed"}[w.rng.IntN(3)], in, in, in)
}
