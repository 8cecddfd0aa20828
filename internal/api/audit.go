package api

import (
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/audit"
)

// AuditEntry is one line of the audit trail.
type AuditEntry struct {
	ID        harrier.AuditID     `json:"id"`
	At        time.Time           `json:"at"`
	Seq       int64               `json:"seq,omitempty" doc:"Its place in the log; absent until it is chained."`
	Hash      string              `json:"hash,omitempty" doc:"The hash of the row in the log."`
	Hidden    bool                `json:"hidden,omitempty" doc:"Whether it is about what you may not see, such as a restricted case; then it says no more than that it is there."`
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
		Hidden: e.Hidden,
	}
}

// AuditCheckpoint is the signed head of the audit log.
type AuditCheckpoint struct {
	Size int64     `json:"size" doc:"How many rows it covers."`
	Root string    `json:"root"`
	At   time.Time `json:"at"`
	// Clock tells whether somebody keeps the machine's clock right.
	Clock     string `json:"clock"`
	Key       string `json:"key" doc:"With what its signature is verified; keep it outside."`
	Note      string `json:"note" doc:"The signed text; keep it outside."`
	Unchained int64  `json:"unchained" doc:"Rows that came after it."`
}

// AuditCheckpointOf is a checkpoint as the API shows it.
func AuditCheckpointOf(c audit.Checkpoint, key string, unchained int64) AuditCheckpoint {
	return AuditCheckpoint{Size: c.Size, Root: c.Root.String(), At: c.At, Clock: c.Clock, Key: key, Note: c.Note, Unchained: unchained}
}
