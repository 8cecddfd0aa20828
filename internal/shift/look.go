package shift

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
	"github.com/harrier-soar/harrier/internal/pager"
)

const (
	// maxItems bounds a section.
	maxItems = 200
	// soon is how far ahead leases and questions end that a shift has to know of.
	soon = 12 * time.Hour
)

// look is how things are now. What is restricted is not part of it.
func (s *Service) look(ctx context.Context, tenant harrier.TenantID, now time.Time) (c Content, err error) {
	c.At = now
	seats, err := s.cfg.OnCall.Standings(ctx, tenant, now)
	if err != nil {
		return c, err
	}
	for _, st := range seats {
		c.OnCall = append(c.OnCall, Seat{Rota: st.Rota.Name, Person: st.Now.Person, Until: st.Now.Until})
	}
	for _, find := range []func(context.Context, harrier.TenantID, time.Time) ([]Section, error){s.notifications, s.questions, s.leases, s.runs, s.cases, s.tasks} {
		sections, err := find(ctx, tenant, now)
		if err != nil {
			return c, err
		}
		for _, sec := range sections {
			if len(sec.Items) > 0 {
				c.Sections = append(c.Sections, sec)
			}
		}
	}
	return c, nil
}

func all() harrier.Page { return harrier.Page{Limit: maxItems} }

// cases are those that are open, the worst first.
func (s *Service) cases(ctx context.Context, tenant harrier.TenantID, _ time.Time) ([]Section, error) {
	sec := Section{Name: "cases", Title: "Open cases"}
	for _, status := range casework.Working() {
		list, next, err := s.cfg.World.Cases(ctx, tenant, harrier.CaseFilter{Status: status}, all())
		if err != nil {
			return nil, err
		}
		sec.More = sec.More || next != ""
		for _, c := range list {
			detail := "case " + itoa(c.Number)
			if c.Owner.Name != "" {
				detail += ", " + c.Owner.Name
			}
			sec.Items = append(sec.Items, Item{ID: c.ID.String(), Title: c.Title, Severity: c.Severity, Detail: detail})
		}
	}
	slices.SortStableFunc(sec.Items, func(a, b Item) int { return cmp.Compare(rank(a.Severity), rank(b.Severity)) })
	return []Section{sec}, nil
}

// tasks are those of open cases, what is due first first.
func (s *Service) tasks(ctx context.Context, tenant harrier.TenantID, _ time.Time) ([]Section, error) {
	list, more, err := s.cfg.World.OpenTasks(ctx, tenant, maxItems)
	sec := Section{Name: "tasks", Title: "Open tasks of cases", More: more}
	for _, t := range list {
		detail := "case " + itoa(t.Number) + ", " + cmp.Or(t.Assignee, "nobody's")
		if t.Required {
			detail += ", required"
		}
		sec.Items = append(sec.Items, Item{ID: t.ID, Title: t.Title, Severity: t.Severity, Detail: detail, At: t.DueAt})
	}
	return []Section{sec}, err
}

// questions are what waits for people: decisions, and what nobody knows the outcome of.
func (s *Service) questions(ctx context.Context, tenant harrier.TenantID, _ time.Time) ([]Section, error) {
	list, next, err := s.cfg.World.Approvals(ctx, tenant, harrier.ApprovalFilter{Status: harrier.ApprovalPending}, all())
	unknown := Section{Name: "unknown", Title: "Actions of which nobody knows whether they happened", More: next != ""}
	pending := Section{Name: "approvals", Title: "Questions that wait for people", More: next != ""}
	for _, a := range list {
		item := Item{ID: a.ID.String(), Title: a.Title, Detail: string(a.Kind), At: a.ExpiresAt}
		if a.Kind == harrier.OutcomeQuestion {
			unknown.Items = append(unknown.Items, item)
			continue
		}
		pending.Items = append(pending.Items, item)
	}
	slices.SortStableFunc(pending.Items, sooner)
	return []Section{unknown, pending}, err
}

// sooner orders by what ends first; what never ends comes last.
func sooner(a, b Item) int {
	switch {
	case a.At.IsZero() == b.At.IsZero():
		return a.At.Compare(b.At)
	case a.At.IsZero():
		return 1
	}
	return -1
}

// leases are containments that end soon.
func (s *Service) leases(ctx context.Context, tenant harrier.TenantID, now time.Time) ([]Section, error) {
	sec := Section{Name: "leases", Title: "Containments that end within twelve hours"}
	for p := all(); ; {
		list, next, err := s.cfg.World.Containments(ctx, tenant, harrier.ContainmentFilter{State: harrier.ContainmentActive}, p)
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			if !c.LeaseUntil.IsZero() && c.LeaseUntil.Before(now.Add(soon)) {
				sec.Items = append(sec.Items, Item{ID: c.ID.String(), Title: c.Action + " on " + c.Target, Detail: "by " + c.ConnectionName, At: c.LeaseUntil})
			}
		}
		if p.Cursor = next; next == "" || len(sec.Items) >= maxItems {
			sec.More = next != ""
			slices.SortStableFunc(sec.Items, sooner)
			return []Section{sec}, nil
		}
	}
}

// runs are those that a person has to look at.
func (s *Service) runs(ctx context.Context, tenant harrier.TenantID, _ time.Time) ([]Section, error) {
	list, next, err := s.cfg.World.Runs(ctx, tenant, harrier.RunFilter{Status: harrier.RunQuarantined}, all())
	sec := Section{Name: "runs", Title: "Runs that crashed and wait for somebody", More: next != ""}
	for _, r := range list {
		sec.Items = append(sec.Items, Item{ID: r.ID.String(), Title: r.Playbook, Detail: r.Reason})
	}
	return []Section{sec}, err
}

// notifications are those that nobody has taken on.
func (s *Service) notifications(ctx context.Context, tenant harrier.TenantID, now time.Time) ([]Section, error) {
	sec := Section{Name: "notifications", Title: "What nobody has taken on"}
	for _, status := range []pager.Status{pager.Pending, pager.Unheard} {
		list, next, err := s.cfg.World.Notifications(ctx, tenant, pager.Filter{Status: status}, all())
		if err != nil {
			return nil, err
		}
		sec.More = sec.More || next != ""
		for _, n := range list {
			if now.Sub(n.CreatedAt) < 7*24*time.Hour && n.Kind != "handover" && n.Kind != "digest" {
				sec.Items = append(sec.Items, Item{ID: n.ID.String(), Title: n.Title, Severity: n.Severity, Detail: string(n.Status)})
			}
		}
	}
	slices.SortStableFunc(sec.Items, func(a, b Item) int { return cmp.Compare(rank(a.Severity), rank(b.Severity)) })
	return []Section{sec}, nil
}

// rank orders severities, the worst first.
func rank(severity string) int {
	if i := slices.Index([]string{"critical", "high", "medium", "low", "info"}, severity); i >= 0 {
		return i
	}
	return len("info")
}
