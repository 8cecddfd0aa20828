package store

import (
	"context"

	"github.com/harrier-soar/harrier"
)

// Vote adds one person's decision on a pending question. A second one of the
// same person, or one on a question that is not pending, is Conflict.
func (s *Store) Vote(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, v harrier.Vote) error {
	const text = `INSERT INTO approval_votes (approval_id, principal_id, tenant_id, name, approve, comment, at)
SELECT id, $3, tenant_id, $4, $5, $6, $7 FROM approvals WHERE id = $1 AND tenant_id = $2 AND status = 'pending'`
	n, err := tx.Exec(ctx, text, v.Approval[:], tenant[:], v.Principal[:], v.Name, v.Approve, v.Comment, v.At)
	if duplicate(err) {
		return harrier.Errorf(harrier.Conflict, "%s has decided on question %s already", v.Name, v.Approval)
	}
	if err != nil || n == 1 {
		return err
	}
	return s.refusedDecision(ctx, tx, tenant, v.Approval)
}

// Votes returns what people have decided on a question, the first first.
func (s *Store) Votes(ctx context.Context, tenant harrier.TenantID, id harrier.ApprovalID) ([]harrier.Vote, error) {
	return list(ctx, s.readers, votesQuery(tenant, id), scanVote)
}

// VotesIn is Votes inside a change, so that a vote can be counted with those before it.
func (s *Store) VotesIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.ApprovalID) ([]harrier.Vote, error) {
	q := votesQuery(tenant, id)
	found, err := tx.Query(ctx, q.text, q.args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = found.Close() }()
	var votes []harrier.Vote
	for found.Next() {
		v, err := scanVote(found)
		if err != nil {
			return nil, err
		}
		votes = append(votes, v)
	}
	return votes, found.Err()
}

func votesQuery(tenant harrier.TenantID, id harrier.ApprovalID) statementText {
	return sqlf(`SELECT approval_id, principal_id, name, approve, comment, at FROM approval_votes
WHERE approval_id = $1 AND tenant_id = $2 ORDER BY at, principal_id`, id[:], tenant[:])
}

func scanVote(r harrier.Rows) (v harrier.Vote, err error) {
	err = r.Scan(&v.Approval, &v.Principal, &v.Name, &v.Approve, &v.Comment, &v.At)
	return v, err
}
