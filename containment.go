package harrier

import (
	"encoding/json"
	"time"
)

// Containment is one thing that was contained: what was done, how it was
// before, and how it is taken back. It is written in the transaction of the
// effect's outcome, so that the ledger holds exactly what is known to have happened.
type Containment struct {
	Tenant TenantID
	ID     ContainmentID
	// Run and Path are what contained it.
	Run   RunID
	Path  string
	Alert AlertID
	Case  CaseID
	// Action was called, which provides Verb, if any.
	Action string
	Verb   string
	// Connection is where, and ConnectionName what it was called then.
	Connection     ConnectionID
	ConnectionName string
	Target         string
	// Args are what the action was given, Before what it answered: what the
	// thing was like before, and where it is now.
	Args, Before json.RawMessage
	// Undo is the action that takes it back, with UndoArgs; UndoVerb is what it
	// provides. They are empty where UndoProblem says why nobody knows how.
	Undo, UndoVerb string
	UndoArgs       json.RawMessage
	UndoProblem    string
	// UndoKey tells the thing from others that the same action takes back; empty
	// where nothing does.
	UndoKey  string
	Approval ApprovalID
	// By tells how it is known that it happened: call, probe or person.
	By    string
	At    time.Time
	State ContainmentState
	// EndedAt, EndedBy and After say when it ended, by which run, and what the
	// action that took it back answered.
	EndedAt time.Time
	EndedBy RunID
	After   json.RawMessage
	// LeaseUntil is when it ends by itself, after a person was asked where
	// LeaseAsk; zero where it has no end.
	LeaseUntil time.Time
	LeaseAsk   bool
	// LeaseRun is the run that sees to its end; zero before that.
	LeaseRun RunID
}

// ContainmentState is where a containment stands.
type ContainmentState string

// The states of a containment.
const (
	// ContainmentActive is in force, as far as Harrier knows.
	ContainmentActive ContainmentState = "active"
	// ContainmentUndone was taken back.
	ContainmentUndone ContainmentState = "undone"
	// ContainmentExpired ended because its time was over.
	ContainmentExpired ContainmentState = "expired"
	// ContainmentSuperseded was contained again; the later one is in force.
	ContainmentSuperseded ContainmentState = "superseded"
)

// ContainmentEnd says which active containments ended: those that an action
// took back on a connection, by their key.
type ContainmentEnd struct {
	Tenant     TenantID
	Connection ConnectionID
	Undo       string
	UndoKey    string
	State      ContainmentState
	At         time.Time
	By         RunID
	After      json.RawMessage
}
