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
	Owner       *Person          `json:"owner,omitempty" doc:"Who works on it."`
	Tags        []string         `json:"tags,omitempty"`
	Priority    int              `json:"priority,omitempty" doc:"1 is now, 4 is when there is time; absent where it was not judged."`
	Score       float64          `json:"score,omitempty" doc:"From 0 to 100."`
	Route       string           `json:"route,omitempty" enum:"escalate,case,queue,log,close" doc:"What triage decided to follow."`
	Observed    bool             `json:"observed,omitempty" doc:"Whether its source is only observed, so that nothing starts by itself."`
	Repeats     int              `json:"repeats,omitempty" doc:"How many that are alike were folded into it."`
	Rule        *AlertRule       `json:"rule,omitempty" doc:"The detection that made it."`
	EventAt     time.Time        `json:"event_at,omitzero" doc:"When what it tells of happened."`
	SeenAt      time.Time        `json:"seen_at,omitzero" doc:"When the last that was folded into it came."`
	CreatedAt   time.Time        `json:"created_at"`
	UpdatedAt   time.Time        `json:"updated_at"`
	Rev         int64            `json:"rev"`
}

// AlertDetail is an alert with all that belongs to it.
type AlertDetail struct {
	Alert
	Description string          `json:"description,omitempty"`
	Data        json.RawMessage `json:"data,omitempty" doc:"The alert in ECS names."`
	Finding     json.RawMessage `json:"finding,omitempty" doc:"What its source reports, in Harrier's words: entities, observables, techniques."`
	Context     json.RawMessage `json:"context,omitempty" doc:"What was known when it was judged."`
	Decision    json.RawMessage `json:"decision,omitempty" doc:"What triage decided, with the proof."`
	History     []AlertChange   `json:"history" doc:"What happened to it, the oldest first."`
	Evidence    []EvidenceItem  `json:"evidence"`
	Runs        []Run           `json:"runs"`
}

// AlertRule is a detection.
type AlertRule struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// AlertChange is one thing that happened to an alert.
type AlertChange struct {
	At   time.Time       `json:"at"`
	Kind string          `json:"kind" enum:"created,changed,judged,reopened,closed"`
	Text string          `json:"text"`
	Data json.RawMessage `json:"data,omitempty"`
}

// AlertChangeOf is a row as the API shows it.
func AlertChangeOf(c harrier.AlertChange) AlertChange {
	return AlertChange{At: c.At, Kind: c.Kind, Text: c.Text, Data: c.Data}
}

// AlertOf is a row as the API shows it.
func AlertOf(a harrier.Alert) Alert {
	out := Alert{
		ID: a.ID, Source: a.Source, ExternalID: a.ExternalID, Title: a.Title, Category: a.Category, Severity: a.Severity, Status: a.Status,
		Disposition: a.Disposition, Reason: a.Reason, CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt, Rev: a.Rev,
		Priority: a.Priority, Score: a.Score, Route: a.Route, Observed: a.Observed, Repeats: a.Repeats, EventAt: a.EventAt, SeenAt: a.SeenAt,
		Owner: person(a.Owner), Tags: a.Tags,
	}
	if a.Rule != (harrier.Rule{}) {
		out.Rule = &AlertRule{ID: a.Rule.ID, Name: a.Rule.Name}
	}
	return out
}
