package engine_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/playbook"
)

// onePer is a house with a playbook of which one run for a key is active; its
// runs wait at the gate.
func onePer(t *testing.T, then string) (*house, *gate, *playbook.Plan) {
	t.Helper()
	h, g := build(t), newGate()
	h.answers(func(ctx context.Context, _ engine.CallRequest) step.Outcome {
		g.pass(ctx)
		return step.Outcome{Output: map[string]any{}}
	})
	p := compile(t, `
inputs:
  k: {type: string, default: same, help: The key.}
limits: {one_per: {key: inputs.k, then: `+then+`}}
steps:
  - id: a
    uses: box.set
    with: {x: x}
always:
  - id: z
    uses: box.local
    with: {x: x}
`, nil)
	h.know(p)
	return h, g, p
}

// key starts a run for a key.
func (n *node) key(p *playbook.Plan, key string, priority int) (harrier.Run, error) {
	return n.Start(n.h.t.Context(), engine.Start{By: harrier.Operator(), Plan: p, Inputs: map[string]any{"k": key}, Priority: priority})
}

// got is key for a start that works.
func (n *node) got(p *playbook.Plan, key string, priority int) harrier.Run {
	n.h.t.Helper()
	run, err := n.key(p, key, priority)
	if err != nil {
		n.h.t.Fatal(err)
	}
	return run
}

func TestOnePer_otherKeysAreNoneOfItsBusiness(t *testing.T) {
	t.Parallel()
	for _, then := range []string{"join", "skip", "queue", "replace"} {
		h, g, p := onePer(t, then)
		n := h.run("one", nil)
		first, second := n.got(p, "one", 2), n.got(p, "two", 2)
		g.await(t)
		g.await(t) // both are at work
		close(g.open)
		h.becomes(first.ID, harrier.RunSucceeded)
		h.becomes(second.ID, harrier.RunSucceeded)
		if again := n.got(p, "one", 2); again.ID == first.ID {
			t.Errorf("%s: a run that has ended still holds its key", then)
		}
	}
}

func TestOnePer_joinReturnsTheActiveRun(t *testing.T) {
	t.Parallel()
	h, g, p := onePer(t, "join")
	n := h.run("one", nil)
	first := n.got(p, "k", 2)
	g.await(t)
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if again, err := n.key(p, "k", 2); err != nil || again.ID != first.ID {
				t.Errorf("joined %s (%v), want %s", again.ID, err, first.ID)
			}
		})
	}
	all.Wait()
	close(g.open)
	h.becomes(first.ID, harrier.RunSucceeded)
	if runs := h.runs(); len(runs) != 1 {
		t.Errorf("there are %d runs, want 1", len(runs))
	}
}

// runs lists all runs.
func (h *house) runs() []harrier.Run {
	h.t.Helper()
	list, _, err := h.store.Runs(h.t.Context(), harrier.DefaultTenant, harrier.RunFilter{}, harrier.Page{Limit: 100})
	if err != nil {
		h.t.Fatal(err)
	}
	return list
}

func TestOnePer_skipRefusesAndNamesTheActiveRun(t *testing.T) {
	t.Parallel()
	h, g, p := onePer(t, "skip")
	n := h.run("one", nil)
	first := n.got(p, "k", 2)
	g.await(t)
	_, err := n.key(p, "k", 2)
	if harrier.KindOf(err) != harrier.Conflict || err == nil || !strings.Contains(err.Error(), first.ID.String()) {
		t.Errorf("the second start: %v", err)
	}
	close(g.open)
	h.becomes(first.ID, harrier.RunSucceeded)
	if runs := h.runs(); len(runs) != 1 {
		t.Errorf("there are %d runs, want 1", len(runs))
	}
}

func TestOnePer_queueRunsOneAfterTheOtherByPriorityThenAge(t *testing.T) {
	t.Parallel()
	h, g, p := onePer(t, "queue")
	n := h.run("one", nil)
	order := []harrier.Run{n.got(p, "k", 2), n.got(p, "k", 2), n.got(p, "k", 2), n.got(p, "k", 0)}
	order[1], order[2], order[3] = order[3], order[1], order[2]
	g.await(t)
	for _, run := range order[1:] {
		if run.Status != harrier.RunQueued || !run.ReadyAt.IsZero() || !strings.Contains(run.WaitingFor, order[0].ID.String()) {
			t.Errorf("the run in line is %+v", run)
		}
	}
	if len(g.reached) != 0 {
		t.Error("two runs of one key are at work")
	}
	close(g.open)
	last := harrier.Run{}
	for _, run := range order {
		run = h.becomes(run.ID, harrier.RunSucceeded)
		if run.EndedAt.Before(last.EndedAt) {
			t.Errorf("%s ended before the one ahead of it", run.ID)
		}
		last = run
	}
}

func TestOnePer_lineOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	h, g, p := onePer(t, "queue")
	f := &freeze{point: "run.end", frozen: make(chan struct{}), thaw: make(chan struct{})}
	one := h.run("one", f.hit)
	t.Cleanup(sync.OnceFunc(func() { close(f.thaw) }))
	first, second := one.got(p, "k", 2), one.got(p, "k", 2)
	close(g.open)
	h.untilFrozen(one, f, first.ID)
	h.run("two", nil)
	h.becomes(first.ID, harrier.RunSucceeded)
	h.becomes(second.ID, harrier.RunSucceeded)
}

func TestOnePer_replaceCancelsTheActiveRunAndWhoWaits(t *testing.T) {
	t.Parallel()
	h, g, p := onePer(t, "replace")
	n := h.run("one", nil)
	first := n.got(p, "k", 2)
	g.await(t)
	second := n.got(p, "k", 2)
	third := n.got(p, "k", 2)
	dismissed := h.becomes(second.ID, harrier.RunCancelled)
	if dismissed.Reason != "replaced by "+third.ID.String() || h.count(second.ID, "run.ended") != 1 || h.count(second.ID, "run.halting") != 0 {
		t.Errorf("the run that waited ended as %+v\n%s", dismissed, h.log(second.ID))
	}
	h.replays(n, second.ID)
	h.eventually("the first hears of it", func() bool { return h.count(first.ID, "run.halting") == 1 })
	if got := h.load(third.ID); got.Status != harrier.RunQueued || len(g.reached) != 0 {
		t.Errorf("the replacement is %s while the first has something under way", got.Status)
	}
	close(g.open)
	h.becomes(first.ID, harrier.RunCancelled)
	h.becomes(third.ID, harrier.RunSucceeded)
}

func TestOnePer_cancelOfARunInLineEndsItAtOnceAndKeepsTheLine(t *testing.T) {
	t.Parallel()
	h, g, p := onePer(t, "queue")
	n := h.run("one", nil)
	first, second, third := n.got(p, "k", 2), n.got(p, "k", 2), n.got(p, "k", 2)
	g.await(t)
	if err := n.Cancel(t.Context(), harrier.Operator(), second.ID, "not needed"); err != nil {
		t.Fatal(err)
	}
	if got := h.load(second.ID); got.Status != harrier.RunCancelled || got.Reason != "not needed" {
		t.Errorf("the cancelled run is %+v", got)
	}
	close(g.open)
	h.becomes(first.ID, harrier.RunSucceeded)
	h.becomes(third.ID, harrier.RunSucceeded)
	if got := h.made(second.ID); len(got) != 0 || h.count(second.ID, "action.succeeded") != 0 {
		t.Errorf("the cancelled run did %v", got)
	}
}

func TestOnePer_theSameStartTwiceIsConflictWhateverTheRuleSays(t *testing.T) { // G2
	t.Parallel()
	for _, then := range []string{"join", "queue"} {
		h, g, p := onePer(t, then)
		n := h.run("one", nil)
		st := engine.Start{ID: harrier.NewID[harrier.RunID](h.now()), By: harrier.Operator(), Plan: p}
		again := func(when string) {
			t.Helper()
			if run, err := n.Start(t.Context(), st); harrier.KindOf(err) != harrier.Conflict || err == nil {
				t.Errorf("%s, the same start again %s: %s, %v", then, when, run.ID, err)
			}
		}
		if _, err := n.Start(t.Context(), st); err != nil {
			t.Fatal(err)
		}
		again("while it runs")
		close(g.open)
		h.becomes(st.ID, harrier.RunSucceeded)
		next := newGate()
		h.answers(func(ctx context.Context, _ engine.CallRequest) step.Outcome {
			next.pass(ctx)
			return step.Outcome{Output: map[string]any{}}
		})
		if _, err := n.Start(t.Context(), engine.Start{By: harrier.Operator(), Plan: p}); err != nil {
			t.Fatal(err)
		}
		next.await(t)
		again("while another has the key")
		close(next.open)
	}
}
