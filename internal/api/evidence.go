package api

import (
	"time"

	"github.com/harrier-soar/harrier"
)

// EvidenceItem is a stored artefact.
type EvidenceItem struct {
	ID        harrier.EvidenceID `json:"id"`
	SHA256    string             `json:"sha256"`
	Size      int64              `json:"size"`
	Name      string             `json:"name"`
	MediaType string             `json:"media_type"`
	Alert     harrier.AlertID    `json:"alert,omitzero"`
	Case      harrier.CaseID     `json:"case,omitzero"`
	Malware   bool               `json:"malware,omitempty" doc:"Whether it leaves Harrier only in a locked archive."`
	CreatedAt time.Time          `json:"created_at"`
}

// EvidenceOf is a row as the API shows it.
func EvidenceOf(e harrier.Evidence) EvidenceItem {
	return EvidenceItem{
		ID: e.ID, SHA256: e.SHA256, Size: e.Size, Name: e.Name, MediaType: e.MediaType, Alert: e.Alert, Case: e.Case, Malware: e.Malware, CreatedAt: e.CreatedAt,
	}
}
