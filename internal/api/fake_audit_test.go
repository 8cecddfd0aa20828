package api

import (
	"context"
	"io"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/audit"
)

func (w *world) AuditCheckpoint(_ context.Context, by harrier.Principal) (AuditCheckpoint, error) {
	if by.Tenant != harrier.DefaultTenant {
		return AuditCheckpoint{}, harrier.Errorf(harrier.NotFound, "the audit log has no rows yet")
	}
	return AuditCheckpoint{Size: 1, At: epoch(), Note: "note"}, w.broken
}

func (w *world) ExportAudit(_ context.Context, by harrier.Principal, _ audit.Selection, to io.Writer) error {
	if by.Tenant != harrier.DefaultTenant {
		return harrier.Errorf(harrier.NotFound, "nothing is signed in the audit log yet")
	}
	if w.broken == nil {
		_, _ = io.WriteString(to, "harrier audit export 1\n")
	}
	return w.broken
}
