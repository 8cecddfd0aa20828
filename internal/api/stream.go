package api

import "time"

// Happening tells that something is new or changed.
type Happening struct {
	Noun     string    `json:"noun" enum:"alerts,cases,notifications"`
	ID       string    `json:"id"`
	Kind     string    `json:"kind" enum:"created,changed"`
	Number   int64     `json:"number,omitempty" doc:"What people call it, of a case."`
	Title    string    `json:"title"`
	Status   string    `json:"status"`
	Severity string    `json:"severity"`
	Rev      int64     `json:"rev"`
	At       time.Time `json:"at"`
	// Place is what to send as Last-Event-ID to go on behind it.
	Place string `json:"-"`
}

// StreamEnd is why a stream ends.
type StreamEnd struct {
	Detail string `json:"detail"`
}
