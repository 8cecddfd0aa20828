package indicator

import (
	"cmp"
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/feed"
)

// Key names an indicator: what a feed says about a value.
type Key struct {
	Tenant harrier.TenantID
	Type   string
	Value  string
	// Feed is the number of the feed.
	Feed int64
}

// Indicator is a value that a feed lists.
type Indicator struct {
	Key
	// FeedName is the name of the feed, for people.
	FeedName    string
	ExternalID  string
	Name        string
	Verdict     string
	Partial     bool
	Confidence  int
	Reliability string
	TLP, PAP    string
	Tags        []string
	Phases      []string
	Link        string
	ValidFrom   time.Time
	ValidUntil  time.Time
	FirstSeen   time.Time
	LastSeen    time.Time
	// AddedAt is when it came, UpdatedAt when it last changed.
	AddedAt, UpdatedAt time.Time
	// EndedAt is when its feed took it back or listed it no more, and Ended why.
	EndedAt time.Time
	Ended   string
}

// Feed is a list of indicators that others keep, or that people import.
type Feed struct {
	Tenant harrier.TenantID
	// Number is given by the store.
	Number int64
	Name   string
	// Format is one of package feed.
	Format feed.Format
	// URL is where it is pulled from, by the connection of that name; both are
	// empty for a feed that is imported by hand.
	URL, Connection string
	// Interval is how often it is pulled.
	Interval time.Duration
	// Reliability is its grade by the Admiralty code, A to F; empty is F.
	Reliability string
	// Provider is who is behind it; the name where it is empty.
	Provider string
	// Confidence is from 1 to 100, for records that tell none.
	Confidence int
	// TLP and PAP hold for records that tell none.
	TLP, PAP string
	// Whole tells that each reading is the whole list: what is absent ends.
	Whole   bool
	Column  string
	Type    string
	All     bool
	Enabled bool
	// Cursor says how far it was read, in the words of its format.
	Cursor json.RawMessage
	// Count is how many records the last reading had.
	Count int
	// PulledAt is when it was last read well, and NextAt when it is due.
	PulledAt, NextAt time.Time
	// Problem is what was wrong last, for people; empty where nothing was.
	Problem              string
	CreatedAt, UpdatedAt time.Time
	Rev                  int64
}

// defaultConfidence holds where neither the record nor the feed tells one.
const defaultConfidence = 75

// of makes an indicator of a record. Where nothing tells when it was seen, that
// it is listed today does; a whole feed lists all that it has each time, which
// its own time tells.
func (f Feed) of(r feed.Record, now time.Time) Indicator {
	if r.Last.IsZero() && r.First.IsZero() && r.From.IsZero() && !f.Whole {
		r.Last = now.Truncate(day)
	}
	return Indicator{
		Key:      Key{f.Tenant, r.Type, r.Value, f.Number},
		FeedName: f.Name, ExternalID: r.ID, Name: r.Name, Verdict: r.Verdict, Partial: r.Partial,
		Confidence: cmp.Or(r.Confidence, f.Confidence, defaultConfidence), Reliability: r.Reliability,
		TLP: cmp.Or(r.TLP, f.TLP), PAP: cmp.Or(r.PAP, f.PAP), Tags: r.Tags, Phases: r.Phases, Link: r.Link,
		ValidFrom: r.From, ValidUntil: r.Until, FirstSeen: r.First, LastSeen: r.Last, AddedAt: now, UpdatedAt: now,
	}
}
