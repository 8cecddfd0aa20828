// Package builtin says what an action of Harrier's own is made of. The
// services that have some (casework, triage, intel, email) offer them as
// values; the wiring puts them into one table.
package builtin

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/schema"
)

// Action is one built-in action. Exactly one of Local and Call is set: Local
// where Spec.Local says so.
type Action struct {
	Spec schema.ActionSpec
	// Local acts through tx, in the transaction of its result. It may be run
	// again after a rollback, so it does nothing else. The input was checked
	// against Spec and has its defaults.
	Local func(ctx context.Context, tx harrier.Tx, req engine.LocalRequest) (map[string]any, error)
	// Call does something that takes time or other calls. Its effect is read.
	// Errors are *connector.Error or of a harrier kind.
	Call func(ctx context.Context, req Request) (map[string]any, error)
}

// Request is one call of a built-in action that is not local.
type Request struct {
	Tenant harrier.TenantID
	Run    harrier.RunID
	// Alert is what the run was started on; zero where it has none.
	Alert    harrier.AlertID
	Mode     harrier.Mode
	Critical bool
	Input    map[string]any
	// Deadline is when the step's time is over; zero if it has no limit.
	Deadline time.Time
}
