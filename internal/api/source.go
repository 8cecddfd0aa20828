package api

import (
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
)

// Source is something that reports, with how much it did.
type Source struct {
	ID          harrier.SourceID `json:"id"`
	Name        string           `json:"name"`
	Kind        string           `json:"kind" doc:"How events come: webhook, syslog, mailbox, poll, file or local."`
	Mapping     string           `json:"mapping,omitempty" doc:"What makes findings of its events; empty lets each event say what it is."`
	Live        bool             `json:"live" doc:"Its alerts trigger playbooks; otherwise it is only observed."`
	Enabled     bool             `json:"enabled"`
	TimeZone    string           `json:"time_zone,omitempty"`
	Reliability string           `json:"reliability,omitempty" doc:"Its grade by the Admiralty code, A to F."`
	Allows      []string         `json:"allows,omitempty" doc:"The verbs that playbooks triggered by it may use beyond reading; absent allows all."`
	Settings    json.RawMessage  `json:"settings,omitempty" doc:"What belongs to its kind. Secrets are never shown."`
	Warning     string           `json:"warning,omitempty" doc:"What is weak about it."`
	Counts      SourceCounts     `json:"counts"`
	Requests    []SourceRequest  `json:"requests,omitempty" doc:"What its sender asks a person for."`
	CreatedAt   time.Time        `json:"created_at"`
	UpdatedAt   time.Time        `json:"updated_at"`
	Rev         int64            `json:"rev"`
}

// SourceCounts are how many events came from a source and what became of them.
type SourceCounts struct {
	Accepted    int64     `json:"accepted"`
	Processed   int64     `json:"processed"`
	Suppressed  int64     `json:"suppressed"`
	Quarantined int64     `json:"quarantined"`
	Pending     int64     `json:"pending"`
	LastAt      time.Time `json:"last_at,omitzero"`
}

// SourceRequest is what a sender asks a person for.
type SourceRequest struct {
	Kind string    `json:"kind" doc:"Such as sns: confirm the subscription by opening the address."`
	URL  string    `json:"url"`
	At   time.Time `json:"at"`
}

// AddSource is a source to add.
type AddSource struct {
	Name        string   `json:"name" pattern:"^[a-z][a-z0-9_-]{0,62}$" patternDescription:"lower-case letters, digits, _ and -"`
	Product     string   `json:"product" minLength:"1" maxLength:"100" doc:"An entry of GET /v1/source-products; generic is any other."`
	Mapping     string   `json:"mapping,omitempty" maxLength:"100"`
	TimeZone    string   `json:"time_zone,omitempty" maxLength:"100"`
	Reliability string   `json:"reliability,omitempty" enum:"A,B,C,D,E,F"`
	Allows      []string `json:"allows,omitempty" maxItems:"100"`
	Settings    Object   `json:"settings,omitempty" doc:"Put over the product's settings, key by key."`
	Secret      Password `json:"secret,omitzero" doc:"What the sender dictates; absent makes one."`
	BaseURL     string   `json:"base_url,omitempty" maxLength:"500" doc:"How the sender reaches Harrier, such as https://harrier.example."`
}

// ChangeSource is what is changed of a source; what is absent stays.
type ChangeSource struct {
	Live        *bool     `json:"live,omitempty"`
	Enabled     *bool     `json:"enabled,omitempty"`
	Mapping     *string   `json:"mapping,omitempty" maxLength:"100"`
	TimeZone    *string   `json:"time_zone,omitempty" maxLength:"100"`
	Reliability *string   `json:"reliability,omitempty" enum:"A,B,C,D,E,F"`
	Allows      *[]string `json:"allows,omitempty" maxItems:"100"`
}

// RotateSource is how the secret of a source is replaced.
type RotateSource struct {
	Secret  Password `json:"secret,omitzero" doc:"What the sender dictates; absent makes one."`
	Overlap string   `json:"overlap,omitempty" maxLength:"20" doc:"How long the old secret is good, such as 24h; absent is 24h, 0s ends it now."`
	BaseURL string   `json:"base_url,omitempty" maxLength:"500"`
}

// SourceMade is a source with what has to be set on its sender's side. The
// secret is told this once.
type SourceMade struct {
	Source   Source    `json:"source"`
	URL      string    `json:"url,omitempty"`
	Secret   string    `json:"secret,omitempty" doc:"Told this once and kept in the vault."`
	User     string    `json:"user,omitempty"`
	Header   string    `json:"header,omitempty"`
	Warning  string    `json:"warning,omitempty"`
	Steps    []string  `json:"steps" doc:"What to do on the sender's side."`
	Snippets []Snippet `json:"snippets" doc:"What to paste there."`
}

// Snippet is something to paste.
type Snippet struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

// SourceProduct is a product whose sources are known.
type SourceProduct struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Kind    string `json:"kind"`
	Mapping string `json:"mapping,omitempty"`
}

// SourceEvent is what a source delivered.
type SourceEvent struct {
	ID       harrier.EventID    `json:"id"`
	Source   harrier.SourceID   `json:"source"`
	Received time.Time          `json:"received_at"`
	Content  string             `json:"content" doc:"Its media type."`
	Size     int                `json:"size" doc:"How many bytes it has; GET /v1/events/{id}/content gives them."`
	Lane     int                `json:"lane"`
	Backfill bool               `json:"backfill,omitempty"`
	State    harrier.EventState `json:"state"`
	Reason   string             `json:"reason,omitempty" doc:"Why it was suppressed or quarantined."`
	Alert    harrier.AlertID    `json:"alert,omitzero" doc:"What it became, or became part of."`
	Attempts int                `json:"attempts"`
	EndedAt  time.Time          `json:"ended_at,omitzero"`
	Meta     json.RawMessage    `json:"meta,omitempty" doc:"What the way in knows beside the bytes."`
	Unmapped []string           `json:"unmapped,omitempty" doc:"The fields that its mapping knows nothing of; of one event only."`
}

// EventReceipt says what was taken.
type EventReceipt struct {
	Events []harrier.EventID `json:"events"`
}

// SourceOf is a row as the API shows it.
func SourceOf(s harrier.Source, c harrier.SourceCounts) Source {
	return Source{
		ID: s.ID, Name: s.Name, Kind: s.Kind, Mapping: s.Mapping, Live: s.Live, Enabled: s.Enabled, TimeZone: s.TimeZone,
		Reliability: s.Reliability, Allows: s.Allows, Settings: s.Settings, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt, Rev: s.Rev,
		Counts: SourceCounts{
			Accepted: c.Accepted, Processed: c.Processed, Suppressed: c.Suppressed, Quarantined: c.Quarantined,
			Pending: c.Accepted - c.Processed - c.Suppressed - c.Quarantined, LastAt: c.LastAt,
		},
	}
}

// SourceEventOf is a row as the API shows it.
func SourceEventOf(e harrier.RawEvent) SourceEvent {
	return SourceEvent{
		ID: e.ID, Source: e.Source, Received: e.Received, Content: e.Content, Size: len(e.Body), Lane: e.Lane, Backfill: e.Backfill,
		State: e.State, Reason: e.Reason, Alert: e.Alert, Attempts: e.Attempts, EndedAt: e.EndedAt, Meta: e.Meta,
	}
}
