package api

import (
	"context"
	"io"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/audit"
)

// Audit shows the audit trail.
type Audit interface {
	// Audit lists the rows of the trail, the newest first.
	Audit(ctx context.Context, by harrier.Principal, f harrier.AuditFilter, p harrier.Page) (List[AuditEntry], error)
	// AuditCheckpoint returns the signed head of the log; NotFound where nothing is signed yet.
	AuditCheckpoint(ctx context.Context, by harrier.Principal) (AuditCheckpoint, error)
	// ExportAudit writes the log as far as it is signed.
	ExportAudit(ctx context.Context, by harrier.Principal, choose audit.Selection, w io.Writer) error
}
