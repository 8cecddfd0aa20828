package approval

import (
	"context"
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
	Journal
}

// Policy says what is asked of those who decide.
type Policy struct {
	// FourEyes keeps whoever started a run from approving its effects. It is
	// off for an installation with one person, and on otherwise.
	FourEyes bool
}

// Config is what the service is made of. All but Policy is required.
type Config struct {
	Store Store
	// Wake tells the engine that a run has a signal. It must not block.
	Wake   func(run harrier.RunID)
	Now    func() time.Time
	Policy Policy
}

// Service takes decisions and answers. It is safe for concurrent use.
type Service struct{ cfg Config }

// New returns the service.
func New(cfg Config) *Service { return &Service{cfg} }

// now is the time as it is stored.
func (s *Service) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Microsecond) }

// List returns questions of the principal's tenant, the newest first.
func (s *Service) List(ctx context.Context, by harrier.Principal, f harrier.ApprovalFilter, p harrier.Page) ([]harrier.Approval, string, error) {
	return s.cfg.Store.Approvals(ctx, by.Tenant, f, p)
}

// Show returns a question as people read it.
func (s *Service) Show(ctx context.Context, by harrier.Principal, id harrier.ApprovalID) (View, error) {
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
	if a.Status == harrier.ApprovalPending {
		if err := s.may(by, a); err != nil {
			v.Barred = err.Error()
		} else if err := stillOpen(a, s.now()); err != nil {
			v.Barred = err.Error()
		}
	}
	return v, nil
}
