package store

import (
	"context"

	"github.com/harrier-soar/harrier"
)

// Vote adds one person's decision on a pending question. A second one of the
// same person, or one on a question that is not pending, is Conflict.
func (s *Store) Vote(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, v harrier.Vote) error {
	const text = `INSERT INTO approval_votes (approval_id, principal_id, tenant_id, name, approve, comment, at, via)
SELECT id, $3, tenant_id, $4, $5, $6, $7, $8 FROM approvals WHERE id = $1 AND tenant_id = $2 AND status = 'pending'`
	n, err := tx.Exec(ctx, text, v.Approval[:], tenant[:], v.Principal[:], v.Name, v.Approve, v.Comment, v.At, v.Via)
	if duplicate(err) {
		return harrier.Errorf(harrier.Conflict, "%s has decided on question %s already", v.Name, v.Approval)
	}
	if err != nil || n == 1 {
		return err
	}
	return s.refusedDecision(ctx, tx, tenant, v.Approval)
}

// Unvote takes a person's decision on a pending question back. Where there is
// none it is NotFound.
func (s *Store) Unvote(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, v harrier.Vote) error {
	n, err := s.unvote(ctx, tx, tenant, v)
	if err == nil && n == 0 {
		err = harrier.Errorf(harrier.NotFound, "%s has no vote on question %s that could be taken back", v.Name, v.Approval)
	}
	return err
}

// EndVotes takes all that a person has said to pending questions back, as when
// they leave, and returns how many votes there were.
func (s *Store) EndVotes(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, person harrier.PrincipalID) (int64, error) {
	return s.unvote(ctx, tx, tenant, harrier.Vote{Principal: person})
}

func (s *Store) unvote(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, v harrier.Vote) (int64, error) {
	const text = `DELETE FROM approval_votes WHERE tenant_id = $1 AND principal_id = $2 AND ($3 IS NULL OR approval_id = $3)
AND EXISTS (SELECT 1 FROM approvals WHERE id = approval_id AND approvals.tenant_id = $1 AND status = 'pending')`
	return tx.Exec(ctx, text, tenant[:], v.Principal[:], v.Approval)
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
	return sqlf(`SELECT approval_id, principal_id, name, approve, comment, at, via FROM approval_votes
WHERE approval_id = $1 AND tenant_id = $2 ORDER BY at, principal_id`, id[:], tenant[:])
}

func scanVote(r harrier.Rows) (v harrier.Vote, err error) {
	err = r.Scan(&v.Approval, &v.Principal, &v.Name, &v.Approve, &v.Comment, &v.At, &v.Via)
	return v, err
}
