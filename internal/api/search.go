package api

import (
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/query"
)

// Total is how many things a query selects.
type Total struct {
	Value int64 `json:"value"`
	// Estimated tells that it was reckoned from a part of the list.
	Estimated bool `json:"estimated,omitempty" doc:"Whether it is an estimate: beyond 10,000, or where much would have to be looked at."`
}

// Wanted is what somebody wants of a list.
type Wanted struct {
	Query query.Query
	Page  harrier.Page
	// Count asks for the total too.
	Count bool
}

// SearchHit is something that a search found.
type SearchHit struct {
	ID     string    `json:"id"`
	Title  string    `json:"title"`
	Status string    `json:"status,omitempty"`
	Rank   string    `json:"severity,omitempty"`
	At     time.Time `json:"at,omitzero"`
	// Snippet is where the words stand.
	Snippet string `json:"snippet,omitempty" doc:"Where the words stand."`
	// Link is the route that shows it.
	Link string `json:"link,omitempty" doc:"The route that shows it."`
}

// SearchGroup is what a search found of a noun.
type SearchGroup struct {
	Noun  string      `json:"noun" enum:"alerts,cases,observables,evidence,runs,approvals,audit"`
	Items []SearchHit `json:"items"`
	Total *Total      `json:"total,omitempty"`
	// More tells that there are more than were asked for.
	More bool `json:"more,omitempty" doc:"Whether there are more; ask the noun's own list for them."`
}

// SearchResult is what a search found, by noun.
type SearchResult struct {
	Query  string        `json:"query" doc:"What was looked for, in its one spelling."`
	Groups []SearchGroup `json:"items" doc:"What was found; nouns of which there is nothing are absent."`
}
