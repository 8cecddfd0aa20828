package approval

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

// maxComment bounds what people write beside a decision, in bytes.
const maxComment = 4000

// Decision is what somebody says to a plan or to a guard.
type Decision struct {
	Approve bool
	// Hash is that of what was shown.
	Hash    string
	Comment string
	// Via is how the decision came: empty where whoever decides is logged in;
	// link, slack, teams or mail otherwise, which never proves enough for what
	// cannot be undone.
	Via string
	// With is done in the change of the decision, which fails with it; nil is nothing.
	With func(ctx context.Context, tx harrier.Tx) error
}

// Decide takes a decision on a plan or on a guard's stop and returns how the
// question stands then: it stays pending while more people must agree.
func (s *Service) Decide(ctx context.Context, by harrier.Principal, id harrier.ApprovalID, d Decision) (harrier.Approval, error) {
	if len(d.Comment) > maxComment {
		return harrier.Approval{}, harrier.Errorf(harrier.Invalid, "the comment is longer than %d bytes; shorten it", maxComment)
	}
	return s.change(ctx, by, id, func(c change) error {
		switch c.a.Kind {
		case harrier.PlanApproval, harrier.GuardApproval:
		case harrier.FormQuestion, harrier.OutcomeQuestion:
			return harrier.Errorf(harrier.Invalid, "question %s wants an answer, not a yes or no; answer it", id)
		}
		if err := c.seen(d.Hash); err != nil {
			return err
		}
		if err := c.fresh(d); err != nil {
			return err
		}
		if err := c.with(ctx, d.With); err != nil {
			return err
		}
		return c.vote(ctx, d)
	})
}

// Withdraw takes the principal's vote on a question back while the question is
// pending still.
func (s *Service) Withdraw(ctx context.Context, by harrier.Principal, id harrier.ApprovalID) (harrier.Approval, error) {
	return s.change(ctx, by, id, func(c change) error {
		v := harrier.Vote{Approval: id, Principal: by.Self(), Name: by.Name}
		if err := s.cfg.Store.Unvote(ctx, c.tx, by.Tenant, v); err != nil {
			return err
		}
		return c.audit(ctx, "approval.withdraw", map[string]any{"hash": c.a.Hash, "kind": c.a.Kind})
	})
}

// Leave takes all votes of a person on pending questions back, in the
// transaction in which the person leaves.
func (s *Service) Leave(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, person harrier.PrincipalID) (votes int64, err error) {
	return s.cfg.Store.EndVotes(ctx, tx, tenant, person)
}

// change is one attempt to change a question, inside a transaction.
type change struct {
	s   *Service
	tx  harrier.Tx
	by  harrier.Principal
	now time.Time
	a   *harrier.Approval
}

// change runs f on a pending question that the principal may decide. The loser
// of a race learns who won.
func (s *Service) change(ctx context.Context, by harrier.Principal, id harrier.ApprovalID, f func(change) error) (harrier.Approval, error) {
	var a harrier.Approval
	if err := s.cfg.Store.SeeApproval(ctx, by.Tenant, by.Self(), id); err != nil {
		return a, err
	}
	policy, err := s.policy(ctx, by.Tenant)
	if err != nil {
		return a, err
	}
	err = s.cfg.Store.Write(ctx, func(tx harrier.Tx) (err error) {
		if a, err = s.cfg.Store.ApprovalIn(ctx, tx, by.Tenant, id); err != nil {
			return err
		}
		now := s.now()
		if err := stillOpen(a, now); err != nil {
			return err
		}
		if err := may(by, a, policy); err != nil {
			return err
		}
		return f(change{s, tx, by, now, &a})
	})
	if err != nil {
		return harrier.Approval{}, err
	}
	return a, nil
}

// stillOpen says why a question cannot be decided any more.
func stillOpen(a harrier.Approval, now time.Time) error {
	switch a.Status {
	case harrier.ApprovalPending:
	case harrier.ApprovalExpired:
		return harrier.Errorf(harrier.Conflict, "question %s expired at %s; nothing is done", a.ID, a.ExpiresAt.Format(time.RFC3339))
	case harrier.ApprovalVoid:
		return harrier.Errorf(harrier.Conflict, "question %s is void: its run ended before anybody decided", a.ID)
	case harrier.ApprovalApproved, harrier.ApprovalDenied, harrier.ApprovalAnswered:
		return harrier.Errorf(harrier.Conflict, "question %s was %s by %s at %s already", a.ID, a.Status, a.DecidedBy, a.DecidedAt.Format(time.RFC3339))
	}
	if !a.ExpiresAt.IsZero() && !now.Before(a.ExpiresAt) {
		return harrier.Errorf(harrier.Conflict, "question %s expired at %s; nothing is done", a.ID, a.ExpiresAt.Format(time.RFC3339))
	}
	return nil
}

// seen checks that the decision is about what stands there.
func (c change) seen(hash string) error {
	switch hash {
	case c.a.Hash:
		return nil
	case "":
		return harrier.Errorf(harrier.Invalid, "name the hash of what you decide on, as it is shown with question %s", c.a.ID)
	}
	return harrier.Errorf(harrier.Conflict, "what you decided on is not what question %s asks; look at it again", c.a.ID)
}

// with does what belongs into the change.
func (c change) with(ctx context.Context, also func(context.Context, harrier.Tx) error) error {
	if also == nil {
		return nil
	}
	return also(ctx, c.tx)
}

// vote counts a vote and ends the question where it is the last one needed.
func (c change) vote(ctx context.Context, d Decision) error {
	store := c.s.cfg.Store
	v := harrier.Vote{Approval: c.a.ID, Principal: c.by.Self(), Name: c.by.Name, Approve: d.Approve, Comment: d.Comment, Via: d.Via, At: c.now}
	if err := store.Vote(ctx, c.tx, c.a.Tenant, v); err != nil {
		return err
	}
	votes, err := store.VotesIn(ctx, c.tx, c.a.Tenant, c.a.ID)
	if err != nil {
		return err
	}
	said := "approval.approve"
	if !d.Approve {
		said = "approval.deny"
	}
	trail := map[string]any{"hash": c.a.Hash, "kind": c.a.Kind, "comment": d.Comment, "need": c.a.Need, "votes": len(votes)}
	if d.Via != "" {
		trail["via"] = d.Via
	}
	if err := c.audit(ctx, said, trail); err != nil {
		return err
	}
	var names []string
	for _, one := range votes {
		if one.Approve {
			names = append(names, one.Name)
		}
	}
	switch {
	case !d.Approve:
		return c.end(ctx, ending{status: harrier.ApprovalDenied, by: c.by.Name, comment: d.Comment})
	case len(names) >= max(1, c.a.Need):
		return c.end(ctx, ending{status: harrier.ApprovalApproved, by: strings.Join(names, ", "), comment: d.Comment})
	}
	return nil
}

// ending is how a question ends.
type ending struct {
	status      harrier.ApprovalStatus
	by, comment string
	answer      map[string]any
}

// end ends the question and tells its run, which hears of it when the change
// is durable.
func (c change) end(ctx context.Context, e ending) error {
	store := c.s.cfg.Store
	c.a.Status, c.a.DecidedBy, c.a.Comment, c.a.DecidedAt = e.status, e.by, e.comment, c.now
	if e.answer != nil {
		text, err := json.Marshal(e.answer)
		if err != nil {
			return harrier.Errorf(harrier.Internal, "encode the answer to question %s: %w", c.a.ID, err)
		}
		c.a.Answer = text
	}
	if err := store.Decide(ctx, c.tx, *c.a); err != nil {
		return err
	}
	c.a.Rev++
	data, err := json.Marshal(step.Decided{ID: c.a.ID, Status: e.status, By: e.by, Comment: e.comment, Hash: c.a.Hash, Answer: e.answer})
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode the decision on question %s: %w", c.a.ID, err)
	}
	run := c.a.Run
	c.tx.OnCommit(func() { c.s.cfg.Wake(run) })
	return store.Raise(ctx, c.tx, harrier.Signal{Tenant: c.a.Tenant, Run: run, Type: step.SignalDecided, Data: data, At: c.now})
}

// audit writes who said what.
func (c change) audit(ctx context.Context, action string, data map[string]any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode the audit row of question %s: %w", c.a.ID, err)
	}
	return c.s.cfg.Store.Audit(ctx, c.tx, harrier.AuditEntry{
		Tenant: c.a.Tenant, ID: harrier.NewID[harrier.AuditID](c.now), At: c.now, Actor: c.by.ID, ActorName: c.by.Name,
		Action: action, Target: c.a.ID.String(), Run: c.a.Run, Path: c.a.Path, Data: text,
	})
}
