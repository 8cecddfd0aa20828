package store

import (
	"context"

	"github.com/harrier-soar/harrier"
)

// Snapshot is the state of a run after one of its events. It is a cache: what
// the journal gives is right where they differ.
type Snapshot struct {
	Run  harrier.RunID
	Seq  int64
	Data []byte
}

// SaveSnapshot keeps the newest snapshot of a run, under its fence.
func (s *Store) SaveSnapshot(ctx context.Context, tx harrier.Tx, run harrier.Run, seq int64, data []byte) error {
	const text = `INSERT INTO snapshots (run_id, tenant_id, seq, data) VALUES ($1, $2, $3, $4)
ON CONFLICT (run_id) DO UPDATE SET seq = excluded.seq, data = excluded.data WHERE excluded.seq > snapshots.seq`
	if err := s.holdsFence(ctx, tx, run.ID, run.Fence); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, text, run.ID[:], run.Tenant[:], seq, data)
	return err
}

// LoadSnapshot returns the newest snapshot of a run; ok is false where there is none.
func (s *Store) LoadSnapshot(ctx context.Context, run harrier.RunID) (snap Snapshot, ok bool, err error) {
	snap.Run = run
	ok, err = s.readers.one(ctx, sqlf(`SELECT seq, data FROM snapshots WHERE run_id = $1`, run[:]), &snap.Seq, &snap.Data)
	return snap, ok, err
}
