package store

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
)

// ApprovalIn is Approval inside a change: it sees what the changes before it
// in the same commit did.
func (s *Store) ApprovalIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.ApprovalID) (harrier.Approval, error) {
	const text = `SELECT ` + approvalColumns + ` FROM approvals WHERE id = $1 AND tenant_id = $2`
	a, ok, err := firstIn(ctx, tx, sqlf(text, id[:], tenant[:]), scanApproval)
	if err == nil && !ok {
		err = errNoApproval(id)
	}
	return a, err
}

// AlertIn is Alert inside a change.
func (s *Store) AlertIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.AlertID) (harrier.Alert, error) {
	a, ok, err := firstIn(ctx, tx, alertQuery(tenant, id), scanAlert)
	if err == nil && !ok {
		err = errNoAlert(id)
	}
	return a, err
}

// CaseIn is Case inside a change.
func (s *Store) CaseIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.CaseID) (harrier.Case, error) {
	const text = `SELECT ` + caseColumns + ` FROM cases WHERE tenant_id = $1 AND id = $2`
	c, ok, err := firstIn(ctx, tx, sqlf(text, tenant[:], id[:]), scanCase)
	if err == nil && !ok {
		err = errNoCase(id)
	}
	return c, err
}

// PutIntoCase is LinkAlert for the service that keeps cases.
func (s *Store) PutIntoCase(ctx context.Context, tx harrier.Tx, l casework.Link) (added bool, err error) {
	return s.LinkAlert(ctx, tx, CaseLink(l))
}

// firstIn reads the one row of a query inside a change; ok is false where there is none.
func firstIn[T any](ctx context.Context, tx harrier.Tx, q statementText, scan func(harrier.Rows) (T, error)) (item T, ok bool, err error) {
	found, err := tx.Query(ctx, q.text, q.args...)
	if err != nil {
		return item, false, err
	}
	defer func() { _ = found.Close() }()
	if !found.Next() {
		return item, false, found.Err()
	}
	item, err = scan(found)
	return item, true, err
}

// listIn reads the rows of a query inside a change.
func listIn[T any](ctx context.Context, tx harrier.Tx, q statementText, scan func(harrier.Rows) (T, error)) (items []T, err error) {
	found, err := tx.Query(ctx, q.text, q.args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		item, err := scan(found)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, found.Err()
}
