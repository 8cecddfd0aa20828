package store

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

var _ engine.Pins = (*Store)(nil)

// Pin implements [engine.Pins].
func (s *Store) Pin(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, hash string, bundle []byte) error {
	const text = `INSERT INTO pins (tenant_id, hash, bundle, pinned_at) VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id, hash) DO NOTHING`
	_, err := tx.Exec(ctx, text, tenant[:], hash, bundle, s.now())
	return err
}

// Pinned implements [engine.Pins].
func (s *Store) Pinned(ctx context.Context, tenant harrier.TenantID, hash string) ([]byte, error) {
	var bundle []byte
	ok, err := s.readers.one(ctx, sqlf(`SELECT bundle FROM pins WHERE tenant_id = $1 AND hash = $2`, tenant[:], hash), &bundle)
	if err == nil && !ok {
		err = harrier.Errorf(harrier.NotFound, "no playbook with the hash %s is kept", hash)
	}
	return bundle, err
}
