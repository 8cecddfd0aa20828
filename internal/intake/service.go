package intake

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/evidence"
)

// Alerts keeps alerts and their evidence.
type Alerts interface {
	// Submit adds an alert, unless its source gave the same external id
	// before: then the id of that alert comes back with existed.
	Submit(ctx context.Context, tx harrier.Tx, a harrier.Alert) (id harrier.AlertID, existed bool, err error)
	// Alert returns an alert.
	Alert(ctx context.Context, tenant harrier.TenantID, id harrier.AlertID) (harrier.Alert, error)
	// IndexAlert writes who and what an alert is about.
	IndexAlert(ctx context.Context, tx harrier.Tx, a harrier.Alert, f harrier.Finding) error
	// SourceByName returns the source that a tenant calls by a name.
	SourceByName(ctx context.Context, tenant harrier.TenantID, name string) (harrier.Source, error)
	// AddEvidence adds the row of an artefact whose bytes are stored already.
	AddEvidence(ctx context.Context, tx harrier.Tx, e harrier.Evidence) error
	// Runs lists runs, the newest first.
	Runs(ctx context.Context, tenant harrier.TenantID, f harrier.RunFilter, p harrier.Page) ([]harrier.Run, string, error)
}

// Journal makes changes durable.
type Journal interface {
	// Write runs change in a transaction and returns when it is durable.
	// change may be run again after a rollback.
	Write(ctx context.Context, change func(harrier.Tx) error) error
	// Audit adds a row to the audit trail.
	Audit(ctx context.Context, tx harrier.Tx, e harrier.AuditEntry) error
}

// Store is all that the service asks of the store.
type Store interface {
	Alerts
	Journal
}

// Blobs keeps the bytes of evidence.
type Blobs interface {
	// Put stores what r gives, durably; more than limit bytes is Invalid and
	// stores nothing.
	Put(ctx context.Context, tenant harrier.TenantID, r io.Reader, limit int64) (evidence.Blob, error)
}

// Playbooks knows what alerts trigger.
type Playbooks interface {
	// Matching returns a start for every playbook of the principal's tenant one
	// of whose alert triggers holds for the alert as playbooks see it, in a
	// stable order. Plan, Bundles and what else is the playbook's are set; the
	// rest is up to the caller. A trigger that fails does not hold.
	Matching(ctx context.Context, by harrier.Principal, alert map[string]any) ([]engine.Start, error)
}

// Mails reads mails.
type Mails interface {
	// Read returns what email.parse gives for a mail. It is Invalid where the
	// mail cannot be read, however often it is tried.
	Read(ctx context.Context, mail []byte, in map[string]any) (map[string]any, error)
}

// Runs begins runs.
type Runs interface {
	// StartIn adds a run in the transaction of its cause.
	StartIn(ctx context.Context, tx harrier.Tx, st engine.Start) (harrier.Run, error)
}

// The limits of a report.
const (
	defaultEvidence = 25 << 20
	maxData         = 1 << 20
	maxFiles        = 100
)

// Config is what the service is made of. All but Triage and MaxEvidence is
// required.
type Config struct {
	// Triage judges what is reported; without it alerts are as their source
	// says.
	Triage    Triage
	Store     Store
	Blobs     Blobs
	Playbooks Playbooks
	Mails     Mails
	Runs      Runs
	Log       *slog.Logger
	Now       func() time.Time
	// MaxEvidence bounds one artefact, in bytes; zero means 25 MiB.
	MaxEvidence int64
}

// Service takes reports. It is safe for concurrent use.
type Service struct{ cfg Config }

// New returns the service.
func New(cfg Config) *Service {
	if cfg.MaxEvidence <= 0 {
		cfg.MaxEvidence = defaultEvidence
	}
	return &Service{cfg}
}

// Receipt says what became of a report.
type Receipt struct {
	Alert harrier.Alert
	// Existed tells that the report had come before.
	Existed bool
	// Runs are those that the alert triggered, now or when it came first.
	Runs []harrier.RunID
	// Skipped are the playbooks that were triggered and did not start.
	Skipped []Skip
}

// Skip is a playbook that did not start, and why.
type Skip struct{ Playbook, Reason string }
