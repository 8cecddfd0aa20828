package sim

import (
	"fmt"
	"math/rand/v2"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

// effect names one effect: the run, the path, the connection and the idempotency key.
type effect struct {
	run  harrier.RunID
	path string
	to   harrier.ConnectionID
	key  string
}

// world is the vendors: it does what it is asked, or not, and remembers. It is
// the oracle; nothing that it says to the engine need be true.
type world struct {
	rng     *rand.Rand
	effects map[effect]int
	repeat  map[effect]harrier.Repeat
	// calm makes every call succeed.
	calm bool
}

// fate is what will become of a call, decided when it is made.
type fate struct {
	call     step.Call
	run      harrier.RunID
	out      step.Outcome
	executes bool
	executed bool
}

// fate decides what becomes of a call.
func (w *world) fate(run harrier.RunID, c step.Call) *fate {
	f := &fate{call: c, run: run}
	switch {
	case c.Probe:
		return f // answered when it is delivered
	case !c.Spec.Effect.Writes():
		f.out = w.read(c)
		return f
	}
	roll := w.rng.IntN(100)
	if w.calm {
		roll = 0
	}
	switch {
	case roll < 55:
		f.executes, f.out = true, step.Outcome{Output: map[string]any{"x": c.With["x"]}}
	case roll < 65: // refused for good
		f.out = failure("invalid", false, false)
	case roll < 75: // refused for now
		f.out = failure("unavailable", true, false)
	case roll < 88: // done, and told that nobody knows
		f.executes, f.out = true, failure("unknown", true, true)
	case roll < 96: // not done, and told that nobody knows
		f.out = failure("unknown", true, true)
	default: // a job that takes a while
		f.executes, f.out = true, step.Outcome{Pending: &step.Pending{State: []byte(`{"job":1}`)}}
	}
	if c.Resume != nil { // the job was done; this only asks for it
		f.executes, f.out = false, step.Outcome{Output: map[string]any{"x": c.With["x"]}}
	}
	return f
}

// read answers a read.
func (w *world) read(c step.Call) step.Outcome {
	roll := w.rng.IntN(100)
	switch {
	case w.calm || roll < 70:
		return step.Outcome{Output: map[string]any{"x": fmt.Sprint(c.With["x"]), "list": []any{"a", "b", "c"}, "ready": w.calm || roll < 35}}
	case roll < 80:
		return failure("not_found", false, false)
	default:
		return failure("unavailable", true, false)
	}
}

func failure(class string, retryable, unknown bool) step.Outcome {
	return step.Outcome{Failure: &step.Failure{Class: class, Text: class + " in the simulation"}, Retryable: retryable, Unknown: unknown}
}

// execute lets the effect of a call happen, once for one call. A vendor that
// takes keys counts the same key once.
func (w *world) execute(f *fate) {
	if !f.executes || f.executed {
		return
	}
	f.executed = true
	e := effect{f.run, f.call.Path, f.call.Target.Connection, f.call.Key}
	w.repeat[e] = f.call.Spec.Repeat
	if f.call.Spec.Repeat == harrier.Keyed && w.effects[e] > 0 {
		return
	}
	w.effects[e]++
}

// probe tells the truth about an effect, or fails.
func (w *world) probe(f *fate) step.Outcome {
	if !w.calm && w.rng.IntN(4) == 0 {
		return failure("unavailable", true, false)
	}
	return step.Outcome{Done: w.effects[effect{f.run, f.call.Path, f.call.Target.Connection, f.call.Key}] > 0, Output: map[string]any{}}
}
