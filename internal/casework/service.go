package casework

import (
	"context"
	"log/slog"
	"maps"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/sla"
)

// Cases keeps the rows of cases.
type Cases interface {
	// OpenCase adds a case under the tenant's next number and returns it as stored.
	OpenCase(ctx context.Context, tx harrier.Tx, c harrier.Case) (harrier.Case, error)
	// CaseIn returns a case inside a change; one of another tenant is NotFound.
	CaseIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.CaseID) (harrier.Case, error)
	// UpdateCase stores a case; another rev than the stored one is Conflict.
	UpdateCase(ctx context.Context, tx harrier.Tx, c harrier.Case) error
	// CaseOf returns the newest case that an alert is in, an open one first; ok
	// is false where it is in none.
	CaseOf(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, alert harrier.AlertID) (c harrier.Case, ok bool, err error)
	// PutIntoCase puts an alert into a case, once; added is false where it was there.
	PutIntoCase(ctx context.Context, tx harrier.Tx, l Link) (added bool, err error)
	// AddEntry adds a line to a timeline and returns its number there.
	AddEntry(ctx context.Context, tx harrier.Tx, e harrier.CaseEntry) (int64, error)
}

// Reading finds cases.
type Reading interface {
	// Case returns a case; one of another tenant is NotFound.
	Case(ctx context.Context, tenant harrier.TenantID, id harrier.CaseID) (harrier.Case, error)
	// CaseByNumber returns the case that people call by a number.
	CaseByNumber(ctx context.Context, tenant harrier.TenantID, number int64) (harrier.Case, error)
	// Cases lists cases, the highest number first.
	Cases(ctx context.Context, tenant harrier.TenantID, f harrier.CaseFilter, p harrier.Page) ([]harrier.Case, string, error)
	// Entries lists a timeline, the first line first.
	Entries(ctx context.Context, tenant harrier.TenantID, id harrier.CaseID, p harrier.Page) ([]harrier.CaseEntry, string, error)
}

// Journal makes changes durable.
type Journal interface {
	// Write runs change in a transaction and returns when it is durable.
	// change may be run again after a rollback.
	Write(ctx context.Context, change func(harrier.Tx) error) error
	// Audit adds a row to the audit trail.
	Audit(ctx context.Context, tx harrier.Tx, e harrier.AuditEntry) error
}

// Store is all that the service asks of the store.
type Store interface {
	Cases
	Reading
	Journal
	Membership
	Glasses
	Work
	Parts
}

// Work is what the store keeps of the work on cases.
type Work interface {
	History
	Alerts
	Tasks
	Clocks
}

// Parts is what the store keeps of what cases are made of.
type Parts interface {
	Ties
	Facts
	Custodian
	Containments
	Listing
}

// Link says that an alert belongs to a case.
type Link struct {
	Tenant harrier.TenantID
	Case   harrier.CaseID
	Alert  harrier.AlertID
	At     time.Time
}

// The statuses of a case.
const (
	Open       = "open" // nobody works on it yet
	InProgress = "in_progress"
	Waiting    = "waiting" // for somebody else; its clocks stand still
	Closed     = "closed"
)

// Config is what the service is made of. Store and Now are required.
type Config struct {
	Store Store
	Now   func() time.Time
	// Joined is told, in the same transaction, that an alert was put into a
	// case; nil tells nobody.
	Joined func(context.Context, harrier.Tx, Link) error
	// Templates are what cases of a category have in common.
	Templates map[string]Template
	// Policy is what was promised; one without targets promises nothing.
	Policy sla.Policy
	// Log is told what cannot be answered to anybody; nil discards it.
	Log *slog.Logger
}

// Service keeps cases. It is safe for concurrent use.
type Service struct {
	store     Store
	clock     func() time.Time
	joined    func(context.Context, harrier.Tx, Link) error
	templates map[string]Template
	policy    sla.Policy
	log       *slog.Logger
}

// New returns the service.
func New(cfg Config) *Service {
	s := &Service{cfg.Store, cfg.Now, cfg.Joined, cfg.Templates, cfg.Policy, cfg.Log}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.joined == nil {
		s.joined = func(context.Context, harrier.Tx, Link) error { return nil }
	}
	return s
}

// now is the time as it is stored.
func (s *Service) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// List returns cases of the principal's tenant, the highest number first.
func (s *Service) List(ctx context.Context, by harrier.Principal, f harrier.CaseFilter, p harrier.Page) ([]harrier.Case, string, error) {
	f.Viewer = by.ID
	return s.store.Cases(ctx, by.Tenant, f, p)
}

// Get returns a case.
func (s *Service) Get(ctx context.Context, by harrier.Principal, id harrier.CaseID) (harrier.Case, error) {
	if err := s.store.SeeCase(ctx, by.Tenant, by.ID, id); err != nil {
		return harrier.Case{}, err
	}
	return s.store.Case(ctx, by.Tenant, id)
}

// GetByNumber returns the case that people call by a number.
func (s *Service) GetByNumber(ctx context.Context, by harrier.Principal, number int64) (harrier.Case, error) {
	c, err := s.store.CaseByNumber(ctx, by.Tenant, number)
	if err != nil {
		return c, err
	}
	if err := s.store.SeeCase(ctx, by.Tenant, by.ID, c.ID); harrier.KindOf(err) == harrier.NotFound && err != nil {
		return harrier.Case{}, harrier.Errorf(harrier.NotFound, "case %d does not exist", number)
	} else if err != nil {
		return harrier.Case{}, err
	}
	return c, nil
}

// Timeline returns the lines of a case's timeline, the first line first.
func (s *Service) Timeline(ctx context.Context, by harrier.Principal, id harrier.CaseID, p harrier.Page) ([]harrier.CaseEntry, string, error) {
	if err := s.store.SeeCase(ctx, by.Tenant, by.ID, id); err != nil {
		return nil, "", err
	}
	return s.store.Entries(ctx, by.Tenant, id, p)
}

// Comment adds what a person writes to a case's timeline.
func (s *Service) Comment(ctx context.Context, by harrier.Principal, id harrier.CaseID, text string) error {
	return s.store.Write(ctx, func(tx harrier.Tx) error {
		now := s.now()
		c, err := s.store.CaseFor(ctx, tx, by.Tenant, by.ID, id)
		if err != nil {
			return err
		}
		if err := s.comment(ctx, tx, c, line{at: now, author: by.Name, text: text}); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, act{"case.comment", c, now, nil})
	})
}

// act is something that a person did to a case.
type act struct {
	action string
	c      harrier.Case
	at     time.Time
	// about is what the row holds beside the number: ids, nothing personal.
	about map[string]any
}

// audit writes what a person did. What playbooks do is audited by the engine.
func (s *Service) audit(ctx context.Context, tx harrier.Tx, by harrier.Principal, a act) error {
	about := map[string]any{}
	if a.c.Number != 0 {
		about["number"] = a.c.Number
	}
	maps.Copy(about, a.about)
	return harrier.Deed{Action: a.action, Target: a.c.ID.String(), About: about, At: a.at}.Record(ctx, tx, s.store, by)
}
