package picture

import (
	"time"

	"github.com/harrier-soar/harrier"
)

// Picture is all that is known about a finding. Rules of triage and playbooks
// see it in JSON names, as alert.context.
type Picture struct {
	Entities    []Entity     `json:"entities"`
	Observables []Observable `json:"observables"`
	History     History      `json:"history"`
	// Missing is what was asked and not answered, in words, such as
	// "virustotal did not answer about 203.0.113.7".
	Missing []Missing `json:"missing"`
	// At is when the picture was made.
	At time.Time `json:"at"`
}

// Missing is a gap in the picture.
type Missing struct {
	// What was asked about, such as 203.0.113.7.
	What string `json:"what"`
	// From is who was asked, such as virustotal.
	From string `json:"from"`
	Why  string `json:"why"`
}

// Entity is a person or thing with what the organisation knows about it.
type Entity struct {
	harrier.Entity
	// Known tells that the inventory has it; what follows is empty where not.
	Known bool `json:"known"`
	// As is the entity that it stood for at the time of the event, where that
	// is another: the host that had an address.
	As *harrier.Entity `json:"as,omitempty"`
	// Criticality is critical, high, medium or low; empty is unknown, which is
	// never low.
	Criticality string `json:"criticality,omitempty"`
	// Stale tells that the criticality is older than its review date.
	Stale bool `json:"stale,omitempty"`
	// Environment is production, test, development or another; empty is unknown.
	Environment string   `json:"environment,omitempty"`
	Owner       string   `json:"owner,omitempty"`
	VIP         bool     `json:"vip,omitempty"`
	Privileged  bool     `json:"privileged,omitempty"`
	Tags        []string `json:"tags,omitempty"`
	// Source is where it is known from, and Seen when it was last confirmed.
	Source string    `json:"source,omitempty"`
	Seen   time.Time `json:"seen,omitzero"`
	// Risk is what is held against it at present; see package risk.
	Risk float64 `json:"risk,omitempty"`
	// Maintenance names the calendar entry that covers it at the time of the event.
	Maintenance string `json:"maintenance,omitempty"`
	// Facts are what was looked up live, by who told, such as edr or directory.
	Facts map[string]any `json:"facts,omitempty"`
	// Notes is what people should know about the rest: sources that contradict
	// each other, a name that several have, an address that nobody is known to
	// have had then.
	Notes []string `json:"notes,omitempty"`
}

// Observable is a value with what is thought of it.
type Observable struct {
	harrier.Observable
	// Verdict is malicious, suspicious, benign or unknown: the worst that
	// anybody says who is not overruled by an allow list.
	Verdict string `json:"verdict"`
	// Score is from 0 to 100, where somebody tells one.
	Score    float64   `json:"score,omitempty"`
	Opinions []Opinion `json:"opinions,omitempty"`
	// Allowed names the allow list that it is on. What is known to be bad by an
	// indicator or a look-up is never hidden by that.
	Allowed string `json:"allowed,omitempty"`
	// Internal tells that it is the organisation's own address or name.
	Internal bool `json:"internal,omitempty"`
	// Seen counts the alerts that had it before.
	Seen int `json:"seen,omitempty"`
	// Answered and Failed count those who were asked.
	Answered int `json:"answered,omitempty"`
	Failed   int `json:"failed,omitempty"`
}

// Opinion is what one source says.
type Opinion struct {
	// Source is a connection or a feed, Provider who is behind it.
	Source   string `json:"source"`
	Provider string `json:"provider,omitempty"`
	// Reliability is its grade by the Admiralty code, A to F.
	Reliability string  `json:"reliability,omitempty"`
	Verdict     string  `json:"verdict"`
	Score       float64 `json:"score,omitempty"`
	// Indicator tells that a feed lists it as one, and Name what for.
	Indicator bool      `json:"indicator,omitempty"`
	Name      string    `json:"name,omitempty"`
	Link      string    `json:"link,omitempty"`
	At        time.Time `json:"at,omitzero"`
	// Until is when the opinion ends.
	Until time.Time `json:"until,omitzero"`
}

// History is what came before.
type History struct {
	// Repeats counts earlier alerts of the same fingerprint, by disposition in Outcomes.
	Repeats  int            `json:"repeats"`
	Outcomes map[string]int `json:"outcomes,omitempty"`
	// Similar are alerts that share entities or observables, the nearest first.
	Similar []Similar `json:"similar,omitempty"`
}

// Similar is an alert like this one.
type Similar struct {
	Alert       harrier.AlertID `json:"alert"`
	Title       string          `json:"title"`
	Severity    string          `json:"severity"`
	Disposition string          `json:"disposition,omitempty"`
	At          time.Time       `json:"at"`
	// Shares names what both have, such as host ws-17.
	Shares []string `json:"shares"`
}
