// Package caseexport writes a case down for people and for other systems: as
// Markdown, as JSON, and as a STIX 2.1 bundle.
//
// What is in a case comes from attackers too. In Markdown every such text is
// escaped, so that it makes no links, pictures or headings where it is read, and
// indicators are written so that nobody clicks on them.
package caseexport

import (
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
)

// Document is a case as it is written down.
type Document struct {
	// Producer names who writes, such as the organisation.
	Producer    string                `json:"producer"`
	WrittenAt   time.Time             `json:"written_at"`
	Case        harrier.Case          `json:"case"`
	Statuses    []Status              `json:"statuses"`
	Tasks       []Task                `json:"tasks"`
	Alerts      []Alert               `json:"alerts"`
	Observables []Observable          `json:"observables"`
	Evidence    []harrier.Evidence    `json:"evidence"`
	Contained   []harrier.Containment `json:"contained"`
	Timeline    []harrier.CaseEntry   `json:"timeline"`
}

// Status is a status that the case had.
type Status struct {
	At          time.Time `json:"at"`
	Status      string    `json:"status"`
	Disposition string    `json:"disposition,omitempty"`
	Reason      string    `json:"reason,omitempty"`
	By          string    `json:"by"`
}

// Task is a task of the case.
type Task struct {
	ID       string    `json:"id"`
	Title    string    `json:"title"`
	Required bool      `json:"required,omitempty"`
	Assignee string    `json:"assignee,omitempty"`
	Status   string    `json:"status"`
	Reason   string    `json:"reason,omitempty"`
	EndedAt  time.Time `json:"ended_at,omitzero"`
	EndedBy  string    `json:"ended_by,omitempty"`
}

// Alert is an alert of the case.
type Alert struct {
	ID          harrier.AlertID `json:"id"`
	Title       string          `json:"title"`
	Severity    string          `json:"severity"`
	Status      string          `json:"status"`
	Disposition string          `json:"disposition,omitempty"`
	At          time.Time       `json:"at"`
}

// Observable is something that the case is about.
type Observable struct {
	Type   string    `json:"type"`
	Value  string    `json:"value"`
	Bad    bool      `json:"bad,omitempty"`
	Note   string    `json:"note,omitempty"`
	Alerts int       `json:"alerts"`
	At     time.Time `json:"at,omitzero"`
}

// JSON writes the document as it is.
func JSON(d Document) ([]byte, error) {
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return nil, harrier.Errorf(harrier.Internal, "write case %d as JSON: %w", d.Case.Number, err)
	}
	return append(text, '\n'), nil
}
