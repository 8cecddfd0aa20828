package app

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/audit"
	"github.com/harrier-soar/harrier/internal/store"
)

// witnessFolder is where the last checkpoint of the audit log is kept beside the database.
const witnessFolder = "audit"

// openTrail makes what chains the audit trail.
func (a *App) openTrail() {
	a.trail = audit.NewSequencer(audit.Config{
		Store: a.store, Secrets: a.vault, Witness: audit.NewWitness(filepath.Join(a.opt.Dir, witnessFolder)),
		Log: a.opt.Log, Now: a.opt.Now, Clock: clockState,
	})
}

// trails answers the API's questions about the audit trail.
type trails struct{ *App }

var _ api.Audit = trails{}

// Audit implements [api.Audit].
func (t trails) Audit(ctx context.Context, by harrier.Principal, f harrier.AuditFilter, p harrier.Page) (api.List[api.AuditEntry], error) {
	f.Viewer = by.ID
	rows, next, err := t.store.AuditTrail(ctx, by.Tenant, f, p)
	if err != nil {
		return api.List[api.AuditEntry]{}, err
	}
	places, err := t.store.AuditPlaces(ctx, by.Tenant, rows)
	return mapped(rows, next, err, func(e harrier.AuditEntry) api.AuditEntry {
		row := api.AuditOf(e)
		if p, ok := places[e.ID]; ok {
			row.Seq, row.Hash = p.Seq, hex.EncodeToString(p.Hash)
		}
		return row
	})
}

// AuditCheckpoint implements [api.Audit].
func (t trails) AuditCheckpoint(ctx context.Context, by harrier.Principal) (api.AuditCheckpoint, error) {
	if err := t.trail.Pass(ctx); err != nil {
		return api.AuditCheckpoint{}, err
	}
	head, err := t.store.AuditHead(ctx, by.Tenant)
	if err == nil && head.Note == "" {
		err = harrier.Errorf(harrier.NotFound, "the audit log has no rows yet")
	}
	if err != nil {
		return api.AuditCheckpoint{}, err
	}
	c, err := audit.ReadCheckpoint(head.Note)
	if err != nil {
		return api.AuditCheckpoint{}, err
	}
	key, err := t.store.AuditKey(ctx, by.Tenant)
	if err != nil {
		return api.AuditCheckpoint{}, err
	}
	n, err := t.store.CountUnchained(ctx, by.Tenant)
	return api.AuditCheckpointOf(c, key, n), err
}

// ExportAudit implements [api.Audit].
func (t trails) ExportAudit(ctx context.Context, by harrier.Principal, choose audit.Selection, w io.Writer) error {
	if err := t.trail.Pass(ctx); err != nil {
		return err
	}
	return audit.Export(ctx, w, t.store, by.Tenant, choose)
}

// trailChecks tells whether the audit trail is chained.
func (r reporters) trailChecks(ctx context.Context, by harrier.Principal) []api.Check {
	c := api.Check{Name: "audit trail", Status: api.CheckOK, Fix: "harrier audit verify"}
	at, err := trails(r).AuditCheckpoint(ctx, by)
	switch {
	case harrier.KindOf(err) == harrier.NotFound && err != nil:
		return nil
	case err != nil:
		c.Status, c.Detail = api.CheckFail, "it is not being chained: "+err.Error()
	default:
		c.Detail = "signed " + at.At.Format("2006-01-02 15:04:05") + ", the clock is " + at.Clock
	}
	return []api.Check{c}
}

// VerifyAudit checks the audit trail in a data directory, a database file or an
// export, without a server: it only reads.
func VerifyAudit(ctx context.Context, path string, o audit.Options) (audit.Report, error) {
	info, err := os.Stat(path)
	if err != nil {
		return audit.Report{}, harrier.Errorf(harrier.NotFound, "there is no %s", path)
	}
	if info.IsDir() {
		notes, err := audit.NewWitness(filepath.Join(path, witnessFolder)).All()
		if err != nil {
			return audit.Report{}, err
		}
		o.Checkpoints = append(notes, o.Checkpoints...)
		path = store.DatabaseFile(path)
	}
	f, err := os.Open(path)
	if err != nil {
		return audit.Report{}, harrier.Errorf(harrier.NotFound, "cannot read %s: %w", path, err)
	}
	defer func() { _ = f.Close() }()
	magic := make([]byte, 16)
	if _, err := io.ReadFull(f, magic); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return audit.Report{}, harrier.Errorf(harrier.Unavailable, "cannot read %s: %w", path, err)
	}
	if string(magic) != "SQLite format 3\x00" {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return audit.Report{}, harrier.Errorf(harrier.Unavailable, "cannot read %s: %w", path, err)
		}
		return audit.VerifyExport(f, o)
	}
	db, err := store.OpenTrail(ctx, path)
	if err != nil {
		return audit.Report{}, err
	}
	defer db.Close()
	return audit.Verify(ctx, db, o)
}
