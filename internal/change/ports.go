package change

import (
	"context"
	"io/fs"
	"time"

	"github.com/harrier-soar/harrier"
)

// Rows keeps changes.
type Rows interface {
	// AddChange adds a change with its files.
	AddChange(ctx context.Context, tx harrier.Tx, c Change) error
	// UpdateChange stores all of a change but its files, or those too where
	// they are set; another rev than the stored one is Conflict.
	UpdateChange(ctx context.Context, tx harrier.Tx, c Change) error
	// Change returns a change with its files; one of another tenant is NotFound.
	Change(ctx context.Context, tenant harrier.TenantID, id harrier.ChangeID) (Change, error)
	// ChangeByVersion returns the change that made a version.
	ChangeByVersion(ctx context.Context, tenant harrier.TenantID, version int64) (Change, error)
	// Changes lists changes without files, the newest first.
	Changes(ctx context.Context, tenant harrier.TenantID, f Filter, p harrier.Page) ([]Change, string, error)
}

// Versions keeps the history of files. Of a path the newest version is in force.
type Versions interface {
	// NextVersion returns the number that the next live change gets.
	NextVersion(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID) (int64, error)
	// AddVersions adds to the history of files, and keeps the texts.
	AddVersions(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, versions []Version, texts [][]byte) error
	// LiveVersions returns the newest version of every path.
	LiveVersions(ctx context.Context, tenant harrier.TenantID) ([]Version, error)
	// FileHistory lists the versions of a path, the newest first.
	FileHistory(ctx context.Context, tenant harrier.TenantID, path string) ([]Version, error)
	// FileText returns a text by its digest.
	FileText(ctx context.Context, tenant harrier.TenantID, digest string) ([]byte, error)
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
	Rows
	Versions
	Journal
}

// Config is what the service is made of. Others, Hit and Shipped may be nil.
type Config struct {
	Store Store
	// Kinds is the table of what there is.
	Kinds []Kind
	// Team is the tree of the team's own files, which changes lie over, and
	// Shipped what ships with Harrier.
	Team, Shipped fs.FS
	// Others reports whether somebody who is none of these could review; nil
	// means that nobody could.
	Others func(ctx context.Context, tenant harrier.TenantID, hands []harrier.PrincipalID) (bool, error)
	Now    func() time.Time
	// Hit is called at named failpoints.
	Hit func(name string)
}
