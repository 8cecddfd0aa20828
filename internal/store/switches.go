package store

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/killswitch"
)

var (
	_ engine.Switch    = (*Store)(nil)
	_ killswitch.Store = (*Store)(nil)
)

// Stopped implements [engine.Switch]. What takes back a containment that is
// there may begin where that is allowed, and what tells people always may: they
// are told of the stop.
func (s *Store) Stopped(ctx context.Context, tx harrier.Tx, b engine.Beginning) (reason string, err error) {
	const text = `SELECT reason FROM switches WHERE (tenant_id = $1 OR tenant_id = $7) AND (scope = 'all' OR $2 IN ('contain', 'destroy'))
AND NOT (allow_undo = 1 AND $2 = 'contain' AND EXISTS (SELECT 1 FROM containments c
	WHERE c.tenant_id = $1 AND c.connection_id = $3 AND c.undo = $4 AND c.undo_key = $5 AND c.undo_key <> '' AND c.state = 'active'))
AND NOT ($2 = 'notify' AND EXISTS (SELECT 1 FROM notification_deliveries d WHERE d.tenant_id = $1 AND d.run_id = $6))
ORDER BY tenant_id LIMIT 1`
	var everybody harrier.TenantID
	_, err = oneIn(ctx, tx, sqlf(text, b.Tenant[:], string(b.Effect), b.Connection[:], b.Undo, b.UndoKey, b.Run[:], everybody[:]), &reason)
	return reason, err
}

const switchColumns = `tenant_id, scope, allow_undo, reason, on_at, on_by, on_name, off_by, off_name, off_reason, off_at, rev`

func scanSwitch(r harrier.Rows) (s killswitch.Switch, err error) {
	err = r.Scan(&s.Tenant, &s.Scope, &s.AllowUndo, &s.Reason, &s.OnAt, &s.OnBy, &s.OnName, &s.OffBy, &s.OffName, &s.OffReason, &s.OffAt, &s.Rev)
	return s, err
}

// Switches implements [killswitch.Store].
func (s *Store) Switches(ctx context.Context, tenant harrier.TenantID) ([]killswitch.Switch, error) {
	var everybody harrier.TenantID
	const text = `SELECT ` + switchColumns + ` FROM switches WHERE tenant_id IN ($1, $2) ORDER BY tenant_id`
	return list(ctx, s.readers, sqlf(text, tenant[:], everybody[:]), scanSwitch)
}

// SwitchIn implements [killswitch.Store].
func (s *Store) SwitchIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID) (killswitch.Switch, bool, error) {
	return firstIn(ctx, tx, sqlf(`SELECT `+switchColumns+` FROM switches WHERE tenant_id = $1`, tenant[:]), scanSwitch)
}

// PutSwitch implements [killswitch.Store].
func (s *Store) PutSwitch(ctx context.Context, tx harrier.Tx, sw killswitch.Switch) error {
	const text = `INSERT INTO switches (` + switchColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (tenant_id) DO UPDATE SET scope = $2, allow_undo = $3, reason = $4, on_at = $5, on_by = $6, on_name = $7, off_by = $8, off_name = $9,
off_reason = $10, off_at = $11, rev = $12`
	_, err := tx.Exec(ctx, text, sw.Tenant[:], string(sw.Scope), sw.AllowUndo, sw.Reason, sw.OnAt, sw.OnBy[:], sw.OnName, sw.OffBy, sw.OffName, sw.OffReason, sw.OffAt, sw.Rev)
	return err
}

// DropSwitch implements [killswitch.Store].
func (s *Store) DropSwitch(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID) error {
	_, err := tx.Exec(ctx, `DELETE FROM switches WHERE tenant_id = $1`, tenant[:])
	return err
}

// ResumeStopped implements [killswitch.Store].
func (s *Store) ResumeStopped(ctx context.Context, tx harrier.Tx, now time.Time, limit int) (int64, error) {
	const text = `UPDATE runs SET waiting_for = 'its turn', ready_at = $1 WHERE id IN (SELECT r.id FROM runs r INDEXED BY runs_stopped
WHERE r.waiting_for GLOB 'the switch*' AND r.status = 'waiting' AND NOT EXISTS (SELECT 1 FROM switches s WHERE s.tenant_id IN (r.tenant_id, $2)) LIMIT $3)`
	var everybody harrier.TenantID
	return tx.Exec(ctx, text, now, everybody[:], limit)
}
