package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

var _ engine.Questions = (*Memory)(nil)

type voteKey struct {
	approval  harrier.ApprovalID
	principal harrier.PrincipalID
}

// Ask implements [engine.Questions].
func (m *Memory) Ask(_ context.Context, tx harrier.Tx, a harrier.Approval) error {
	t, err := begun(tx)
	if err != nil {
		return err
	}
	if _, ok := t.state.approvals[a.ID]; ok {
		return nil
	}
	a.Status, a.Rev, a.Body = harrier.ApprovalPending, 1, bytes.Clone(a.Body)
	a.Answer, a.DecidedBy, a.Comment = nil, "", ""
	a.DecidedAt = harrier.Approval{}.DecidedAt
	put(t, t.state.approvals, a.ID, a)
	return nil
}

// Withdraw implements [engine.Questions].
func (m *Memory) Withdraw(_ context.Context, tx harrier.Tx, w engine.Withdrawal) error {
	t, err := begun(tx)
	if err != nil {
		return err
	}
	if w.Status != harrier.ApprovalVoid && w.Status != harrier.ApprovalExpired {
		return harrier.Errorf(harrier.Invalid, "a question is withdrawn as void or expired, not as %q", w.Status)
	}
	for id, a := range t.state.approvals {
		of := a.Run == w.Run && a.Tenant == w.Tenant && (w.Path == "" || a.Path == w.Path) && (w.Question.IsZero() || id == w.Question)
		if of && a.Status == harrier.ApprovalPending {
			a.Status, a.DecidedAt, a.Rev = w.Status, w.At, a.Rev+1
			put(t, t.state.approvals, id, a)
		}
	}
	return nil
}

// Approval returns one question to people.
func (m *Memory) Approval(_ context.Context, tenant harrier.TenantID, id harrier.ApprovalID) (harrier.Approval, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	a, ok := m.state.approvals[id]
	if !ok || a.Tenant != tenant {
		return harrier.Approval{}, errNoApproval(id)
	}
	return a, nil
}

// Approvals returns a tenant's questions to people, the newest first.
func (m *Memory) Approvals(_ context.Context, tenant harrier.TenantID, f harrier.ApprovalFilter, p harrier.Page) ([]harrier.Approval, string, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var found []harrier.Approval
	for _, a := range m.state.approvals {
		if a.Tenant == tenant && (f.Status == "" || a.Status == f.Status) && (f.Run.IsZero() || a.Run == f.Run) {
			found = append(found, a)
		}
	}
	return newest(found, p, func(a harrier.Approval) place { return place{a.CreatedAt.UnixMicro(), a.ID} })
}

// Decide ends a pending question as a stands; another rev or hash is Conflict (G9).
func (m *Memory) Decide(_ context.Context, tx harrier.Tx, a harrier.Approval) error {
	t, err := begun(tx)
	if err != nil {
		return err
	}
	if a.Status == harrier.ApprovalPending {
		return harrier.Errorf(harrier.Invalid, "a decision cannot leave the question pending")
	}
	now, err := t.pending(a.Tenant, a.ID)
	if err != nil {
		return err
	}
	if now.Rev != a.Rev || now.Hash != a.Hash {
		return harrier.Errorf(harrier.Conflict, "question %s has changed; look at it again", a.ID)
	}
	now.Status, now.Answer, now.DecidedBy, now.Comment, now.DecidedAt = a.Status, bytes.Clone(a.Answer), a.DecidedBy, a.Comment, a.DecidedAt
	now.Rev++
	put(t, t.state.approvals, a.ID, now)
	return nil
}

// pending returns a question that nobody has decided.
func (t *transaction) pending(tenant harrier.TenantID, id harrier.ApprovalID) (harrier.Approval, error) {
	a, ok := t.state.approvals[id]
	if !ok || a.Tenant != tenant {
		return a, errNoApproval(id)
	}
	if a.Status != harrier.ApprovalPending {
		return a, harrier.Errorf(harrier.Conflict, "question %s is %s already", id, a.Status)
	}
	return a, nil
}

func errNoApproval(id harrier.ApprovalID) error {
	return harrier.Errorf(harrier.NotFound, "question %s does not exist", id)
}

// Vote adds one person's decision on a pending question.
func (m *Memory) Vote(_ context.Context, tx harrier.Tx, tenant harrier.TenantID, v harrier.Vote) error {
	t, err := begun(tx)
	if err != nil {
		return err
	}
	if _, err := t.pending(tenant, v.Approval); err != nil {
		return err
	}
	key := voteKey{v.Approval, v.Principal}
	if _, ok := t.state.votes[key]; ok {
		return harrier.Errorf(harrier.Conflict, "%s has decided on question %s already", v.Name, v.Approval)
	}
	put(t, t.state.votes, key, v)
	return nil
}

// Votes returns what people have decided on a question, the first first.
func (m *Memory) Votes(_ context.Context, tenant harrier.TenantID, id harrier.ApprovalID) ([]harrier.Vote, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.state.votesOn(tenant, id), nil
}

// VotesIn is Votes inside a change.
func (m *Memory) VotesIn(_ context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.ApprovalID) ([]harrier.Vote, error) {
	t, err := begun(tx)
	if err != nil {
		return nil, err
	}
	return t.state.votesOn(tenant, id), nil
}

func (s *state) votesOn(tenant harrier.TenantID, id harrier.ApprovalID) []harrier.Vote {
	var votes []harrier.Vote
	for _, v := range s.votes {
		if v.Approval == id && s.approvals[id].Tenant == tenant {
			votes = append(votes, v)
		}
	}
	slices.SortFunc(votes, func(a, b harrier.Vote) int {
		return cmp.Or(a.At.Compare(b.At), bytes.Compare(a.Principal[:], b.Principal[:]))
	})
	return votes
}
