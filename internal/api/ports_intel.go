package api

import (
	"context"
	"io"

	"github.com/harrier-soar/harrier"
)

// Intel shows indicators, takes them in and asks them.
type Intel interface {
	// Indicators lists indicators by type and value.
	Indicators(ctx context.Context, by harrier.Principal, f IndicatorFilter, p harrier.Page) (List[Indicator], error)
	// MatchValues tells what is known of values.
	MatchValues(ctx context.Context, by harrier.Principal, in MatchValues) ([]KnownValue, error)
	// ImportFeed reads a feed that somebody brings; one that does not exist is made.
	ImportFeed(ctx context.Context, by harrier.Principal, in SetFeed, body io.Reader) (Taken, error)
	// Withdraw takes an indicator back.
	Withdraw(ctx context.Context, by harrier.Principal, in Withdraw) error
}

// IndicatorFilter selects indicators. Empty fields select all.
type IndicatorFilter struct{ Feed, Type, Value string }

// Feeds shows and sets the feeds of indicators.
type Feeds interface {
	Feeds(ctx context.Context, by harrier.Principal) ([]Feed, error)
	SetFeed(ctx context.Context, by harrier.Principal, in SetFeed) (Feed, error)
	// PullFeed reads a feed now.
	PullFeed(ctx context.Context, by harrier.Principal, name string) (Taken, error)
	// RemoveFeed removes a feed with all its indicators.
	RemoveFeed(ctx context.Context, by harrier.Principal, name string) error
}

// ValueLists shows and changes the lists that the organisation keeps.
type ValueLists interface {
	ValueLists(ctx context.Context, by harrier.Principal) ([]ValueList, error)
	SetList(ctx context.Context, by harrier.Principal, in SetList) (ValueList, error)
	ListEntries(ctx context.Context, by harrier.Principal, name string, p harrier.Page) (List[ListEntry], error)
	ChangeList(ctx context.Context, by harrier.Principal, name string, in ChangeList) (ListChanged, error)
	// ImportList fills a list from a file.
	ImportList(ctx context.Context, by harrier.Principal, name string, body io.Reader) (ListChanged, error)
	// NewListToken gives a block list a new token, in place of the one it had.
	NewListToken(ctx context.Context, by harrier.Principal, name string) (ListToken, error)
	RemoveList(ctx context.Context, by harrier.Principal, name string) error
}

// BlockLists gives block lists to firewalls, which are no principals.
type BlockLists interface {
	// BlockList returns a list as text for whoever bears its token, with what
	// tells one state of it from another. All else is Unauthenticated.
	BlockList(ctx context.Context, name, token string) (text []byte, rev string, err error)
}
