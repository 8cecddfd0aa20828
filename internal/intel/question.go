package intel

import (
	"context"
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/builtin"
)

// Question is what one source is asked.
type Question struct {
	Source Source
	// Value names what is asked about among the answers that are kept.
	Value string
	// Input is what the verb takes.
	Input map[string]any
	// Facts asks for the whole answer, which holds for as long as it says; zero
	// asks for an opinion, which holds for as long as the source says.
	Facts time.Duration
}

// About returns the questions to everybody who can be asked about an
// observable, in a stable order. A value that is none of its kind is Invalid.
func (s *Service) About(ctx context.Context, tenant harrier.TenantID, kind, value string) ([]Question, error) {
	o, err := observableOf(map[string]any{"type": kind, "value": value})
	if err != nil {
		return nil, err
	}
	sources, err := s.cfg.Lookups.Sources(ctx, tenant, o.verb())
	if err != nil || len(sources) == 0 {
		return nil, err
	}
	input := map[string]any{o.field: o.value}
	list := make([]Question, len(sources))
	for i, source := range sources {
		list[i] = Question{Source: source, Value: o.value, Input: input}
	}
	return list, nil
}

// Of returns the questions to everybody who offers a verb that tells facts,
// whose answers hold for some time.
func (s *Service) Of(ctx context.Context, tenant harrier.TenantID, verb string, input map[string]any, holds time.Duration) ([]Question, error) {
	sources, err := s.cfg.Lookups.Sources(ctx, tenant, verb)
	if err != nil || len(sources) == 0 {
		return nil, err
	}
	value, err := json.Marshal(input)
	if err != nil {
		return nil, harrier.Errorf(harrier.Internal, "encode what %s is asked: %w", verb, err)
	}
	list := make([]Question, len(sources))
	for i, source := range sources {
		list[i] = Question{Source: source, Value: string(value), Input: input, Facts: holds}
	}
	return list, nil
}

// Known returns an answer that holds still, and asks nobody.
func (s *Service) Known(ctx context.Context, tenant harrier.TenantID, q Question) (Answer, bool) {
	s.recall(ctx)
	return s.cache.get(q.key(tenant), s.cfg.Now())
}

// Consult answers from what is known, or asks the source, once for all who want
// to know the same. Errors are *connector.Error.
func (s *Service) Consult(ctx context.Context, req builtin.Request, q Question) (Answer, error) {
	if req.Mode == harrier.RecordMode || req.Mode == harrier.Replay {
		return s.fresh(ctx, req, q)
	}
	s.recall(ctx)
	k := q.key(req.Tenant)
	return s.flights.do(ctx, k, func() (Answer, error) {
		if a, ok := s.cache.get(k, s.cfg.Now()); ok {
			return a, nil
		}
		a, err := s.fresh(ctx, req, q)
		if err == nil {
			s.keep(ctx, k, a)
		}
		return a, err
	})
}

// key is the name of the answer.
func (q Question) key(tenant harrier.TenantID) key {
	return key{tenant, q.Source.Connection, q.Source.Action, q.Source.Revision, q.Value}
}

// fresh asks the source.
func (s *Service) fresh(ctx context.Context, req builtin.Request, q Question) (Answer, error) {
	out, err := s.cfg.Lookups.Ask(ctx, req, q.Source, q.Input)
	if err != nil {
		return Answer{}, err
	}
	a, ttl := Answer{Facts: out}, q.Facts
	if q.Facts <= 0 {
		if a, err = answerOf(out); err != nil {
			return a, err
		}
		ttl = a.holds(q.Source.TTL)
	}
	a.At = s.cfg.Now().UTC().Truncate(time.Microsecond)
	a.Until = a.At.Add(ttl)
	return a, nil
}
