package step

import (
	"time"

	"github.com/harrier-soar/harrier"
)

// Body is the content of one event. Bodies are immutable once recorded.
type Body interface {
	// Type is the event's type in the journal.
	Type() string
	// apply folds the event into the machine.
	apply(m *Machine, at time.Time) error
}

// Failure says why a step or a call failed.
type Failure struct {
	// Class is a connector.Class, or expression, timeout, refused, limit, child or cancelled.
	Class string `json:"class"`
	Text  string `json:"text"`
	// Status is the vendor's HTTP status where there was one.
	Status int `json:"status,omitempty"`
}

// Target is one connection that an action goes to, as it was when it was chosen.
type Target struct {
	Connection harrier.ConnectionID `json:"id,omitzero"`
	Name       string               `json:"name"`
	Action     string               `json:"action"`
	// Address is the connection's base URL.
	Address string `json:"address,omitempty"`
	// Manifest is the hash of the connector's manifest.
	Manifest string `json:"manifest,omitempty"`
	// Rev is the connection's revision; a call made under another is refused.
	Rev int64 `json:"rev,omitempty"`
}

// Begin holds what was decided when an action began. It rides on the first
// event of the action, so that a read costs one event.
type Begin struct {
	With    map[string]any `json:"with,omitempty"`
	Targets []Target       `json:"targets"`
	At      time.Time      `json:"at"`
}

// The bodies of events. Path is the step path.
type (
	// RunStarted is the first event of a run.
	RunStarted struct {
		Run       harrier.RunID  `json:"run"`
		Playbook  string         `json:"playbook"`
		Hash      string         `json:"hash"`
		Mode      harrier.Mode   `json:"mode"`
		Semantics int            `json:"semantics"`
		By        string         `json:"by"`
		Inputs    map[string]any `json:"inputs,omitempty"`
		Alert     map[string]any `json:"alert,omitempty"`
		Case      map[string]any `json:"case,omitempty"`
		Depth     int            `json:"depth,omitempty"`
	}
	// StepSkipped says that the step's condition was false, or that people said no.
	StepSkipped struct {
		Path   string `json:"path"`
		Reason string `json:"reason,omitempty"`
	}
	// StepFailed says that the step failed without or beyond its calls.
	StepFailed struct {
		Path    string  `json:"path"`
		Failure Failure `json:"failure"`
	}
	// ValuesSet holds what a set step computed.
	ValuesSet struct {
		Path   string `json:"path"`
		Output any    `json:"output"`
	}
	// BranchTaken says which arm a choice took; -1 is the default.
	BranchTaken struct {
		Path string `json:"path"`
		Arm  int    `json:"arm"`
	}
	// LoopOpened holds the items of a loop and their keys.
	LoopOpened struct {
		Path  string   `json:"path"`
		Items []any    `json:"items"`
		Keys  []string `json:"keys"`
	}
	// ParallelOpened says that the branches began.
	ParallelOpened struct {
		Path string `json:"path"`
	}
	// PollOpened says that a poll began its first round.
	PollOpened struct {
		Path string `json:"path"`
	}
	// PollChecked says what the condition of a poll gave after a round. Due is
	// when the next round begins, unless Done.
	PollChecked struct {
		Path string    `json:"path"`
		Done bool      `json:"done"`
		Due  time.Time `json:"due,omitzero"`
	}
	// TimerArmed says at what time a wait ends.
	TimerArmed struct {
		Path string    `json:"path"`
		Due  time.Time `json:"due"`
	}
	// TimerFired says that the time of a wait or of a poll's pause came.
	TimerFired struct {
		Path string `json:"path"`
	}
	// RunHalting says that nothing new begins; what was sent is waited for.
	RunHalting struct {
		Status harrier.RunStatus `json:"status"`
		Reason string            `json:"reason"`
		By     string            `json:"by,omitempty"`
		// Path is that of the stop step, where one ends the run.
		Path string `json:"path,omitempty"`
	}
	// RunRetried says that an ended run goes on from a step, the results before it kept.
	RunRetried struct {
		From string `json:"from"`
		By   string `json:"by"`
	}
	// RunEnded is the last event of a run, unless it is retried.
	RunEnded struct {
		Status     harrier.RunStatus `json:"status"`
		Outputs    any               `json:"outputs,omitempty"`
		Reason     string            `json:"reason,omitempty"`
		Unresolved int               `json:"unresolved"`
	}
)

// Type implements [Body].
func (RunStarted) Type() string { return "run.started" }

// Type implements [Body].
func (StepSkipped) Type() string { return "step.skipped" }

// Type implements [Body].
func (StepFailed) Type() string { return "step.failed" }

// Type implements [Body].
func (ValuesSet) Type() string { return "values.set" }

// Type implements [Body].
func (BranchTaken) Type() string { return "branch.taken" }

// Type implements [Body].
func (LoopOpened) Type() string { return "loop.opened" }

// Type implements [Body].
func (ParallelOpened) Type() string { return "parallel.opened" }

// Type implements [Body].
func (PollOpened) Type() string { return "poll.opened" }

// Type implements [Body].
func (PollChecked) Type() string { return "poll.checked" }

// Type implements [Body].
func (TimerArmed) Type() string { return "timer.armed" }

// Type implements [Body].
func (TimerFired) Type() string { return "timer.fired" }

// Type implements [Body].
func (RunHalting) Type() string { return "run.halting" }

// Type implements [Body].
func (RunRetried) Type() string { return "run.retried" }

// Type implements [Body].
func (RunEnded) Type() string { return "run.ended" }

// version is the version of the shapes that this build writes.
const version = 1

// Encode returns the envelope of a body.
func Encode(seq int64, at time.Time, b Body) (harrier.Event, error) {
	data, err := encodeBody(b)
	if err != nil {
		return harrier.Event{}, harrier.Errorf(harrier.Internal, "encode event %s: %w", b.Type(), err)
	}
	return harrier.Event{Seq: seq, At: at, Type: b.Type(), Version: version, Data: data}, nil
}
