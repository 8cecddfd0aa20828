package api

import (
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
)

// StartRun says what to run. Exactly one of Playbook and Source is set.
type StartRun struct {
	// ID is derived from the Idempotency-Key; zero where there was none.
	ID       harrier.RunID   `json:"-"`
	Playbook string          `json:"playbook,omitempty" maxLength:"200" doc:"The id of a playbook that is in force."`
	Source   string          `json:"source,omitempty" maxLength:"1048576" doc:"The text of a playbook to run once; needs playbooks:write too."`
	Name     string          `json:"name,omitempty" maxLength:"500" doc:"The name of the file that source came from, for messages."`
	Inputs   Object          `json:"inputs,omitempty"`
	Alert    harrier.AlertID `json:"alert,omitzero" doc:"The alert to run on."`
	Case     harrier.CaseID  `json:"case,omitzero" doc:"The case to run on."`
	Mode     harrier.Mode    `json:"mode,omitempty" enum:"live,shadow" doc:"What the run may do to the world; live where it is absent."`
}

// Run is one execution of a playbook.
type Run struct {
	ID         harrier.RunID     `json:"id"`
	Playbook   string            `json:"playbook"`
	Hash       string            `json:"hash" doc:"What pins the playbook, its children and the connectors' manifests."`
	Mode       harrier.Mode      `json:"mode"`
	Status     harrier.RunStatus `json:"status" enum:"queued,running,waiting,quarantined,succeeded,failed,cancelled"`
	WaitingFor string            `json:"waiting_for,omitempty"`
	Alert      harrier.AlertID   `json:"alert,omitzero"`
	Case       harrier.CaseID    `json:"case,omitzero"`
	Parent     harrier.RunID     `json:"parent,omitzero"`
	Unresolved int               `json:"unresolved" doc:"How many actions have an outcome that is not known."`
	Outputs    json.RawMessage   `json:"outputs,omitempty"`
	Reason     string            `json:"reason,omitempty"`
	CreatedAt  time.Time         `json:"created_at"`
	UpdatedAt  time.Time         `json:"updated_at"`
	EndedAt    time.Time         `json:"ended_at,omitzero"`
}

// RunDetail is a run with its steps and its effects.
type RunDetail struct {
	Run
	Title string `json:"title,omitempty" doc:"The playbook's title."`
	Seq   int64  `json:"seq" doc:"The sequence number of the last event that steps shows."`
	Steps []Step `json:"steps" doc:"The steps that began, as a tree."`
	// Effects are the intents of the run.
	Effects []Effect `json:"effects" doc:"What the run did to the world, or wanted to."`
}

// Step is a step that began.
type Step struct {
	Path    string    `json:"path"`
	ID      string    `json:"id,omitempty"`
	Name    string    `json:"name,omitempty"`
	Kind    string    `json:"kind"`
	Uses    string    `json:"uses,omitempty"`
	Status  string    `json:"status" enum:"active,succeeded,failed,skipped,cancelled"`
	Waiting string    `json:"waiting,omitempty" doc:"What it waits for."`
	Output  any       `json:"output,omitempty"`
	Class   string    `json:"class,omitempty" doc:"The class of the failure."`
	Error   string    `json:"error,omitempty" doc:"Why it failed."`
	Began   time.Time `json:"began"`
	Ended   time.Time `json:"ended,omitzero"`
	// Child is the run that the step called.
	Child harrier.RunID `json:"child,omitzero" doc:"The run that the step called."`
	Calls []Call        `json:"calls,omitempty"`
	Steps []Step        `json:"steps,omitempty"`
}

// Call is a call of an action.
type Call struct {
	Connection string `json:"connection"`
	Action     string `json:"action"`
	Attempt    int    `json:"attempt"`
	Epoch      int    `json:"epoch,omitempty"`
	Status     string `json:"status"`
	By         string `json:"by,omitempty"`
	Error      string `json:"error,omitempty"`
}

// Effect is the committed will to act, and what came of it.
type Effect struct {
	Path       string               `json:"path"`
	Connection harrier.ConnectionID `json:"connection,omitzero"`
	Action     string               `json:"action"`
	Effect     harrier.Effect       `json:"effect"`
	Target     string               `json:"target,omitempty"`
	Attempt    int                  `json:"attempt"`
	State      harrier.IntentState  `json:"state" enum:"intent,succeeded,failed,unknown,aborted"`
	By         string               `json:"by,omitempty" doc:"How the state was found: call, probe, person or local."`
	Approval   harrier.ApprovalID   `json:"approval,omitzero"`
	IntendedAt time.Time            `json:"intended_at"`
	EndedAt    time.Time            `json:"ended_at,omitzero"`
	LeaseUntil time.Time            `json:"lease_until,omitzero"`
}

// Event is something that was journaled.
type Event struct {
	Seq     int64           `json:"seq"`
	At      time.Time       `json:"at"`
	Type    string          `json:"type"`
	Version int             `json:"v"`
	Data    json.RawMessage `json:"data"`
}

// Window is a part of a journal: up to Limit events after After.
type Window struct {
	After int64
	Limit int
}
