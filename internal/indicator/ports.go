package indicator

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
)

// Indicators keeps indicators. Errors are of a kind; it is safe for concurrent use.
type Indicators interface {
	Write(ctx context.Context, change func(harrier.Tx) error) error
	// PutIndicators stores indicators and returns which of them are news: not
	// there before, or ended; and which have changed.
	PutIndicators(ctx context.Context, tx harrier.Tx, list []Indicator) ([]Change, error)
	// EndIndicator ends one; ended is false where it was not there, or had.
	EndIndicator(ctx context.Context, tx harrier.Tx, k Key, at time.Time, why string) (ended bool, err error)
	// LiveIndicators returns those of a feed that have not ended, in the order of
	// their keys, after one of them.
	LiveIndicators(ctx context.Context, after Key, limit int) ([]Indicator, error)
	// EachIndicator calls f for every one of all tenants that has not ended.
	EachIndicator(ctx context.Context, f func(Indicator) error) error
	// Indicators returns a page of a tenant's.
	Indicators(ctx context.Context, tenant harrier.TenantID, f Filter, p harrier.Page) ([]Indicator, string, error)
}

// Change is what storing an indicator came to.
type Change struct {
	New, Changed bool
	// AddedAt is when it came, where it has changed.
	AddedAt time.Time
}

// Filter selects indicators. Empty fields select all.
type Filter struct {
	Feed  int64
	Type  string
	Value string
}

// Feeds keeps feeds.
type Feeds interface {
	// Feeds returns those of a tenant by name, or of all tenants where it is zero.
	Feeds(ctx context.Context, tenant harrier.TenantID) ([]Feed, error)
	// PutFeed adds a feed, whose number it returns, or replaces the one of its name.
	PutFeed(ctx context.Context, tx harrier.Tx, f Feed) (Feed, error)
	// NoteFeed stores how a feed was read last, and nothing of its settings.
	NoteFeed(ctx context.Context, tx harrier.Tx, f Feed) error
	// DropIndicators removes up to some of a feed's indicators and returns how many.
	DropIndicators(ctx context.Context, tx harrier.Tx, f Feed, limit int) (int, error)
	// DropFeed removes a feed without indicators.
	DropFeed(ctx context.Context, tx harrier.Tx, f Feed) error
	// Audit writes what a person did.
	Audit(ctx context.Context, tx harrier.Tx, e harrier.AuditEntry) error
}

// Lists keeps lists.
type Lists interface {
	// Lists returns those of a tenant by name, or of all tenants where it is zero.
	Lists(ctx context.Context, tenant harrier.TenantID) ([]List, error)
	// PutList adds a list, whose number it returns, or replaces the one of its name.
	PutList(ctx context.Context, tx harrier.Tx, l List) (List, error)
	// GovernList adds a list, or gives the one of its name another description
	// and nothing else; it returns the list as it is then, with its own kind.
	GovernList(ctx context.Context, tx harrier.Tx, l List) (List, error)
	// DropList removes a list with its entries.
	DropList(ctx context.Context, tx harrier.Tx, l List) error
	// PutListEntries stores entries, and DropListEntries removes them; both return how many changed.
	PutListEntries(ctx context.Context, tx harrier.Tx, list []ListEntry) (int, error)
	DropListEntries(ctx context.Context, tx harrier.Tx, list []ListEntry) (int, error)
	// ListEntries returns those of a list in their order, after one of them.
	ListEntries(ctx context.Context, l List, after ListEntry, limit int) ([]ListEntry, error)
}

// Store is all that is kept.
type Store interface {
	Indicators
	Feeds
	Lists
}
