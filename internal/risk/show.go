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
		list[i] = Ranked{p, p.Score * s.policy.left(now.Sub(p.At))}
	}
	slices.SortStableFunc(list, func(a, b Ranked) int { return cmp.Compare(b.Left, a.Left) })
	return list
}

// List returns entities, those that changed last first, each with its risk now
// in place of what it was.
func (s *Service) List(ctx context.Context, by harrier.Principal, f Filter, p harrier.Page) ([]State, string, error) {
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
	parts, err := s.store.RiskPartsOf(ctx, by.Tenant, e, 200)
	return Detail{State: st, Now: score, Parts: s.rank(parts, now)}, err
}

// forgetEvery is how often old contributions are removed, forgetBatch how many
// in one change.
const (
	forgetEvery = time.Hour
	forgetBatch = 500
)

// Run removes what is too old to count, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(forgetEvery)
	defer tick.Stop()
	for {
		if err := s.Forget(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Forget removes what is too old to count.
func (s *Service) Forget(ctx context.Context) error {
	before := s.policy.since(s.clock())
	for n := int64(1); n > 0 && ctx.Err() == nil; {
		err := s.store.Write(ctx, func(tx harrier.Tx) (err error) {
			n, err = s.store.ForgetRisk(ctx, tx, before, forgetBatch)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
