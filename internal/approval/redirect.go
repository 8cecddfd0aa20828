package approval

import (
	"context"
	"slices"

	"github.com/harrier-soar/harrier"
)

// Redirection asks somebody else about a question that somebody was asked.
type Redirection struct {
	Tenant   harrier.TenantID
	Approval harrier.ApprovalID
	// To is who is asked too.
	To harrier.Person
	// Back takes the invitation of To away again.
	Back bool
	// Reason says why, for the record.
	Reason string
}

// Redirect asks somebody else too, in the transaction of its cause. It adds who
// may decide and takes nobody's right away; done is false where the question is
// not pending any more, or To is asked already or may not see it or decide on it.
func (s *Service) Redirect(ctx context.Context, tx harrier.Tx, by harrier.Principal, r Redirection) (done bool, err error) {
	if err := s.cfg.Store.SeeApproval(ctx, r.Tenant, r.To.ID, r.Approval); err != nil {
		if harrier.KindOf(err) == harrier.NotFound {
			return false, nil
		}
		return false, err
	}
	policy, err := s.policy(ctx, r.Tenant)
	if err != nil {
		return false, err
	}
	a, err := s.cfg.Store.ApprovalIn(ctx, tx, r.Tenant, r.Approval)
	now := s.now()
	if err != nil || stillOpen(a, now) != nil {
		return false, err
	}
	to, c := "user:"+r.To.Name, change{s, tx, by, now, &a}
	i := slices.Index(a.Also, to)
	switch {
	case r.Back && i < 0:
		return false, nil
	case r.Back:
		a.Also = slices.Delete(slices.Clone(a.Also), i, i+1)
		if err := s.cfg.Store.Escalate(ctx, tx, a); err != nil {
			return false, err
		}
		return true, c.audit(ctx, "approval.redirect", map[string]any{"hash": a.Hash, "kind": a.Kind, "back": to, "reason": r.Reason})
	case policy.own(r.To.ID, a) || a.Assign == to || i >= 0 || len(a.Also) >= maxAlso:
		return false, nil
	}
	return true, c.escalate(ctx, Escalation{To: to, Reason: r.Reason})
}
