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
	// Count is how many entries count.
	Count int
	// File is the file that governs it; empty where none does. It is known to the
	// service and not stored.
	File string
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

	// What follows is told by the service and not stored. Filed tells that the
	// entry stands in the file that governs the list, and Note what is said of it
	// there. Idle tells that it does not count: a file governs its allow list, and
	// it stands beside that.
	Filed, Idle bool
	Note        string
}

// Over reports whether an entry has ended.
func (e ListEntry) Over(now time.Time) bool { return !e.ExpiresAt.IsZero() && !now.Before(e.ExpiresAt) }
