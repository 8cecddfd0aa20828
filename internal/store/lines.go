package store

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

var _ engine.Lines = (*Store)(nil)

// Holder implements [engine.Lines].
func (s *Store) Holder(ctx context.Context, tx harrier.Tx, k engine.OneKey) (run harrier.Run, ok bool, err error) {
	const text = `SELECT ` + runColumns + ` FROM runs WHERE tenant_id = $1 AND playbook = $2 AND one_key = $3
AND one_key <> '' AND status NOT IN ('succeeded', 'failed', 'cancelled')`
	return firstIn(ctx, tx, sqlf(text, k.Tenant[:], k.Playbook, k.Key), scanRun)
}

// LineUp implements [engine.Lines].
func (s *Store) LineUp(ctx context.Context, tx harrier.Tx, run harrier.RunID, k engine.OneKey) error {
	const text = `INSERT INTO run_lines (run_id, tenant_id, playbook, one_key) VALUES ($1, $2, $3, $4)`
	_, err := tx.Exec(ctx, text, run[:], k.Tenant[:], k.Playbook, k.Key)
	if duplicate(err) {
		return harrier.Errorf(harrier.Conflict, "run %s waits already", run)
	}
	return err
}

// Line implements [engine.Lines].
func (s *Store) Line(ctx context.Context, tx harrier.Tx, k engine.OneKey) ([]harrier.RunID, error) {
	const text = `SELECT r.id FROM run_lines AS l JOIN runs AS r ON r.id = l.run_id
WHERE l.tenant_id = $1 AND l.playbook = $2 AND l.one_key = $3 ORDER BY r.priority, r.created_at, r.id`
	found, err := tx.Query(ctx, text, k.Tenant[:], k.Playbook, k.Key)
	if err != nil {
		return nil, err
	}
	defer func() { _ = found.Close() }()
	var ids []harrier.RunID
	for found.Next() {
		id, err := scanRunID(found)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, found.Err()
}

// Quit implements [engine.Lines].
func (s *Store) Quit(ctx context.Context, tx harrier.Tx, run harrier.RunID) (bool, error) {
	n, err := tx.Exec(ctx, `DELETE FROM run_lines WHERE run_id = $1`, run[:])
	return n > 0, err
}

// Promote implements [engine.Lines].
func (s *Store) Promote(ctx context.Context, tx harrier.Tx, k engine.OneKey) (next harrier.RunID, ok bool, err error) {
	const text = `UPDATE runs SET one_key = $2, ready_at = $3, waiting_for = '', updated_at = $3 WHERE id = $1`
	if _, held, err := s.Holder(ctx, tx, k); err != nil || held {
		return next, false, err
	}
	line, err := s.Line(ctx, tx, k)
	if err != nil || len(line) == 0 {
		return next, false, err
	}
	if _, err := s.Quit(ctx, tx, line[0]); err != nil {
		return next, false, err
	}
	_, err = tx.Exec(ctx, text, line[0][:], k.Key, micros(s.now()))
	return line[0], err == nil, err
}
