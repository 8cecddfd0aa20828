package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/playbook"
)

// course drives one machine without an engine and keeps its journal.
type course struct {
	plan    *playbook.Plan
	rng     *rand.Rand
	m       *step.Machine
	now     time.Time
	journal []harrier.Event
	calls   []step.Call
	// calm makes everything go well.
	calm bool
}

func (c *course) env() step.Env {
	return step.Env{
		Now: c.now, Jitter: c.rng.Float64,
		Resolve: func(a *playbook.Action, _ map[string]any) ([]step.Target, error) {
			return directory{}.Resolve(context.Background(), harrier.DefaultTenant, a)
		},
	}
}

// next lets the machine decide and journals what it decided.
func (c *course) next(ctx context.Context) error {
	c.m.Next(ctx, c.env())
	events, calls := c.m.Take()
	for _, r := range events {
		ev, err := step.Encode(int64(len(c.journal)+1), r.At, r.Body)
		if err != nil {
			return err
		}
		c.journal = append(c.journal, ev)
	}
	c.calls = append(c.calls, calls...)
	return nil
}

// replayed folds the first n events of a journal.
func replayed(plan *playbook.Plan, journal []harrier.Event) (*step.Machine, error) {
	m := step.New(plan)
	for _, ev := range journal {
		body, err := step.Decode(ev)
		if err == nil {
			err = m.Apply(ev.At, body)
		}
		if err != nil {
			return nil, fmt.Errorf("event %d: %w", ev.Seq, err)
		}
	}
	return m, nil
}

// outcome decides what comes of a call.
func (c *course) outcome(call step.Call) step.Outcome {
	roll := c.rng.IntN(10)
	switch {
	case call.Probe && (c.calm || roll < 7):
		return step.Outcome{Done: c.calm || roll < 4, Output: map[string]any{}}
	case c.calm || roll < 5:
		return step.Outcome{Output: map[string]any{"x": "same", "ready": c.calm || roll == 0, "list": []any{"a"}}}
	case roll < 6 && !call.Probe && !call.Spec.Local:
		return step.Outcome{Pending: &step.Pending{State: []byte(`{"job":1}`), After: time.Second}}
	case roll < 8:
		return failure("unavailable", true, call.Effectful() && roll == 7)
	}
	return failure("denied", false, false)
}

// answers decides the open question of the newest event that asks one.
func (c *course) answer() error {
	for i := len(c.journal) - 1; i >= 0; i-- {
		body, err := step.Decode(c.journal[i])
		if err != nil {
			return err
		}
		var q step.Question
		switch b := body.(type) {
		case step.QuestionAsked:
			q = b.Question
		case step.OutcomeAsked:
			q = b.Question
		default:
			continue
		}
		d := step.Decided{ID: q.ID, Hash: q.Hash, By: "ann", Status: harrier.ApprovalApproved, Answer: map[string]any{
			"choice": step.OutcomeChoices()[c.rng.IntN(4)], "verdict": "fine",
		}}
		if q.Kind == harrier.FormQuestion {
			d.Status = harrier.ApprovalAnswered
		}
		if !c.calm && c.rng.IntN(2) == 0 && q.Kind == harrier.PlanApproval {
			d.Status = harrier.ApprovalDenied
		}
		data, err := json.Marshal(d)
		if err != nil {
			return err
		}
		before, asked := c.m.Events(), harrier.Signal{Type: step.SignalDecided, Data: data}
		if err := c.m.Signal(asked, c.env()); err != nil || c.m.Events() > before {
			return err
		}
	}
	return nil
}

// play lets one thing happen.
func (c *course) play(ctx context.Context) error {
	if len(c.calls) > 0 && (c.calm || c.rng.IntN(4) > 0) {
		i := c.rng.IntN(len(c.calls))
		call := c.calls[i]
		c.calls = append(c.calls[:i:i], c.calls[i+1:]...)
		c.m.Finish(call, c.outcome(call), c.env())
		return c.next(ctx)
	}
	if !c.calm && c.rng.IntN(60) == 0 {
		c.m.Cancel(c.now, "ann", "simulated")
		return c.next(ctx)
	}
	if c.calm || c.rng.IntN(3) == 0 {
		if err := c.answer(); err != nil {
			return err
		}
	}
	if at, ok := c.m.NextDue(); ok && at.After(c.now) && len(c.calls) == 0 {
		c.now = c.now.Add(min(at.Sub(c.now), time.Duration(1+c.rng.IntN(90))*time.Minute))
	}
	return c.next(ctx)
}

// finish plays until the run ends.
func (c *course) finish(ctx context.Context) error {
	for range 2000 {
		if c.m.Ended() != nil {
			return nil
		}
		if err := c.play(ctx); err != nil {
			return err
		}
	}
	return fmt.Errorf("the run does not end; it waits for %q", c.m.WaitingFor())
}

// record plays a course to its end, and compares the state with that of the
// journal at every commit.
func record(ctx context.Context, plan *playbook.Plan, seed uint64) (*course, error) {
	c := &course{plan: plan, rng: rand.New(rand.NewPCG(seed, 11)), m: step.New(plan), now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	c.m.Start(c.now, step.RunStarted{Run: harrier.DeriveID[harrier.RunID](fmt.Sprint(seed)), Playbook: plan.ID, Hash: plan.Hash, Mode: harrier.Live})
	if err := c.next(ctx); err != nil {
		return c, err
	}
	for range 2000 {
		m, err := replayed(plan, c.journal)
		if err != nil {
			return c, err
		}
		if got, live := m.Digest(), c.m.Digest(); got != live {
			return c, fmt.Errorf("I8: after %d events the journal tells\n%s\nand the state is\n%s", len(c.journal), got, live)
		}
		if c.m.Ended() != nil {
			return c, nil
		}
		if err := c.play(ctx); err != nil {
			return c, err
		}
	}
	return c, fmt.Errorf("the run does not end; it waits for %q", c.m.WaitingFor())
}

// TestPrefixes_tellTheStateAndLeadToAnEnd proves for random playbooks and
// courses that a journal tells the state (G8, I8), and that a run that is
// taken over after any of its events comes to an end.
func TestPrefixes_tellTheStateAndLeadToAnEnd(t *testing.T) { // DUR-10
	t.Parallel()
	lib := &library{plans: map[uint64]*playbook.Plan{}}
	count := numberFrom("HARRIER_SEEDS", 500) / 5
	if testing.Short() {
		count = 20
	}
	prefixes := 0
	for seed := uint64(1); seed <= count; seed++ {
		plan := lib.plan(t, seed)
		c, err := record(t.Context(), plan, seed)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, randomPlaybook(seed%shapes))
		}
		for n := 1; n <= len(c.journal); n++ {
			prefixes++
			if err := takeOver(t.Context(), c, n); err != nil {
				t.Fatalf("seed %d, taken over after event %d (%s): %v\n%s", seed, n, c.journal[n-1].Type, err, randomPlaybook(seed%shapes))
			}
		}
	}
	t.Logf("%d courses, %d prefixes", count, prefixes)
}

// takeOver goes on after the first n events of a course, as after a crash.
func takeOver(ctx context.Context, from *course, n int) error {
	m, err := replayed(from.plan, from.journal[:n])
	if err != nil {
		return err
	}
	c := &course{
		plan: from.plan, rng: rand.New(rand.NewPCG(uint64(n), 12)), m: m, now: from.journal[n-1].At.Add(time.Second),
		journal: append([]harrier.Event(nil), from.journal[:n]...), calm: true,
	}
	if m.Ended() != nil {
		return nil
	}
	c.m.Recover(c.env())
	if err := c.next(ctx); err != nil {
		return err
	}
	if err := c.finish(ctx); err != nil {
		return err
	}
	again, err := replayed(from.plan, c.journal)
	if err == nil && again.Digest() != c.m.Digest() {
		err = fmt.Errorf("I8: the journal tells\n%s\nand the state is\n%s", again.Digest(), c.m.Digest())
	}
	return err
}
