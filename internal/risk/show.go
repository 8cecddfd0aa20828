package risk

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
)

// Ranked is a contribution with what is left of it.
type Ranked struct {
	Part
	Left float64
}

// Detail is an entity with what it is made of.
type Detail struct {
	State
	// Now is the risk now.
	Now   float64
	Parts []Ranked
}

// rank orders contributions by what is left of them.
func (s *Service) rank(parts []Part, now time.Time) []Ranked {
	list := make([]Ranked, len(parts))
	for i, p := range parts {
		list[i] = Ranked{p, p.Score * s.policy().left(now.Sub(p.At))}
	}
	slices.SortStableFunc(list, func(a, b Ranked) int { return cmp.Compare(b.Left, a.Left) })
	return list
}

// List returns entities, those that changed last first, each with its risk now
// in place of what it was.
func (s *Service) List(ctx context.Context, by harrier.Principal, f Filter, p harrier.Page) ([]State, string, error) {
	f.Viewer = by.ID
	list, next, err := s.store.RiskStates(ctx, by.Tenant, f, p)
	if err != nil {
		return nil, "", err
	}
	now := s.clock()
	for i := range list {
		if list[i].Score, err = s.At(ctx, by.Tenant, list[i].Entity, now); err != nil {
			return nil, "", err
		}
		list[i].ScoreAt = now.UTC()
	}
	return list, next, nil
}

// Show returns an entity with its newest contributions, what counts most first.
func (s *Service) Show(ctx context.Context, by harrier.Principal, e Entity) (Detail, error) {
	st, err := s.store.RiskState(ctx, by.Tenant, e)
	if err != nil {
		return Detail{}, err
	}
	now := s.clock()
	score, err := s.At(ctx, by.Tenant, e, now)
	if err != nil {
		return Detail{}, err
	}
	parts, err := s.store.RiskPartsOf(ctx, by.Tenant, by.ID, e)
	return Detail{State: st, Now: score, Parts: s.rank(parts, now)}, err
}

// Forget removes what is too old to count, at most limit, and tells how many
// there were.
func (s *Service) Forget(ctx context.Context, tx harrier.Tx, limit int) (int64, error) {
	return s.store.ForgetRisk(ctx, tx, s.policy().since(s.clock()), limit)
}
