package harrier

import (
	"context"
	"encoding/json"
	"time"
)

// Deed is what somebody did that the audit trail tells of.
type Deed struct {
	Action, Target string
	// About is told beside, as JSON; nil tells nothing.
	About any
	At    time.Time
}

// Trail takes rows of the audit trail.
type Trail interface {
	// Audit adds a row.
	Audit(ctx context.Context, tx Tx, e AuditEntry) error
}

// Record writes what a principal did into the trail of their tenant, in the
// transaction of the deed itself.
func (d Deed) Record(ctx context.Context, tx Tx, trail Trail, by Principal) error {
	row := AuditEntry{Tenant: by.Tenant, ID: NewID[AuditID](d.At), At: d.At, Actor: by.ID, ActorName: by.Name, Action: d.Action, Target: d.Target}
	if d.About != nil {
		var err error
		if row.Data, err = json.Marshal(d.About); err != nil {
			return Errorf(Internal, "encode the audit row of %s of %s: %w", d.Action, d.Target, err)
		}
	}
	return trail.Audit(ctx, tx, row)
}
