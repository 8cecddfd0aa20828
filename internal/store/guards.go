package store

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

// Take implements [engine.Ledger].
func (s *Store) Take(ctx context.Context, tx harrier.Tx, g engine.GuardSlot) error {
	const text = `INSERT INTO guards (tenant_id, guard, window_start, used) SELECT $1, $2, $3, 1 WHERE $4 > 0
ON CONFLICT (tenant_id, guard, window_start) DO UPDATE SET used = guards.used + 1 WHERE guards.used < $4`
	n, err := tx.Exec(ctx, text, g.Tenant[:], g.Guard, g.Window.UnixMicro(), g.Cap)
	if err == nil && n == 0 {
		err = harrier.Errorf(harrier.Limited, "the guard %s allows %d in this window; wait for the next one or ask for approval", g.Guard, g.Cap)
	}
	return err
}
