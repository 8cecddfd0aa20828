package schema

import (
	"time"

	"github.com/harrier-soar/harrier"
)

// ActionSpec is everything that is known about an action without calling it.
type ActionSpec struct {
	// Name is connector.action, or a reserved namespace and a name for built-in actions.
	Name  string
	Title string
	// Connector is the first part of Name.
	Connector string
	// Verb is the vendor-neutral capability that the action provides, if any.
	Verb string
	// Unsupported names inputs of the verb that this action cannot honour: a
	// call that gives one is refused, never silently broadened.
	Unsupported []string
	Effect      harrier.Effect
	Repeat      harrier.Repeat
	// KeyTTL is how long the vendor honours an idempotency key.
	KeyTTL time.Duration
	// Undo reverses the action; required where Effect is contain.
	Undo *Link
	// Probe is a read that tells the present state.
	Probe *Probe
	Input []Field
	// Output is an object; a value of another shape fails the step as drift.
	Output Type
	// Shares names the inputs that leave our hands.
	Shares []string
	// Targets names the inputs that say what is acted on.
	Targets []string
	// Example is a typed answer, used by shadow runs, documentation and tests.
	Example map[string]any
	Timeout time.Duration
	// Waits tells that a call holds its connection until something happens, and
	// so takes no place of the connection's limits.
	Waits bool `json:",omitzero"`
	// MaxAnswer is how large an answer may be, in bytes; zero keeps the default.
	MaxAnswer int64 `json:",omitzero"`
	// Retry overrides the defaults of the engine; nil keeps them.
	Retry *Retry
	// VerdictTTL is how long an answer of an intel verb may be reused.
	VerdictTTL time.Duration
	// Local actions run inside the database transaction of their result, so
	// their outcome is never unknown.
	Local bool
	// Builtin actions belong to Harrier and need no connection.
	Builtin bool
	// ManifestHash identifies the manifest that the specification came from.
	ManifestHash string
}

// Link names another action of the same connector, without the connector's
// name, and how to fill its inputs: bare CEL expressions over input and, for an
// undo, output of the linking action. Those of a probe may also read key, the
// idempotency key of the effect. Inputs whose expression gives null are left out.
type Link struct {
	Action string
	With   map[string]string
}

// Probe is how to find out whether an action happened.
type Probe struct {
	Link
	// Done is a CEL expression over input (of the probed action) and output
	// (of the probe) that is true where the effect is in place.
	Done string
	// Settle is how long the vendor takes to show an effect.
	Settle time.Duration
}

// Retry says how often and when a failed call is repeated.
type Retry struct {
	// Attempts counts all calls, the first included.
	Attempts int
	// Base and Max bound the full-jitter exponential backoff.
	Base, Max time.Duration
}

// Verb is a vendor-neutral capability with a fixed shape.
type Verb struct {
	Name   string
	Title  string
	Effect harrier.Effect
	Input  []Field
	Output Type
	// Undo is the verb that reverses it, if any.
	Undo string
	// All is true where a call goes to every connection unless via says otherwise.
	All bool
}
