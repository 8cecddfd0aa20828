package step_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// catalog offers one connector, box, with an action of each sort.
func catalog() playbook.Catalog {
	in := []schema.Field{
		{Name: "x", Type: schema.TypeOf(schema.String), Help: "What it is about."},
		{Name: "n", Type: schema.TypeOf(schema.Integer), Help: "A number."},
	}
	out := schema.ObjectOf(
		schema.Field{Name: "x", Type: schema.OptionalOf(schema.TypeOf(schema.String)), Help: "What it was about."},
		schema.Field{Name: "list", Type: schema.OptionalOf(schema.ListOf(schema.TypeOf(schema.String))), Help: "Some."},
		schema.Field{Name: "ready", Type: schema.OptionalOf(schema.TypeOf(schema.Boolean)), Help: "Whether it is."},
	)
	actions := map[string]schema.ActionSpec{}
	for _, a := range []schema.ActionSpec{
		{Name: "box.read", Effect: harrier.Read, Repeat: harrier.Natural},
		{Name: "box.set", Effect: harrier.Contain, Repeat: harrier.Natural, Undo: &schema.Link{Action: "unset"}},
		{Name: "box.unset", Effect: harrier.Contain, Repeat: harrier.Natural, Undo: &schema.Link{Action: "set"}},
		{Name: "box.keyed", Effect: harrier.Record, Repeat: harrier.Keyed, KeyTTL: time.Hour},
		{Name: "box.probed", Effect: harrier.Record, Repeat: harrier.Probed, Probe: &schema.Probe{Link: schema.Link{Action: "read"}, Done: "output.ready", Settle: time.Second}},
		{Name: "box.never", Effect: harrier.Notify, Repeat: harrier.Never},
		{Name: "box.local", Effect: harrier.Record, Repeat: harrier.Natural, Local: true},
	} {
		a.Connector, a.Input, a.Output, a.ManifestHash, a.Targets = "box", in, out, "m1", []string{"x"}
		a.Example = map[string]any{"x": "example"}
		actions[a.Name] = a
	}
	return playbook.Catalog{
		Actions: actions, Playbooks: map[string]*playbook.Doc{},
		Verbs: map[string]schema.Verb{
			"intel.look":  {Name: "intel.look", Effect: harrier.Read, Input: in, Output: out},
			"ticket.note": {Name: "ticket.note", Effect: harrier.Notify, Input: in, Output: out},
		},
		Offers: map[string][]string{"intel.look": {"box.read"}, "ticket.note": {"box.never"}},
	}
}

// offered is the action of the catalogue that answers what a step uses.
func offered(uses string) string {
	if list := catalog().Offers[uses]; len(list) > 0 {
		return list[0]
	}
	return uses
}

// scenario is a run to be driven.
type scenario struct {
	// steps is a playbook without its head.
	steps string
	mode  harrier.Mode
	// children are the playbooks that it may call, by id, without their heads.
	children map[string]string
	// boxes names the connections that a verb goes to; one called box if not said.
	boxes []string
	alert map[string]any
	depth int
}

// source is the text of a playbook.
func source(id, steps string) []byte {
	return []byte("harrier: 1\nplaybook: " + id + "\ntitle: Test\n" + steps)
}

// compile compiles the playbook of a scenario.
func (s scenario) compile(t testing.TB) *playbook.Plan {
	t.Helper()
	cat := catalog()
	for id, steps := range s.children {
		doc, problems := playbook.Parse(id+".playbook.yaml", source(id, steps))
		if err := problems.Err(); err != nil {
			t.Fatalf("the child %s does not parse:\n%v", id, err)
		}
		cat.Playbooks[id] = doc
	}
	p, problems := playbook.Compile("test.playbook.yaml", source("test", s.steps), cat)
	if err := problems.Err(); err != nil {
		t.Fatalf("the playbook does not compile:\n%v", err)
	}
	return p
}

// bench drives a machine by hand.
type bench struct {
	t       testing.TB
	m       *step.Machine
	plan    *playbook.Plan
	now     time.Time
	journal []harrier.Event
	calls   []step.Call
	boxes   []string
	address string
	held    map[string]string
	jitter  float64
	// manifest is the hash of the box's manifest now; refusal, why nothing resolves.
	manifest string
	refusal  error
}

// start begins a live run of steps.
func start(t testing.TB, steps string) *bench {
	t.Helper()
	return begin(t, scenario{steps: steps})
}

// begin begins the run of a scenario.
func begin(t testing.TB, s scenario) *bench {
	t.Helper()
	return beginPlan(t, s.compile(t), s)
}

// beginPlan begins a run of a plan that others may share.
func beginPlan(t testing.TB, p *playbook.Plan, s scenario) *bench {
	t.Helper()
	b := &bench{
		t: t, plan: p, now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		address: "https://box.example", manifest: "m1", boxes: s.boxes, jitter: 0.5, held: map[string]string{},
	}
	if len(b.boxes) == 0 {
		b.boxes = []string{"box"}
	}
	if s.mode == "" {
		s.mode = harrier.Live
	}
	b.m = step.New(b.plan)
	b.m.Start(b.now, step.RunStarted{
		Run: harrier.DeriveID[harrier.RunID]("r"), Playbook: "test", Hash: b.plan.Hash, Mode: s.mode, Alert: s.alert, Depth: s.depth,
	})
	b.next()
	return b
}

// box is the id of a connection by its name.
func box(name string) harrier.ConnectionID { return harrier.DeriveID[harrier.ConnectionID](name) }

func (b *bench) env() step.Env {
	return step.Env{
		Now: b.now, Held: b.held, Jitter: func() float64 { return b.jitter },
		Resolve: func(a *playbook.Action, _ map[string]any) ([]step.Target, error) {
			if b.refusal != nil {
				return nil, b.refusal
			}
			names := b.boxes
			switch {
			case a.Connection != "":
				names = []string{a.Connection}
			case !a.Verb && a.Via != playbook.ViaAll:
				names = names[:1]
			}
			targets := make([]step.Target, len(names))
			for i, name := range names {
				targets[i] = step.Target{Connection: box(name), Name: name, Action: offered(a.Uses), Address: b.address, Manifest: b.manifest, Rev: 1}
			}
			return targets, nil
		},
	}
}

// next lets the machine decide and journals what it decided.
func (b *bench) next() {
	b.t.Helper()
	b.m.Next(b.t.Context(), b.env())
	events, calls := b.m.Take()
	for _, r := range events {
		ev, err := step.Encode(int64(len(b.journal)+1), r.At, r.Body)
		if err != nil {
			b.t.Fatal(err)
		}
		b.journal = append(b.journal, ev)
	}
	b.calls = append(b.calls, calls...)
	if got, live := b.replay().Digest(), b.m.Digest(); got != live {
		b.t.Fatalf("I8: the journal gives another state:\n%s\nlive:\n%s\n%s", got, live, b.log())
	}
}

// take returns the first call that is wanted for a path.
func (b *bench) take(path string) step.Call {
	b.t.Helper()
	for i, c := range b.calls {
		if c.Path == path {
			b.calls = append(b.calls[:i:i], b.calls[i+1:]...)
			return c
		}
	}
	b.t.Fatalf("no call for %s; there are %s\n%s", path, b.paths(), b.log())
	return step.Call{}
}

// paths lists the calls that are wanted.
func (b *bench) paths() string {
	list := make([]string, len(b.calls))
	for i, c := range b.calls {
		list[i] = c.Path
	}
	return strings.Join(list, " ")
}

// succeed answers the call of a path.
func (b *bench) succeed(path string, output map[string]any) {
	b.t.Helper()
	b.finish(path, step.Outcome{Output: output})
}

// to answers the call of a path that goes to a box.
func (b *bench) to(name, path string, out step.Outcome) {
	b.t.Helper()
	for i, c := range b.calls {
		if c.Path == path && c.Target.Name == name {
			b.calls = append(b.calls[:i:i], b.calls[i+1:]...)
			b.m.Finish(c, out, b.env())
			b.next()
			return
		}
	}
	b.t.Fatalf("no call for %s to %s; there are %s\n%s", path, name, b.paths(), b.log())
}

// fails answers the call of a path with a definite refusal.
func (b *bench) fails(path, class string) {
	b.t.Helper()
	b.finish(path, step.Outcome{Failure: &step.Failure{Class: class, Text: "the vendor said " + class}})
}

// wants checks which calls are under way.
func (b *bench) wants(paths ...string) {
	b.t.Helper()
	if got, want := b.paths(), strings.Join(paths, " "); got != want {
		b.t.Fatalf("under way are %q, want %q; the run waits for %q\n%s", got, want, b.m.WaitingFor(), b.log())
	}
}

// signal raises a signal to the run.
func (b *bench) signal(typ string, data any) {
	b.t.Helper()
	text, err := json.Marshal(data)
	if err == nil {
		err = b.m.Signal(harrier.Signal{Type: typ, Data: text}, b.env())
	}
	if err != nil {
		b.t.Fatal(err)
	}
	b.next()
}

// cancel asks the run to stop.
func (b *bench) cancel() {
	b.t.Helper()
	b.signal(step.SignalCancel, step.CancelOrder{By: "ann", Reason: "enough"})
}

// view returns a step as people see it.
func (b *bench) view(path string) step.View {
	b.t.Helper()
	if v, ok := find(b.m.Views(), path); ok {
		return v
	}
	b.t.Fatalf("no step %s began\n%s", path, b.log())
	return step.View{}
}

func find(list []step.View, path string) (step.View, bool) {
	for _, v := range list {
		if v.Path == path {
			return v, true
		}
		if below, ok := find(v.Steps, path); ok {
			return below, true
		}
	}
	return step.View{}, false
}

// is checks the status of a step.
func (b *bench) is(path string, want step.Status) {
	b.t.Helper()
	if got := b.view(path).Status; got != want {
		b.t.Fatalf("%s is %s, want %s\n%s", path, got, want, b.log())
	}
}

// gives checks a value as JSON.
func (b *bench) gives(got any, want string) {
	b.t.Helper()
	text, err := json.Marshal(got)
	if err != nil || string(text) != want {
		b.t.Errorf("got  %s (%v)\nwant %s\n%s", text, err, want, b.log())
	}
}

// events counts the events of a type.
func (b *bench) events(typ string) (n int) {
	for _, ev := range b.journal {
		if ev.Type == typ {
			n++
		}
	}
	return n
}

// finish tells what came of the call of a path.
func (b *bench) finish(path string, out step.Outcome) {
	b.t.Helper()
	b.m.Finish(b.take(path), out, b.env())
	b.next()
}

// pass lets time pass.
func (b *bench) pass(d time.Duration) {
	b.t.Helper()
	b.now = b.now.Add(d)
	b.next()
}

// crash makes a new machine from the journal, as after the death of the worker.
func (b *bench) crash() {
	b.t.Helper()
	b.m = b.replay()
	b.calls = nil
	b.m.Recover(b.env())
	b.next()
}

// replay folds the journal.
func (b *bench) replay() *step.Machine {
	b.t.Helper()
	m := step.New(b.plan)
	for _, ev := range b.journal {
		body, err := step.Decode(ev)
		if err != nil {
			b.t.Fatal(err)
		}
		if err := m.Apply(ev.At, body); err != nil {
			b.t.Fatalf("replay: %v\n%s", err, b.log())
		}
	}
	return m
}

// log prints the journal for failures.
func (b *bench) log() string {
	var s strings.Builder
	for _, ev := range b.journal {
		fmt.Fprintf(&s, "%3d %s %s\n", ev.Seq, ev.Type, ev.Data)
	}
	return s.String()
}

// ended checks how the run ended, and that its journal tells the same.
func (b *bench) ended(want harrier.RunStatus) *step.RunEnded {
	b.t.Helper()
	end := b.m.Ended()
	if end == nil || end.Status != want {
		b.t.Fatalf("the run ended %+v, want %s; it waits for %q\n%s", end, want, b.m.WaitingFor(), b.log())
	}
	return end
}
