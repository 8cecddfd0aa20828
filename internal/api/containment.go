package api

import (
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
)

// Containment is something that was contained, with all that taking it back needs.
type Containment struct {
	ID         harrier.ContainmentID `json:"id"`
	Run        harrier.RunID         `json:"run" doc:"The run that did it."`
	Path       string                `json:"path"`
	Alert      harrier.AlertID       `json:"alert,omitzero"`
	Case       harrier.CaseID        `json:"case,omitzero"`
	Action     string                `json:"action"`
	Verb       string                `json:"verb,omitempty"`
	Connection string                `json:"connection" doc:"Name of the connection, as it was then."`
	Target     string                `json:"target"`
	Args       json.RawMessage       `json:"args" doc:"What the action was given."`
	Before     json.RawMessage       `json:"before" doc:"What the action answered: how it was before, and where it is now."`

	Undo     string          `json:"undo,omitempty" doc:"The action that takes it back."`
	UndoArgs json.RawMessage `json:"undo_args,omitempty" doc:"What the undo must be given."`
	Problem  string          `json:"problem,omitempty" doc:"Why nobody knows how to take it back."`

	Approval   harrier.ApprovalID       `json:"approval,omitzero"`
	At         time.Time                `json:"at"`
	State      harrier.ContainmentState `json:"state" enum:"active,undone,expired,superseded"`
	EndedAt    time.Time                `json:"ended_at,omitzero"`
	EndedBy    harrier.RunID            `json:"ended_by,omitzero" doc:"The run that ended it."`
	LeaseUntil time.Time                `json:"lease_until,omitzero" doc:"When it ends by itself."`
}

// ContainmentOf is a row as the API shows it.
func ContainmentOf(c harrier.Containment) Containment {
	return Containment{
		ID: c.ID, Run: c.Run, Path: c.Path, Alert: c.Alert, Case: c.Case, Action: c.Action, Verb: c.Verb, Connection: c.ConnectionName,
		Target: c.Target, Args: c.Args, Before: c.Before, Undo: c.Undo, UndoArgs: c.UndoArgs, Problem: c.UndoProblem, Approval: c.Approval,
		At: c.At, State: c.State, EndedAt: c.EndedAt, EndedBy: c.EndedBy, LeaseUntil: c.LeaseUntil,
	}
}
