package risk

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
	"github.com/harrier-soar/harrier/internal/picture"
)

// Rows keeps contributions, inside the change of what they belong to.
type Rows interface {
	// RiskParts returns what an alert contributes.
	RiskParts(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, alert harrier.AlertID) ([]Part, error)
	// PutRisk replaces contributions of one alert, also in the sums by day.
	PutRisk(ctx context.Context, tx harrier.Tx, c Change) error
	// RiskDaysIn returns what was contributed to an entity from a day on.
	RiskDaysIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, e Entity, since int64) ([]Day, error)
	// RiskPartsIn returns the newest contributions to an entity.
	RiskPartsIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, e Entity, limit int) ([]Part, error)
	// RiskStateIn returns where an entity stands; the zero state where nothing was held against it.
	RiskStateIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, e Entity) (State, error)
	// PutRiskState stores where an entity stands.
	PutRiskState(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, st State) error
}

// Reading finds what is held against entities.
type Reading interface {
	// RiskDays returns what was contributed to an entity from a day on.
	RiskDays(ctx context.Context, tenant harrier.TenantID, e Entity, since int64) ([]Day, error)
	// RiskPartsOf returns the newest 200 contributions to an entity that a viewer may see.
	RiskPartsOf(ctx context.Context, tenant harrier.TenantID, v harrier.Viewer, e Entity) ([]Part, error)
	// RiskState returns where an entity stands; one against which nothing was held is NotFound.
	RiskState(ctx context.Context, tenant harrier.TenantID, e Entity) (State, error)
	// RiskStates lists entities, those that changed last first.
	RiskStates(ctx context.Context, tenant harrier.TenantID, f Filter, p harrier.Page) ([]State, string, error)
	// ForgetRisk removes contributions from before a day, at most limit, and
	// tells how many there were.
	ForgetRisk(ctx context.Context, tx harrier.Tx, before int64, limit int) (int64, error)
}

// Store is all that the service asks of the store.
type Store interface {
	Rows
	Reading
}

// Cases are where risk that has become too high is looked into.
type Cases interface {
	// OpenFor opens a case, once for its id.
	OpenFor(ctx context.Context, tx harrier.Tx, o casework.Opening) (harrier.Case, error)
	// Join puts an alert into a case, once.
	Join(ctx context.Context, tx harrier.Tx, j casework.Joining) (added bool, err error)
	// In returns a case inside a change.
	In(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.CaseID) (harrier.Case, error)
}

// Change is contributions of one alert that take the place of others.
type Change struct {
	Tenant   harrier.TenantID
	Alert    harrier.AlertID
	Old, New []Part
}

// State is where an entity stands.
type State struct {
	Entity
	// Raised tells that the threshold was crossed and the risk has not fallen
	// below release since.
	Raised   bool
	RaisedAt time.Time
	// Case is the last that was opened for it, the Round-th.
	Case  harrier.CaseID
	Round int
	// Told was the score at ToldAt, the last time that the case took something.
	Told   float64
	ToldAt time.Time
	// Score was the risk at ScoreAt.
	Score   float64
	ScoreAt time.Time
}

// Filter selects entities. Empty fields select all.
type Filter struct {
	Viewer harrier.Viewer
	Type   harrier.EntityType
	Raised bool
}

// Level is what came of an alert for an entity.
type Level struct {
	Entity
	Score  float64
	Raised bool
	// Case is the risk case, where there is one, and Opened tells that it was opened now.
	Case   harrier.CaseID
	Opened bool
}

// Config is what the service is made of. All are required.
type Config struct {
	Store  Store
	Cases  Cases
	Policy Policy
	Now    func() time.Time
}

// Service keeps the risk of entities. It is safe for concurrent use.
type Service struct {
	store Store
	cases Cases
	held  atomic.Pointer[Policy]
	clock func() time.Time
}

// NewService returns the service.
func NewService(cfg Config) *Service {
	s := &Service{store: cfg.Store, cases: cfg.Cases, clock: cfg.Now}
	s.SetPolicy(cfg.Policy)
	return s
}

// SetPolicy says how contributions add up from now on.
func (s *Service) SetPolicy(p Policy) { s.held.Store(&p) }

// policy is how contributions add up now.
func (s *Service) policy() Policy { return *s.held.Load() }

// Judge replaces what an alert contributes, and sees to the cases of the
// entities that it concerns. Judging it again, also with less, is safe.
func (s *Service) Judge(ctx context.Context, tx harrier.Tx, j Judged) ([]Level, error) {
	j.Now = j.Now.UTC().Truncate(time.Microsecond)
	old, err := s.store.RiskParts(ctx, tx, j.Tenant, j.Alert)
	if err != nil {
		return nil, err
	}
	parts := j.parts(s.policy())
	moves, err := s.moves(ctx, tx, j, old, parts)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(old, parts) {
		if err := s.store.PutRisk(ctx, tx, Change{Tenant: j.Tenant, Alert: j.Alert, Old: old, New: parts}); err != nil {
			return nil, err
		}
	}
	levels := make([]Level, 0, len(moves))
	for _, m := range moves {
		l, err := s.settle(ctx, tx, j, m)
		if err != nil {
			return nil, err
		}
		levels = append(levels, l)
	}
	return levels, nil
}

// Withdraw takes back what an alert contributed, as when it turned out to be
// a false alarm.
func (s *Service) Withdraw(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, alert harrier.AlertID) error {
	_, err := s.Judge(ctx, tx, Judged{Tenant: tenant, Alert: alert, Now: s.clock(), Old: true})
	return err
}

// touched lists the entities of contributions, each once.
func touched(lists ...[]Part) (entities []Entity) {
	for _, list := range lists {
		for _, p := range list {
			if !slices.Contains(entities, p.Entity) {
				entities = append(entities, p.Entity)
			}
		}
	}
	return entities
}

// moves tells how an alert moves the risk of its entities, when contributions
// come in the place of others.
func (s *Service) moves(ctx context.Context, tx harrier.Tx, j Judged, old, parts []Part) (list []moved, err error) {
	since := s.policy().since(j.Now)
	for _, e := range touched(old, parts) {
		days, err := s.store.RiskDaysIn(ctx, tx, j.Tenant, e, since)
		if err != nil {
			return nil, err
		}
		m := moved{entity: e, before: s.policy().Score(days, j.Now)}
		for _, p := range old {
			if p.Entity == e {
				days = plus(days, p.Daily(), -1)
			}
		}
		for _, p := range parts {
			if p.Entity == e {
				days, m.adds = plus(days, p.Daily(), 1), true
			}
		}
		m.after = s.policy().Score(days, j.Now)
		list = append(list, m)
	}
	return list, nil
}

// Fill tells the entities of a picture what is held against them at a time.
func (s *Service) Fill(ctx context.Context, tenant harrier.TenantID, entities []picture.Entity, now time.Time) error {
	for i := range entities {
		e := entities[i].Entity
		if as := entities[i].As; as != nil && counted(as.Type) {
			e = *as
		}
		if !counted(e.Type) {
			continue
		}
		score, err := s.At(ctx, tenant, Entity{e.Type, e.Key}, now)
		if err != nil {
			return err
		}
		entities[i].Risk = score
	}
	return nil
}

// At is what is held against an entity at a time.
func (s *Service) At(ctx context.Context, tenant harrier.TenantID, e Entity, now time.Time) (float64, error) {
	days, err := s.store.RiskDays(ctx, tenant, e, s.policy().since(now))
	return s.policy().Score(days, now), err
}
