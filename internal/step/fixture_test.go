package step_test

import (
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
	return playbook.Catalog{Actions: actions, Verbs: map[string]schema.Verb{}, Offers: map[string][]string{}}
}

// plan compiles the steps of a playbook.
func plan(t testing.TB, steps string) *playbook.Plan {
	t.Helper()
	source := "harrier: 1\nplaybook: test\ntitle: Test\n" + steps
	p, problems := playbook.Compile("test.playbook.yaml", []byte(source), catalog())
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
	address string
	held    map[string]string
}

// start begins a run of steps in a mode.
func start(t testing.TB, steps string) *bench {
	t.Helper()
	b := &bench{t: t, plan: plan(t, steps), now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), address: "https://box.example"}
	b.m = step.New(b.plan)
	b.m.Start(b.now, step.RunStarted{Run: harrier.DeriveID[harrier.RunID]("r"), Playbook: "test", Hash: b.plan.Hash, Mode: harrier.Live})
	b.next()
	return b
}

func (b *bench) env() step.Env {
	return step.Env{
		Now: b.now, Held: b.held, Jitter: func() float64 { return 0.5 },
		Resolve: func(a *playbook.Action, _ map[string]any) ([]step.Target, error) {
			return []step.Target{{
				Connection: harrier.DeriveID[harrier.ConnectionID]("box"), Name: "box", Action: a.Uses, Address: b.address, Manifest: "m1", Rev: 1,
			}}, nil
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
	if got, wanted := b.replay().Digest(), b.m.Digest(); got != wanted {
		b.t.Fatalf("I8: the journal gives another state:\n%s\nlive:\n%s", got, wanted)
	}
	return end
}
