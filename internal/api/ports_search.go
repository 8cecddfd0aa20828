package api

import (
	"context"

	"github.com/harrier-soar/harrier"
)

// Search finds what queries select. What the principal may not see is not there.
type Search interface {
	// AskAlerts returns a page of alerts, the newest first.
	AskAlerts(ctx context.Context, by harrier.Principal, w Wanted) (List[Alert], error)
	// AskCases returns a page of cases, the newest first.
	AskCases(ctx context.Context, by harrier.Principal, w Wanted) (List[Case], error)
	// Search looks for a query in all nouns that the principal may read, up to
	// limit of each. A query that no noun understands is Invalid.
	Search(ctx context.Context, by harrier.Principal, text string, limit int) (SearchResult, error)
}
