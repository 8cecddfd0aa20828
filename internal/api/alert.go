package api

import (
	"encoding/json"
	"io"
	"time"

	"github.com/harrier-soar/harrier"
)

// SubmitMail is a mail that somebody reports.
type SubmitMail struct {
	// Name is that of the file, if there was one.
	Name string
	// Message is the mail. It is read once and bounded.
	Message io.Reader
}

// SubmitAlert is an alert that somebody reports.
type SubmitAlert struct {
	Source     string `json:"source" minLength:"1" maxLength:"100" doc:"Who reports it, such as the name of a tool."`
	ExternalID string `json:"external_id" minLength:"1" maxLength:"500" doc:"The id that the source gave it; the same again is the same alert."`
	Title      string `json:"title" minLength:"1" maxLength:"500"`
	Category   string `json:"category,omitempty" maxLength:"100" doc:"What it is about, such as phishing."`
	Severity   string `json:"severity,omitempty" enum:"critical,high,medium,low,info" doc:"How bad it is; medium where it is absent."`
	Data       Object `json:"data,omitempty" doc:"The alert in ECS names."`
}

// Receipt says what became of a report.
type Receipt struct {
	Alert harrier.AlertID `json:"alert"`
	// Existed tells that the same was reported before.
	Existed bool            `json:"existed" doc:"Whether the same was reported before; nothing was started again."`
	Runs    []harrier.RunID `json:"runs" doc:"The runs that work on it."`
}

// Alert is something that a source reported.
type Alert struct {
	ID          harrier.AlertID  `json:"id"`
	Source      harrier.SourceID `json:"source,omitzero"`
	ExternalID  string           `json:"external_id"`
	Title       string           `json:"title"`
	Category    string           `json:"category"`
	Severity    string           `json:"severity" enum:"critical,high,medium,low,info"`
	Status      string           `json:"status" enum:"new,in_progress,closed"`
	Disposition string           `json:"disposition,omitempty"`
	Reason      string           `json:"reason,omitempty"`
	CreatedAt   time.Time        `json:"created_at"`
	UpdatedAt   time.Time        `json:"updated_at"`
	Rev         int64            `json:"rev"`
}

// AlertDetail is an alert with all that belongs to it.
type AlertDetail struct {
	Alert
	Data     json.RawMessage `json:"data,omitempty" doc:"The alert in ECS names."`
	Evidence []EvidenceItem  `json:"evidence"`
	Runs     []Run           `json:"runs"`
}

// AlertOf is a row as the API shows it.
func AlertOf(a harrier.Alert) Alert {
	return Alert{
		ID: a.ID, Source: a.Source, ExternalID: a.ExternalID, Title: a.Title, Category: a.Category, Severity: a.Severity, Status: a.Status,
		Disposition: a.Disposition, Reason: a.Reason, CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt, Rev: a.Rev,
	}
}
