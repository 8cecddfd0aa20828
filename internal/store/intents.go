package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

var _ engine.Ledger = (*Store)(nil)

const intentColumns = `tenant_id, run_id, path, connection_id, epoch, attempt, fence, key, action, effect, repeat, target,
args, args_hash, manifest_hash, approval_id, leaf, state, found_by, intended_at, ended_at, lease_until`

func scanIntent(r harrier.Rows) (in harrier.Intent, err error) {
	err = r.Scan(&in.Tenant, &in.Run, &in.Path, &in.Connection, &in.Epoch, &in.Attempt, &in.Fence, &in.Key, &in.Action,
		&in.Effect, &in.Repeat, &in.Target, &in.Args, &in.ArgsHash, &in.ManifestHash, &in.Approval, &in.Leaf, &in.State,
		&in.By, &in.IntendedAt, &in.EndedAt, &in.LeaseUntil)
	return in, err
}

// Intend implements [engine.Ledger], under the run's fence: an older one is
// [engine.ErrFence]. A further attempt has a greater number than the one
// before, which must not have succeeded; otherwise it is Conflict. What the
// intent was before is overwritten; the journal keeps it. An effect inside this
// very transaction is added with the state in which it ended.
func (s *Store) Intend(ctx context.Context, tx harrier.Tx, in harrier.Intent) error {
	const into = `INSERT INTO intents (tenant_id, run_id, path, connection_id, epoch, attempt, fence, key, action, effect, repeat,
target, args, args_hash, manifest_hash, approval_id, leaf, state, found_by, intended_at, ended_at, lease_until, id)`
	const values = `
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)`
	const guarded = `
SELECT tenant_id, id, $3, $4, $5, $6, fence, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23
FROM runs WHERE tenant_id = $1 AND id = $2 AND fence = $7 AND status = 'running'`
	const again = `
ON CONFLICT (run_id, path, connection_id, epoch) DO UPDATE SET attempt = excluded.attempt, fence = excluded.fence,
key = excluded.key, action = excluded.action, effect = excluded.effect, repeat = excluded.repeat, target = excluded.target,
args = excluded.args, args_hash = excluded.args_hash, manifest_hash = excluded.manifest_hash,
approval_id = excluded.approval_id, leaf = excluded.leaf, state = excluded.state, found_by = excluded.found_by,
intended_at = excluded.intended_at, ended_at = excluded.ended_at, lease_until = excluded.lease_until
WHERE excluded.attempt > intents.attempt AND intents.state <> 'succeeded'`
	text := into + guarded + again
	if s.holds(tx, in) {
		text = into + values + again
	}
	n, err := tx.Exec(ctx, text, in.Tenant[:], in.Run[:], in.Path, in.Connection[:], in.Epoch, in.Attempt, in.Fence, in.Key,
		in.Action, string(in.Effect), string(in.Repeat), in.Target, string(in.Args), in.ArgsHash, in.ManifestHash, in.Approval,
		in.Leaf, string(cmp.Or(in.State, harrier.IntentOpen)), in.By, in.IntendedAt, in.EndedAt, in.LeaseUntil, intentID(in))
	if err != nil || n == 1 {
		return err
	}
	return s.refusedIntent(ctx, tx, in)
}

// Settle implements [engine.Ledger]. The fence is that of the run's owner now,
// who may settle what an owner before began. An attempt that is given must be
// the last one; a lease that is given replaces the intended one. What has
// succeeded, failed or was aborted stays so: settling it again is Conflict.
func (s *Store) Settle(ctx context.Context, tx harrier.Tx, in harrier.Intent) error {
	const update = `UPDATE intents SET state = $7, found_by = $8, ended_at = $9, lease_until = coalesce($10, lease_until)
WHERE run_id = $1 AND path = $2 AND connection_id = $3 AND epoch = $4 AND ($5 = 0 OR attempt = $5) AND state IN ('intent', 'unknown')
AND tenant_id = $11`
	const guarded = `
AND EXISTS (SELECT 1 FROM runs WHERE id = $1 AND tenant_id = $11 AND fence = $6 AND status = 'running')`
	text := update + guarded
	if s.holds(tx, in) {
		text = update
	}
	n, err := tx.Exec(ctx, text, in.Run[:], in.Path, in.Connection[:], in.Epoch, in.Attempt, in.Fence,
		string(in.State), in.By, in.EndedAt, in.LeaseUntil, in.Tenant[:])
	if err != nil || n == 1 {
		return err
	}
	return s.refusedIntent(ctx, tx, in)
}

// refusedIntent finds out why an intent was not changed.
func (s *Store) refusedIntent(ctx context.Context, tx harrier.Tx, in harrier.Intent) error {
	const text = `SELECT state, attempt FROM intents
WHERE tenant_id = $1 AND run_id = $2 AND path = $3 AND connection_id = $4 AND epoch = $5`
	if err := s.holdsFence(ctx, tx, in.Run, in.Fence); err != nil {
		return err
	}
	var state harrier.IntentState
	var attempt int
	ok, err := oneIn(ctx, tx, sqlf(text, in.Tenant[:], in.Run[:], in.Path, in.Connection[:], in.Epoch), &state, &attempt)
	if err != nil {
		return err
	}
	if !ok {
		return harrier.Errorf(harrier.NotFound, "run %s has no intent at %s", in.Run, in.Path)
	}
	return harrier.Errorf(harrier.Conflict, "the intent of run %s at %s is %s in attempt %d", in.Run, in.Path, state, attempt)
}

// Intents implements [engine.Ledger]. They come in the order of their intention.
func (s *Store) Intents(ctx context.Context, run harrier.RunID) ([]harrier.Intent, error) {
	const text = `SELECT ` + intentColumns + ` FROM intents WHERE run_id = $1 ORDER BY intended_at, path, connection_id, epoch`
	return list(ctx, s.readers, sqlf(text, run[:]), scanIntent)
}

// IntentList returns a tenant's intents, the newest first.
func (s *Store) IntentList(ctx context.Context, tenant harrier.TenantID, f harrier.IntentFilter, p harrier.Page) ([]harrier.Intent, string, error) {
	l := newListing(intentColumns, "intents", tenant).
		where("state IN ('intent', 'unknown') AND state = $", unsettled(f.State), f.State). // names the partial index
		where("state = $", f.State != "" && !unsettled(f.State), f.State).
		where("effect = $", f.Effect != "", f.Effect).
		where("run_id = $", !f.Run.IsZero(), f.Run)
	if err := l.newest("intended_at", p); err != nil {
		return nil, "", err
	}
	return page(ctx, s.readers, l, scanIntent, func(in harrier.Intent) place { return at(in.IntendedAt, [16]byte(intentID(in))) })
}

func unsettled(s harrier.IntentState) bool {
	return s == harrier.IntentOpen || s == harrier.IntentUnknown
}

// intentID gives an intent a place among those of one moment. It follows from
// the key, so that it is never shown.
func intentID(in harrier.Intent) []byte {
	key := make([]byte, 0, 128)
	key = append(append(key, in.Run[:]...), in.Connection[:]...)
	key = binary.BigEndian.AppendUint64(key, uint64(in.Epoch))
	sum := sha256.Sum256(append(key, in.Path...))
	return sum[:16]
}
