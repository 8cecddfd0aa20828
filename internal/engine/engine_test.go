package engine_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/playbook"
)

const simple = `
inputs:
  who: {type: string, default: you, help: Who.}
steps:
  - id: r
    uses: box.read
    with: {x: "${{ inputs.who }}"}
  - id: s
    uses: box.set
    with: {x: "${{ steps.r.output.?x.orValue('none') }}"}
  - id: l
    uses: box.local
    with: {x: x}
outputs:
  x: ${{ steps.s.output.?x }}
`

func TestStart_runsToTheEndWithIntentAuditAndOutputs(t *testing.T) { // G5, G10
	t.Parallel()
	h := build(t)
	n := h.run("one", nil)
	run := n.start(compile(t, simple, nil))
	end := h.becomes(run.ID, harrier.RunSucceeded)
	if string(end.Outputs) != `{"x":"you"}` || end.Owner != "" || end.EndedAt.IsZero() {
		t.Errorf("the run ended as %+v", end)
	}
	if got := h.made(run.ID); !slices.Equal(got, []string{"r", "s"}) {
		t.Errorf("calls were %v", got)
	}
	for id, want := range map[string]string{
		step.CallID("s", harrier.DeriveID[harrier.ConnectionID]("box")): "call", "l": "local",
	} {
		if in := h.intents(run.ID)[id]; in.State != harrier.IntentSucceeded || in.By != want {
			t.Errorf("the intent of %s is %+v", id, in)
		}
	}
	if diff := cmp.Diff([]string{"run.start", "effect.intend", "effect.local", "run.end"}, h.audited(run.ID)); diff != "" {
		t.Errorf("the audit trail (-want +got):\n%s", diff)
	}
	h.replays(n, run.ID)
}

// replays checks that the journal of a run tells how its row says it ended (G8).
func (h *house) replays(n *node, id harrier.RunID) *step.Machine {
	h.t.Helper()
	run := h.load(id)
	m, err := n.Replay(h.t.Context(), run)
	if err != nil {
		h.t.Fatal(err)
	}
	if end := m.Ended(); run.Status.Ended() && (end == nil || end.Status != run.Status) {
		h.t.Errorf("the row says %s, the journal %+v", run.Status, end)
	}
	return m
}

// gate lets calls wait until it is opened.
type gate struct {
	reached chan struct{}
	open    chan struct{}
}

func newGate() *gate { return &gate{make(chan struct{}, 100), make(chan struct{})} }

// pass waits at the gate, or for ctx.
func (g *gate) pass(ctx context.Context) {
	g.reached <- struct{}{}
	select {
	case <-g.open:
	case <-ctx.Done():
	}
}

// await waits until somebody has come to the gate.
func (g *gate) await(t testing.TB) {
	t.Helper()
	select {
	case <-g.reached:
	case <-time.After(12 * time.Second):
		t.Fatal("nobody came to the gate")
	}
}

func TestCancel_ofARunAtWorkWaitsForWhatWasSent(t *testing.T) {
	t.Parallel()
	h := build(t)
	g := newGate()
	h.answers(func(ctx context.Context, _ engine.CallRequest) step.Outcome {
		g.pass(ctx)
		return step.Outcome{Output: map[string]any{}}
	})
	n := h.run("one", nil)
	run := n.start(compile(t, "\nsteps:\n  - id: a\n    uses: box.never\n    with: {x: x}\n  - id: b\n    uses: box.never\n    with: {x: x}\n", nil))
	g.await(t)
	if err := n.Cancel(t.Context(), harrier.Operator(), run.ID, "enough"); err != nil {
		t.Fatal(err)
	}
	h.eventually("the order is heard", func() bool { return h.count(run.ID, "run.halting") == 1 })
	close(g.open)
	end := h.becomes(run.ID, harrier.RunCancelled)
	if end.Reason != "enough" || end.Unresolved != 0 || len(h.made(run.ID)) != 1 {
		t.Errorf("ended %+v after the calls %v", end, h.made(run.ID))
	}
	if err := n.Cancel(t.Context(), harrier.Operator(), run.ID, "again"); harrier.KindOf(err) != harrier.Conflict || err == nil {
		t.Errorf("a cancel after the end: %v", err)
	}
}

const approving = `
steps:
  - id: ok
    approve: {title: Do it, covers: [do], expires: 1h}
  - id: do
    uses: box.set
    with: {x: x}
`

func TestCancel_ofAParkedRunEndsItAndTakesItsQuestionBack(t *testing.T) {
	t.Parallel()
	h := build(t)
	n := h.run("one", nil)
	run := n.start(compile(t, approving, nil))
	a := h.asked(run.ID)
	waiting := h.becomes(run.ID, harrier.RunWaiting)
	if waiting.WaitingFor != "a decision on ok" || waiting.Owner != "" {
		t.Errorf("parked as %+v", waiting)
	}
	h.eventually("nothing is driven", func() bool { return n.Active() == 0 })
	if err := n.Cancel(t.Context(), harrier.Operator(), run.ID, "enough"); err != nil {
		t.Fatal(err)
	}
	h.becomes(run.ID, harrier.RunCancelled)
	if a, err := h.store.Approval(t.Context(), a.Tenant, a.ID); err != nil || a.Status != harrier.ApprovalVoid {
		t.Errorf("the question is %s (%v)", a.Status, err)
	}
}

func TestApproval_thatExpiresEndsItsQuestion(t *testing.T) { // G9
	t.Parallel()
	h := build(t)
	n := h.run("one", nil)
	run := n.start(compile(t, approving, nil))
	a := h.asked(run.ID)
	h.becomes(run.ID, harrier.RunWaiting)
	h.pass(n, time.Hour)
	h.becomes(run.ID, harrier.RunSucceeded)
	if got := h.made(run.ID); len(got) != 0 {
		t.Errorf("done without an approval: %v", got)
	}
	if a, err := h.store.Approval(t.Context(), a.Tenant, a.ID); err != nil || a.Status != harrier.ApprovalExpired {
		t.Errorf("the question is %s (%v)", a.Status, err)
	}
}

func TestApproval_ofAStepThatTookTooLongIsTakenBack(t *testing.T) {
	t.Parallel()
	h := build(t)
	n := h.run("one", nil)
	run := n.start(compile(t, `
steps:
  - id: q
    timeout: 30m
    ask: {title: Well, form: {verdict: {type: string, help: Say.}}}
    on_error: continue
  - wait: 1h
`, nil))
	a := h.asked(run.ID)
	h.becomes(run.ID, harrier.RunWaiting)
	h.pass(n, 30*time.Minute)
	h.eventually("the step fails", func() bool { return h.count(run.ID, "step.failed") == 1 })
	if a, err := h.store.Approval(t.Context(), a.Tenant, a.ID); err != nil || a.Status != harrier.ApprovalVoid {
		t.Errorf("the question is %s (%v)", a.Status, err)
	}
	if got := h.load(run.ID); got.Status.Ended() {
		t.Errorf("the run is %s", got.Status)
	}
}

func TestApproval_thatIsGivenLetsTheRunGoOn(t *testing.T) {
	t.Parallel()
	h := build(t)
	n := h.run("one", nil)
	run := n.start(compile(t, approving, nil))
	a := h.asked(run.ID)
	h.decide(n, a, harrier.ApprovalApproved, nil)
	h.becomes(run.ID, harrier.RunSucceeded)
	if in := h.intents(run.ID)[step.CallID("do", harrier.DeriveID[harrier.ConnectionID]("box"))]; in.Approval != a.ID || in.Leaf == "" {
		t.Errorf("the intent is %+v; it must present the approval %s", in, a.ID)
	}
}

func TestSignal_betweenTheLastLookAndTheReleaseIsNotLost(t *testing.T) { // ErrWoken
	t.Parallel()
	for _, point := range []string{"run.park", "run.parked"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			h := build(t)
			var n *node
			var once sync.Once
			ready := make(chan struct{})
			n = h.run("one", func(name string) {
				if name != point {
					return
				}
				<-ready
				once.Do(func() { // on the driver's own goroutine, before it goes on
					list, _, err := h.store.Approvals(t.Context(), harrier.DefaultTenant, harrier.ApprovalFilter{Status: harrier.ApprovalPending}, harrier.Page{Limit: 9})
					if err != nil || len(list) == 0 {
						list = append(list, harrier.Approval{})
					}
					if point == "run.park" { // the question is committed with the release: cancel instead
						if err := n.Cancel(t.Context(), harrier.Operator(), h.only(), "enough"); err != nil {
							t.Error(err)
						}
						return
					}
					h.decide(n, list[0], harrier.ApprovalApproved, nil)
				})
			})
			run := n.start(compile(t, approving, nil))
			h.onlyRun(run.ID)
			close(ready)
			want := harrier.RunSucceeded
			if point == "run.park" {
				want = harrier.RunCancelled
			}
			h.becomes(run.ID, want)
		})
	}
}

// onlyRun notes the one run of a test, only returns it.
func (h *house) onlyRun(id harrier.RunID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.one = id
}

func (h *house) only() harrier.RunID {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.one
}

func TestRetry_goesOnFromWhereItFailed(t *testing.T) { // G4
	t.Parallel()
	h := build(t)
	var broken sync.Once
	h.answers(func(_ context.Context, req engine.CallRequest) (out step.Outcome) {
		out.Output = map[string]any{}
		if req.Call.Path == "b" {
			broken.Do(func() { out = step.Outcome{Failure: &step.Failure{Class: "denied", Text: "no"}} })
		}
		return out
	})
	n := h.run("one", nil)
	run := n.start(compile(t, "\nsteps:\n  - id: a\n    uses: box.never\n    with: {x: x}\n  - id: b\n    uses: box.never\n    with: {x: x}\n", nil))
	h.becomes(run.ID, harrier.RunFailed)
	if err := n.Retry(t.Context(), harrier.Operator(), run.ID, "nowhere"); harrier.KindOf(err) != harrier.NotFound || err == nil {
		t.Errorf("retry from nowhere: %v", err)
	}
	if err := n.Retry(t.Context(), harrier.Operator(), run.ID, ""); err != nil {
		t.Fatal(err)
	}
	h.becomes(run.ID, harrier.RunSucceeded)
	if got := h.made(run.ID); !slices.Equal(got, []string{"a", "b", "b"}) {
		t.Errorf("calls were %v", got)
	}
	if err := n.Retry(t.Context(), harrier.Operator(), run.ID, "a"); harrier.KindOf(err) != harrier.Conflict || err == nil {
		t.Errorf("retry of a success: %v", err)
	}
	h.replays(n, run.ID)
}

func TestRuns_manyAtOnceEndAndLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	h := build(t)
	n := h.run("one", nil)
	p := compile(t, `
steps:
  - id: each
    for_each: '["a", "b", "c"]'
    as: o
    max_parallel: 3
    uses: box.keyed
    with: {x: "${{ o }}"}
  - id: w
    wait: 20ms
  - id: l
    uses: box.local
    with: {x: x}
`, nil)
	h.know(p)
	const runs = 200
	ids := make([]harrier.RunID, runs)
	var all sync.WaitGroup
	for i := range runs {
		all.Go(func() {
			run, err := n.Start(t.Context(), engine.Start{By: harrier.Operator(), Plan: p, Priority: i % 4})
			if err != nil {
				t.Error(err)
			}
			ids[i] = run.ID
		})
	}
	all.Wait()
	for _, id := range ids {
		h.becomes(id, harrier.RunSucceeded)
		if got := h.made(id); len(got) != 3 {
			t.Errorf("%s made the calls %v", id, got)
		}
	}
	h.eventually("no run is driven", func() bool { return n.Active() == 0 })
}

func TestEngine_drivesNoMoreThanMaxActiveAndStillEndsAll(t *testing.T) { // OVL-04
	t.Parallel()
	h := build(t)
	h.maxActive = 2
	var mu sync.Mutex
	at, most := 0, 0
	h.answers(func(context.Context, engine.CallRequest) step.Outcome {
		mu.Lock()
		at++
		most = max(most, at)
		mu.Unlock()
		defer func() { mu.Lock(); at--; mu.Unlock() }()
		return step.Outcome{Output: map[string]any{}}
	})
	n := h.run("one", nil)
	p := compile(t, simple, nil)
	var ids []harrier.RunID
	for range 10 {
		ids = append(ids, n.start(p).ID)
		run, err := n.startIn(p, func(harrier.Tx, harrier.Run) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, run.ID)
	}
	for _, id := range ids {
		h.becomes(id, harrier.RunSucceeded)
	}
	if most > 2 {
		t.Errorf("%d runs made calls at once, want at most 2", most)
	}
}

func childPlan(t *testing.T) *playbook.Plan {
	t.Helper()
	return compile(t, `
steps:
  - id: c
    call: helper
    with: {x: hello}
outputs:
  got: ${{ steps.c.output.found }}
`, map[string]string{"helper": `
trigger:
  - call: true
inputs:
  x: {type: string, help: What it is about.}
steps:
  - id: r
    uses: box.read
    with: {x: "${{ inputs.?x.orValue('') }}"}
outputs:
  found: ${{ steps.r.output.?x.orValue("") }}
`})
}

// childRun waits for the child of a run.
func (h *house) childRun(parent harrier.RunID) harrier.Run {
	h.t.Helper()
	var children []harrier.Run
	h.eventually("a child", func() bool {
		var err error
		children, err = h.store.ChildrenOf(h.t.Context(), harrier.DefaultTenant, parent)
		return err == nil && len(children) == 1
	})
	return children[0]
}

func TestCall_runsTheChildAndHearsOfItsEnd(t *testing.T) {
	t.Parallel()
	h := build(t)
	n := h.run("one", nil)
	run := n.start(childPlan(t))
	if end := h.becomes(run.ID, harrier.RunSucceeded); string(end.Outputs) != `{"got":"hello"}` {
		t.Errorf("the outputs are %s", end.Outputs)
	}
	child := h.childRun(run.ID)
	if child.ParentPath != "c" || child.Playbook != "helper" || child.Status != harrier.RunSucceeded {
		t.Errorf("the child is %+v", child)
	}
	h.replays(n, child.ID)
}

func TestCall_cancelReachesTheChild(t *testing.T) {
	t.Parallel()
	h := build(t)
	g := newGate()
	h.answers(func(ctx context.Context, _ engine.CallRequest) step.Outcome {
		g.pass(ctx)
		return step.Outcome{Failure: &step.Failure{Class: "unavailable", Text: fmt.Sprint(context.Cause(ctx))}}
	})
	n := h.run("one", nil)
	run := n.start(childPlan(t))
	g.await(t) // the child reads
	if err := n.Cancel(t.Context(), harrier.Operator(), run.ID, "enough"); err != nil {
		t.Fatal(err)
	}
	h.becomes(run.ID, harrier.RunCancelled)
	h.becomes(h.childRun(run.ID).ID, harrier.RunCancelled)
}
