package api

import (
	"time"

	"github.com/harrier-soar/harrier/internal/picture"
)

// Indicator is a value that a feed lists.
type Indicator struct {
	Type       string    `json:"type"`
	Value      string    `json:"value"`
	Feed       string    `json:"feed"`
	Name       string    `json:"name,omitempty" doc:"What it belongs to, such as a family of malware."`
	Verdict    string    `json:"verdict"`
	Partial    bool      `json:"partial,omitempty" doc:"The feed asks for more than this value; a match is suspicious at most."`
	Confidence int       `json:"confidence"`
	Grade      string    `json:"reliability,omitempty"`
	TLP        string    `json:"tlp,omitempty"`
	PAP        string    `json:"pap,omitempty"`
	Tags       []string  `json:"tags,omitempty"`
	Phases     []string  `json:"phases,omitempty"`
	Link       string    `json:"link,omitempty"`
	ExternalID string    `json:"external_id,omitempty"`
	ValidFrom  time.Time `json:"valid_from,omitzero"`
	ValidUntil time.Time `json:"valid_until,omitzero"`
	FirstSeen  time.Time `json:"first_seen,omitzero"`
	LastSeen   time.Time `json:"last_seen,omitzero"`
	AddedAt    time.Time `json:"added_at"`
	UpdatedAt  time.Time `json:"updated_at"`
	EndedAt    time.Time `json:"ended_at,omitzero"`
	Ended      string    `json:"ended,omitempty" doc:"Why it ended."`
}

// Feed is a list of indicators that is pulled or imported.
type Feed struct {
	Name        string    `json:"name"`
	Format      string    `json:"format"`
	URL         string    `json:"url,omitempty"`
	Connection  string    `json:"connection,omitempty"`
	Interval    string    `json:"interval,omitempty"`
	Reliability string    `json:"reliability,omitempty"`
	Provider    string    `json:"provider,omitempty"`
	Confidence  int       `json:"confidence,omitempty"`
	TLP         string    `json:"tlp,omitempty"`
	PAP         string    `json:"pap,omitempty"`
	Whole       bool      `json:"whole,omitempty"`
	Records     int       `json:"records" doc:"How many records the last reading had."`
	PulledAt    time.Time `json:"pulled_at,omitzero"`
	NextAt      time.Time `json:"next_at,omitzero"`
	Problem     string    `json:"problem,omitempty" doc:"What was wrong with the last reading."`
	CreatedAt   time.Time `json:"created_at"`
}

// SetFeed adds a feed or changes its settings.
type SetFeed struct {
	Name        string `json:"name" minLength:"1" maxLength:"63" pattern:"^[a-z0-9_][a-z0-9._-]{0,62}$" patternDescription:"lower-case letters, digits, dots, _ and -"`
	Format      string `json:"format,omitempty" maxLength:"20" doc:"auto, stix, misp, csv, json, list or hosts."`
	URL         string `json:"url,omitempty" maxLength:"2000" doc:"What to get by the connection: an address of a file, or the id of a collection."`
	Connection  string `json:"connection,omitempty" maxLength:"63"`
	Interval    string `json:"interval,omitempty" maxLength:"20" doc:"How often it is pulled, such as 1h."`
	Reliability string `json:"reliability,omitempty" maxLength:"1"`
	Provider    string `json:"provider,omitempty" maxLength:"100"`
	Confidence  int    `json:"confidence,omitempty" minimum:"0" maximum:"100"`
	TLP         string `json:"tlp,omitempty" maxLength:"12"`
	PAP         string `json:"pap,omitempty" maxLength:"12"`
	Whole       bool   `json:"whole,omitempty" doc:"Each reading is the whole list: what is absent ends."`
	Column      string `json:"column,omitempty" maxLength:"100" doc:"The column of a table that holds the values."`
	Type        string `json:"type,omitempty" maxLength:"20"`
	All         bool   `json:"all,omitempty" doc:"Take the attributes of MISP too that are not meant for detection."`
	// Accept takes a whole feed that shrank for what it is; it holds for one import.
	Accept bool `json:"accept,omitempty" doc:"Take a whole feed that shrank for what it is."`
}

// Taken is what came of reading a feed.
type Taken struct {
	Feed    string         `json:"feed"`
	Format  string         `json:"format"`
	Title   string         `json:"title,omitempty"`
	Items   int            `json:"items" doc:"What was looked at."`
	Records int            `json:"records" doc:"What was given as indicators."`
	New     int            `json:"new"`
	Changed int            `json:"changed"`
	Ended   int            `json:"ended"`
	Skipped map[string]int `json:"skipped,omitempty" doc:"What was looked at and left out, by reason."`
	Warning string         `json:"warning,omitempty"`
}

// Value is a value with its type.
type Value struct {
	Type  string `json:"type,omitempty" maxLength:"20" doc:"Told by the looks of the value where it is absent."`
	Value string `json:"value" minLength:"1" maxLength:"4096"`
}

// MatchValues asks what is known of some values.
type MatchValues struct {
	Values []Value   `json:"values" minItems:"1" maxItems:"1000"`
	At     time.Time `json:"at,omitzero" doc:"As of when; now where it is absent."`
}

// KnownValue is what is known of a value.
type KnownValue struct {
	Value
	Verdict  string            `json:"verdict" doc:"The worst that feeds and block lists say; unknown where they say nothing."`
	Opinions []picture.Opinion `json:"opinions"`
	Allowed  []string          `json:"allowed,omitempty" doc:"The allow lists that it is on. They hide no opinion."`
	Internal bool              `json:"internal,omitempty" doc:"It is the organisation's own."`
	TLP      string            `json:"tlp,omitempty"`
	PAP      string            `json:"pap,omitempty"`
}

// Withdraw takes an indicator back.
type Withdraw struct {
	Value
	Feed   string `json:"feed" minLength:"1" maxLength:"63"`
	Reason string `json:"reason,omitempty" maxLength:"500"`
}

// ValueList is a list that the organisation keeps.
type ValueList struct {
	Name        string    `json:"name"`
	Kind        string    `json:"kind"`
	Description string    `json:"description,omitempty"`
	Entries     int       `json:"entries" doc:"How many count."`
	File        string    `json:"file,omitempty" doc:"The file under change control that governs it; absent where none does."`
	Pulled      bool      `json:"pulled,omitempty" doc:"There is a token by which firewalls pull it."`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
	Rev         int64     `json:"rev"`
}

// SetList makes a list or changes its description.
type SetList struct {
	Name        string `json:"name" minLength:"1" maxLength:"63" pattern:"^[a-z0-9_][a-z0-9._-]{0,62}$" patternDescription:"lower-case letters, digits, dots, _ and -"`
	Kind        string `json:"kind" enum:"block,allow"`
	Description string `json:"description,omitempty" maxLength:"500"`
}

// ListEntry is one entry of a list.
type ListEntry struct {
	How       string    `json:"how" doc:"How it is held against a value: value, below (a name and what is below it), cidr, part or regex."`
	Type      string    `json:"type,omitempty"`
	Value     string    `json:"value"`
	Reason    string    `json:"reason,omitempty"`
	Owner     string    `json:"answerable,omitempty" doc:"Who answers for it; a run where a playbook added it."`
	Origin    string    `json:"origin" enum:"file,direct" doc:"Whether it stands in the file that governs the list, or was added directly or by a playbook."`
	Idle      bool      `json:"idle,omitempty" doc:"It does not count: of an allow list that a file governs, the file says all that counts."`
	Note      string    `json:"note,omitempty"`
	AddedAt   time.Time `json:"added_at,omitzero" doc:"Absent where it stands in a file; the history of that tells."`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}

// ChangeList adds values to a list, or takes them off.
type ChangeList struct {
	Values    []Value   `json:"values" minItems:"1" maxItems:"5000"`
	Remove    bool      `json:"remove,omitempty" doc:"Take them off."`
	Reason    string    `json:"reason,omitempty" maxLength:"500"`
	Owner     string    `json:"answerable,omitempty" maxLength:"200" doc:"Who answers for them; who adds them where it is absent."`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}

// ListChanged is what came of a change of a list.
type ListChanged struct {
	Name    string         `json:"name"`
	Title   string         `json:"title,omitempty"`
	Changed int            `json:"changed"`
	Skipped map[string]int `json:"skipped,omitempty"`
}

// ListToken is the token by which firewalls pull a list. It is shown once.
type ListToken struct {
	Name  string `json:"name"`
	Token string `json:"token"`
	Path  string `json:"path" doc:"Where the list is pulled."`
}
