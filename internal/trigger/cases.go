package trigger

import (
	"context"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/internal/casework"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/playbook"
)

// Cases knows which cases changed.
type Cases interface {
	// CasesSince returns cases that changed at or after a time, the first
	// changed first.
	CasesSince(ctx context.Context, tenant harrier.TenantID, since time.Time, limit int) ([]harrier.Case, error)
}

// overlap is how much of the time before the mark is looked at again: a change
// may be committed after a later one. No case starts a playbook twice.
const (
	overlap     = 30 * time.Second
	casesAtOnce = 200
)

// watchesCases reports whether a playbook starts on cases.
func (s *Service) watchesCases() bool {
	return slices.ContainsFunc(s.cfg.Playbooks.Plans(), onCases)
}

func onCases(plan *playbook.Plan) bool {
	for _, t := range plan.Triggers {
		if t.Case != nil {
			return true
		}
	}
	return false
}

// SweepCases starts playbooks on the cases that were opened or changed since it
// last did: each once in the life of a case, as soon as its condition holds.
func (s *Service) SweepCases(ctx context.Context) error {
	if !s.watchesCases() {
		return nil
	}
	tenants, err := s.cfg.Tenants(ctx)
	if err != nil {
		return err
	}
	for _, tenant := range tenants {
		if err := s.sweepCases(ctx, tenant); err != nil {
			return err
		}
	}
	return nil
}

// sweepCases looks at the cases of a tenant, a page at a time.
func (s *Service) sweepCases(ctx context.Context, tenant harrier.TenantID) error {
	m := Mark{Tenant: tenant, Name: "cases"}
	last, ok, err := s.cfg.Store.TriggerMark(ctx, tenant, m.Name)
	if err != nil {
		return err
	}
	if !ok { // what was before it was in force starts nothing
		m.To = s.cfg.Now().UTC().Truncate(time.Microsecond)
		return s.cfg.Store.Write(ctx, func(tx harrier.Tx) error { return s.cfg.Store.SetTriggerMark(ctx, tx, m) })
	}
	since := last.Add(-overlap)
	for limit := casesAtOnce; ; {
		cases, err := s.cfg.Store.CasesSince(ctx, tenant, since, limit)
		if err != nil || len(cases) == 0 {
			return err
		}
		m.From, m.To = last, cases[len(cases)-1].UpdatedAt
		if err := s.startOn(ctx, cases, m); err != nil {
			return unlessSeenTo(err)
		}
		if m.To.After(last) {
			last = m.To
		}
		switch {
		case len(cases) < limit:
			return nil
		case m.To.After(since):
			since = m.To
		default: // more than a page changed at once
			limit *= 2
		}
	}
}

// startOn starts playbooks on cases, and moves the mark on.
func (s *Service) startOn(ctx context.Context, cases []harrier.Case, m Mark) error {
	var causes []caused
	for _, c := range cases {
		doc := casework.Document(c)
		for _, plan := range s.cfg.Playbooks.Plans() {
			if !s.holds(ctx, plan, doc) {
				continue
			}
			causes = append(causes, caused{plan, cause{
				by: system(c.Tenant, "case trigger"), kind: "case", key: c.ID.String(), says: map[string]any{"case": c.Number},
				start: engine.Start{Case: c.ID, CaseDoc: doc, Priority: priority(c.Severity)},
			}})
		}
	}
	if len(causes) == 0 && !m.To.After(m.From) {
		return nil
	}
	return s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		if m.To.After(m.From) {
			if err := s.cfg.Store.SetTriggerMark(ctx, tx, m); err != nil {
				return err
			}
		}
		for _, c := range causes {
			if err := s.beginOnce(ctx, tx, c.plan, c.cause); err != nil {
				return err
			}
		}
		return nil
	})
}

// caused is a playbook with why it starts.
type caused struct {
	plan  *playbook.Plan
	cause cause
}

// holds reports whether a case starts a playbook.
func (s *Service) holds(ctx context.Context, plan *playbook.Plan, doc map[string]any) bool {
	for _, t := range plan.Triggers {
		if t.Case != nil && s.any(ctx, []*expr.Program{t.Case}, expr.Vars{"case": doc}) {
			return true
		}
	}
	return false
}

// priority orders runs by how bad their cause is.
func priority(severity string) int {
	switch severity {
	case "critical":
		return 0
	case "high":
		return 1
	case "low", "info":
		return 3
	}
	return 2
}
