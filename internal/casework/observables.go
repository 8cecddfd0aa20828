package casework

import (
	"context"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Observable is something that a case is about.
type Observable struct {
	Tenant harrier.TenantID
	Case   harrier.CaseID
	Type   string
	Value  string
	// Bad marks an indicator of compromise.
	Bad  bool
	TLP  string
	Note string
	// Alerts counts the alerts of the case that hold it.
	Alerts  int
	AddedAt time.Time
	AddedBy string
}

// Likeness is a case that is like another, and why.
type Likeness struct {
	Case   harrier.CaseID
	Number int64
	Title  string
	Status string
	// Disposition is what it was, once it was closed.
	Disposition string
	Score       float64
	// Shares are what both hold, what is rarest first.
	Shares []Share
	// Of counts what was compared.
	Of int
}

// Share is something that two cases hold.
type Share struct {
	Type, Value string
	// Cases counts the cases that hold it, as far as was counted.
	Cases int
	// Weight is what it adds: the rarer, the more.
	Weight float64
}

// Facts keeps what cases are about.
type Facts interface {
	// PutObservable adds an observable to a case or replaces what is said of it.
	PutObservable(ctx context.Context, tx harrier.Tx, o Observable) error
	// Observables lists what a case and its alerts hold, up to a number.
	Observables(ctx context.Context, tenant harrier.TenantID, id harrier.CaseID, limit int) ([]Observable, error)
	// Similar lists cases like one, the likest first, of those that the viewer sees.
	Similar(ctx context.Context, tenant harrier.TenantID, v harrier.Viewer, id harrier.CaseID) ([]Likeness, error)
}

// maxObservables bounds what is listed of a case.
const maxObservables = 2000

// Observables lists what a case is about.
func (s *Service) Observables(ctx context.Context, by harrier.Principal, id harrier.CaseID) ([]Observable, error) {
	if err := s.store.SeeCase(ctx, by.Tenant, by.ID, id); err != nil {
		return nil, err
	}
	return s.store.Observables(ctx, by.Tenant, id, maxObservables)
}

// Observe adds something that a case is about.
func (s *Service) Observe(ctx context.Context, by harrier.Principal, id harrier.CaseID, o Observable) error {
	if strings.TrimSpace(o.Value) == "" || len(o.Value) > 4096 || o.Type == "" || len(o.Type) > 64 {
		return harrier.Errorf(harrier.Invalid, "an observable has a type and a value of 1 to 4096 bytes")
	}
	_, err := s.change(ctx, by, &change{
		id: id, action: "case.observable.add", kind: entryObservable, text: o.Type + " " + o.Value, about: map[string]any{"type": o.Type},
		do: func(ctx context.Context, tx harrier.Tx, c *harrier.Case, now time.Time) (bool, error) {
			o.Tenant, o.Case, o.AddedAt, o.AddedBy = c.Tenant, c.ID, now, by.Name
			return true, s.store.PutObservable(ctx, tx, o)
		},
	})
	return err
}

// Similar lists cases like one that somebody sees, with why.
func (s *Service) Similar(ctx context.Context, by harrier.Principal, id harrier.CaseID) ([]Likeness, error) {
	if err := s.store.SeeCase(ctx, by.Tenant, by.ID, id); err != nil {
		return nil, err
	}
	return s.store.Similar(ctx, by.Tenant, by.ID, id)
}
