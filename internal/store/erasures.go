package store

import (
	"context"
	"encoding/json"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/erasure"
)

var (
	_ erasure.Rows   = (*Store)(nil)
	_ erasure.Tables = (*Store)(nil)
)

const erasureColumns = `tenant_id, id, state, subject, codes, reason, asked_by, asked_name, asked_at, decided_by, decided_name, decided_at, next_table,
rows_erased, files, kept, digest, why, due_at, ended_at`

func scanErasure(r harrier.Rows) (e erasure.Erasure, err error) {
	var subject, codes json.RawMessage
	err = r.Scan(&e.Tenant, &e.ID, &e.State, &subject, &codes, &e.Reason, &e.AskedBy, &e.AskedName, &e.AskedAt, &e.DecidedBy, &e.DecidedName, &e.DecidedAt, &e.Table,
		&e.Rows, &e.Files, &e.Kept, &e.Digest, &e.Why, &e.Due, &e.EndedAt)
	if err == nil {
		err = json.Unmarshal(subject, &e.Subject)
	}
	if err == nil {
		err = json.Unmarshal(codes, &e.Codes)
	}
	return e, err
}

// erasureValues are the values of a row in the order of erasureColumns.
func erasureValues(e erasure.Erasure) ([]any, error) {
	subject, err := json.Marshal(e.Subject)
	if err != nil {
		return nil, err
	}
	codes, err := json.Marshal(e.Codes)
	return []any{
		e.Tenant[:], e.ID[:], e.State, string(subject), string(codes), e.Reason, e.AskedBy[:], e.AskedName, e.AskedAt, e.DecidedBy, e.DecidedName, e.DecidedAt, e.Table,
		e.Rows, e.Files, e.Kept, e.Digest, e.Why, e.Due, e.EndedAt,
	}, err
}

// AddErasure implements [erasure.Rows].
func (s *Store) AddErasure(ctx context.Context, tx harrier.Tx, e erasure.Erasure) error {
	const text = `INSERT INTO erasures (` + erasureColumns + `)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`
	values, err := erasureValues(e)
	if err == nil {
		_, err = tx.Exec(ctx, text, values...)
	}
	return err
}

// UpdateErasure implements [erasure.Rows].
func (s *Store) UpdateErasure(ctx context.Context, tx harrier.Tx, e erasure.Erasure) error {
	const text = `UPDATE erasures SET state = $3, subject = $4, reason = $6, decided_by = $10, decided_name = $11, decided_at = $12, next_table = $13,
rows_erased = $14, files = $15, kept = $16, digest = $17, why = $18, due_at = $19, ended_at = $20 WHERE tenant_id = $1 AND id = $2`
	values, err := erasureValues(e)
	if err == nil {
		_, err = tx.Exec(ctx, text, values...)
	}
	return err
}

const oneErasure = `SELECT ` + erasureColumns + ` FROM erasures WHERE tenant_id = $1 AND id = $2`

// Erasure implements [erasure.Rows].
func (s *Store) Erasure(ctx context.Context, tenant harrier.TenantID, id harrier.ErasureID) (erasure.Erasure, error) {
	e, ok, err := first(ctx, s.readers, sqlf(oneErasure, tenant[:], id[:]), scanErasure)
	if err == nil && !ok {
		err = errNoErasure(id)
	}
	return e, err
}

// ErasureIn implements [erasure.Rows].
func (s *Store) ErasureIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.ErasureID) (erasure.Erasure, error) {
	e, ok, err := firstIn(ctx, tx, sqlf(oneErasure, tenant[:], id[:]), scanErasure)
	if err == nil && !ok {
		err = errNoErasure(id)
	}
	return e, err
}

func errNoErasure(id harrier.ErasureID) error {
	return harrier.Errorf(harrier.NotFound, "erasure %s does not exist", id)
}

// Erasures implements [erasure.Rows].
func (s *Store) Erasures(ctx context.Context, tenant harrier.TenantID) ([]erasure.Erasure, error) {
	const own = `SELECT ` + erasureColumns + ` FROM erasures WHERE tenant_id = $1 ORDER BY asked_at DESC, id DESC LIMIT 1000`
	const open = `SELECT ` + erasureColumns + ` FROM erasures WHERE state IN ('running', 'waiting', 'rebuild') ORDER BY asked_at, id`
	if tenant.IsZero() {
		return list(ctx, s.readers, sqlf(open), scanErasure)
	}
	return list(ctx, s.readers, sqlf(own, tenant[:]), scanErasure)
}

// HeldSubject implements [erasure.Tables]: a hold on everything, on the person,
// or on a case or an alert that is about them.
func (s *Store) HeldSubject(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, subject []string) (string, error) {
	const holds = `SELECT reason FROM legal_holds WHERE tenant_id = $1 AND lifted_at IS NULL AND (kind = 'all' OR kind = 'subject' AND
(lower(subject) IN (SELECT lower(value) FROM json_each($2)) OR lower(substr(subject, instr(subject, ':') + 1)) IN (SELECT lower(value) FROM json_each($3)))) LIMIT 1`
	const about = `SELECT 1 FROM alert_entities WHERE tenant_id = $1 AND lower(key) IN (SELECT lower(value) FROM json_each($2)) AND alert_id IN ` + heldAlerts + `
UNION SELECT 1 FROM alert_observables WHERE tenant_id = $1 AND lower(value) IN (SELECT lower(value) FROM json_each($2)) AND alert_id IN ` + heldAlerts + ` LIMIT 1`
	var bare []string
	for _, id := range subject {
		bare = append(bare, erasure.Value(id))
	}
	var reason string
	if ok, err := oneIn(ctx, tx, sqlf(holds, tenant[:], listText(subject), listText(bare)), &reason); err != nil || ok {
		return reason, err
	}
	var n int
	ok, err := oneIn(ctx, tx, sqlf(about, tenant[:], listText(bare)), &n)
	if err == nil && ok {
		reason = "an alert or a case about them is held"
	}
	return reason, err
}
