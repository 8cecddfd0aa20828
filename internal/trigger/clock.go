package trigger

import (
	"context"
	"strconv"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/rounds"
	"github.com/harrier-soar/harrier/playbook"
)

const (
	// sweep is the longest pause between two looks at the clock and at cases.
	sweep = 15 * time.Second
	// late is after what a time counts as missed: shorter delays happen while
	// nothing is wrong.
	late = 5 * time.Minute
	// mostMissed bounds the times that are made up for at once; the oldest are left out.
	mostMissed = 100
)

// Run starts playbooks until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	rounds.Until(ctx, nil, func(ctx context.Context) time.Duration {
		next, err := s.Tick(ctx)
		if err != nil && ctx.Err() == nil {
			s.cfg.Log.Error("start playbooks by the clock", "err", err)
		}
		if err := s.SweepCases(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Log.Error("start playbooks on cases", "err", err)
		}
		return s.pause(next)
	})
	return nil
}

// pause is how long nothing has to be done.
func (s *Service) pause(next time.Time) time.Duration {
	longest := sweep
	if s.watchesCases() {
		longest = 2 * time.Second
	}
	if next.IsZero() {
		return longest
	}
	return min(longest, max(0, next.Sub(s.cfg.Now())))
}

// Tick starts what the clock says, and returns when the next time is; zero
// where there is none.
func (s *Service) Tick(ctx context.Context) (next time.Time, err error) {
	plans := s.cfg.Playbooks.Plans()
	if len(plans) == 0 {
		return next, nil
	}
	tenants, err := s.cfg.Tenants(ctx)
	if err != nil {
		return next, err
	}
	for _, plan := range plans {
		for i, t := range plan.Triggers {
			if t.Schedule == nil {
				continue
			}
			for _, tenant := range tenants {
				// The mark belongs to these times: others begin anew.
				name := "schedule " + plan.ID + " " + strconv.Itoa(i) + " " + t.Schedule.Cron + " " + t.Schedule.Zone
				if err := s.tick(ctx, plan, t.Schedule, Mark{Tenant: tenant, Name: name}); err != nil {
					return next, err
				}
			}
			if at := t.Schedule.Next(s.cfg.Now()); !at.IsZero() && (next.IsZero() || at.Before(next)) {
				next = at
			}
		}
	}
	return next, nil
}

// tick starts a playbook for the times that came since its mark.
func (s *Service) tick(ctx context.Context, plan *playbook.Plan, sched *playbook.Schedule, m Mark) error {
	now := s.cfg.Now().UTC().Truncate(time.Microsecond)
	last, ok, err := s.cfg.Store.TriggerMark(ctx, m.Tenant, m.Name)
	if err != nil {
		return err
	}
	m.From, m.To = last, now
	if !ok { // what was before it was in force was not missed
		m.From = time.Time{}
		return s.cfg.Store.Write(ctx, func(tx harrier.Tx) error { return s.cfg.Store.SetTriggerMark(ctx, tx, m) })
	}
	due, left := slotsOf(sched, last, now)
	if len(due) == 0 {
		return nil
	}
	m.To = due[len(due)-1]
	due, left = kept(sched, due, now, left)
	err = s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.cfg.Store.SetTriggerMark(ctx, tx, m); err != nil {
			return err
		}
		for _, at := range due {
			says := map[string]any{"time": at, "left_out": left}
			c := cause{by: system(m.Tenant, "schedule"), kind: "schedule", key: m.Name + at.Format(time.RFC3339), says: says}
			if err := s.begin(ctx, tx, plan, c); err != nil {
				return err
			}
		}
		return nil
	})
	return unlessSeenTo(err)
}

// unlessSeenTo is err, unless it says that another process saw to the cause.
func unlessSeenTo(err error) error {
	if harrier.KindOf(err) == harrier.Conflict {
		return nil
	}
	return err
}

// slotsOf returns the last times between two, and how many were before these.
func slotsOf(sched *playbook.Schedule, after, until time.Time) (due []time.Time, left int) {
	for at := sched.Next(after); !at.IsZero() && !at.After(until); at = sched.Next(at) {
		if due = append(due, at); len(due) > mostMissed {
			due, left = due[1:], left+1
		}
	}
	return due, left
}

// kept returns the times that are started for, and how many are not. What is
// not late is started for in any case.
func kept(sched *playbook.Schedule, due []time.Time, now time.Time, left int) ([]time.Time, int) {
	switch sched.Missed {
	case "all":
		return due, left
	case "once":
		return due[len(due)-1:], left + len(due) - 1
	}
	n := 0
	for n < len(due) && now.Sub(due[n]) > late {
		n++
	}
	return due[n:], left + n
}
