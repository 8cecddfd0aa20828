package store

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
)

var _ casework.Membership = (*Store)(nil)

const memberColumns = `tenant_id, case_id, principal_id, name, until, added_at, added_by`

func scanMember(r harrier.Rows) (m casework.Member, err error) {
	err = r.Scan(&m.Tenant, &m.Case, &m.Principal, &m.Name, &m.Until, &m.AddedAt, &m.AddedBy)
	return m, err
}

// PutMember implements [casework.Membership].
func (s *Store) PutMember(ctx context.Context, tx harrier.Tx, m casework.Member) error {
	const text = `INSERT INTO case_members (` + memberColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (tenant_id, case_id, principal_id) DO UPDATE SET name = $4, added_at = $6, added_by = $7,
until = CASE WHEN until IS NULL OR $5 IS NULL THEN NULL ELSE max(until, $5) END`
	_, err := tx.Exec(ctx, text, m.Tenant[:], m.Case[:], m.Principal[:], m.Name, m.Until, m.AddedAt, m.AddedBy[:])
	return err
}

// DropMember implements [casework.Membership].
func (s *Store) DropMember(ctx context.Context, tx harrier.Tx, m casework.Member) (bool, error) {
	const text = `DELETE FROM case_members WHERE tenant_id = $1 AND case_id = $2 AND principal_id = $3`
	n, err := tx.Exec(ctx, text, m.Tenant[:], m.Case[:], m.Principal[:])
	return n > 0, err
}

func membersQuery(tenant harrier.TenantID, id harrier.CaseID) statementText {
	return sqlf(`SELECT `+memberColumns+` FROM case_members WHERE tenant_id = $1 AND case_id = $2 ORDER BY added_at, principal_id`, tenant[:], id[:])
}

// Members implements [casework.Membership].
func (s *Store) Members(ctx context.Context, tenant harrier.TenantID, id harrier.CaseID) ([]casework.Member, error) {
	return list(ctx, s.readers, membersQuery(tenant, id), scanMember)
}

// MembersIn implements [casework.Membership].
func (s *Store) MembersIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.CaseID) ([]casework.Member, error) {
	return listIn(ctx, tx, membersQuery(tenant, id), scanMember)
}

// PutRunIntoCase implements [casework.Membership].
func (s *Store) PutRunIntoCase(ctx context.Context, tx harrier.Tx, run harrier.RunID, c harrier.Case) error {
	const text = `INSERT INTO case_runs (tenant_id, run_id, case_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`
	_, err := tx.Exec(ctx, text, c.Tenant[:], run[:], c.ID[:])
	return err
}

var _ casework.Glasses = (*Store)(nil)

const glassColumns = `tenant_id, id, asked, case_id, principal_id, name, reason, hours, status, created_at, expires_at, decided_at, decided_by, decider`

func scanGlass(r harrier.Rows) (g casework.Glass, err error) {
	var hours int64
	err = r.Scan(&g.Tenant, &g.ID, &g.Asked, &g.Case, &g.By, &g.Name, &g.Reason, &hours, &g.Status, &g.CreatedAt, &g.ExpiresAt,
		&g.DecidedAt, &g.DecidedBy, &g.Decider)
	g.For = time.Duration(hours) * time.Hour
	return g, err
}

// AddGlass implements [casework.Glasses].
func (s *Store) AddGlass(ctx context.Context, tx harrier.Tx, g casework.Glass) error {
	const text = `INSERT INTO case_glass (` + glassColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL, $12, '')`
	_, err := tx.Exec(ctx, text, g.Tenant[:], g.ID[:], g.Asked, g.Case, g.By[:], g.Name, g.Reason, int64(g.For/time.Hour), g.Status, g.CreatedAt, g.ExpiresAt, g.DecidedBy)
	return err
}

// GlassIn implements [casework.Glasses].
func (s *Store) GlassIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.GlassID) (casework.Glass, error) {
	const text = `SELECT ` + glassColumns + ` FROM case_glass WHERE tenant_id = $1 AND id = $2`
	g, ok, err := firstIn(ctx, tx, sqlf(text, tenant[:], id[:]), scanGlass)
	if err == nil && !ok {
		err = harrier.Errorf(harrier.NotFound, "request %s does not exist", id)
	}
	return g, err
}

// DecideGlass implements [casework.Glasses].
func (s *Store) DecideGlass(ctx context.Context, tx harrier.Tx, g casework.Glass) error {
	const text = `UPDATE case_glass SET status = $3, decided_at = $4, decided_by = $5, decider = $6
WHERE tenant_id = $1 AND id = $2 AND status = 'pending'`
	n, err := tx.Exec(ctx, text, g.Tenant[:], g.ID[:], g.Status, g.DecidedAt, g.DecidedBy[:], g.Decider)
	if err == nil && n == 0 {
		err = harrier.Errorf(harrier.Conflict, "request %s is decided already", g.ID)
	}
	return err
}

// Glasses implements [casework.Glasses].
func (s *Store) Glasses(ctx context.Context, tenant harrier.TenantID, p harrier.Page) ([]casework.Glass, string, error) {
	l := newListing(glassColumns, "case_glass", tenant)
	if err := l.newest("created_at", p); err != nil {
		return nil, "", err
	}
	return page(ctx, s.readers, l, scanGlass, func(g casework.Glass) place { return at(g.CreatedAt, g.ID) })
}

// CaseNumbered returns the id of the case of a number inside a change; ok is
// false where there is none.
func (s *Store) CaseNumbered(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, number int64) (id harrier.CaseID, ok bool, err error) {
	ok, err = oneIn(ctx, tx, sqlf(`SELECT id FROM cases WHERE tenant_id = $1 AND number = $2`, tenant[:], number), &id)
	return id, ok, err
}
