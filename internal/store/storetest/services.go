package storetest

import (
	"context"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/store"
)

// Services is what the claims of [RunServices] are about.
type Services interface {
	Stores
	Alerts
	Cases
	Timeline
	Artefacts
	Connections
	Lists
}

// Alerts is what intake and triage need.
type Alerts interface {
	// Submit adds an alert once for each external id of its source, for ever.
	Submit(ctx context.Context, tx harrier.Tx, a harrier.Alert) (harrier.AlertID, bool, error)
	// Alert returns one alert, or NotFound.
	Alert(ctx context.Context, tenant harrier.TenantID, id harrier.AlertID) (harrier.Alert, error)
	// Alerts returns a page of alerts, the newest first.
	Alerts(ctx context.Context, tenant harrier.TenantID, f harrier.AlertFilter, p harrier.Page) ([]harrier.Alert, string, error)
	// UpdateAlert changes an alert of the same rev; another is Conflict.
	UpdateAlert(ctx context.Context, tx harrier.Tx, a harrier.Alert) error
}

// Cases is what casework needs.
type Cases interface {
	// OpenCase adds a case under the next number.
	OpenCase(ctx context.Context, tx harrier.Tx, c harrier.Case) (harrier.Case, error)
	// Case returns one case, or NotFound.
	Case(ctx context.Context, tenant harrier.TenantID, id harrier.CaseID) (harrier.Case, error)
	// CaseByNumber returns the case of a number, or NotFound.
	CaseByNumber(ctx context.Context, tenant harrier.TenantID, number int64) (harrier.Case, error)
	// Cases returns a page of cases, the highest number first.
	Cases(ctx context.Context, tenant harrier.TenantID, f harrier.CaseFilter, p harrier.Page) ([]harrier.Case, string, error)
	// UpdateCase changes a case of the same rev; another is Conflict.
	UpdateCase(ctx context.Context, tx harrier.Tx, c harrier.Case) error
}

// Timeline is what a case gathers.
type Timeline interface {
	// AddEntry adds a line and returns its number.
	AddEntry(ctx context.Context, tx harrier.Tx, e harrier.CaseEntry) (int64, error)
	// Entries returns a page of lines, the first first.
	Entries(ctx context.Context, tenant harrier.TenantID, id harrier.CaseID, p harrier.Page) ([]harrier.CaseEntry, string, error)
	// LinkAlert puts an alert into a case, once.
	LinkAlert(ctx context.Context, tx harrier.Tx, l store.CaseLink) (bool, error)
}

// Artefacts is what the evidence store needs.
type Artefacts interface {
	// AddEvidence adds a row, once.
	AddEvidence(ctx context.Context, tx harrier.Tx, e harrier.Evidence) error
	// Evidence returns one row, or NotFound.
	Evidence(ctx context.Context, tenant harrier.TenantID, id harrier.EvidenceID) (harrier.Evidence, error)
	// EvidenceList returns a page of rows, the newest first.
	EvidenceList(ctx context.Context, tenant harrier.TenantID, f harrier.EvidenceFilter, p harrier.Page) ([]harrier.Evidence, string, error)
}

// Connections is what the transport and its settings need.
type Connections interface {
	// CreateConnection adds a connection; a used name is Conflict.
	CreateConnection(ctx context.Context, tx harrier.Tx, c harrier.Connection) error
	// Connection returns one connection, or NotFound.
	Connection(ctx context.Context, tenant harrier.TenantID, id harrier.ConnectionID) (harrier.Connection, error)
	// ConnectionByName returns the connection of a name, or NotFound.
	ConnectionByName(ctx context.Context, tenant harrier.TenantID, name string) (harrier.Connection, error)
	// Connections returns a page of connections, the first made first.
	Connections(ctx context.Context, tenant harrier.TenantID, p harrier.Page) ([]harrier.Connection, string, error)
	// UpdateConnection changes a connection of the same rev; another is Conflict.
	UpdateConnection(ctx context.Context, tx harrier.Tx, c harrier.Connection) error
	// DeleteConnection removes a connection of the same rev; another is Conflict.
	DeleteConnection(ctx context.Context, tx harrier.Tx, c harrier.Connection) error
}

// Lists is how people look at runs and effects.
type Lists interface {
	// Runs returns a page of runs, the newest first.
	Runs(ctx context.Context, tenant harrier.TenantID, f harrier.RunFilter, p harrier.Page) ([]harrier.Run, string, error)
	// ActiveByKey returns the active run of a key of limits.one_per.
	ActiveByKey(ctx context.Context, tenant harrier.TenantID, key store.RunKey) (harrier.Run, bool, error)
	// ChildrenOf returns the runs that a run called.
	ChildrenOf(ctx context.Context, tenant harrier.TenantID, parent harrier.RunID) ([]harrier.Run, error)
	// IntentList returns a page of intents, the newest first.
	IntentList(ctx context.Context, tenant harrier.TenantID, f harrier.IntentFilter, p harrier.Page) ([]harrier.Intent, string, error)
	// SaveSnapshot keeps the newest state of a run, under its fence.
	SaveSnapshot(ctx context.Context, tx harrier.Tx, run harrier.Run, seq int64, data []byte) error
	// LoadSnapshot returns the newest state of a run that was saved.
	LoadSnapshot(ctx context.Context, run harrier.RunID) (store.Snapshot, bool, error)
}

// RunServices proves every claim about the services' stores, each on a fresh store.
func RunServices(t *testing.T, open func(*testing.T) Services) {
	prove(t, open, serviceClaims())
}

func serviceClaims() []claim[Services] {
	return []claim[Services]{
		{"Submit keeps the first alert of an external id, for ever (G1, G2, I1)", submitOnce},
		{"Alerts change by rev and are listed for their tenant (I12)", alertsChange},
		{"Cases are numbered within their tenant and change by rev (I12)", casesNumbered},
		{"A case gathers lines in order and each alert once", caseGathers},
		{"Evidence is listed by what it belongs to, for its tenant (I12)", evidenceListed},
		{"Connections have one name each and change by rev (G9, I12)", connectionsChange},
		{"Runs are listed, found by key and by parent, for their tenant (I12)", runsListed},
		{"Intents of one moment part over pages without loss (I5)", intentsListed},
		{"Snapshots keep the newest under the fence (G7, G8)", snapshots},
	}
}
