package api

import (
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
)

// Case is an investigation.
type Case struct {
	ID         harrier.CaseID `json:"id"`
	Number     int64          `json:"number" doc:"What people call it within the tenant."`
	Title      string         `json:"title"`
	Template   string         `json:"template,omitempty"`
	Severity   string         `json:"severity" enum:"critical,high,medium,low,info"`
	Status     string         `json:"status" enum:"open,closed"`
	Summary    string         `json:"summary,omitempty"`
	Restricted bool           `json:"restricted,omitempty" doc:"Whether the case is there for its members alone."`
	CreatedAt  time.Time      `json:"created_at"`
	UpdatedAt  time.Time      `json:"updated_at"`
	Rev        int64          `json:"rev"`
}

// CaseDetail is a case with its timeline.
type CaseDetail struct {
	Case
	Data     json.RawMessage `json:"data,omitempty"`
	Timeline []CaseEntry     `json:"timeline" doc:"What happened, the first first; at most 500 lines."`
}

// CaseEntry is one line of a case's timeline.
type CaseEntry struct {
	Seq    int64           `json:"seq"`
	At     time.Time       `json:"at"`
	Kind   string          `json:"kind"`
	Text   string          `json:"text"`
	Author string          `json:"author"`
	Data   json.RawMessage `json:"data,omitempty"`
}

// CaseOf is a row as the API shows it.
func CaseOf(c harrier.Case) Case {
	return Case{
		ID: c.ID, Number: c.Number, Title: c.Title, Template: c.Template, Severity: c.Severity, Status: c.Status,
		Summary: c.Summary, Restricted: c.Restricted, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, Rev: c.Rev,
	}
}

// CaseEntryOf is a row as the API shows it.
func CaseEntryOf(e harrier.CaseEntry) CaseEntry {
	return CaseEntry{Seq: e.Seq, At: e.At, Kind: e.Kind, Text: e.Text, Author: e.Author, Data: e.Data}
}
