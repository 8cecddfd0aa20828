package harrier

import (
	"encoding/json"
	"time"
)

// Finding is what a source reports, in Harrier's words: what a mapping makes of
// one event, and what an alert is made of. OCSF calls it a Detection Finding
// (class 2004); fields inside of Data have the names of ECS.
type Finding struct {
	// ExternalID is how the source knows it again. It is never empty: where the
	// source has no id, the mapping makes one of the fields that tell events apart.
	ExternalID string `json:"external_id"`
	// Version is when the source says that it last changed it; a later one of
	// the same id is a change, an earlier one is old news. Zero where the source
	// does not tell.
	Version     time.Time `json:"version,omitzero"`
	Title       string    `json:"title"`
	Description string    `json:"description,omitempty"`
	Category    string    `json:"category,omitempty"`
	// Severity is critical, high, medium, low or info: what the source says.
	Severity string `json:"severity"`
	// Status is what the source says: new, in_progress or closed; empty where it does not tell.
	Status string `json:"status,omitempty"`
	// Disposition is what the source says that it was, in the words of an alert's.
	Disposition string `json:"disposition,omitempty"`
	// Time is when what it tells of happened, not when it was noticed. Zero
	// where the source does not tell.
	Time time.Time `json:"time,omitzero"`
	Rule Rule      `json:"rule,omitzero"`
	// Tactics and Techniques are ids of MITRE ATT&CK, such as TA0001 and T1566.002.
	Tactics     []string     `json:"tactics,omitempty"`
	Techniques  []string     `json:"techniques,omitempty"`
	Entities    []Entity     `json:"entities,omitempty"`
	Observables []Observable `json:"observables,omitempty"`
	// Link is the source's own page about it.
	Link string `json:"link,omitempty"`
	// Data is the event in the names of ECS, an object.
	Data map[string]any `json:"data,omitempty"`
	// Unmapped are the paths of the event's fields that the mapping knows nothing of.
	Unmapped []string `json:"unmapped,omitempty"`
}

// Rule is the detection that made a finding.
type Rule struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// EntityType is what sort of thing an entity is.
type EntityType string

// The types of entities.
const (
	HostEntity     EntityType = "host"
	UserEntity     EntityType = "user"
	AddressEntity  EntityType = "address" // an address of a network, which is some host's for a while
	MailboxEntity  EntityType = "mailbox"
	ResourceEntity EntityType = "resource" // of a cloud: an instance, a bucket, a role
)

// Entity is a person or thing of the organisation that a finding is about.
type Entity struct {
	Type EntityType `json:"type"`
	// Key is the one spelling under which it is counted and found: lower case,
	// a host by its name, a user by name@domain where the domain is known.
	Key string `json:"key"`
	// Name is the spelling of the source.
	Name string `json:"name,omitempty"`
	// Role is what it is in the event: source, destination, actor, target or
	// affected.
	Role string `json:"role,omitempty"`
}

// Observable is a value in a finding that others can know something about.
type Observable struct {
	// Type is ip, domain, url, hash, email, file_name, file_path, process,
	// user_agent, registry_key, cve, or another that observables have.
	Type string `json:"type"`
	// Value is its one spelling.
	Value string `json:"value"`
	// Role is what it is in the event: source, destination, sender, recipient,
	// file, parent or related.
	Role string `json:"role,omitempty"`
	// Where is the ECS field that it stands in, such as destination.ip.
	Where string `json:"where,omitempty"`
}

// RawEvent is what a source delivered, before anybody understood it. It is
// committed before the source is told that it was taken (G1).
type RawEvent struct {
	Tenant TenantID
	ID     EventID
	Source SourceID
	// Received is when it came.
	Received time.Time
	// Content is its media type, such as application/json or text/plain.
	Content string
	// Meta is what the way in knows beside the bytes, such as peer, path, or the time zone.
	Meta json.RawMessage
	Body []byte
	// Lane orders processing: 0 is critical, 3 is low.
	Lane int
	// Backfill tells that it is old news, fetched to fill a gap: it triggers
	// no playbook and pages nobody.
	Backfill bool
	State    EventState
	// Reason is why it was suppressed or quarantined, for people.
	Reason string
	// Alert is what it became, or became part of.
	Alert AlertID
	// Attempts counts how often processing began.
	Attempts int
	EndedAt  time.Time
}

// EventState is what became of an event (G3).
type EventState string

// The states of an event. All but the first are ends.
const (
	EventPending     EventState = "pending"
	EventProcessed   EventState = "processed"
	EventSuppressed  EventState = "suppressed"
	EventQuarantined EventState = "quarantined"
)

// Source is something that reports: a product's webhook, a mailbox, a stream of
// syslog.
type Source struct {
	Tenant TenantID `json:"tenant"`
	ID     SourceID `json:"id"`
	Name   string   `json:"name"`
	// Kind is how events come: webhook, syslog, mailbox, poll, file or local.
	Kind string `json:"kind"`
	// Mapping names what makes findings of its events.
	Mapping string `json:"mapping,omitempty"`
	// Live tells that its alerts trigger playbooks; a source that is only
	// observed makes alerts and nothing else.
	Live bool `json:"live"`
	// TimeZone holds for times that carry none, an IANA name; empty is UTC.
	TimeZone string `json:"time_zone,omitempty"`
	// Reliability is its grade by the Admiralty code, A to F; empty is F.
	Reliability string `json:"reliability,omitempty"`
	// Allows lists the verbs that playbooks triggered by it may use beyond
	// reading; empty allows all.
	Allows []string `json:"allows,omitempty"`
	// Settings is what belongs to its kind. Secrets are in the vault.
	Settings  json.RawMessage `json:"settings,omitempty"`
	Enabled   bool            `json:"enabled"`
	CreatedAt time.Time       `json:"created_at"`
	UpdatedAt time.Time       `json:"updated_at"`
	Rev       int64           `json:"rev"`
}
