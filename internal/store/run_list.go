package store

import (
	"context"

	"github.com/harrier-soar/harrier"
)

// Runs returns a tenant's runs, the newest first.
func (s *Store) Runs(ctx context.Context, tenant harrier.TenantID, f harrier.RunFilter, p harrier.Page) ([]harrier.Run, string, error) {
	l := newListing(runColumns, "runs", tenant).
		where("status = $", f.Status != "", f.Status).
		where("playbook = $", f.Playbook != "", f.Playbook).
		where("alert_id = $", !f.Alert.IsZero(), f.Alert).
		where("case_id = $", !f.Case.IsZero(), f.Case).
		seen(s, f.Viewer)
	if err := l.newest("created_at", p); err != nil {
		return nil, "", err
	}
	return page(ctx, s.readers, l, scanRun, func(r harrier.Run) place { return at(r.CreatedAt, r.ID) })
}

// RunKey is what limits.one_per allows one active run for.
type RunKey struct {
	Playbook, Key string
}

// ActiveByKey returns the run that holds a key of limits.one_per now; ok is
// false where none does.
func (s *Store) ActiveByKey(ctx context.Context, tenant harrier.TenantID, key RunKey) (run harrier.Run, ok bool, err error) {
	const text = `SELECT ` + runColumns + ` FROM runs WHERE tenant_id = $1 AND playbook = $2 AND one_key = $3
AND one_key <> '' AND status NOT IN ('succeeded', 'failed', 'cancelled')`
	return first(ctx, s.readers, sqlf(text, tenant[:], key.Playbook, key.Key), scanRun)
}

// ChildrenOf returns the runs that a run called, the first made first. A run
// has at most as many as its fan-out allows, so they come without pages.
func (s *Store) ChildrenOf(ctx context.Context, tenant harrier.TenantID, parent harrier.RunID) ([]harrier.Run, error) {
	const text = `SELECT ` + runColumns + ` FROM runs WHERE parent_id = $1 AND tenant_id = $2 ORDER BY created_at, id`
	return list(ctx, s.readers, sqlf(text, parent[:], tenant[:]), scanRun)
}
