package step

import (
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
)

// The bodies of the events in the life of an action. To names the call within
// the step by its connection; Begin is present on the step's first event.
type (
	// ActionIntended commits the will to act; the call follows.
	ActionIntended struct {
		Path     string               `json:"path"`
		To       harrier.ConnectionID `json:"to,omitzero"`
		Begin    *Begin               `json:"begin,omitempty"`
		Attempt  int                  `json:"attempt"`
		Epoch    int                  `json:"epoch"`
		Key      string               `json:"key"`
		Approval harrier.ApprovalID   `json:"approval,omitzero"`
		Leaf     string               `json:"leaf,omitempty"`
		// PastGuard tells that a person let it pass a guard that had stopped it.
		PastGuard bool `json:"past_guard,omitempty"`
	}
	// ActionSucceeded says that the call had its effect, or gave its answer. By
	// is call, probe, person or local.
	ActionSucceeded struct {
		Path    string               `json:"path"`
		To      harrier.ConnectionID `json:"to,omitzero"`
		Begin   *Begin               `json:"begin,omitempty"`
		Attempt int                  `json:"attempt"`
		Output  map[string]any       `json:"output"`
		By      string               `json:"by,omitempty"`
		Epoch   int                  `json:"epoch,omitempty"`
		// Same tells that the output is that of the poll's round before, and is not written again.
		Same bool `json:"same,omitempty"`
	}
	// ActionFailed says that the call definitely did nothing. It is made again
	// at RetryAt, or never if that is zero.
	ActionFailed struct {
		Path    string               `json:"path"`
		To      harrier.ConnectionID `json:"to,omitzero"`
		Begin   *Begin               `json:"begin,omitempty"`
		Attempt int                  `json:"attempt"`
		Failure Failure              `json:"failure"`
		RetryAt time.Time            `json:"retry_at,omitzero"`
		Epoch   int                  `json:"epoch,omitempty"`
	}
	// ActionUnknown says that the call may have had its effect. Then is how that
	// is found out: repeat, probe, ask, or nothing where the run is halting.
	ActionUnknown struct {
		Path    string               `json:"path"`
		To      harrier.ConnectionID `json:"to,omitzero"`
		Attempt int                  `json:"attempt"`
		Failure Failure              `json:"failure"`
		Then    string               `json:"then"`
		At      time.Time            `json:"at,omitzero"`
		Epoch   int                  `json:"epoch,omitempty"`
	}
	// ActionProbed says that a probe told the present state, or failed and is
	// made again at RetryAt. Done true is a success by probe.
	ActionProbed struct {
		Path    string               `json:"path"`
		To      harrier.ConnectionID `json:"to,omitzero"`
		Done    bool                 `json:"done"`
		Output  map[string]any       `json:"output,omitempty"`
		Failure *Failure             `json:"failure,omitempty"`
		RetryAt time.Time            `json:"retry_at,omitzero"`
		Epoch   int                  `json:"epoch,omitempty"`
	}
	// ActionPending says that the vendor works on it; ask again at At with State.
	ActionPending struct {
		Path    string               `json:"path"`
		To      harrier.ConnectionID `json:"to,omitzero"`
		Begin   *Begin               `json:"begin,omitempty"`
		Attempt int                  `json:"attempt"`
		State   json.RawMessage      `json:"state"`
		At      time.Time            `json:"at"`
	}
	// ActionWithheld says that a shadow run would have acted; Output is the manifest's example.
	ActionWithheld struct {
		Path   string         `json:"path"`
		Begin  *Begin         `json:"begin"`
		Output map[string]any `json:"output"`
	}
	// ActionHeld says that a guard stopped the action; a person decides on Plan.
	ActionHeld struct {
		Path     string               `json:"path"`
		To       harrier.ConnectionID `json:"to,omitzero"`
		Begin    *Begin               `json:"begin,omitempty"`
		Reason   string               `json:"reason"`
		Question Question             `json:"question"`
		// Approval and Leaf are what the intent will present, where it was approved before.
		Approval harrier.ApprovalID `json:"approval,omitzero"`
		Leaf     string             `json:"leaf,omitempty"`
	}
	// OutcomeAsked says that a person is asked what became of an action.
	OutcomeAsked struct {
		Path     string               `json:"path"`
		To       harrier.ConnectionID `json:"to,omitzero"`
		Question Question             `json:"question"`
	}
	// OutcomeSettled holds what a person said became of it: happened, did_not,
	// again or abort.
	OutcomeSettled struct {
		Path   string               `json:"path"`
		To     harrier.ConnectionID `json:"to,omitzero"`
		Choice string               `json:"choice"`
		By     string               `json:"by"`
		Epoch  int                  `json:"epoch,omitempty"`
	}
)

// Type implements [Body].
func (ActionIntended) Type() string { return "action.intended" }

// Type implements [Body].
func (ActionSucceeded) Type() string { return "action.succeeded" }

// Type implements [Body].
func (ActionFailed) Type() string { return "action.failed" }

// Type implements [Body].
func (ActionUnknown) Type() string { return "action.unknown" }

// Type implements [Body].
func (ActionProbed) Type() string { return "action.probed" }

// Type implements [Body].
func (ActionPending) Type() string { return "action.pending" }

// Type implements [Body].
func (ActionWithheld) Type() string { return "action.withheld" }

// Type implements [Body].
func (ActionHeld) Type() string { return "action.held" }

// Type implements [Body].
func (OutcomeAsked) Type() string { return "outcome.asked" }

// Type implements [Body].
func (OutcomeSettled) Type() string { return "outcome.settled" }
