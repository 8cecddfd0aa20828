package store

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/audit"
)

var (
	_ audit.Store  = (*Store)(nil)
	_ audit.Source = (*Store)(nil)
)

// recordColumns are those of a row to the byte, with its place in the table.
const recordColumns = `a.rowid, a.tenant_id, a.id, a.at, a.actor, a.actor_name, a.action, a.target, a.run_id, a.path, a.data`

func scanRecord(r harrier.Rows) (a audit.Record, err error) {
	err = r.Scan(&a.Place, &a.Tenant, &a.ID, &a.At, &a.Actor, &a.ActorName, &a.Action, &a.Target, &a.Run, &a.Path, &a.Data)
	return a, err
}

// LastChained implements [audit.Store]. The table gives rising places, and rows
// get theirs in the log in that order.
func (s *Store) LastChained(ctx context.Context) (place int64, err error) {
	const text = `SELECT COALESCE(MAX(a.rowid), 0) FROM audit_keys k
JOIN audit_chain c ON c.tenant_id = k.tenant_id AND c.seq = (SELECT MAX(size) FROM audit_checkpoints WHERE tenant_id = k.tenant_id)
JOIN audit a ON a.tenant_id = c.tenant_id AND a.id = c.audit_id`
	_, err = s.readers.one(ctx, sqlf(text), &place)
	return place, err
}

// UnchainedAudit implements [audit.Store].
func (s *Store) UnchainedAudit(ctx context.Context, after int64, limit int) ([]audit.Record, error) {
	const text = `SELECT ` + recordColumns + ` FROM audit a WHERE a.rowid > $1 ORDER BY a.rowid LIMIT $2`
	return list(ctx, s.readers, sqlf(text, after, limit), scanRecord)
}

// AuditHead implements [audit.Store].
func (s *Store) AuditHead(ctx context.Context, tenant harrier.TenantID) (audit.Head, error) {
	const text = `SELECT note, edges FROM audit_checkpoints WHERE tenant_id = $1 ORDER BY size DESC LIMIT 1`
	var h audit.Head
	_, err := s.readers.one(ctx, sqlf(text, tenant[:]), &h.Note, &h.Edges)
	return h, err
}

// ChainAudit implements [audit.Store].
func (s *Store) ChainAudit(ctx context.Context, tx harrier.Tx, c audit.Chaining) error {
	const link = `INSERT INTO audit_chain (tenant_id, seq, audit_id, hash) VALUES ($1, $2, $3, $4)`
	const head = `INSERT INTO audit_checkpoints (tenant_id, size, note, edges) VALUES ($1, $2, $3, $4)`
	for _, l := range c.Links {
		if _, err := tx.Exec(ctx, link, c.Tenant[:], l.Seq, l.Audit, l.Hash[:]); err != nil {
			return chained(err)
		}
	}
	_, err := tx.Exec(ctx, head, c.Tenant[:], c.Size, c.Head.Note, c.Head.Edges)
	return chained(err)
}

func chained(err error) error {
	if duplicate(err) {
		return harrier.Errorf(harrier.Conflict, "the audit log has a row at this place already; run harrier audit verify")
	}
	return err
}

// AuditKey implements [audit.Store].
func (s *Store) AuditKey(ctx context.Context, tenant harrier.TenantID) (key string, err error) {
	_, err = s.readers.one(ctx, sqlf(`SELECT verifier FROM audit_keys WHERE tenant_id = $1`, tenant[:]), &key)
	return key, err
}

// PutAuditKey implements [audit.Store].
func (s *Store) PutAuditKey(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, key string) error {
	_, err := tx.Exec(ctx, `INSERT INTO audit_keys (tenant_id, verifier, created_at) VALUES ($1, $2, $3)`, tenant[:], key, s.now())
	return chained(err)
}

// AuditLeaves implements [audit.Source].
func (s *Store) AuditLeaves(ctx context.Context, tenant harrier.TenantID, from, to int64) ([]audit.Leaf, error) {
	return list(ctx, s.readers, sqlf(leavesText, tenant[:], from, to), scanLeaf)
}

// CountUnchained tells how many rows of a tenant came after the last that has a place.
func (s *Store) CountUnchained(ctx context.Context, tenant harrier.TenantID) (n int64, err error) {
	place, err := s.LastChained(ctx)
	if err == nil {
		_, err = s.readers.one(ctx, sqlf(`SELECT COUNT(*) FROM audit WHERE rowid > $1 AND tenant_id = $2`, place, tenant[:]), &n)
	}
	return n, err
}
