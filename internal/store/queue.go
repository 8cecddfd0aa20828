package store

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

var _ engine.Queue = (*Store)(nil)

// Ready implements [engine.Queue]. Age counts from when a run became ready. Each
// priority is a search of its own, so that timers that lie ahead are never read.
func (s *Store) Ready(ctx context.Context, now time.Time, limit int) ([]harrier.RunID, error) {
	const text = `SELECT id FROM (
SELECT * FROM (SELECT id, priority, ready_at FROM runs WHERE priority = 0 AND ready_at IS NOT NULL AND ready_at <= $1 ORDER BY ready_at, id LIMIT $2)
UNION ALL SELECT * FROM (SELECT id, priority, ready_at FROM runs WHERE priority = 1 AND ready_at IS NOT NULL AND ready_at <= $1 ORDER BY ready_at, id LIMIT $2)
UNION ALL SELECT * FROM (SELECT id, priority, ready_at FROM runs WHERE priority = 2 AND ready_at IS NOT NULL AND ready_at <= $1 ORDER BY ready_at, id LIMIT $2)
UNION ALL SELECT * FROM (SELECT id, priority, ready_at FROM runs WHERE priority = 3 AND ready_at IS NOT NULL AND ready_at <= $1 ORDER BY ready_at, id LIMIT $2)
) AS due ORDER BY priority, ready_at, id LIMIT $2`
	return list(ctx, s.readers, sqlf(text, now, limit), scanRunID)
}

func scanRunID(r harrier.Rows) (id harrier.RunID, err error) {
	err = r.Scan(&id)
	return id, err
}

// NextReady implements [engine.Queue].
func (s *Store) NextReady(ctx context.Context, after time.Time) (at time.Time, ok bool, err error) {
	const text = `SELECT min(at) FROM (
SELECT min(ready_at) AS at FROM runs WHERE priority = 0 AND ready_at IS NOT NULL AND ready_at > $1
UNION ALL SELECT min(ready_at) FROM runs WHERE priority = 1 AND ready_at IS NOT NULL AND ready_at > $1
UNION ALL SELECT min(ready_at) FROM runs WHERE priority = 2 AND ready_at IS NOT NULL AND ready_at > $1
UNION ALL SELECT min(ready_at) FROM runs WHERE priority = 3 AND ready_at IS NOT NULL AND ready_at > $1) AS earliest`
	if after.IsZero() { // which is stored as no time at all
		after = time.Unix(0, 0)
	}
	_, err = s.readers.one(ctx, sqlf(text, after), &at)
	return at, !at.IsZero(), err
}

// Orphans implements [engine.Queue]. A run that is ready already stays as it is.
func (s *Store) Orphans(ctx context.Context, tx harrier.Tx, owner string, now time.Time) (int64, error) {
	if owner == "" {
		return tx.Exec(ctx, `UPDATE runs SET ready_at = $1 WHERE status = 'running' AND ready_at IS NULL`, now)
	}
	return tx.Exec(ctx, `UPDATE runs SET ready_at = $1 WHERE status = 'running' AND ready_at IS NULL AND owner = $2`, now, owner)
}

// Load implements [engine.Queue].
func (s *Store) Load(ctx context.Context, tenant harrier.TenantID, id harrier.RunID) (harrier.Run, error) {
	run, ok, err := first(ctx, s.readers, sqlf(`SELECT `+runColumns+` FROM runs WHERE id = $1 AND tenant_id = $2`, id[:], tenant[:]), scanRun)
	if err == nil && !ok {
		err = errNoRun(id)
	}
	return run, err
}
