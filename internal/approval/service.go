package approval

import (
	"context"
	"log/slog"
	"time"

	"github.com/harrier-soar/harrier"
)

// Questions holds what runs ask people.
type Questions interface {
	// Approval returns a question; one of another tenant is NotFound.
	Approval(ctx context.Context, tenant harrier.TenantID, id harrier.ApprovalID) (harrier.Approval, error)
	// ApprovalIn is Approval inside a change.
	ApprovalIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.ApprovalID) (harrier.Approval, error)
	// Approvals lists questions, the newest first.
	Approvals(ctx context.Context, tenant harrier.TenantID, f harrier.ApprovalFilter, p harrier.Page) ([]harrier.Approval, string, error)
	// SeeApproval is NotFound where a question belongs to a restricted case of
	// which the viewer is no member.
	SeeApproval(ctx context.Context, tenant harrier.TenantID, v harrier.Viewer, id harrier.ApprovalID) error
	// Decide ends a pending question as it stands in a; one that is not
	// pending, or of another rev or hash, is Conflict.
	Decide(ctx context.Context, tx harrier.Tx, a harrier.Approval) error
}

// Ballots holds the votes on questions.
type Ballots interface {
	// Vote adds a vote to a pending question; a second one of a person is Conflict.
	Vote(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, v harrier.Vote) error
	// Votes returns the votes on a question, the first first.
	Votes(ctx context.Context, tenant harrier.TenantID, id harrier.ApprovalID) ([]harrier.Vote, error)
	// VotesIn is Votes inside a change.
	VotesIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.ApprovalID) ([]harrier.Vote, error)
	// Unvote takes a vote on a pending question back; where there is none it is NotFound.
	Unvote(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, v harrier.Vote) error
	// EndVotes takes all that a person has said to pending questions back.
	EndVotes(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, person harrier.PrincipalID) (int64, error)
}

// Escalations holds who is asked too, and when.
type Escalations interface {
	// DueEscalations returns pending questions that nobody decided in time, the
	// longest overdue first.
	DueEscalations(ctx context.Context, now time.Time, limit int) ([]harrier.Approval, error)
	// NextEscalation returns when the next one is due; ok is false where none is.
	NextEscalation(ctx context.Context) (at time.Time, ok bool, err error)
	// Escalate stores who is asked too; a question that is not pending, or of
	// another rev, is Conflict.
	Escalate(ctx context.Context, tx harrier.Tx, a harrier.Approval) error
}

// Journal makes changes durable, with what belongs to them.
type Journal interface {
	// Write runs change in a transaction and returns when it is durable.
	// change may be run again after a rollback.
	Write(ctx context.Context, change func(harrier.Tx) error) error
	// Raise tells a run something; a run that has ended ignores it.
	Raise(ctx context.Context, tx harrier.Tx, s harrier.Signal) error
	// Audit adds a row to the audit trail.
	Audit(ctx context.Context, tx harrier.Tx, e harrier.AuditEntry) error
}

// Store is all that the service asks of the store.
type Store interface {
	Questions
	Ballots
	Comments
	Escalations
	Journal
}

// Policy says what is asked of those who decide.
type Policy struct {
	// FourEyes keeps whoever started a run from approving its effects. It is
	// off for an installation with one person, and on otherwise.
	FourEyes bool
}

// Config is what the service is made of. Store, Wake and Now are required.
type Config struct {
	Store Store
	// Wake tells the engine that a run has a signal. It must not block.
	Wake   func(run harrier.RunID)
	Now    func() time.Time
	Policy Policy
	// PolicyOf says what is asked in a tenant at this time; nil means Policy.
	PolicyOf func(ctx context.Context, tenant harrier.TenantID) (Policy, error)
	// Log is where what cannot be returned goes; nil discards it.
	Log *slog.Logger
	// Posted tells that there is something to bring to people; nil tells nobody.
	// It must not block.
	Posted func()
}

// Service takes decisions and answers. It is safe for concurrent use.
type Service struct{ cfg Config }

// New returns the service.
func New(cfg Config) *Service {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{cfg}
}

// policy says what is asked of those who decide in a tenant.
func (s *Service) policy(ctx context.Context, tenant harrier.TenantID) (Policy, error) {
	if s.cfg.PolicyOf == nil {
		return s.cfg.Policy, nil
	}
	return s.cfg.PolicyOf(ctx, tenant)
}

// now is the time as it is stored.
func (s *Service) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Microsecond) }

// List returns questions of the principal's tenant, the newest first.
func (s *Service) List(ctx context.Context, by harrier.Principal, f harrier.ApprovalFilter, p harrier.Page) ([]harrier.Approval, string, error) {
	return s.cfg.Store.Approvals(ctx, by.Tenant, f, p)
}

// Show returns a question as people read it.
func (s *Service) Show(ctx context.Context, by harrier.Principal, id harrier.ApprovalID) (View, error) {
	if err := s.cfg.Store.SeeApproval(ctx, by.Tenant, by.Self(), id); err != nil {
		return View{}, err
	}
	a, err := s.cfg.Store.Approval(ctx, by.Tenant, id)
	if err != nil {
		return View{}, err
	}
	votes, err := s.cfg.Store.Votes(ctx, by.Tenant, id)
	if err != nil {
		return View{}, err
	}
	v, err := viewOf(a)
	if err != nil {
		return View{}, err
	}
	v.Votes = votes
	if v.Comments, err = s.cfg.Store.Comments(ctx, by.Tenant, id); err != nil {
		return View{}, err
	}
	if a.Status == harrier.ApprovalPending {
		p, err := s.policy(ctx, by.Tenant)
		if err != nil {
			return View{}, err
		}
		v.Destructive, v.Barred = destructive(v.Effects), barred(by, a, p)
		if err := stillOpen(a, s.now()); err != nil && v.Barred == "" {
			v.Barred = err.Error()
		}
	}
	return v, nil
}
