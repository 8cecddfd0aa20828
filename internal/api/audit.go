package api

import (
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
)

// AuditEntry is one line of the audit trail.
type AuditEntry struct {
	ID        harrier.AuditID     `json:"id"`
	At        time.Time           `json:"at"`
	Actor     harrier.PrincipalID `json:"actor"`
	ActorName string              `json:"actor_name"`
	Action    string              `json:"action"`
	Target    string              `json:"target"`
	Run       harrier.RunID       `json:"run,omitzero"`
	Path      string              `json:"path,omitempty"`
	Data      json.RawMessage     `json:"data,omitempty"`
}

// AuditOf is a row as the API shows it.
func AuditOf(e harrier.AuditEntry) AuditEntry {
	return AuditEntry{
		ID: e.ID, At: e.At, Actor: e.Actor, ActorName: e.ActorName, Action: e.Action, Target: e.Target, Run: e.Run, Path: e.Path, Data: e.Data,
	}
}
