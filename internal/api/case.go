package api

import (
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
)

// Case is an investigation.
type Case struct {
	ID          harrier.CaseID  `json:"id"`
	Number      int64           `json:"number" doc:"What people call it within the tenant."`
	Title       string          `json:"title"`
	Template    string          `json:"template,omitempty"`
	Severity    string          `json:"severity" enum:"critical,high,medium,low,info"`
	Status      string          `json:"status" enum:"open,in_progress,waiting,closed"`
	Summary     string          `json:"summary,omitempty"`
	Restricted  bool            `json:"restricted,omitempty" doc:"Whether the case is there for its members alone."`
	Owner       *Person         `json:"owner,omitempty"`
	Watchers    []Person        `json:"watchers,omitempty"`
	TLP         string          `json:"tlp,omitempty"`
	PAP         string          `json:"pap,omitempty"`
	Tags        []string        `json:"tags,omitempty"`
	Disposition string          `json:"disposition,omitempty" doc:"What it was, once it is closed."`
	MergedInto  string          `json:"merged_into,omitempty" doc:"The case that it was merged into."`
	ContainedAt time.Time       `json:"contained_at,omitzero"`
	ClosedAt    time.Time       `json:"closed_at,omitzero"`
	Times       json.RawMessage `json:"times,omitempty" doc:"How long things took, in seconds: detect, triage, acknowledge, qualify, resolve, contain, dwell."`
	CreatedAt   time.Time       `json:"created_at"`
	UpdatedAt   time.Time       `json:"updated_at"`
	Rev         int64           `json:"rev"`
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

// Person is somebody by id, and by the name that people know.
type Person struct {
	ID   harrier.PrincipalID `json:"id"`
	Name string              `json:"name,omitempty" maxLength:"200"`
}

// person is somebody, or nil for nobody.
func person(p harrier.Person) *Person {
	if p.ID.IsZero() {
		return nil
	}
	return new(Person(p))
}

// people are some of them.
func people(all []harrier.Person) []Person {
	var out []Person
	for _, p := range all {
		out = append(out, Person(p))
	}
	return out
}

// CaseOf is a row as the API shows it.
func CaseOf(c harrier.Case) Case {
	out := Case{
		ID: c.ID, Number: c.Number, Title: c.Title, Template: c.Template, Severity: c.Severity, Status: c.Status,
		Summary: c.Summary, Restricted: c.Restricted, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, Rev: c.Rev,
		Owner: person(c.Owner), Watchers: people(c.Watchers), TLP: c.TLP, PAP: c.PAP, Tags: c.Tags, Disposition: c.Disposition,
		ContainedAt: c.ContainedAt, ClosedAt: c.ClosedAt, Times: c.Times,
	}
	if !c.MergedInto.IsZero() {
		out.MergedInto = c.MergedInto.String()
	}
	return out
}

// CaseEntryOf is a row as the API shows it.
func CaseEntryOf(e harrier.CaseEntry) CaseEntry {
	return CaseEntry{Seq: e.Seq, At: e.At, Kind: e.Kind, Text: e.Text, Author: e.Author, Data: e.Data}
}
