package bench

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/playbook"
)

// inFlight is how many runs are under way at the same time.
const inFlight = 256

// fixture is an engine over a store on disk.
type fixture struct {
	store  *store.Store
	engine *engine.Engine
	plan   *playbook.Plan
	// rested gets a word for every run that came to rest: it ended, or waits.
	rested chan harrier.RunID
	// sampling tells that commits gets the events of each commit.
	sampling atomic.Bool
	commits  [][]harrier.Event
	// transactions counts the commits of the store.
	transactions atomic.Int64
}

// rest is how the runs of a plan come to rest.
type rest bool

const (
	ends  rest = false
	parks rest = true
)

// open starts an engine that drives runs of a plan. Its data is on the disk of
// the working directory, as temporary directories are often in memory.
func open(tb testing.TB, plan *playbook.Plan, how rest) *fixture {
	tb.Helper()
	f := &fixture{plan: plan, rested: make(chan harrier.RunID, 4*inFlight)}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	var err error
	if f.store, err = store.Open(tb.Context(), store.Config{Dir: dataDir(tb), Log: log, Hit: f.hit}); err != nil {
		tb.Fatal(err)
	}
	s := f.store
	f.engine = engine.New(engine.Config{
		Node: "bench", Log: log, Now: time.Now, Rand: rand.Float64, MaxActive: 2 * inFlight,
		Storage:   engine.Storage{Journal: journal{s, f}, Queue: s, Signals: s, Ledger: s, Questions: s, Pins: s, Switch: s},
		Directory: directory(), Plans: pinned{plan}, Caller: answers{}, Locals: nothing{},
		Guards: []engine.Guard{{Effect: harrier.Contain, Window: time.Hour, Cap: 1 << 40}},
	})
	ctx, stop := context.WithCancel(context.WithoutCancel(tb.Context()))
	var running sync.WaitGroup
	running.Go(func() {
		if err := f.engine.Run(ctx); err != nil {
			tb.Error(err)
		}
	})
	tb.Cleanup(func() {
		stop()
		running.Wait()
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	f.settle(tb, how)
	return f
}

// hit counts what the store passes.
func (f *fixture) hit(name string) {
	if name == "store.after_commit" {
		f.transactions.Add(1)
	}
}

// settle waits until the engine takes runs.
func (f *fixture) settle(tb testing.TB, how rest) {
	tb.Helper()
	if how == ends {
		f.perform(tb)
	}
}

// perform begins a run and waits until a run has come to rest.
func (f *fixture) perform(tb testing.TB) {
	tb.Helper()
	_, err := f.engine.Start(tb.Context(), engine.Start{By: harrier.Operator(), Plan: f.plan, AlertDoc: map[string]any{
		"host": "ws-0042.corp.example", "category": "malware", "severity": "high",
	}})
	if err != nil {
		tb.Error(err)
		return
	}
	<-f.rested // whichever it is makes room for one
}

// drive performs n runs, inFlight at a time.
func (f *fixture) drive(tb testing.TB, n int) {
	tb.Helper()
	f.parallel(tb, n, func(int) { f.perform(tb) })
}

// parallel calls perform n times, inFlight at a time.
func (f *fixture) parallel(tb testing.TB, n int, perform func(i int)) {
	tb.Helper()
	var left atomic.Int64
	left.Store(int64(n))
	var starters sync.WaitGroup
	for range min(n, inFlight) {
		starters.Go(func() {
			for i := left.Add(-1); i >= 0 && !tb.Failed(); i = left.Add(-1) {
				perform(int(i))
			}
		})
	}
	starters.Wait()
}

// journal is the store's, and tells which runs came to rest and what is committed together.
type journal struct {
	*store.Store
	f *fixture
}

// Create implements [engine.Journal].
func (j journal) Create(ctx context.Context, tx harrier.Tx, run harrier.Run, events []harrier.Event) error {
	j.sample(events)
	return j.Store.Create(ctx, tx, run, events)
}

// Append implements [engine.Journal].
func (j journal) Append(ctx context.Context, tx harrier.Tx, run harrier.Run, events []harrier.Event) error {
	j.sample(events)
	return j.Store.Append(ctx, tx, run, events)
}

func (j journal) sample(events []harrier.Event) {
	if j.f.sampling.Load() {
		j.f.commits = append(j.f.commits, events)
	}
}

// Release implements [engine.Journal].
func (j journal) Release(ctx context.Context, tx harrier.Tx, run harrier.Run) error {
	if err := j.Store.Release(ctx, tx, run); err != nil {
		return err
	}
	tx.OnCommit(func() { j.f.rested <- run.ID })
	return nil
}

// connections resolves every action to one connection.
type connections struct{ list []step.Target }

func directory() connections {
	return connections{[]step.Target{{
		Connection: harrier.DeriveID[harrier.ConnectionID]("box"), Name: "box", Action: "",
		Address: "https://box.example", Manifest: "5555555555555555555555555555555555555555555555555555555555555555", Rev: 1,
	}}}
}

// Resolve implements [engine.Directory].
func (c connections) Resolve(_ context.Context, _ harrier.TenantID, a *playbook.Action) ([]step.Target, error) {
	t := c.list[0]
	t.Action = a.Uses
	return []step.Target{t}, nil
}

// pinned knows one plan.
type pinned struct{ plan *playbook.Plan }

// Plan implements [engine.Plans].
func (p pinned) Plan(context.Context, harrier.TenantID, string) (*playbook.Plan, error) {
	return p.plan, nil
}

// answers answers every call at once.
type answers struct{}

// Call implements [engine.Caller].
func (answers) Call(context.Context, engine.CallRequest) step.Outcome {
	return step.Outcome{Output: map[string]any{
		"verdict": "malicious", "score": int64(87), "tags": []any{"phishing", "credential-theft", "seen-before"},
	}}
}

// nothing performs no built-in actions.
type nothing struct{}

// Do implements [engine.Locals].
func (nothing) Do(context.Context, harrier.Tx, engine.LocalRequest) (map[string]any, error) {
	return nil, harrier.Errorf(harrier.Invalid, "the benchmark has no built-in actions")
}
