package indicator

import (
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/feed"
)

// List is a list that the organisation keeps: of what is blocked, which
// firewalls pull, or of what is known to be harmless.
type List struct {
	Tenant harrier.TenantID
	// Number is given by the store, and differs from that of every feed.
	Number int64
	Name   string
	// Kind is block or allow.
	Kind        string
	Description string
	// Token is the SHA-256 of what those who pull it must bear; empty where
	// nobody may.
	Token                []byte
	CreatedAt, UpdatedAt time.Time
	// Rev counts the changes of it and of its entries.
	Rev int64
	// Count is how many entries it has.
	Count int
}

// The kinds of lists.
const (
	Block = "block"
	Allow = "allow"
)

// ListEntry is one entry of a list.
type ListEntry struct {
	Tenant harrier.TenantID
	// List is the number of its list.
	List int64
	feed.Pattern
	Reason string
	// Owner is who answers for it.
	Owner   string
	AddedAt time.Time
	// ExpiresAt is when it ends; zero is never.
	ExpiresAt time.Time
}

// Over reports whether an entry has ended.
func (e ListEntry) Over(now time.Time) bool { return !e.ExpiresAt.IsZero() && !now.Before(e.ExpiresAt) }
