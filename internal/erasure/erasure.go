package erasure

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
)

// The states of an erasure.
const (
	Asked   = "asked"   // a second person decides
	Denied  = "denied"  // who did not agree
	Running = "running" // what is found is overwritten
	Waiting = "waiting" // something is held or still at work
	Rebuild = "rebuild" // all is overwritten; the database is rebuilt
	Done    = "done"
)

// Erasure is a person's data that is to be erased.
type Erasure struct {
	Tenant harrier.TenantID
	ID     harrier.ErasureID
	State  string
	// Subject are the identifiers; they are forgotten at the end, when Codes,
	// which are their HMACs, tell whose erasure it was.
	Subject, Codes []string
	Reason         string
	AskedBy        harrier.PrincipalID
	AskedName      string
	AskedAt        time.Time
	DecidedBy      harrier.PrincipalID
	DecidedName    string
	DecidedAt      time.Time
	// Table is where to go on; empty begins with files.
	Table string
	// Rows were overwritten, Files removed; Kept were left in the last pass.
	Rows, Files, Kept int64
	// Digest is the SHA-256 chained over what was erased.
	Digest string
	// Why says what it waits for.
	Why     string
	Due     time.Time
	EndedAt time.Time
}

// Batch is a part of a table: the keys of rows that name somebody.
type Batch struct {
	Tenant harrier.TenantID
	Table  string
	Keys   [][]any
	// After is the key of the last row that was looked at; nil at the end of the table.
	After []any
	// Digest is what is chained on.
	Digest string
}

// Erased is what a change erased.
type Erased struct {
	Rows, Kept int64
	Digest     string
}

// File is a piece of evidence.
type File struct {
	ID     harrier.EvidenceID
	SHA256 string
	// About tells that its alert is about the person.
	About bool
}

// Rows keeps erasures.
type Rows interface {
	Write(ctx context.Context, change func(harrier.Tx) error) error
	// Audit adds a row.
	Audit(ctx context.Context, tx harrier.Tx, e harrier.AuditEntry) error
	// AddErasure stores a new one, UpdateErasure how it stands.
	AddErasure(ctx context.Context, tx harrier.Tx, e Erasure) error
	UpdateErasure(ctx context.Context, tx harrier.Tx, e Erasure) error
	// Erasure returns one; NotFound where there is none. ErasureIn is the same inside a change.
	Erasure(ctx context.Context, tenant harrier.TenantID, id harrier.ErasureID) (Erasure, error)
	ErasureIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.ErasureID) (Erasure, error)
	// Erasures lists those of a tenant, the newest first; of no tenant those of all
	// that have not ended.
	Erasures(ctx context.Context, tenant harrier.TenantID) ([]Erasure, error)
}

// Tables is all that is kept.
type Tables interface {
	// ErasureTables lists the tables that may name a person, in their order.
	ErasureTables(ctx context.Context) ([]string, error)
	// FindRows looks at the next rows of a table.
	FindRows(ctx context.Context, f *Finder, b Batch) (Batch, error)
	// EraseRows overwrites rows, unless they are held or still at work.
	EraseRows(ctx context.Context, tx harrier.Tx, f *Finder, b Batch) (Erased, error)
	// HeldSubject says why nothing about a person may be erased; empty where it may.
	HeldSubject(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, subject []string) (string, error)
	// Rebuild writes the database anew without what was overwritten. Large tells
	// that it was left for the next start.
	Rebuild(ctx context.Context, atAnySize bool) (large bool, err error)
}

// Files are the contents of evidence.
type Files interface {
	// FilesOf lists evidence after an id, with what is about a person.
	FilesOf(ctx context.Context, tenant harrier.TenantID, subject []string, after harrier.EvidenceID) ([]File, error)
	// Names reports whether a file holds what a finder finds.
	Names(ctx context.Context, tenant harrier.TenantID, sha256 string, f *Finder) (bool, error)
	// RemoveFile removes evidence, and its content unless others need it; kept
	// tells that it is held.
	RemoveFile(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.EvidenceID) (kept bool, err error)
}

// Config is what the service is made of. All is required.
type Config struct {
	Rows   Rows
	Tables Tables
	Files  Files
	// Code is the HMAC of an identifier.
	Code func(tenant harrier.TenantID, identifier string) string
	// Others tells whether somebody beside some people may agree to an erasure; nil
	// means that there always is somebody.
	Others func(ctx context.Context, tenant harrier.TenantID, hands []harrier.PrincipalID) (bool, error)
	Log    *slog.Logger
	Now    func() time.Time
}

// Service erases. It is safe for concurrent use.
type Service struct {
	cfg   Config
	nudge chan struct{}
	one   sync.Mutex // held by who erases
}

// New returns a service that erases nothing until [Service.Run].
func New(cfg Config) *Service { return &Service{cfg: cfg, nudge: make(chan struct{}, 1)} }

func (s *Service) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Microsecond) }

// finder finds the subject of an erasure.
func (s *Service) finder(e Erasure) *Finder {
	return NewFinder(values(e.Subject), func(id string) string { return "erased-" + s.cfg.Code(e.Tenant, id) })
}
