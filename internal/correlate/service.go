package correlate

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
)

// Near asks which cases are about a key near in time.
type Near struct {
	Tenant   harrier.TenantID
	Key      Key
	From, To time.Time
}

// Candidate is a case that is about a key.
type Candidate struct {
	Case   harrier.CaseID
	Number int64
	Open   bool
	// First and Last are when it was about the key.
	First, Last time.Time
}

// Size is how much a case holds.
type Size struct {
	Alerts      int
	First, Last time.Time
}

// Learned is what an alert adds to what a case is about.
type Learned struct {
	Tenant harrier.TenantID
	Case   harrier.CaseID
	At     time.Time
	Keys   []Key
}

// Rows keeps what cases are about, inside the change of what it follows from.
type Rows interface {
	// CasesNear returns cases that are about a key near in time, the nearest
	// past first, at most limit.
	CasesNear(ctx context.Context, tx harrier.Tx, n Near, limit int) ([]Candidate, error)
	// CaseSize tells how much a case holds.
	CaseSize(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.CaseID) (Size, error)
	// Frequency counts alerts that are about a key near in time, up to limit.
	Frequency(ctx context.Context, tx harrier.Tx, n Near, limit int) (int, error)
	// LearnCase adds to what a case is about.
	LearnCase(ctx context.Context, tx harrier.Tx, l Learned) error
	// AlertIn returns an alert inside a change.
	AlertIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.AlertID) (harrier.Alert, error)
	// CaseOf returns the newest case that an alert is in, an open one first;
	// ok is false where it is in none.
	CaseOf(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, alert harrier.AlertID) (c harrier.Case, ok bool, err error)
}

// Keeping is how old keys are removed.
type Keeping interface {
	// ForgetKeys removes what cases were about before a time, at most limit.
	ForgetKeys(ctx context.Context, tx harrier.Tx, before time.Time, limit int) (int64, error)
}

// Store is all that the service asks of the store.
type Store interface {
	Rows
	Keeping
}

// Cases are where alerts are put.
type Cases interface {
	// OpenFor opens a case, once for its id.
	OpenFor(ctx context.Context, tx harrier.Tx, o casework.Opening) (harrier.Case, error)
	// Join puts an alert into a case, once.
	Join(ctx context.Context, tx harrier.Tx, j casework.Joining) (added bool, err error)
}

// Config is what the service is made of. All are required.
type Config struct {
	Store        Store
	Cases        Cases
	Organisation Common
	Policy       Policy
	Now          func() time.Time
}

// Service finds the cases of alerts. It is safe for concurrent use.
type Service struct {
	store        Store
	cases        Cases
	organisation Common
	held         atomic.Pointer[Policy]
	clock        func() time.Time
}

// NewService returns the service.
func NewService(cfg Config) *Service {
	s := &Service{store: cfg.Store, cases: cfg.Cases, organisation: cfg.Organisation, clock: cfg.Now}
	s.SetPolicy(cfg.Policy)
	return s
}

// SetPolicy says what makes alerts one case from now on.
func (s *Service) SetPolicy(p Policy) { s.held.Store(&p) }

// policy is what makes alerts one case now.
func (s *Service) policy() Policy { return *s.held.Load() }

// Forget removes what no alert of today can share any more, at most limit, and
// tells how many there were. Alerts that come later than the widest window
// after their event find no closed case.
func (s *Service) Forget(ctx context.Context, tx harrier.Tx, limit int) (int64, error) {
	return s.store.ForgetKeys(ctx, tx, s.clock().Add(-3*s.policy().widest()), limit)
}
