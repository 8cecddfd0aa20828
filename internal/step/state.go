package step

import (
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/playbook"
)

// Status is where a step stands.
type Status string

// The statuses of a step.
const (
	Active    Status = "active"
	Succeeded Status = "succeeded"
	Failed    Status = "failed"
	Skipped   Status = "skipped"
	Cancelled Status = "cancelled"
)

// Ended reports whether the step will not change any more.
func (s Status) Ended() bool { return s != Active }

// Node is a step that began: its path, its status and what it gave.
type Node struct {
	Step   *playbook.Step
	Path   string
	Status Status
	Output any
	// Failure is set where Status is Failed, also if the run went on.
	Failure *Failure
	Began   time.Time
	Ended   time.Time

	block *block
	// blocks are what the step holds: the taken arm, the items, the branches,
	// the rounds of a poll (the last one only).
	blocks  []*block
	handler *block // the on_error steps

	action   *action
	loop     *loop
	question *Question
	due      time.Time     // of a wait or of a poll's pause
	child    harrier.RunID // of a call
	rounds   int           // of a poll
	before   answers       // of a poll: what the round before gave
	awaiting bool          // a poll's condition is to be evaluated
}

// block is a list of steps under way: a phase of the run, an arm, an item, a
// branch, a round or a handler.
type block struct {
	steps  []*playbook.Step
	prefix string
	frame  *frame
	owner  *Node // nil for a phase of the run
	phase  phase // of a block without owner
	index  int   // among the owner's blocks
	cursor int
	nodes  []*Node
	// ended, failure and halted: the block is done, why it failed, and that
	// nothing new may begin in it.
	ended   bool
	failure *Failure
	halted  bool
	// prepared is the read that is under way without an event; volatile.
	prepared *prepared
	// barred tells that its next step may not begin now; volatile.
	barred bool
}

// frame is a scope of step ids: the run, one item of a loop or one round of a poll.
type frame struct {
	parent *frame
	nodes  map[string]*Node
	as     string
	item   any
}

// action is the state of an action step: one call for each target.
type action struct {
	begin *Begin
	calls []call
}

// call is one call of an action.
type call struct {
	status  callStatus
	attempt int
	epoch   int
	key     string
	// first is when the first attempt of this epoch was intended.
	first time.Time
	// at is when something is due: a retry, a probe, a further question to the vendor.
	at     time.Time
	probes int
	// doubt tells that an attempt of this epoch may have done it, though a later
	// one did not.
	doubt    bool
	resume   json.RawMessage
	approval harrier.ApprovalID
	leaf     string
	failure  *Failure
	output   map[string]any
	by       string
	question *Question
	// passed tells that a person let it pass the guard.
	passed bool
	// abandoned tells that the vendor was still at work when it was given up.
	abandoned bool
	// again tells that a person ordered a further epoch of it.
	again bool
}

// callStatus is where a call stands.
type callStatus int

const (
	callNew      callStatus = iota // nothing was intended yet
	callOpen                       // intended, under way
	callRetry                      // definitely not done; due again
	callUnknown                    // to be repeated with the same key when due
	callProbe                      // to be probed when due
	callPending                    // the vendor works on it; asked again when due
	callHeld                       // a guard stopped it; a person decides
	callAsked                      // a person is asked what became of it
	callDone                       // succeeded
	callFailed                     // failed for good
	callUnclear                    // ended without anybody knowing what became of it
	callWithheld                   // a shadow run did not make it
)

// ended reports whether the call will not change any more.
func (s callStatus) ended() bool {
	switch s {
	case callDone, callFailed, callUnclear, callWithheld:
		return true
	case callNew, callOpen, callRetry, callUnknown, callProbe, callPending, callHeld, callAsked:
		return false
	}
	return false
}

// loop is the state of a loop.
type loop struct {
	items []any
	keys  []string
	next  int // the item that begins next
	open  int
}

// phase is a part of a run.
type phase int

const (
	phaseMain phase = iota
	phaseFailure
	phaseAlways
	phaseEnd
)

// call returns the call that goes to a connection, or nil.
func (n *Node) call(to harrier.ConnectionID) *call {
	if n.action == nil {
		return nil
	}
	for i := range n.action.begin.Targets {
		if n.action.begin.Targets[i].Connection == to {
			return &n.action.calls[i]
		}
	}
	return nil
}

// target returns the target of a connection.
func (n *Node) target(to harrier.ConnectionID) Target {
	for _, t := range n.action.begin.Targets {
		if t.Connection == to {
			return t
		}
	}
	return Target{}
}
