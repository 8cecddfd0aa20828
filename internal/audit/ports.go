package audit

import (
	"context"

	"github.com/harrier-soar/harrier"
)

// Head is the last checkpoint of a log as it is kept.
type Head struct {
	// Note is empty where nothing is chained yet.
	Note  string
	Edges []byte
}

// Link gives a row its place.
type Link struct {
	Seq   int64
	Audit []byte
	Hash  Hash
}

// Chaining is what one pass adds to one log.
type Chaining struct {
	Tenant harrier.TenantID
	Links  []Link
	Size   int64
	Head   Head
}

// Store is all that a sequencer asks of the store.
type Store interface {
	Rows
	Places
}

// Rows are the audit trail as it was written.
type Rows interface {
	Write(ctx context.Context, change func(harrier.Tx) error) error
	// LastChained returns the place in the table of the last row that has one in a log.
	LastChained(ctx context.Context) (int64, error)
	// UnchainedAudit returns rows of all tenants that come after a place, in the
	// order in which they were committed.
	UnchainedAudit(ctx context.Context, after int64, limit int) ([]Record, error)
	// Audit adds a row.
	Audit(ctx context.Context, tx harrier.Tx, e harrier.AuditEntry) error
}

// Places keeps what the sequencer made of it.
type Places interface {
	// AuditHead returns the last checkpoint of a tenant; the zero head where there is none.
	AuditHead(ctx context.Context, tenant harrier.TenantID) (Head, error)
	// ChainAudit adds places and a head; a place that is taken is Conflict.
	ChainAudit(ctx context.Context, tx harrier.Tx, c Chaining) error
	// AuditKey returns the verifier key of a tenant's log, empty where there is none yet.
	AuditKey(ctx context.Context, tenant harrier.TenantID) (string, error)
	// PutAuditKey keeps it, once for ever.
	PutAuditKey(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, key string) error
}

// Secrets keeps the signing keys.
type Secrets interface {
	// Put stores a secret.
	Put(ctx context.Context, tenant harrier.TenantID, name, field string, value harrier.Secret) error
	// Reveal returns it; NotFound where there is none.
	Reveal(ctx context.Context, tenant harrier.TenantID, name, field string) (harrier.Secret, error)
}
