package casework

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/sla"
)

// Clocks keeps how the promises about cases stand.
type Clocks interface {
	// PutClocks replaces the clocks of a case.
	PutClocks(ctx context.Context, tx harrier.Tx, c harrier.Case, all []sla.Clock) error
	// Clocks returns the clocks of a case.
	Clocks(ctx context.Context, tenant harrier.TenantID, id harrier.CaseID) ([]sla.Clock, error)
	// ClocksIn is Clocks inside a change.
	ClocksIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.CaseID) ([]sla.Clock, error)
	// DueClocks lists cases one of whose clocks is over, up to a number of them.
	DueClocks(ctx context.Context, now time.Time, limit int) ([]harrier.Case, error)
	// PutTimes stores how long things took, without a new revision.
	PutTimes(ctx context.Context, tx harrier.Tx, c harrier.Case) error
}

// windClocks reads the clocks and the times of a case anew out of what
// happened, and stores them.
func (s *Service) windClocks(ctx context.Context, tx harrier.Tx, c *harrier.Case) error {
	history, err := s.store.StandingsIn(ctx, tx, c.Tenant, c.ID)
	if err != nil {
		return err
	}
	event, ok, err := s.store.FirstEvent(ctx, tx, c.Tenant, c.ID)
	if err != nil {
		return err
	}
	if !ok {
		event = c.CreatedAt
	}
	if c.Times, err = json.Marshal(timesOf(*c, event, history)); err != nil {
		return harrier.Errorf(harrier.Internal, "encode the times of case %s: %w", c.ID, err)
	}
	if err := s.store.PutTimes(ctx, tx, *c); err != nil {
		return err
	}
	return s.store.PutClocks(ctx, tx, *c, s.policy.Read(course(*c, history), s.now()))
}

// course is what the clocks look at.
func course(c harrier.Case, history []Standing) sla.Course {
	out := sla.Course{Severity: c.Severity, Began: c.CreatedAt, Ended: map[string]time.Time{}}
	end := func(name string, at time.Time) {
		if !at.IsZero() {
			out.Ended[name] = at
		}
	}
	end(sla.Acknowledge, begunAt(history))
	end(sla.Contain, c.ContainedAt)
	if c.Status == Closed {
		end(sla.Close, c.ClosedAt)
		if c.ContainedAt.IsZero() {
			end(sla.Contain, c.ClosedAt) // there was nothing to contain
		}
	}
	for i, st := range history {
		if st.Status != Waiting {
			continue
		}
		p := sla.Pause{From: st.At}
		if i+1 < len(history) {
			p.Until = history[i+1].At
		}
		out.Pauses = append(out.Pauses, p)
	}
	return out
}

// CaseClocks reads the clocks of a case as they stand now.
func (s *Service) CaseClocks(ctx context.Context, by harrier.Principal, id harrier.CaseID) ([]sla.Clock, error) {
	c, err := s.Get(ctx, by, id)
	if err != nil {
		return nil, err
	}
	history, err := s.store.Standings(ctx, by.Tenant, id)
	if err != nil {
		return nil, err
	}
	return s.policy.Read(course(c, history), s.now()), nil
}

// clocksEvery is how often clocks are looked at.
const clocksEvery = 15 * time.Second

// Run tells, until ctx ends, which promises were missed: a line in the case's
// timeline for each, once.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(clocksEvery)
	defer tick.Stop()
	for {
		if err := s.Look(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "clocks of cases cannot be read", "err", err)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// Look looks at the clocks that are over now.
func (s *Service) Look(ctx context.Context) error {
	for {
		due, err := s.store.DueClocks(ctx, s.now(), 100)
		if err != nil || len(due) == 0 {
			return err
		}
		for _, c := range due {
			if err := s.store.Write(ctx, func(tx harrier.Tx) error { return s.miss(ctx, tx, c) }); err != nil {
				return err
			}
		}
		if len(due) < 100 {
			return nil
		}
	}
}

// miss notes which of a case's clocks are over.
func (s *Service) miss(ctx context.Context, tx harrier.Tx, due harrier.Case) error {
	c, err := s.store.CaseIn(ctx, tx, due.Tenant, due.ID)
	if err != nil {
		return err
	}
	history, err := s.store.StandingsIn(ctx, tx, c.Tenant, c.ID)
	if err != nil {
		return err
	}
	now := s.now()
	// What is due now is missed a moment later: the line is written at the limit.
	all := s.policy.Read(course(c, history), now)
	for i, k := range all {
		if k.Missed || k.Due.IsZero() || k.Due.After(now) || !k.Ended.IsZero() {
			continue
		}
		all[i].Missed = true
	}
	told, err := s.store.ClocksIn(ctx, tx, c.Tenant, c.ID)
	if err != nil {
		return err
	}
	for _, k := range all {
		if !k.Missed || !k.Ended.IsZero() || known(told, k.Name) {
			continue
		}
		text := fmt.Sprintf("the time to %s is over: %s of working time were promised", k.Name, k.Target)
		l := line{at: now, author: "harrier", text: text, data: map[string]any{"clock": k.Name, "due": k.Due.UTC().Format(time.RFC3339)}}
		if err := s.add(ctx, tx, c, entryMissed, l); err != nil {
			return err
		}
	}
	return s.store.PutClocks(ctx, tx, c, all)
}

// known reports whether a clock was found missed before.
func known(told []sla.Clock, name string) bool {
	for _, k := range told {
		if k.Name == name {
			return k.Missed
		}
	}
	return false
}
