package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// catalog offers one connector, box, with an action of each sort.
func catalog() playbook.Catalog {
	in := []schema.Field{
		{Name: "x", Type: schema.TypeOf(schema.String), Required: true, Help: "What it is about."},
		{Name: "was", Type: schema.TypeOf(schema.String), Help: "What it was."},
	}
	out := schema.ObjectOf(schema.Field{Name: "x", Type: schema.OptionalOf(schema.TypeOf(schema.String)), Help: "What it was about."})
	actions := map[string]schema.ActionSpec{}
	for _, a := range []schema.ActionSpec{
		{Name: "box.read", Effect: harrier.Read, Repeat: harrier.Natural},
		{Name: "box.set", Effect: harrier.Contain, Repeat: harrier.Natural, Undo: &schema.Link{Action: "unset", With: map[string]string{"x": "input.x", "was": "output.?x"}}},
		{Name: "box.lock", Effect: harrier.Contain, Repeat: harrier.Never, Undo: &schema.Link{Action: "unset", With: map[string]string{"x": "output.x"}}},
		{Name: "box.unset", Effect: harrier.Contain, Repeat: harrier.Natural, Undo: &schema.Link{Action: "set", With: map[string]string{"x": "input.x"}}},
		{Name: "box.keyed", Effect: harrier.Record, Repeat: harrier.Keyed, KeyTTL: time.Hour},
		{Name: "box.never", Effect: harrier.Notify, Repeat: harrier.Never},
		{Name: "box.local", Effect: harrier.Record, Repeat: harrier.Natural, Local: true},
	} {
		a.Connector, a.Input, a.Output, a.ManifestHash, a.Targets = "box", in, out, "m1", []string{"x"}
		a.Example = map[string]any{"x": "example"}
		a.Retry = &schema.Retry{Attempts: 5, Base: time.Millisecond, Max: 5 * time.Millisecond}
		actions[a.Name] = a
	}
	return playbook.Catalog{
		Actions: actions, Playbooks: map[string]*playbook.Doc{},
		Verbs:  map[string]schema.Verb{"ticket.note": {Name: "ticket.note", Effect: harrier.Notify, Input: in, Output: out}},
		Offers: map[string][]string{"ticket.note": {"box.never"}},
	}
}

func source(id, steps string) []byte {
	return []byte("harrier: 1\nplaybook: " + id + "\ntitle: Test\n" + steps)
}

// compile compiles a playbook and the children that it may call.
func compile(t testing.TB, steps string, children map[string]string) *playbook.Plan {
	t.Helper()
	cat := catalog()
	for id, text := range children {
		doc, problems := playbook.Parse(id+".playbook.yaml", source(id, text))
		if err := problems.Err(); err != nil {
			t.Fatalf("the child %s does not parse:\n%v", id, err)
		}
		cat.Playbooks[id] = doc
	}
	p, problems := playbook.Compile("test.playbook.yaml", source("test", steps), cat)
	if err := problems.Err(); err != nil {
		t.Fatalf("the playbook does not compile:\n%v", err)
	}
	return p
}

// house is a store with what engines on it need.
type house struct {
	t      testing.TB
	store  *store.Store
	offset atomic.Int64 // by how much the clock is ahead
	guards []engine.Guard
	rights engine.Rights
	// maxActive bounds the runs that are driven at once; zero means the default.
	maxActive int

	mu    sync.Mutex // guards what follows
	plans map[string]*playbook.Plan
	boxes []string
	calls []engine.CallRequest
	one   harrier.RunID
	// answer decides what comes of a call; nil lets it succeed.
	answer func(ctx context.Context, req engine.CallRequest) step.Outcome
	// do performs a local action; nil lets it succeed.
	do func(ctx context.Context, tx harrier.Tx, req engine.LocalRequest) (map[string]any, error)
}

// build opens a store.
func build(t testing.TB) *house {
	t.Helper()
	h := &house{t: t, plans: map[string]*playbook.Plan{}, boxes: []string{"box"}, guards: []engine.Guard{}}
	s, err := store.Open(t.Context(), store.Config{Dir: blanktest.Dir(t), Now: h.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	h.store = s
	return h
}

func (h *house) now() time.Time { return time.Now().Add(time.Duration(h.offset.Load())) }

// pass sets the clock forward.
func (h *house) pass(n *node, d time.Duration) {
	h.offset.Add(int64(d))
	n.Wake(harrier.RunID{}) // the dispatcher looks again
}

// Resolve implements [engine.Directory].
func (h *house) Resolve(_ context.Context, _ harrier.TenantID, a *playbook.Action) ([]step.Target, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	action, names := a.Uses, h.boxes[:1]
	if a.Verb {
		action, names = "box.never", h.boxes
	}
	targets := make([]step.Target, len(names))
	for i, name := range names {
		targets[i] = step.Target{
			Connection: harrier.DeriveID[harrier.ConnectionID](name), Name: name, Action: action,
			Address: "https://box.example", Manifest: "m1", Rev: 1,
		}
	}
	return targets, nil
}

// Plan implements [engine.Plans].
func (h *house) Plan(_ context.Context, _ harrier.TenantID, hash string) (*playbook.Plan, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p := h.plans[hash]; p != nil {
		return p, nil
	}
	return nil, harrier.Errorf(harrier.Internal, "no plan %s", hash)
}

// know makes a plan and its children known.
func (h *house) know(p *playbook.Plan) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.plans[p.Hash] = p
	for _, c := range p.Children {
		h.plans[c.Hash] = c
	}
}

// Call implements [engine.Caller].
func (h *house) Call(ctx context.Context, req engine.CallRequest) step.Outcome {
	h.mu.Lock()
	h.calls = append(h.calls, req)
	answer := h.answer
	h.mu.Unlock()
	if answer != nil {
		return answer(ctx, req)
	}
	return step.Outcome{Output: map[string]any{"x": req.Call.With["x"]}}
}

// Do implements [engine.Locals].
func (h *house) Do(ctx context.Context, tx harrier.Tx, req engine.LocalRequest) (map[string]any, error) {
	h.mu.Lock()
	do := h.do
	h.mu.Unlock()
	if do != nil {
		return do(ctx, tx, req)
	}
	return map[string]any{"x": "local"}, nil
}

// answers sets what comes of calls from now on.
func (h *house) answers(f func(ctx context.Context, req engine.CallRequest) step.Outcome) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answer = f
}

// made lists the paths that were called in a run, in order.
func (h *house) made(run harrier.RunID) (paths []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.calls {
		if c.Run == run {
			paths = append(paths, c.Call.Path)
		}
	}
	return paths
}

// node is an engine at work.
type node struct {
	*engine.Engine
	h    *house
	stop func()
}

// run starts an engine on the house; hit is called at its failpoints.
func (h *house) run(name string, hit func(string)) *node {
	h.t.Helper()
	e := engine.New(engine.Config{
		Node: name, Caller: h, Locals: h, Directory: h, Plans: h, Guards: h.guards, Rights: h.rights, Hit: hit,
		Storage: engine.Storage{Journal: h.store, Queue: h.store, Signals: h.store, Ledger: h.store, Questions: h.store, Pins: h.store, Switch: h.store},
		Log:     slog.New(slog.DiscardHandler), Now: h.now, Rand: func() float64 { return 0.5 }, Grace: 10 * time.Second, MaxActive: h.maxActive,
	})
	ctx, cancel := context.WithCancel(context.WithoutCancel(h.t.Context()))
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	n := &node{Engine: e, h: h}
	n.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			h.t.Error(err)
		}
	})
	h.t.Cleanup(n.stop)
	return n
}

// start starts a run of a plan.
func (n *node) start(p *playbook.Plan) harrier.Run {
	n.h.t.Helper()
	n.h.know(p)
	run, err := n.Start(n.h.t.Context(), engine.Start{By: harrier.Operator(), Plan: p})
	if err != nil {
		n.h.t.Fatal(err)
	}
	return run
}

// startIn starts a run of a plan in a transaction, with what else belongs to its cause.
func (n *node) startIn(p *playbook.Plan, also func(tx harrier.Tx, run harrier.Run) error) (run harrier.Run, err error) {
	n.h.t.Helper()
	n.h.know(p)
	err = n.h.store.Write(n.h.t.Context(), func(tx harrier.Tx) (err error) {
		if run, err = n.StartIn(n.h.t.Context(), tx, engine.Start{By: harrier.Operator(), Plan: p}); err != nil {
			return err
		}
		return also(tx, run)
	})
	return run, err
}

// load returns a run's row.
func (h *house) load(id harrier.RunID) harrier.Run {
	h.t.Helper()
	run, err := h.store.Load(h.t.Context(), harrier.DefaultTenant, id)
	if err != nil {
		h.t.Fatal(err)
	}
	return run
}

// eventually waits until a condition holds.
func (h *house) eventually(what string, holds func() bool) {
	h.t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(12 * time.Second) // less than the engine's sweep, so that a lost hint shows
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			h.t.Fatalf("it did not come to this: %s\n%s", what, h.state())
		}
	}
}

// state tells where every run stands, for failures.
func (h *house) state() string {
	h.t.Helper()
	runs, _, err := h.store.Runs(h.t.Context(), harrier.DefaultTenant, harrier.RunFilter{}, harrier.Page{Limit: 5})
	if err != nil {
		h.t.Fatal(err)
	}
	var s strings.Builder
	for _, r := range runs {
		fmt.Fprintf(&s, "%s %s waits for %q, ready %s, owner %q, %s\n%s", r.ID, r.Status, r.WaitingFor, r.ReadyAt, r.Owner, r.Reason, h.log(r.ID))
	}
	return s.String()
}

// becomes waits until a run has a status.
func (h *house) becomes(id harrier.RunID, want harrier.RunStatus) harrier.Run {
	h.t.Helper()
	var run harrier.Run
	h.eventually(fmt.Sprintf("%s %s", id, want), func() bool {
		run = h.load(id)
		if run.Status.Ended() && run.Status != want {
			h.t.Fatalf("the run is %s (%s), want %s\n%s", run.Status, run.Reason, want, h.log(id))
		}
		return run.Status == want
	})
	return run
}

// journal returns a run's events.
func (h *house) journal(id harrier.RunID) (list []harrier.Event) {
	h.t.Helper()
	for ev, err := range h.store.Events(h.t.Context(), id, 0) {
		if err != nil {
			h.t.Fatal(err)
		}
		list = append(list, ev)
	}
	return list
}

func (h *house) log(id harrier.RunID) string {
	var s strings.Builder
	for _, ev := range h.journal(id) {
		fmt.Fprintf(&s, "%3d %s %.200s\n", ev.Seq, ev.Type, ev.Data)
	}
	return s.String()
}

// count counts a run's events of a type.
func (h *house) count(id harrier.RunID, typ string) (n int) {
	h.t.Helper()
	for _, ev := range h.journal(id) {
		if ev.Type == typ {
			n++
		}
	}
	return n
}

// asked waits for an open question of a run and returns it.
func (h *house) asked(id harrier.RunID) (found harrier.Approval) {
	h.t.Helper()
	h.eventually("a question of "+id.String(), func() bool {
		list, _, err := h.store.Approvals(h.t.Context(), harrier.DefaultTenant, harrier.ApprovalFilter{Status: harrier.ApprovalPending}, harrier.Page{Limit: 200})
		if err != nil {
			h.t.Fatal(err)
		}
		i := slices.IndexFunc(list, func(a harrier.Approval) bool { return a.Run == id })
		if i >= 0 {
			found = list[i]
		}
		return i >= 0
	})
	return found
}

// decide answers a question and tells the engine, as the approvals do.
func (h *house) decide(n *node, a harrier.Approval, status harrier.ApprovalStatus, answer map[string]any) {
	h.t.Helper()
	data, err := json.Marshal(step.Decided{ID: a.ID, Hash: a.Hash, By: "ann", Status: status, Answer: answer})
	if err != nil {
		h.t.Error(err)
		return
	}
	err = h.store.Write(context.Background(), func(tx harrier.Tx) error {
		a.Status, a.DecidedBy, a.DecidedAt = status, "ann", h.now()
		if err := h.store.Decide(context.Background(), tx, a); err != nil {
			return err
		}
		tx.OnCommit(func() { n.Wake(a.Run) })
		return h.store.Raise(context.Background(), tx, harrier.Signal{
			Tenant: a.Tenant, Run: a.Run, Type: step.SignalDecided, Data: data, At: h.now(),
		})
	})
	if err != nil {
		h.t.Error(err)
	}
}

// intents returns a run's intents by path and connection.
func (h *house) intents(id harrier.RunID) map[string]harrier.Intent {
	h.t.Helper()
	list, err := h.store.Intents(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	found := map[string]harrier.Intent{}
	for _, in := range list {
		found[step.CallID(in.Path, in.Connection)] = in
	}
	return found
}

// audited lists what the audit trail says about a run, oldest first.
func (h *house) audited(id harrier.RunID) (actions []string) {
	h.t.Helper()
	rows, _, err := h.store.AuditTrail(h.t.Context(), harrier.DefaultTenant, harrier.AuditFilter{}, harrier.Page{Limit: 500})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, r := range slices.Backward(rows) {
		if r.Run == id {
			actions = append(actions, r.Action)
		}
	}
	return actions
}
