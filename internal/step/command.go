package step

import (
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// Call asks the driver to call an action or its probe, after the events that
// came with it are committed.
type Call struct {
	Path    string
	Target  Target
	Spec    schema.ActionSpec
	With    map[string]any
	Attempt int
	// Key is the idempotency key; empty for reads.
	Key    string
	Resume json.RawMessage
	// Probe tells that the action's probe is to be called instead.
	Probe bool
	// Deadline is when the step's time is over; zero if it has no limit.
	Deadline time.Time
}

// Effectful reports whether an intent was committed for the call.
func (c Call) Effectful() bool { return c.Spec.Effect.Writes() && !c.Spec.Local }

// LocalFirst compares calls for a stable sort that puts what happens inside
// Harrier first, which is the order in which calls are made.
func LocalFirst(a, b Call) int {
	switch {
	case a.Spec.Local == b.Spec.Local:
		return 0
	case a.Spec.Local:
		return -1
	}
	return 1
}

// Outcome is what came of a call.
type Outcome struct {
	// Output is the answer where Failure is nil and Pending is nil.
	Output map[string]any
	// Pending is set where the vendor still works on it.
	Pending *Pending
	// Failure is set where the call failed.
	Failure *Failure
	// Retryable tells that the same call may succeed later.
	Retryable bool
	// Unknown tells that the effect may be in the world.
	Unknown bool
	// After is how long the vendor asked us to wait.
	After time.Duration
	// Done is a probe's word on whether the effect is in place.
	Done bool
}

// Pending is a vendor's word that it still works.
type Pending struct {
	State json.RawMessage
	After time.Duration
}

// Env is what the machine may know of the world when it decides.
type Env struct {
	// Now is the time of the decisions.
	Now time.Time
	// Resolve returns the connections that an action goes to, in a stable
	// order, at least one, or an error for people.
	Resolve func(a *playbook.Action, args map[string]any) ([]Target, error)
	// Held names calls that a guard stopped in the attempt before, by
	// [CallID], with the reason.
	Held map[string]string
	// Barred tells why no effect of a call may begin now; empty where it may, and
	// where the call has none. It may be nil.
	Barred func(path string, t Target) string
	// Jitter returns a number in [0, 1) for a retry.
	Jitter func() float64
}

// callKey names a call within a run, at no cost.
type callKey struct {
	path string
	to   harrier.ConnectionID
}

func (c *Call) key() callKey { return callKey{c.Path, c.Target.Connection} }

// CallID names a call within a run.
func CallID(path string, to harrier.ConnectionID) string {
	if to.IsZero() {
		return path
	}
	return path + "@" + to.String()
}
