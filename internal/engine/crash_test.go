package engine_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/step"
)

const everything = `
steps:
  - id: r
    uses: box.read
    with: {x: x}
  - id: ok
    approve: {title: Do it, covers: [s], expires: 1h}
  - id: p
    parallel:
      a:
        - id: s
          uses: box.set
          with: {x: x}
      b:
        - id: k
          uses: box.keyed
          with: {x: x}
        - id: l
          uses: box.local
          with: {x: x}
  - id: w
    wait: 10ms
`

// freeze stops whoever comes to a failpoint first, as if the process had died
// there; thaw lets it go on long after another has taken over.
type freeze struct {
	point  string
	once   sync.Once
	frozen chan struct{}
	thaw   chan struct{}
}

func (f *freeze) hit(name string) {
	if name != f.point {
		return
	}
	f.once.Do(func() {
		close(f.frozen)
		<-f.thaw
	})
}

func TestCrash_atEveryFailpointAnotherNodeEndsTheRun(t *testing.T) { // G4, G5, G6, G7
	t.Parallel()
	for _, point := range []string{
		"run.claimed", "run.loaded", "intent.before", "intent.after", "call.before", "call.after", "result.before", "result.after",
		"local.before", "local.after", "question.before", "question.after", "signal.consumed", "run.park", "run.parked", "run.end", "run.ended",
	} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			h := build(t)
			done := h.countLocals()
			f := &freeze{point: point, frozen: make(chan struct{}), thaw: make(chan struct{})}
			thaw := sync.OnceFunc(func() { close(f.thaw) })
			one := h.run("one", f.hit)
			t.Cleanup(thaw) // before the node is stopped, which waits for its goroutines
			run := one.start(compile(t, everything, nil))
			h.untilFrozen(one, f, run.ID)
			two := h.run("two", nil) // takes over what one has claimed
			h.approveUntilEnded(two, run.ID)
			length := len(h.journal(run.ID))
			thaw()
			one.stop()
			if got := len(h.journal(run.ID)); got != length {
				t.Errorf("the node that had lost the run wrote %d events\n%s", got-length, h.log(run.ID))
			}
			if end := h.load(run.ID); end.Status != harrier.RunSucceeded || end.Unresolved != 0 {
				t.Errorf("the run is %+v", end)
			}
			if n := done(); n != 1 {
				t.Errorf("the local action was committed %d times", n)
			}
			h.checkEffects(run.ID)
			h.replays(two, run.ID)
		})
	}
}

// untilFrozen lets a run go on until somebody is frozen.
func (h *house) untilFrozen(n *node, f *freeze, id harrier.RunID) {
	h.t.Helper()
	h.eventually("the failpoint "+f.point, func() bool {
		select {
		case <-f.frozen:
			return true
		default:
		}
		h.approveOnce(n, id)
		return false
	})
}

// approveOnce approves what is asked, if anything is.
func (h *house) approveOnce(n *node, id harrier.RunID) {
	h.t.Helper()
	list, _, err := h.store.Approvals(h.t.Context(), harrier.DefaultTenant, harrier.ApprovalFilter{Status: harrier.ApprovalPending}, harrier.Page{Limit: 9})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, a := range list {
		if a.Run == id && a.Kind != harrier.OutcomeQuestion {
			h.decide(n, a, harrier.ApprovalApproved, nil)
		}
	}
}

func (h *house) approveUntilEnded(n *node, id harrier.RunID) {
	h.t.Helper()
	h.eventually("the end", func() bool {
		h.approveOnce(n, id)
		return h.load(id).Status.Ended()
	})
}

// countLocals makes local actions leave a trace in their transaction, and
// returns how many there are.
func (h *house) countLocals() func() int {
	var mu sync.Mutex
	n := 0
	h.do = func(ctx context.Context, tx harrier.Tx, _ engine.LocalRequest) (map[string]any, error) {
		tx.OnCommit(func() {
			mu.Lock()
			n++
			mu.Unlock()
		})
		return map[string]any{}, h.store.Pin(ctx, tx, harrier.DefaultTenant, "trace", []byte("x"))
	}
	return func() int {
		mu.Lock()
		defer mu.Unlock()
		return n
	}
}

// checkEffects holds the calls against the ledger: every effect was intended,
// and every attempt had the key of its intent.
func (h *house) checkEffects(id harrier.RunID) {
	h.t.Helper()
	intents := h.intents(id)
	h.mu.Lock()
	defer h.mu.Unlock()
	made := map[string]int{}
	for _, c := range h.calls {
		if !c.Call.Effectful() {
			continue
		}
		in, ok := intents[step.CallID(c.Call.Path, c.Call.Target.Connection)]
		if !ok || in.Key != c.Call.Key {
			h.t.Errorf("%s was called with the key %q, its intent is %+v", c.Call.Path, c.Call.Key, in)
		}
		made[c.Call.Path]++
	}
	for _, in := range intents {
		if in.State != harrier.IntentSucceeded || in.By != "local" && made[in.Path] > in.Attempt {
			h.t.Errorf("%s was called %d times, its intent is %+v", in.Path, made[in.Path], in)
		}
	}
}

func TestCrash_afterAnIntentOfWhatMayNotBeRepeatedAsksAPerson(t *testing.T) { // G6, DUR-05
	t.Parallel()
	h := build(t)
	f := &freeze{point: "call.before", frozen: make(chan struct{}), thaw: make(chan struct{})}
	one := h.run("one", f.hit)
	t.Cleanup(sync.OnceFunc(func() { close(f.thaw) }))
	run := one.start(compile(t, "\nsteps:\n  - id: a\n    uses: box.never\n    with: {x: x}\n", nil))
	h.untilFrozen(one, f, run.ID)
	two := h.run("two", nil)
	a := h.asked(run.ID)
	if a.Kind != harrier.OutcomeQuestion {
		t.Fatalf("asked %+v", a)
	}
	if got := h.becomes(run.ID, harrier.RunWaiting); !strings.HasPrefix(got.WaitingFor, "needs_human") || got.Unresolved != 1 {
		t.Errorf("waits as %+v", got)
	}
	h.decide(two, a, harrier.ApprovalAnswered, map[string]any{"choice": "happened"})
	h.becomes(run.ID, harrier.RunSucceeded)
	if got := h.made(run.ID); len(got) != 0 {
		t.Errorf("calls were %v", got)
	}
	for _, in := range h.intents(run.ID) {
		if in.State != harrier.IntentSucceeded || in.By != "person" {
			t.Errorf("the intent is %+v", in)
		}
	}
}

func TestShutdown_inTheMiddleGivesTheRunUpForTheNext(t *testing.T) {
	t.Parallel()
	h := build(t)
	g := newGate()
	h.answers(func(ctx context.Context, req engine.CallRequest) step.Outcome {
		if req.Call.Path == "a" {
			g.pass(ctx)
		}
		return step.Outcome{Output: map[string]any{}}
	})
	one := h.run("one", nil)
	run := one.start(compile(t, `
steps:
  - id: p
    parallel:
      a:
        - id: a
          uses: box.never
          with: {x: x}
        - id: b
          uses: box.never
          with: {x: x}
      c:
        - id: ok
          approve: {title: Do it, covers: [d], expires: 1h}
        - id: d
          uses: box.set
          with: {x: x}
`, nil))
	g.await(t)
	stopped := make(chan struct{})
	go func() { one.stop(); close(stopped) }()
	// A decision that comes while the process stops is left to the next.
	h.decide(one, h.asked(run.ID), harrier.ApprovalApproved, nil)
	close(g.open) // what was sent is waited for
	select {
	case <-stopped:
	case <-time.After(9 * time.Second):
		t.Fatal("the engine does not stop")
	}
	if given := h.load(run.ID); given.Status != harrier.RunWaiting || given.ReadyAt.IsZero() || h.count(run.ID, "action.succeeded") != 1 {
		t.Fatalf("given up as %+v\n%s", given, h.log(run.ID))
	}
	h.run("two", nil)
	h.becomes(run.ID, harrier.RunSucceeded)
	if got := h.made(run.ID); !slices.Equal(slices.Sorted(slices.Values(got)), []string{"a", "b", "d"}) {
		t.Errorf("calls were %v; nothing may be asked or done again", got)
	}
}

func TestShutdown_doesNotWaitForCallsThatNobodyReads(t *testing.T) {
	t.Parallel()
	h := build(t)
	g := newGate()
	h.answers(func(ctx context.Context, req engine.CallRequest) step.Outcome {
		if req.Call.Path == "slow" {
			g.pass(ctx)
		}
		return step.Outcome{Output: map[string]any{}}
	})
	n := h.run("one", nil)
	run := n.start(compile(t, `
steps:
  - id: p
    parallel:
      a:
        - id: slow
          uses: box.read
          with: {x: x}
      b:
        - id: fast
          uses: box.read
          with: {x: x}
    join: any
`, nil))
	h.becomes(run.ID, harrier.RunSucceeded)
	begun := time.Now()
	n.stop()
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("stopping took %s", took)
	}
}

func TestPoison_isQuarantinedAndOthersGoOn(t *testing.T) { // DUR-11
	t.Parallel()
	h := build(t)
	var poisoned harrier.RunID
	h.answers(func(_ context.Context, req engine.CallRequest) step.Outcome {
		if req.Run == h.only() {
			panic("the connector has a bug")
		}
		return step.Outcome{Output: map[string]any{}}
	})
	n := h.run("one", nil)
	p := compile(t, "\nsteps:\n  - wait: 1s\n  - id: a\n    uses: box.read\n    with: {x: x}\n", nil)
	poisoned = n.start(p).ID
	h.onlyRun(poisoned)
	var others []harrier.RunID
	for range 5 {
		others = append(others, n.start(p).ID)
	}
	for _, id := range others {
		h.becomes(id, harrier.RunSucceeded)
	}
	run := h.becomes(poisoned, harrier.RunQuarantined)
	if run.Reason == "" || len(h.made(poisoned)) != 4 { // once with progress, the end of the wait, and three times without
		t.Errorf("quarantined as %+v after the calls %v", run, h.made(poisoned))
	}
	h.onlyRun(harrier.RunID{}) // the connector is mended
	err := h.store.Write(t.Context(), func(tx harrier.Tx) error {
		tx.OnCommit(func() { n.Wake(poisoned) })
		return h.store.Unquarantine(t.Context(), tx, run, h.now())
	})
	if err != nil {
		t.Fatal(err)
	}
	h.becomes(poisoned, harrier.RunSucceeded)
}

func TestPoison_ofALocalActionIsQuarantinedToo(t *testing.T) {
	t.Parallel()
	h := build(t)
	h.do = func(context.Context, harrier.Tx, engine.LocalRequest) (map[string]any, error) { panic("a bug") }
	n := h.run("one", nil)
	run := n.start(compile(t, "\nsteps:\n  - id: l\n    uses: box.local\n    with: {x: x}\n", nil))
	h.becomes(run.ID, harrier.RunQuarantined)
}

func TestLocal_thatIsRefusedLeavesNoTraceAndIsTriedAgainWhereItMayHelp(t *testing.T) { // G5
	t.Parallel()
	h := build(t)
	tries := 0
	h.do = func(ctx context.Context, tx harrier.Tx, _ engine.LocalRequest) (map[string]any, error) {
		if tries++; tries == 1 {
			if err := h.store.Pin(ctx, tx, harrier.DefaultTenant, "first", []byte("x")); err != nil {
				return nil, err
			}
			return nil, harrier.Errorf(harrier.Unavailable, "busy")
		}
		return map[string]any{"x": "done"}, h.store.Pin(ctx, tx, harrier.DefaultTenant, "second", []byte("x"))
	}
	n := h.run("one", nil)
	run := n.start(compile(t, "\nsteps:\n  - id: l\n    uses: box.local\n    with: {x: x}\noutputs:\n  x: ${{ steps.l.output.?x }}\n", nil))
	if end := h.becomes(run.ID, harrier.RunSucceeded); string(end.Outputs) != `{"x":"done"}` {
		t.Errorf("the outputs are %s", end.Outputs)
	}
	if _, err := h.store.Pinned(t.Context(), harrier.DefaultTenant, "first"); harrier.KindOf(err) != harrier.NotFound {
		t.Errorf("what the refused attempt wrote is there: %v", err)
	}
	if _, err := h.store.Pinned(t.Context(), harrier.DefaultTenant, "second"); err != nil {
		t.Errorf("what the action wrote is not there: %v", err)
	}
}
