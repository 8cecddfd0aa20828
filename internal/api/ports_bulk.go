package api

import (
	"context"

	"github.com/harrier-soar/harrier"
)

// Bulk does things to alerts and cases, one by one. Each call is for itself:
// whether the principal sees the thing is asked each time, and one that they do
// not see is NotFound, like one that is not there. Each is a change of its own
// with its own audit row.
type Bulk interface {
	// DoAlert does one thing to an alert.
	DoAlert(ctx context.Context, by harrier.Principal, st BulkStep, op AlertOp) (Did, error)
	// DoCase does one thing to a case, which is named by its id or its number.
	DoCase(ctx context.Context, by harrier.Principal, st BulkStep, op CaseOp) (Did, error)
}

// BulkStep is one thing of a bulk.
type BulkStep struct {
	ID string
	// Rev is the revision at which it was seen; 0 does not look. Another one is a
	// conflict, [casework.ErrStale] or [triage.ErrStale].
	Rev int64
	// Dry does nothing, and tells what would be.
	Dry bool
}

// Did is what was done to a thing.
type Did struct {
	// Rev is the revision that it has now.
	Rev int64
	// Changed is false where it was so already.
	Changed bool
}
